"""The characters of a number plate, as lines: 50 by 79 mm, of strokes 14 mm wide, as BS AU 145e asks; 1 and I are one
stroke. Drawn by us. A screen's own type is of another width for each character, and squeezing it into a plate's breaks
what it looks like: a J became a block.

Each is the "d" of an SVG path down the middle of the strokes, in millimetres from the character's upper left corner,
to be stroked with butt ends and with mitres at right angles only, and clipped to 50 by 79: a slanting stroke goes on
beyond, so that it ends level.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HEIGHT_MM: Final = 79
WIDTH_MM: Final = 50
STROKE_MM: Final = 14
NARROW: Final = frozenset("1I")

_O = "M25 7a18 18 0 0 1 18 18V54a18 18 0 0 1 -36 0V25a18 18 0 0 1 18 -18Z"
_BAR = "M7 0V79"

LETTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": "M6 86L19 7H31L44 86M12 56H38",
        "B": "M7 7H27a15 15.5 0 0 1 0 31H7H28a15 17 0 0 1 0 34H7Z",
        "C": "M43 27V22a18 15 0 0 0 -36 0V57a18 15 0 0 0 36 0V52",
        "D": "M7 7H25a18 18 0 0 1 18 18V54a18 18 0 0 1 -18 18H7Z",
        "E": "M49 7H7V72H49M7 39H43",
        "F": "M49 7H7V79M7 40H42",
        "G": "M43 26V22a18 15 0 0 0 -36 0V57a18 15 0 0 0 36 0V44H26",
        "H": "M7 0V79M43 0V79M7 39H43",
        "I": _BAR,
        "J": "M43 0V54a18 18 0 0 1 -36 0V50",
        "K": "M7 0V79M50 -8L10 44M20 32L48 86",
        "L": "M7 0V72H49",
        "M": "M7 79V0M43 79V0M7 -4L25 44L43 -4",
        "N": "M7 79V0M43 79V0M6 -4L44 83",
        "O": _O,
        "P": "M7 79V7H28a15 16.5 0 0 1 0 33H7",
        "Q": _O + "M27 50L50 80",
        "R": "M7 79V7H28a15 16.5 0 0 1 0 33H7M24 38L45 86",
        "S": "M43 24V22a18 15 0 0 0 -36 0c0 22 36 14 36 35a18 15 0 0 1 -36 0V55",
        "T": "M0 7H50M25 7V79",
        "U": "M7 0V54a18 18 0 0 0 36 0V0",
        "V": "M6 -8L25 79L44 -8",
        "W": "M3 -8L13 79L25 38L37 79L47 -8",
        "X": "M5 -8L45 87M45 -8L5 87",
        "Y": "M5 -8L25 42L45 -8M25 38V79",
        "Z": "M2 7H42L7 72H49",
        "0": _O,
        "1": _BAR,
        "2": "M7 26V22a18 15 0 0 1 36 0c0 20 -34 26 -34 50H49",
        "3": "M7 25V22a18 15 0 0 1 36 0c0 11 -8 16 -18 16H20H25c10 0 18 6 18 18a18 16 0 0 1 -36 0V53",
        "4": "M36 79V0M39 -4L8 57H50",
        "5": "M46 7H10V36H24a19 18 0 0 1 0 36c-10 0 -17 -6 -17 -14",
        "6": "M43 24V22a18 15 0 0 0 -36 0V56a18 16 0 0 0 36 0V51a18 15 0 0 0 -36 0",
        "7": "M1 7H42L19 86",
        "8": "M25 7a16 15.5 0 0 1 0 31a16 15.5 0 0 1 0 -31ZM25 38a18 17 0 0 1 0 34a18 17 0 0 1 0 -34Z",
        "9": "M7 55V57a18 15 0 0 0 36 0V23a18 16 0 0 0 -36 0V28a18 15 0 0 0 36 0",
    }
)
