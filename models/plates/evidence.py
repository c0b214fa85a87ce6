"""Decides whether a line of text is a number plate: buses, road signs and shop fronts carry text too.

No list of words: what counts is the layout, the polarity, the proportions and how sure the recogniser is. The rarer a
layout is in ordinary text, the less else is asked. docs/models/ppocr.md says where each number comes from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from models.plates.appearance import Ink
from models.plates.grammar import mend, parse
from models.plates.lines import ReadLine
from models.plates.reading import Character, MarkKind
from models.text.geometry import size, slope_deg

MIN_CONFIDENCE: Final = 0.5
"""Least geometric mean over the characters: PP-OCR's own limit for text that it gives at all."""

MAX_OTHERS: Final = 1
"""Signs in the line that no mark has: a seal, a crest or a band's star may be read as one. Two are other text."""

MIN_LOOSE_CONFIDENCE: Final = 0.8
MIN_FOREIGN_CONFIDENCE: Final = 0.8
MIN_UNCLEAR_FOREIGN_CONFIDENCE: Final = 0.9
"""The same for a layout that ordinary text meets by chance, and where no UK layout supports the text at all. Of the
text beside the plates in boxes_web and boxes_dashcam that has letters and figures and is dark on light, none but a true
plate without a box is above the second; of that of unclear polarity none is above the third."""

FOREIGN_LENGTHS: Final = range(5, 11)
"""Characters of a foreign mark: shorter text is mostly road and shop signs, longer is no mark anywhere."""

MIN_LOOSE_LENGTH: Final = 5
"""Marks of a loose layout with fewer characters than this look like badges ("A4", "TDI"): they need clear dark ink, and
are not mended."""

MIN_DIGITS_ONLY: Final = 4
"""Numbers of up to three digits are bus routes, speed limits and houses far more often than Guernsey or trade marks."""

CHARACTER_PROPORTION: Final = (0.25, 1.0)
"""Width of the line over its height, for one character. A UK plate seen from the front is 520 / 111 / 7 = 0.67, from
60 degrees aside half of that; 98 % of the plates of boxes_web have 0.33 to 1.06, of boxes_dashcam 0.38 to 0.68."""

MAX_SLOPE_DEG: Final = 30.0
"""Plates hang level; a turned camera or a leaning motorcycle adds to it. boxes_web: 99 % are under 17 degrees."""

_LIGHT_ON_DARK_KINDS: Final = frozenset(
    {
        MarkKind.SUFFIX,
        MarkKind.DATELESS,
        MarkKind.NORTHERN_IRELAND,
        MarkKind.CROWN_DEPENDENCY,
        MarkKind.MILITARY,
    }
)
"""Silver or white on black: vehicles of before 1973, military ones, and old plates of the islands. All other marks must
be black on white or yellow."""

_LOOSE_KINDS: Final = frozenset(
    {
        MarkKind.DATELESS,
        MarkKind.NORTHERN_IRELAND,
        MarkKind.CROWN_DEPENDENCY,
        MarkKind.MILITARY,
        MarkKind.TRADE,
    }
)
"""Layouts that ordinary text meets by chance."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line of text is when it is a plate."""

    characters: tuple[Character, ...]
    kind: MarkKind

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.characters)


def mark_of(line: ReadLine, on: date) -> Mark | None:
    """Give the mark that the line shows, or None where it is other text."""
    if not line.characters or line.others > MAX_OTHERS or not _plate_shaped(line):
        return None
    confidence = mean_confidence(line.characters)
    if confidence < MIN_CONFIDENCE:
        return None
    if line.red and parse(line.text, on, red_characters=True) is MarkKind.TRADE:
        return Mark(line.characters, MarkKind.TRADE) if len(line.text) >= MIN_DIGITS_ONLY else None
    mended = mend(line.characters, on, line.hyphens, may_be_word=not line.of_plate)
    if mended.kind is None:
        return Mark(line.characters, MarkKind.FOREIGN) if _may_be_foreign(line, confidence) else None
    mark = Mark(mended.characters, mended.kind)
    return mark if _may_be(mark, line, confidence) else None


def is_distinctive(mark: Mark) -> bool:
    """Whether the mark's layout is met by chance so rarely that the line needs no second one to make it whole."""
    return mark.kind not in _LOOSE_KINDS and mark.kind is not MarkKind.FOREIGN


def mean_confidence(characters: Sequence[Character]) -> float:
    """Geometric mean, so that one bad character counts alike in short marks and long ones."""
    return math.prod(c.confidence for c in characters) ** (1 / len(characters))


def _plate_shaped(line: ReadLine) -> bool:
    """Judge the lines together: their total width over their mean height, for one character."""
    sizes = [size(part) for part in line.parts]
    height = sum(h for _, h in sizes) / len(sizes)
    if height <= 0:
        return False
    proportion = sum(w for w, _ in sizes) / height / len(line.characters)
    low, high = CHARACTER_PROPORTION
    return low <= proportion <= high and all(slope_deg(part) <= MAX_SLOPE_DEG for part in line.parts)


def _may_be(mark: Mark, line: ReadLine, confidence: float) -> bool:
    if line.ink is Ink.LIGHT and mark.kind not in _LIGHT_ON_DARK_KINDS:
        return False
    if mark.kind not in _LOOSE_KINDS:
        return True
    if confidence < MIN_LOOSE_CONFIDENCE:
        return False
    if line.text.isdigit():
        return line.ink is Ink.DARK and len(line.text) >= MIN_DIGITS_ONLY
    if len(line.text) < MIN_LOOSE_LENGTH:
        return line.ink is Ink.DARK and mark.text == line.text
    return True


def _may_be_foreign(line: ReadLine, confidence: float) -> bool:
    text = line.text
    mixed = any(char.isdigit() for char in text) and any(char.isalpha() for char in text)
    least = MIN_FOREIGN_CONFIDENCE if line.ink is Ink.DARK else MIN_UNCLEAR_FOREIGN_CONFIDENCE
    return (
        mixed
        and line.ink is not Ink.LIGHT
        and confidence >= least
        and len(text) in FOREIGN_LENGTHS
        and len(line.parts) == 1
    )
