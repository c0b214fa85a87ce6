"""How a mark is split into the groups that it is written in, and marks that cannot be drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.drawing.layout import BadMark, mark_groups


@pytest.mark.parametrize(
    ("mark", "groups"),
    [
        ("AB23CDE", ("AB23", "CDE")),
        ("A123BCD", ("A123", "BCD")),
        ("Q7ABC", ("Q7", "ABC")),
        ("ABC123D", ("ABC", "123D")),
        ("ABZ1234", ("ABZ", "1234")),
        ("1234AB", ("1234", "AB")),
        ("A1", ("A", "1")),
        ("101D202", ("101D202",)),
        ("101 D 202", ("101", "D", "202")),
        ("AB 23CDE", ("AB", "23CDE")),
        (" AB23CDE ", ("AB23", "CDE")),
    ],
)
def test_groups(mark: str, groups: tuple[str, ...]) -> None:
    assert mark_groups(mark) == groups


@pytest.mark.parametrize("mark", ["", "   ", "ab23cde", "AB23CDEF", "AB-23", "ÄB1"])
def test_marks_that_cannot_be_drawn(mark: str) -> None:
    with pytest.raises(BadMark, match="cannot be drawn"):
        mark_groups(mark)


@given(st.text(alphabet="ABCXYZ0123 ", max_size=9))
def test_groups_lose_and_invent_nothing(mark: str) -> None:
    try:
        groups = mark_groups(mark)
    except BadMark:
        return
    assert "".join(groups) == mark.replace(" ", "")
    assert all(groups)
