"""Lines of text as they were read in one picture, and which of them together are one plate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.plates.appearance import Ink
from models.plates.reading import Character
from models.text.geometry import Quad, quad, size, slope_deg

MAX_HEIGHT_RATIO: Final = 1.6
"""Two lines of one plate have characters of one height; this much is left to the detector and to perspective."""

MAX_SLOPE_DIFFERENCE_DEG: Final = 15.0
"""Two lines of one plate are parallel."""

MIN_STACK_OVERLAP: Final = 0.5
"""Share of the narrower line that must lie under or over the other: a motorcycle's lines are centred."""

MAX_STACK_PITCH: Final = 1.8
"""Largest distance between the middles of two stacked lines, in line heights: (79 + 19) / 79 = 1.24 on a car's plate,
(64 + 13) / 64 = 1.20 on a motorcycle's, the rest for older plates and perspective."""

MAX_BESIDE_GAP: Final = 1.0
"""Largest gap between two groups on one line, in line heights: 33 / 79 = 0.42 on a plate since 2001, 38 / 89 before."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One line of text, or two lines of one plate joined.

    hyphens holds, for each hyphen in the text, how many characters stand before it.
    parts are the areas of its lines (one or two), whole the area of all; others counts the characters left out because
    no mark has them; score is the detector's (0-1). of_plate is true where the
    picture is a cut-out of a plate, so that a text of letters alone is no word on a sign.
    """

    characters: tuple[Character, ...]
    others: int
    hyphens: frozenset[int]
    parts: tuple[Quad, ...]
    whole: Quad
    score: float
    ink: Ink
    red: bool
    of_plate: bool = False

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.characters)


def join(first: ReadLine, second: ReadLine) -> ReadLine:
    """Make one plate of two lines, read in that sequence."""
    inks = {first.ink, second.ink} - {Ink.UNCLEAR}
    around = np.concatenate([first.whole, second.whole])
    return ReadLine(
        characters=first.characters + second.characters,
        others=first.others + second.others,
        hyphens=first.hyphens | {len(first.characters) + place for place in second.hyphens},
        parts=first.parts + second.parts,
        whole=_around(first.whole, around),
        score=min(first.score, second.score),
        ink=inks.pop() if len(inks) == 1 else Ink.UNCLEAR,
        red=first.red and second.red,
        of_plate=first.of_plate and second.of_plate,
    )


def joined_pairs(lines: Sequence[ReadLine]) -> list[tuple[int, int, ReadLine]]:
    """Give every two lines that by their places could be one plate: the indices of both, and the two joined."""
    pairs = []
    for i, first in enumerate(lines):
        for j, second in enumerate(lines):
            if i != j and (stacked(first, second) or beside(first, second)):
                pairs.append((i, j, join(first, second)))
    return pairs


def stacked(upper: ReadLine, lower: ReadLine) -> bool:
    """Whether the second line stands right under the first, as on a two-line plate."""
    if not _alike(upper, lower):
        return False
    across, down, height = _offset(upper, lower)
    narrower = min(size(upper.whole)[0], size(lower.whole)[0])
    overlap = (size(upper.whole)[0] + size(lower.whole)[0]) / 2 - abs(across)
    return 0.5 * height < down <= MAX_STACK_PITCH * height and overlap >= MIN_STACK_OVERLAP * narrower


def beside(left: ReadLine, right: ReadLine) -> bool:
    """Whether the second line goes on where the first ends, as the two groups of one mark do."""
    if not _alike(left, right):
        return False
    across, down, height = _offset(left, right)
    gap = across - (size(left.whole)[0] + size(right.whole)[0]) / 2
    return abs(down) <= 0.5 * height and -0.5 * height <= gap <= MAX_BESIDE_GAP * height


def overlapping(one: Quad, other: Quad) -> bool:
    """Whether the middle of either area lies in the other's upright bounding box: two findings of one plate."""
    return _holds(one, other.mean(axis=0)) or _holds(other, one.mean(axis=0))


def _alike(one: ReadLine, other: ReadLine) -> bool:
    heights = sorted((size(one.whole)[1], size(other.whole)[1]))
    return (
        heights[1] <= MAX_HEIGHT_RATIO * heights[0]
        and abs(slope_deg(one.whole) - slope_deg(other.whole)) <= MAX_SLOPE_DIFFERENCE_DEG
        and {one.ink, other.ink} != {Ink.DARK, Ink.LIGHT}
    )


def _offset(first: ReadLine, second: ReadLine) -> tuple[float, float, float]:
    """How far the second line's middle is from the first's, along and down the first line, and their mean height."""
    corners = first.whole.astype(np.float64)
    along = corners[1] - corners[0] + corners[2] - corners[3]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    down = np.array([-along[1], along[0]])
    apart = second.whole.mean(axis=0) - first.whole.mean(axis=0)
    height = (size(first.whole)[1] + size(second.whole)[1]) / 2
    return float(apart @ along), float(apart @ down), height


def _around(like: Quad, points: Quad) -> Quad:
    """The smallest rectangle, turned as the first area is, that holds all the points."""
    corners = like.astype(np.float64)
    along = corners[1] - corners[0] + corners[2] - corners[3]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    axes = np.stack([along, [-along[1], along[0]]])
    turned = points @ axes.T
    (left, top), (right, bottom) = turned.min(axis=0), turned.max(axis=0)
    return quad(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ axes)


def _holds(area: Quad, point: Quad) -> bool:
    return bool((area.min(axis=0) <= point).all() and (point <= area.max(axis=0)).all())
