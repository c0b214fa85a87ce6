"""The sum over all marks on the road, held against the sum written out."""

from datetime import date
from itertools import product

import numpy as np
import pytest

from edge.matching.traffic import Traffic, traffic
from edge.misreads.shapes import COUNT, NUMBER, SHAPES
from models.plates.population import in_use
from models.plates.reading import MarkKind

TODAY = date(2026, 11, 23)
USED = in_use(TODAY)
NOTHING_MISSED = np.zeros(COUNT)


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("DX17ZWH", MarkKind.CURRENT),
        ("A123BCD", MarkKind.PREFIX),
        ("ABC123D", MarkKind.SUFFIX),
        ("Q123ABC", MarkKind.Q),
        ("DX27ZWH", MarkKind.FOREIGN),
        ("777777777", MarkKind.FOREIGN),
    ],
)
def test_the_share_of_a_mark_is_its_kinds(mark: str, kind: MarkKind) -> None:
    assert traffic(TODAY).share(mark) == pytest.approx(USED[kind])


def test_an_age_identifier_counts_from_its_day() -> None:
    assert traffic(date(2027, 2, 28)).share("DX27ZWH") < 0.001
    assert traffic(date(2027, 3, 1)).share("DX27ZWH") > 0.05


@pytest.mark.parametrize("length", [2, 3])
def test_the_sum_is_that_of_every_mark_written_out(length: int) -> None:
    weights = np.random.default_rng(length).random((length, COUNT))
    day = Traffic(TODAY)
    written_out = sum(
        day.share("".join(mark)) * np.prod([weights[place, NUMBER[shape]] for place, shape in enumerate(mark)])
        for mark in product(SHAPES, repeat=length)
    )
    assert day.mass(weights, NOTHING_MISSED) == pytest.approx(written_out, rel=0.01)


def test_marks_that_lost_a_character_are_in_the_sum() -> None:
    """A read of two, of marks with three: each of three places may be the lost one, with each shape it may have."""
    day = Traffic(TODAY)
    weights = np.random.default_rng(9).random((2, COUNT))
    missed = np.random.default_rng(10).random(COUNT) / 50
    of_three = 0.0
    for mark in product(range(COUNT), repeat=3):
        share = day.share("".join(SHAPES[shape] for shape in mark))
        if share <= USED[MarkKind.FOREIGN]:
            continue
        for lost in range(3):
            left = [shape for place, shape in enumerate(mark) if place != lost]
            of_three += share * missed[mark[lost]] / 3 * weights[0, left[0]] * weights[1, left[1]]
    found = day.mass(weights, missed) - day.mass(weights, NOTHING_MISSED)
    assert found == pytest.approx(of_three, rel=0.001)


def test_dated_marks_are_summed_by_their_pairs_of_figures() -> None:
    """All weight on one mark of each age: what is summed is the share of those ages that there are."""
    day = Traffic(TODAY)
    weights = np.zeros((7, COUNT))
    for place, shape in enumerate("DX17ZWH"):
        weights[place, NUMBER[shape]] = 1
    weights[2:4] = 0
    weights[2:4, :10] = 1
    expected = USED[MarkKind.CURRENT] * 51 + USED[MarkKind.FOREIGN]
    assert day.mass(weights, NOTHING_MISSED) == pytest.approx(expected, rel=0.001)
