"""The arithmetic of what is held and what is missing, against plain sets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.intake.ranges import Range, gaps, holds, merge, total

numbers = st.sets(st.integers(1, 60))


def ranges(of: set[int]) -> list[Range]:
    return merge([], of)


def spelt(held: list[Range]) -> set[int]:
    return {number for first, last in held for number in range(first, last + 1)}


@given(numbers, st.lists(st.integers(1, 60)))
def test_merging_is_union(before: set[int], more: list[int]) -> None:
    after = merge(ranges(before), more)
    assert spelt(after) == before | set(more)
    assert all(first <= last for first, last in after)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(after))
    assert total(after) == len(before | set(more))


@given(numbers, st.integers(1, 61))
def test_holds_is_membership(before: set[int], number: int) -> None:
    assert holds(ranges(before), number) == (number in before)


@given(numbers, st.integers(0, 70))
def test_the_gaps_are_exactly_what_is_missing(before: set[int], made: int) -> None:
    assert spelt(gaps(ranges(before), made)) == set(range(1, made + 1)) - before


@pytest.mark.parametrize(
    ("held", "made", "missing"),
    [
        ([], 0, []),
        ([], 3, [(1, 3)]),
        ([(1, 3)], 3, []),
        ([(2, 3), (6, 6)], 9, [(1, 1), (4, 5), (7, 9)]),
        ([(1, 9)], 4, []),
        ([(7, 9)], 4, [(1, 4)]),
    ],
)
def test_gaps_by_hand(held: list[Range], made: int, missing: list[Range]) -> None:
    assert gaps(held, made) == missing
