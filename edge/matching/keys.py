"""A mark as one number, so that a million of them are eight megabytes.

The number's figures to the base 36, after a leading 1 that keeps the length, are the mark's shapes (O is 0, I is 1). A
mark of twelve characters, the longest on the wire, fits in 64 bits.
"""

from typing import Final

from edge.misreads.shapes import SHAPES

BASE: Final = 36
LONGEST: Final = 12

CODES: Final = tuple(int(shape, BASE) for shape in SHAPES)
"""The figure of each shape, by its number (edge.misreads.shapes)."""

PLACE: Final = tuple(BASE**power for power in range(LONGEST + 2))
"""What a figure counts so many places from the right."""


def key_of(shapes: str) -> int:
    """Give the number of a mark in canonical form (edge.marks). Raises ValueError for other characters.

    >>> key_of("A1") == 1 * 36**2 + 10 * 36 + 1
    True
    """
    return int("1" + shapes, BASE)


def shapes_of(key: int) -> str:
    """Give the mark of a number.

    >>> shapes_of(key_of("DX17ZWH"))
    'DX17ZWH'
    """
    figures = []
    while key >= BASE:
        key, figure = divmod(key, BASE)
        figures.append("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[figure])
    return "".join(reversed(figures))
