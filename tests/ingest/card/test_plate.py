"""The drawn plate: every character has its place, and stays in it."""

import re
import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contract.card.letters import HEIGHT_MM as LETTER_HEIGHT_MM
from ingest.contract.card.letters import LETTERS
from ingest.contract.card.plate import HEIGHT_MM, LEAST_MARGIN_MM, USUAL_WIDTH_MM, WEAK_LINE_MM, draw

MARKS = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=12)


def test_every_character_of_a_mark_is_drawn() -> None:
    assert set(LETTERS) == set(string.ascii_uppercase + string.digits)
    assert all(re.fullmatch(r"M[-MLHVZachv0-9. ]+", path) for path in LETTERS.values())


@given(MARKS, st.sets(st.integers(1, 11)), st.sets(st.integers(0, 11)))
def test_characters_stand_apart_and_inside_the_plate(vrm: str, gaps: set[int], weak: set[int]) -> None:
    plate = draw(vrm, sorted(gaps), sorted(weak))
    assert plate.width_mm >= USUAL_WIDTH_MM
    assert len(plate.glyphs) == len(vrm)
    edges = [LEAST_MARGIN_MM - 1]
    for glyph in plate.glyphs:
        assert glyph.x_mm > edges[-1]
        edges.append(glyph.x_mm + glyph.width_mm)
    assert edges[-1] <= plate.width_mm - LEAST_MARGIN_MM + 1
    assert plate.top_mm > 0
    assert plate.top_mm + LETTER_HEIGHT_MM < (WEAK_LINE_MM if weak else HEIGHT_MM)


def test_a_usual_mark_has_the_standards_measures() -> None:
    plate = draw("AB12CDE", (4,), ())
    assert plate.width_mm == USUAL_WIDTH_MM
    assert [glyph.width_mm for glyph in plate.glyphs] == [50, 50, 14, 50, 50, 50, 50]
    assert [b.x_mm - a.x_mm for a, b in pairwise(plate.glyphs)] == [61, 61, 25, 83, 61, 61]


@pytest.mark.parametrize(("weak", "top"), [((), 16), ((2,), 10)])
def test_a_doubtful_character_makes_room_for_its_line(weak: tuple[int, ...], top: int) -> None:
    assert draw("AB12CDE", (4,), weak).top_mm == top
