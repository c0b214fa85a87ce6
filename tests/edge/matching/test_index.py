"""Marks as numbers, and finding them among many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.matching.index import MarkIndex
from edge.matching.keys import LONGEST, key_of, shapes_of
from edge.misreads.shapes import SHAPES

MARKS = st.text(SHAPES, min_size=1, max_size=LONGEST)


@given(MARKS)
def test_a_mark_is_a_number_of_64_bits_and_back(mark: str) -> None:
    assert shapes_of(key_of(mark)) == mark
    assert key_of(mark) < 2**64


@given(MARKS, MARKS)
def test_no_two_marks_have_one_number(one: str, other: str) -> None:
    assert (key_of(one) == key_of(other)) == (one == other)


def test_a_zero_at_the_front_counts() -> None:
    assert key_of("0A1") != key_of("A1")


@given(st.lists(MARKS, max_size=40), MARKS)
def test_every_entry_of_a_mark_is_found_and_no_other(marks: list[str], asked: str) -> None:
    index = MarkIndex.build(marks)

    assert len(index) == len(marks)
    for mark in {*marks, asked}:
        assert list(index.find(key_of(mark))) == [number for number, each in enumerate(marks) if each == mark]


@given(st.lists(MARKS, max_size=40), st.lists(MARKS, min_size=1, max_size=40))
def test_many_are_asked_for_at_once(marks: list[str], asked: list[str]) -> None:
    found = MarkIndex.build(marks).find_any(np.array([key_of(mark) for mark in asked], np.uint64))

    assert found == sorted({key_of(mark) for mark in asked if mark in marks})


def test_a_mark_is_found_however_it_is_written() -> None:
    assert list(MarkIndex.build(["lo51 abc"]).find(key_of("L051ABC"))) == [0]


@pytest.mark.parametrize("mark", ["A-B", "A B", "\N{POUND SIGN}"])
def test_what_is_no_mark_has_no_number(mark: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        key_of(mark)
