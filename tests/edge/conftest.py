"""For the edge's tests: plate readings made by hand."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from models.plates.reading import Character, MarkKind, PlateReading

MakeReading = Callable[..., PlateReading]


@pytest.fixture(scope="session")
def reading() -> MakeReading:
    """Make a reading: its text, how sure each character is (one figure for all, or one each), where and how wide."""

    def make(
        text: str,
        confidence: float | Sequence[float] = 0.9,
        *,
        kind: MarkKind = MarkKind.CURRENT,
        x: float = 100.0,
        y: float = 100.0,
        width: float = 100.0,
    ) -> PlateReading:
        sure = [confidence] * len(text) if isinstance(confidence, float) else confidence
        height = width * 2 / 9
        corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
        return PlateReading(
            text=text,
            as_read=text,
            kind=kind,
            characters=tuple(Character(char, c) for char, c in zip(text, sure, strict=True)),
            corners=np.array(corners, dtype=np.float32),
            detector_score=0.9,
        )

    return make
