"""The letters and digits of a UK number plate (the look of Charles Wright 2001), drawn by us as strokes.

No font file is used, so none's licence applies. Each glyph is centre lines in a box of 36 x 65, which is the car glyph
of 50 x 79 mm less its stroke of 14 mm; (0, 0) is the centre of the stroke's top left corner. Another size scales the
box and keeps its own stroke. Lines may run past the box: what lies outside the glyph's outline is cut off, which
is how slanting strokes get their level ends. 0 and O are one glyph, as are 1 and I.
"""

from dataclasses import dataclass
from typing import Final

from models.drawing.strokes import Stroke, arc, line, path

BOX_WIDTH: Final = 36.0
BOX_HEIGHT: Final = 65.0

_W, _H = BOX_WIDTH, BOX_HEIGHT
_OUT = 7.0  # half the stroke: how far the outline lies outside the centre-line box
_MID = _W / 2
_TOP, _BOTTOM, _LEFT, _RIGHT = -_OUT, _H + _OUT, -_OUT, _W + _OUT


@dataclass(frozen=True, slots=True)
class Glyph:
    """Strokes in the centre-line box; narrow is for a glyph that is one upright stroke and no wider."""

    strokes: tuple[Stroke, ...]
    narrow: bool = False


def _glyph(*strokes: Stroke) -> Glyph:
    return Glyph(strokes)


_STEM = line((0, _TOP), (0, _BOTTOM))
_RIGHT_STEM = line((_W, _TOP), (_W, _BOTTOM))
_TOP_HALF_ROUND = arc((_MID, 18), 18, 18, 180, 360)
_BOTTOM_HALF_ROUND = arc((_MID, _H - 18), 18, 18, 0, 180)
_RING = path(_TOP_HALF_ROUND, _BOTTOM_HALF_ROUND, closed=True)
_SIX = (
    path([(_W, 20.5)], arc((_MID, 18), 18, 18, 0, -180), [(0, 46)]),
    path(arc((_MID, 46), 18, 19, 0, 360)[:-1], closed=True),
)


def _turned(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """The strokes upside down: 9 is 6 turned by half a turn."""
    return tuple(Stroke(tuple((_W - x, _H - y) for x, y in s.points), s.weight, s.closed) for s in strokes)


_OH = _glyph(_RING)
_ONE = Glyph((line((0, _TOP), (0, _BOTTOM)),), narrow=True)

GLYPHS: Final[dict[str, Glyph]] = {
    "A": _glyph(
        line((-1, _BOTTOM + 6), (17, _TOP - 6)), line((_W + 1, _BOTTOM + 6), (19, _TOP - 6)), line((4, 45), (32, 45))
    ),
    "B": _glyph(
        path([(0, 0), (19, 0)], arc((19, 15.5), 15, 15.5, -90, 90), [(0, 31)], closed=True),
        path([(0, 31), (19, 31)], arc((19, 48), 17, 17, -90, 90), [(0, _H)], closed=True),
    ),
    "C": _glyph(path([(_W, 21.5)], _TOP_HALF_ROUND[::-1], _BOTTOM_HALF_ROUND[::-1], [(_W, _H - 21.5)])),
    "D": _glyph(
        path([(0, 0)], arc((17, 19), 19, 19, -90, 0), arc((17, _H - 19), 19, 19, 0, 90), [(0, _H)], closed=True)
    ),
    "E": _glyph(_STEM, line((0, 0), (_RIGHT, 0)), line((0, 31.5), (38, 31.5)), line((0, _H), (_RIGHT, _H))),
    "F": _glyph(_STEM, line((0, 0), (_RIGHT, 0)), line((0, 33), (38, 33))),
    "G": _glyph(path([(_W, 20.5)], _TOP_HALF_ROUND[::-1], _BOTTOM_HALF_ROUND[::-1], [(_W, 36.5), (18, 36.5)])),
    "H": _glyph(_STEM, _RIGHT_STEM, line((0, 32), (_W, 32))),
    "J": _glyph(path([(_W, _TOP)], _BOTTOM_HALF_ROUND, [(0, 42)])),
    "K": _glyph(_STEM, line((-8.6, 53), (37.7, -11.8)), line((13, 24), (38.5, 79))),
    "L": _glyph(_STEM, line((0, _H), (_RIGHT, _H))),
    "M": _glyph(_STEM, _RIGHT_STEM, line((-5.2, -12), (_MID, 31), (_W + 5.2, -12), weight=0.9)),
    "N": _glyph(_STEM, _RIGHT_STEM, line((-2, -11), (_W + 2, _H + 11))),
    "P": _glyph(_STEM, path([(0, 0)], arc((18, 18.5), 18, 18.5, -90, 90), [(0, 37)])),
    "Q": _glyph(_RING, line((19, 42), (48, 78), weight=0.9)),
    "R": _glyph(_STEM, path([(0, 0)], arc((18, 17.5), 18, 17.5, -90, 90), [(0, 35)]), line((15.5, 35), (38.5, 79))),
    "S": _glyph(
        path(
            [(_W, 18.5)],
            arc((_MID, 16), 18, 16, 0, -270),
            arc((_MID, 48.5), 18, 16.5, -90, 180),
            [(0, 46)],
        )
    ),
    "T": _glyph(line((_LEFT, 0), (_RIGHT, 0)), line((_MID, 0), (_MID, _BOTTOM))),
    "U": _glyph(path([(_W, _TOP)], _BOTTOM_HALF_ROUND, [(0, _TOP)])),
    "V": _glyph(line((-1, _TOP - 6), (17.5, _BOTTOM + 6)), line((_W + 1, _TOP - 6), (18.5, _BOTTOM + 6))),
    "W": _glyph(
        line((-1.6, _TOP - 6), (7.1, _BOTTOM + 6), weight=0.84),
        line((_W + 1.6, _TOP - 6), (_W - 7.1, _BOTTOM + 6), weight=0.84),
        line((6, _BOTTOM + 6), (16.6, 22), (_W - 16.6, 22), (_W - 6, _BOTTOM + 6), weight=0.84),
    ),
    "X": _glyph(line((-2, _TOP - 6), (_W + 2, _BOTTOM + 6)), line((_W + 2, _TOP - 6), (-2, _BOTTOM + 6))),
    "Y": _glyph(line((-1.85, -13), (_MID, 36)), line((_W + 1.85, -13), (_MID, 36)), line((_MID, 33), (_MID, _BOTTOM))),
    "Z": _glyph(line((_LEFT, 0), (36.5, 0), (-0.5, _H), (_RIGHT, _H))),
    "0": _OH,
    "O": _OH,
    "1": _ONE,
    "I": _ONE,
    "2": _glyph(
        path([(0, 20.5)], arc((_MID, 18), 18, 18, 180, 405), [(-5, 66)]),
        line((_LEFT, _H), (_RIGHT, _H)),
    ),
    "3": _glyph(
        path([(1, 18.5)], arc((_MID, 16), 17, 16, 180, 450), [(11, 32)]),
        path([(11, 32)], arc((_MID, 48.5), 18, 16.5, -90, 180), [(0, 46)]),
    ),
    "4": _glyph(line((26, _TOP), (26, _BOTTOM)), line((25, -10), (0.5, 47), (_RIGHT, 47))),
    "5": _glyph(path([(41, 0), (2, 0), (2, 28.5)], arc((_MID, 46.75), 18, 18.25, -90, 180), [(0, 45)])),
    "6": _glyph(*_SIX),
    "7": _glyph(line((_LEFT, 0), (35.5, 0), (10, 79))),
    "8": _glyph(
        path(arc((_MID, 15.75), 16.5, 15.75, 0, 360)[:-1], closed=True),
        path(arc((_MID, 48.25), 18, 16.75, 0, 360)[:-1], closed=True),
    ),
    "9": _glyph(*_turned(_SIX)),
}
"""Every character that a UK mark can have."""
