"""Compares what was read with what is there, and counts. Pure functions over values."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.evaluation.labels import Label
from models.plates.reading import PlateReading

WILSON_Z: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""

MAX_MISREAD_DIFFERENCE: Final = 0.5
"""Without a box, a reading is a misread of a label when at most this share of its characters differs: it is more like
the label than not. A reading further off is something else in the picture, and the label was missed."""


class Verdict(StrEnum):
    EXACT = "exact"
    MISREAD = "misread"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one label; read is the reading that was counted for it, or "" where there was none."""

    label: Label
    verdict: Verdict
    read: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over some labels, with the read rate and its 95 % interval."""

    exact: int
    misread: int
    missed: int

    @property
    def total(self) -> int:
        return self.exact + self.misread + self.missed

    @property
    def read_rate(self) -> float:
        """Share of the labels that were read exactly; 0 where there are none."""
        return self.exact / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.exact, self.total)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Give the 95 % interval of a share by Wilson's score method (1927); (0, 1) where nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    share, z2 = successes / trials, WILSON_Z**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = WILSON_Z / (1 + z2 / trials) * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return low, high


def judge(labels: Sequence[Label], readings: Sequence[PlateReading]) -> tuple[list[Outcome], list[str]]:
    """Pair the labels of one picture with its readings: the outcomes, label by label, and the readings left over.

    Exact readings are paired first; then, nearest first, a reading with a label that it may be a misread of.
    """
    left = list(readings)
    outcomes: dict[int, Outcome] = {}
    for i, label in enumerate(labels):
        place = next((j for j, reading in enumerate(left) if reading.text == label.text), None)
        if place is not None:
            outcomes[i] = Outcome(label, Verdict.EXACT, left.pop(place).text)
    pairs = sorted(
        (difference, i, j)
        for i, label in enumerate(labels)
        if i not in outcomes
        for j, reading in enumerate(left)
        if (difference := _misread_difference(label, reading)) is not None
    )
    used: set[int] = set()
    for _, i, j in pairs:
        if i not in outcomes and j not in used:
            used.add(j)
            outcomes[i] = Outcome(labels[i], Verdict.MISREAD, left[j].text)
    judged = [outcomes.get(i, Outcome(label, Verdict.MISSED)) for i, label in enumerate(labels)]
    return judged, [reading.text for j, reading in enumerate(left) if j not in used]


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """Count verdicts."""
    verdicts = [outcome.verdict for outcome in outcomes]
    return Tally(*(verdicts.count(verdict) for verdict in (Verdict.EXACT, Verdict.MISREAD, Verdict.MISSED)))


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Tally]:
    """Count verdicts for each kind of label, kinds in the alphabet's sequence."""
    kinds = sorted({outcome.label.kind for outcome in outcomes})
    return {kind: tally(o for o in outcomes if o.label.kind == kind) for kind in kinds}


def percentile(values: Sequence[float], share: float) -> float | None:
    """Give the smallest value that at least that share of the values does not exceed; None where there are none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def edits(a: str, b: str) -> int:
    """Count the insertions, deletions and replacements that turn one text into the other (Levenshtein)."""
    previous = list(range(len(b) + 1))
    for i, char in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (char != other)))
        previous = row
    return previous[-1]


def _misread_difference(label: Label, reading: PlateReading) -> float | None:
    """How far the reading is from the label (0-1 and above), or None where it is not of the same plate."""
    difference = edits(label.text, reading.text) / len(label.text)
    if label.box is None:
        return difference if difference <= MAX_MISREAD_DIFFERENCE else None
    x, y = (float(value) for value in reading.corners.mean(axis=0))
    left, top, right, bottom = label.box
    return difference if left <= x <= right and top <= y <= bottom else None
