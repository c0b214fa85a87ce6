"""A table of misreads made by hand, so that what matching says of it can be worked out by hand too."""

from typing import Any

import pytest

from edge.matching.weights import Weights
from edge.misreads.table import Misreads

READER = {"reader": "ab" * 32}


def a_table(**given: Any) -> Misreads:
    """Confidences mean what they say, an 8 is read for a B and the other way round, one mark in fifty loses a 1."""
    values: dict[str, Any] = {
        "reader": READER,
        "made_by": "hand",
        "passes": 1_000,
        "told": 1_000,
        "characters": 7_000,
        "right": 6_900,
        "missed": 20,
        "made_up": 0,
        "slope": 1.0,
        "intercept": 0.0,
        "seen_share": 0.6,
        "seen_power": 1.0,
        "missed_shapes": {"1": 20},
        "taken_for": {"B": {"8": 40}, "8": {"B": 40}, "M": {"N": 10, "H": 10}},
    }
    return Misreads(**values | given)


@pytest.fixture(scope="session")
def table() -> Misreads:
    return a_table()


@pytest.fixture(scope="session")
def weights(table: Misreads) -> Weights:
    return Weights(table)
