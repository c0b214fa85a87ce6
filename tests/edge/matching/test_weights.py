"""What one character says of the one that was there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.matching.weights import LEAST_RATIO, Weights
from edge.misreads.shapes import COUNT, NUMBER, SHAPES
from tests.edge.matching.conftest import a_table

WEIGHTS = Weights(a_table())
OTHERS = st.dictionaries(st.sampled_from(SHAPES), st.floats(0, 1), max_size=6)


@given(st.sampled_from(SHAPES), st.floats(0, 1), OTHERS)
def test_the_probabilities_of_a_place_are_together_one(shape: str, confidence: float, others: dict[str, float]) -> None:
    others.pop(shape, None)
    row = WEIGHTS.of(shape, [WEIGHTS.step(confidence)], [others])[0]

    assert row.sum() / COUNT == pytest.approx(1)
    assert (row >= 0).all()


@given(st.sampled_from(SHAPES), st.floats(0, 1), OTHERS)
def test_doubts_are_the_ratios_of_the_weights_likeliest_first(
    shape: str, confidence: float, others: dict[str, float]
) -> None:
    others.pop(shape, None)
    step = WEIGHTS.step(confidence)
    row = WEIGHTS.of(shape, [step], [others])[0]
    doubts = WEIGHTS.doubts(shape, step, others, LEAST_RATIO)

    ratios = [doubt.ratio for doubt in doubts]
    assert ratios == sorted(ratios, reverse=True)
    expected = sorted((weight / row[NUMBER[shape]] for weight in np.delete(row, NUMBER[shape])), reverse=True)
    assert ratios == pytest.approx([each for each in expected if each >= LEAST_RATIO])


def test_a_surer_character_is_likelier_right(weights: Weights) -> None:
    right = [weights.of("B", [weights.step(sure)], [{}])[0][NUMBER["B"]] for sure in (0.2, 0.5, 0.9, 0.99, 0.9999, 1)]
    assert right == sorted(right)
    assert right[1] / COUNT == pytest.approx(0.5, abs=0.05)
    assert right[2] / COUNT == pytest.approx(0.9, abs=0.02)


def test_what_the_table_knows_comes_first_where_the_reader_says_nothing(weights: Weights) -> None:
    row = weights.of("8", [weights.step(0.6)], [{}])[0]
    assert row.argmax() == NUMBER["8"]
    assert row[NUMBER["B"]] > 10 * row[NUMBER["K"]]


def test_what_the_reader_saw_counts_for_its_share(weights: Weights) -> None:
    row = weights.of("8", [weights.step(0.6)], [{"K": 0.3, "3": 0.1}])[0] / COUNT
    wrong = 1 - row[NUMBER["8"]]
    assert row[NUMBER["K"]] > wrong * 0.6 * 0.75
    assert row[NUMBER["K"]] > row[NUMBER["3"]] > row[NUMBER["Y"]]


def test_a_character_too_sure_to_doubt_is_not_looked_into(weights: Weights) -> None:
    assert weights.doubts("8", weights.step(0.9999), {"B": 0.1}, 0.05) == ()
    assert weights.doubts("8", weights.step(0.6), {}, 0.05) != ()
