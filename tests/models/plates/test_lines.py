"""Which lines are one plate, by hand-made places."""

import numpy as np
import pytest

from models.plates.appearance import Ink
from models.plates.lines import ReadLine, beside, join, joined_pairs, overlapping, stacked
from models.plates.reading import Character
from models.text.geometry import Quad, quad


def box(left: float, top: float, width: float, height: float) -> Quad:
    return quad([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])


def line(text: str, area: Quad, ink: Ink = Ink.DARK, confidence: float = 0.99) -> ReadLine:
    return ReadLine(
        characters=tuple(Character(char, confidence) for char in text),
        others=0,
        hyphens=frozenset(),
        parts=(area,),
        whole=area,
        score=0.8,
        ink=ink,
        red=False,
    )


UPPER = line("FH06", box(100, 100, 110, 40))


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        (line("OGZ", box(105, 150, 100, 40)), True),
        (line("OGZ", box(105, 150, 100, 40), Ink.UNCLEAR), True),
        (line("OGZ", box(105, 150, 100, 40), Ink.LIGHT), False),  # of another plate
        (line("OGZ", box(105, 190, 100, 40)), False),  # too far down
        (line("OGZ", box(190, 150, 100, 40)), False),  # too far to the side
        (line("OGZ", box(105, 150, 100, 80)), False),  # of another size
        (line("OGZ", box(105, 50, 100, 40)), False),  # above
    ],
)
def test_stacked(lower: ReadLine, expected: bool) -> None:
    assert stacked(UPPER, lower) is expected


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        (line("OGZ", box(220, 100, 100, 40)), True),
        (line("OGZ", box(220, 112, 100, 40)), True),
        (line("OGZ", box(260, 100, 100, 40)), False),  # too far
        (line("OGZ", box(220, 140, 100, 40)), False),  # on another line
        (line("OGZ", box(0, 100, 95, 40)), False),  # to the left
    ],
)
def test_beside(right: ReadLine, expected: bool) -> None:
    assert beside(UPPER, right) is expected


def test_a_pair_is_found_in_reading_sequence_only() -> None:
    lower = line("OGZ", box(105, 150, 100, 40), Ink.UNCLEAR)
    ((first, second, joined),) = joined_pairs([lower, UPPER])
    assert (first, second) == (1, 0)
    assert joined.text == "FH06OGZ"
    assert joined.ink is Ink.DARK
    assert np.allclose(joined.whole, box(100, 100, 110, 90))
    assert len(joined.parts) == 2


def test_joining_keeps_the_places_of_hyphens_and_doubts_unlike_inks() -> None:
    second = ReadLine(
        (Character("1", 0.9), Character("2", 0.9)), 1, frozenset({1}), UPPER.parts, UPPER.whole, 0.6, Ink.LIGHT, False
    )
    joined = join(UPPER, second)
    assert joined.hyphens == {5}
    assert joined.others == 1
    assert joined.score == 0.6
    assert joined.ink is Ink.UNCLEAR


def test_overlapping() -> None:
    assert overlapping(box(0, 0, 100, 20), box(10, 2, 30, 10))
    assert overlapping(box(10, 2, 30, 10), box(0, 0, 100, 20))
    assert not overlapping(box(0, 0, 100, 20), box(0, 30, 100, 20))
