"""Sessions: what cannot be run is refused with its name."""

import numpy as np
import pytest

from models.errors import ModelUnusable
from models.registry import Weights, open_registry
from models.sessions import Session


@pytest.fixture(scope="module")
def detector() -> Weights:
    return open_registry().load("ppocr-v6-small-det")


def test_a_model_runs(detector: Weights) -> None:
    core = Session(detector, threads=1).run(np.zeros((1, 3, 64, 96), dtype=np.float32))
    assert core.shape == (1, 1, 64, 96)
    assert core.dtype == np.float32


def test_a_provider_that_is_not_here(detector: Weights) -> None:
    with pytest.raises(ModelUnusable, match=r"has no SlideRuleExecutionProvider; it has .*CPUExecutionProvider"):
        Session(detector, threads=1, providers=["SlideRuleExecutionProvider"])


def test_no_provider(detector: Weights) -> None:
    with pytest.raises(ModelUnusable, match="no provider named"):
        Session(detector, threads=1, providers=[])


def test_bytes_that_are_no_model(detector: Weights) -> None:
    with pytest.raises(ModelUnusable, match="ppocr-v6-small-det: ONNX Runtime cannot load it"):
        Session(Weights(detector.entry, b"junk"), threads=1)
