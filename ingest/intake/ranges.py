"""Sets of whole numbers as ranges: which numbers of a stream are held, and which are missing. Pure.

A list of ranges here is always in order, its ranges disjoint and not touching, each (first, last) with both included.
"""

from collections.abc import Iterable, Sequence

Range = tuple[int, int]


def merge(held: Sequence[Range], numbers: Iterable[int]) -> list[Range]:
    """The ranges that hold what was held and these numbers too."""
    merged: list[Range] = []
    for first, last in sorted([*held, *((number, number) for number in numbers)]):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def holds(held: Sequence[Range], number: int) -> bool:
    """Whether a number is held."""
    low, high = 0, len(held)
    while low < high:
        middle = (low + high) // 2
        if held[middle][1] < number:
            low = middle + 1
        else:
            high = middle
    return low < len(held) and held[low][0] <= number


def gaps(held: Sequence[Range], made: int) -> list[Range]:
    """The numbers from 1 to made that are not held, as ranges."""
    missing: list[Range] = []
    expected = 1
    for first, last in held:
        if first > made:
            break
        if first > expected:
            missing.append((expected, first - 1))
        expected = last + 1
    if expected <= made:
        missing.append((expected, made))
    return missing


def total(held: Sequence[Range]) -> int:
    """How many numbers are held."""
    return sum(last - first + 1 for first, last in held)
