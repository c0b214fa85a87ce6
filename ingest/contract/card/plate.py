"""Where each character of a drawn plate goes, in millimetres of a British car plate with one line (BS AU 145e).

The plate has the standard's size. Its characters stand wider and closer than the standard's 50 and 11 mm, because type
that was made for a screen loses its upright strokes when it is pressed that narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HEIGHT_MM: Final = 111
CHARACTER_WIDTH_MM: Final = 57
NARROW_WIDTH_MM: Final = 30
"""For 1 and I."""

BETWEEN_CHARACTERS_MM: Final = 8
BETWEEN_GROUPS_MM: Final = 33
USUAL_WIDTH_MM: Final = 520
LEAST_MARGIN_MM: Final = 16

_NARROW: Final = frozenset("1I")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: its left edge and width in millimetres, and whether it needs a look."""

    char: str
    x_mm: int
    width_mm: int
    weak: bool


@dataclass(frozen=True, slots=True)
class Plate:
    width_mm: int
    glyphs: tuple[Glyph, ...]


def draw(vrm: str, gaps: Sequence[int], weak: Sequence[int]) -> Plate:
    """Set a mark in the middle of a plate, wider than the usual one where the mark needs it."""
    x, placed = 0, []
    for index, char in enumerate(vrm):
        if index:
            x += BETWEEN_GROUPS_MM if index in gaps else BETWEEN_CHARACTERS_MM
        width = NARROW_WIDTH_MM if char in _NARROW else CHARACTER_WIDTH_MM
        placed.append((char, x, width, index in weak))
        x += width
    whole = max(USUAL_WIDTH_MM, x + 2 * LEAST_MARGIN_MM)
    left = (whole - x) // 2
    return Plate(whole, tuple(Glyph(char, left + at, width, doubtful) for char, at, width, doubtful in placed))
