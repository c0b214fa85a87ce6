"""Two marks are the same when a plate shows them the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.marks import LAYOUT, canonical, difference, edits, is_part
from models.plates.reading import MarkKind

MARKS = st.text(alphabet="ABCO01I289", max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"), [("AB12 CDE", "AB12CDE"), ("oi01", "0101"), (" LO51 IOI ", "L051101"), ("", "")]
)
def test_canonical(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("", "", 0), ("AB", "", 2), ("AB12", "AB12", 0), ("AB12", "A812", 1), ("AB12", "B12", 1), ("AB", "BA", 2)],
)
def test_edits(first: str, second: str, expected: int) -> None:
    assert edits(first, second) == expected


def test_shared_glyphs_are_no_difference() -> None:
    assert difference("DX17ZWH", "DXI7ZWH") == 0
    assert difference("DX17ZWH", "DX17ZWM") == pytest.approx(1 / 7)
    assert difference("", "") == 0


@given(MARKS, MARKS, MARKS)
def test_edits_is_a_distance(a: str, b: str, c: str) -> None:
    assert edits(a, b) == edits(b, a)
    assert (edits(a, b) == 0) == (a == b)
    assert edits(a, c) <= edits(a, b) + edits(b, c)


@given(MARKS, MARKS)
def test_difference_is_a_share(a: str, b: str) -> None:
    assert 0 <= difference(a, b) <= 1


@pytest.mark.parametrize(
    ("first", "second", "part"),
    [
        ("LT23", "LT23CGK", True),
        ("7ZWH", "DXI7ZWH", True),
        ("T23CGK", "LT23CGK", True),
        ("LT23CGK", "LT23", False),
        ("LT23CGK", "LT23CGK", False),
        ("LT24", "LT23CGK", False),
        ("", "LT23CGK", False),
    ],
)
def test_is_part(first: str, second: str, part: bool) -> None:
    assert is_part(first, second) == part


def test_every_kind_of_mark_has_a_layout() -> None:
    assert set(LAYOUT) == set(MarkKind)
