"""Which listed marks a read is, or may be a misread of, and with what probability each.

The probability is Bayes' rule over everything that could have been there: each vehicle on the road is taken to be as
likely to pass as any other, and a listed one no likelier. So

    P(listed mark e | read) = L(e) / (sum over all marks on the road of L + what e counts above its kind's share)

with L the likelihood of the read if that mark was there (edge.matching.weights) and the sum as edge.matching.traffic
has it. A read that is a valid current mark without a doubtful character is hardly ever anything else; one that no
vehicle can have, or with a character that was hardly seen, may well be the listed mark next to it.

An exact match is always told, with its probability. A misread is told where its probability is at least the threshold:

    stop where P >= cost / (cost + 1)

cost being what one false stop costs, measured in listed vehicles let pass: a cost of 1 says that stopping the wrong
driver is as bad as missing a listed vehicle, 9 that it is nine times as bad (threshold 0.9).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from math import prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.matching.index import MarkIndex
from edge.matching.keys import BASE, CODES, PLACE, key_of, shapes_of
from edge.matching.traffic import Traffic, traffic
from edge.matching.weights import LEAST_RATIO, Doubt, Weights
from edge.misreads.shapes import NUMBER
from models.plates.layouts import BY_LENGTH
from models.plates.reading import MarkKind

MOST_ASKED: Final = 2_000
"""Marks that one read is looked up as. A read with so many is no reading."""

MOST_WITH_ONE_MORE: Final = 16
"""How many of those are also looked up with a character more."""

WORTH_SUMMING: Final = 0.005
"""Where marks of the read's kind are this rare on the road, its neighbours of other kinds decide how likely a listed
mark must be: their sum is worked out before anything is looked up. Of usual reads it is only where something was found.
"""

LONGEST_MARK: Final = max(length for length, layouts in BY_LENGTH.items() if layouts)
"""No UK mark is longer, so a read of so many characters has missed none."""


class Matched(StrEnum):
    """How a read came to match an entry."""

    EXACT = "exact"
    MISREAD = "misread"


@dataclass(frozen=True, slots=True)
class Seen:
    """A read as matching sees it: the mark in canonical form (edge.marks), its kind, and for each character how sure
    (0-1) and which other shapes the reader saw, with what it gave each (0-1).
    """

    shapes: str
    kind: MarkKind
    confidences: Sequence[float]
    others: Sequence[Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Likely:
    """A listed mark, by its key and the numbers of its entries, and the probability (0-1) that it was there."""

    key: int
    entries: Sequence[int]
    probability: float
    how: Matched


def threshold_of(false_stop_cost: float) -> float:
    """The least probability at which a stop is worth it, for a cost in listed vehicles let pass.

    >>> threshold_of(1), threshold_of(9)
    (0.5, 0.9)
    """
    return false_stop_cost / (false_stop_cost + 1)


class Matcher:
    """Looks reads up in one index. threshold is the least probability (0-1) of a misread that is told."""

    def __init__(self, weights: Weights, threshold: float) -> None:
        if not 0 < threshold < 1:
            raise ValueError(f"the threshold must be between 0 and 1, not {threshold}")
        self._weights = weights
        self._odds = threshold / (1 - threshold)
        self._threshold = threshold
        self._day: Traffic | None = None
        self._bars: dict[MarkKind, tuple[float, float]] = {}

    def match(self, index: MarkIndex, read: Seen, on: date) -> list[Likely]:
        """Give what is told of a read, likeliest first."""
        key, day = key_of(read.shapes), traffic(on)
        exact = index.find(key)
        least, sure = self._bar(day, read.kind)
        if not exact and len(read.shapes) >= LONGEST_MARK and min(read.confidences) >= sure:
            return []  # nothing in it is doubtful enough: so it is with most reads
        steps = [self._weights.step(confidence) for confidence in read.confidences]
        whole = None
        if least < WORTH_SUMMING:
            whole = self._whole(read, steps, day)
            least = max(self._odds * whole.mass / whole.read, LEAST_RATIO)
        found = self._found(index, key, read, steps, least)
        if exact:
            found[key] = 1.0
        if not found:
            return []
        return self._told(index, key, found, whole or self._whole(read, steps, day), day)

    def _bar(self, day: Traffic, kind: MarkKind) -> tuple[float, float]:
        """Give the least likelihood of another mark, over the read's own, that can be told for reads of a kind, and the
        confidence from which on a character leaves none that reaches it.
        """
        if day is not self._day:
            least = {each: max(self._odds * share, LEAST_RATIO) for each, share in day.in_use.items()}
            self._bars = {each: (ratio, self._weights.sure_of(ratio)) for each, ratio in least.items()}
            self._day = day
        return self._bars[kind]

    def _whole(self, read: Seen, steps: Sequence[int], day: Traffic) -> "_Whole":
        weights = self._weights.of(read.shapes, steps, read.others)
        own = float(np.prod([row[NUMBER[shape]] for row, shape in zip(weights, read.shapes, strict=True)]))
        return _Whole(own, float(day.mass(weights, self._weights.missed)))

    def _found(self, index: MarkIndex, key: int, read: Seen, steps: Sequence[int], least: float) -> dict[int, float]:
        """Give the other listed marks that reach least, a likelihood over that of the mark as read, with theirs."""
        doubts = self._doubts(read, steps, least)
        found = {other: ratio for other, ratio in _others(key, doubts, least) if index.find(other)}
        length = len(read.shapes)
        most = self._weights.most_missed / (length + 1)
        if length < LONGEST_MARK and most >= least:
            missed = self._weights.missed / (length + 1)
            for mark, ratio in ((key, 1.0), *islice(_others(key, doubts, least / most), MOST_WITH_ONE_MORE)):
                shapes = np.flatnonzero(missed * ratio >= least)
                marks = _one_more(mark, length, shapes)
                for other in index.find_any(marks.ravel()):
                    added = float(missed[shapes[(marks == other).any(axis=0)]].sum())
                    found[other] = found.get(other, 0.0) + ratio * added
        return found

    def _doubts(self, read: Seen, steps: Sequence[int], least: float) -> list[Sequence[Doubt]]:
        """Give what each character may be instead. Where one is likelier something else, the others need less."""
        places = list(zip(read.shapes, steps, read.others, strict=True))
        doubts = [self._weights.doubts(*place, least) for place in places]
        likelier = prod(max(1.0, each[0].ratio) for each in doubts if each)
        return [self._weights.doubts(*place, least / likelier) for place in places] if likelier > 1 else doubts

    def _told(self, index: MarkIndex, key: int, found: dict[int, float], whole: "_Whole", day: Traffic) -> list[Likely]:
        likelihoods = {other: float(ratio * whole.read) for other, ratio in found.items()}
        listed = sum(each * (1 - day.share(shapes_of(other))) for other, each in likelihoods.items())
        told = [
            Likely(
                other,
                index.find(other),
                min(1.0, likelihood / (whole.mass + listed)),
                Matched.EXACT if other == key else Matched.MISREAD,
            )
            for other, likelihood in likelihoods.items()
        ]
        told = [each for each in told if each.how is Matched.EXACT or each.probability >= self._threshold]
        return sorted(told, key=lambda likely: (-likely.probability, likely.key))


@dataclass(frozen=True, slots=True)
class _Whole:
    """The likelihood of a read if its own mark was there, and the sum of that of all marks on the road."""

    read: float
    mass: float


def _others(key: int, doubts: Sequence[Sequence[Doubt]], least: float) -> Iterator[tuple[int, float]]:
    """Give each other mark that reaches least, with its likelihood over that of the mark as read."""
    length = len(doubts)
    best_after = [1.0] * (length + 1)
    for place in range(length - 1, -1, -1):
        best_after[place] = best_after[place + 1] * max(1.0, doubts[place][0].ratio if doubts[place] else 0.0)
    asked = 0
    waiting: list[tuple[int, int, float]] = [(0, key, 1.0)]
    while waiting:
        start, mark, ratio = waiting.pop()
        for place in range(start, length):
            counts = PLACE[length - 1 - place]
            room = ratio * best_after[place + 1]
            for doubt in doubts[place]:
                if room * doubt.ratio < least:
                    break
                other, likely = mark + doubt.step * counts, ratio * doubt.ratio
                if likely >= least:
                    asked += 1
                    if asked > MOST_ASKED:
                        return
                    yield other, likely
                waiting.append((place + 1, other, likely))


def _one_more(key: int, length: int, shapes: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Give every mark that has one of these shapes more than the read: shape (places, shapes)."""
    codes = np.array(CODES, np.uint64)[shapes]
    marks = np.empty((length + 1, len(shapes)), np.uint64)
    for place, counts in enumerate(PLACE[: length + 1]):
        front, back = divmod(key, counts)
        marks[place] = np.uint64(front * BASE * counts + back) + codes * np.uint64(counts)
    return marks
