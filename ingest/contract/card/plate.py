"""Where each character of a drawn plate goes, in millimetres of a British car plate with one line (BS AU 145e).

The plate's ground is a neutral grey. A British plate is white in front and yellow behind, a read does not say which end
it was of, and a drawing must not show what nobody has seen: the plate patch beside it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.contract.card.letters import HEIGHT_MM as LETTER_HEIGHT_MM
from ingest.contract.card.letters import LETTERS, NARROW, STROKE_MM, WIDTH_MM

HEIGHT_MM: Final = 111
BETWEEN_CHARACTERS_MM: Final = 11
BETWEEN_GROUPS_MM: Final = 33
USUAL_WIDTH_MM: Final = 520
LEAST_MARGIN_MM: Final = 16
TOP_MM: Final = (HEIGHT_MM - LETTER_HEIGHT_MM) // 2
WEAK_TOP_MM: Final = 10
"""Where the characters begin on a plate that has one underlined, to make room for the line."""

WEAK_LINE_MM: Final = 98
"""Where the line under a doubtful character is."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: its path, its left edge and width in millimetres, and whether it needs a look."""

    path: str
    x_mm: int
    width_mm: int
    weak: bool


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate as wide as its mark needs. top_mm is where its characters begin."""

    width_mm: int
    top_mm: int
    glyphs: tuple[Glyph, ...]


def draw(vrm: str, gaps: Sequence[int], weak: Sequence[int]) -> Plate:
    """Set a mark (letters A-Z and digits) in the middle of a plate, wider than the usual one where it needs it."""
    x, placed = 0, []
    for index, char in enumerate(vrm):
        if index:
            x += BETWEEN_GROUPS_MM if index in gaps else BETWEEN_CHARACTERS_MM
        width = STROKE_MM if char in NARROW else WIDTH_MM
        placed.append((LETTERS[char], x, width, index in weak))
        x += width
    whole = max(USUAL_WIDTH_MM, x + 2 * LEAST_MARGIN_MM)
    left = (whole - x) // 2
    glyphs = tuple(Glyph(path, left + at, width, doubtful) for path, at, width, doubtful in placed)
    return Plate(whole, WEAK_TOP_MM if weak else TOP_MM, glyphs)
