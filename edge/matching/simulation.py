"""What matching would have done in traffic: vehicles on the lists and vehicles that are not, read as trials were read.

Marks are drawn by chance in the kinds that are on the road; the reads are trials put onto them (edge.misreads.restamp),
from trials that the table of misreads was not fitted to. Two things are counted apart, because vehicles that nobody
looks for are nearly all of the traffic: what becomes of a read of a listed vehicle, and what becomes of one that is not
listed.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from edge.marks import canonical
from edge.matching.index import MarkIndex
from edge.matching.keys import key_of
from edge.matching.matcher import Likely, Matched, Matcher, Seen
from edge.misreads.restamp import Restamper, Stamped
from models.plates.chance import MarksByChance
from models.plates.population import VEHICLES

LOWEST: Final = 0.02
"""Matches less likely than this are not looked at, whatever the threshold."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One simulated read: whether its vehicle is listed, whether it was misread, and what matching told of it.

    right is the probability of the match with the vehicle's own entry (0 where there was none), wrong that of the
    likeliest match with another's; exactly says of each whether the marks were the same.
    """

    listed: bool
    misread: bool
    right: float
    wrong: float
    right_exactly: bool = False
    wrong_exactly: bool = False


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What one threshold does. Counts, with what they are out of.

    recovered of misread: reads of listed vehicles that exact matching misses, and this found. wrong of unlisted: reads
    of other vehicles for which this told of a listed one, without those that are misread into a listed mark exactly,
    which are wrong_exactly.
    """

    false_stop_cost: float
    threshold: float
    recovered: int
    misread: int
    wrong: int
    wrong_exactly: int
    unlisted: int

    @property
    def recovered_share(self) -> float:
        return self.recovered / self.misread if self.misread else 0.0

    @property
    def wrong_in_a_million(self) -> float:
        return 1e6 * self.wrong / self.unlisted if self.unlisted else 0.0


class Street:
    """Listed marks, their index, and the traffic past them."""

    def __init__(self, entries: int, restamper: Restamper, on: date, seed: int) -> None:
        self.on = on
        self._rng = np.random.default_rng(seed)
        self._chance = MarksByChance(on)
        self._restamper = restamper
        self.marks = [self._mark() for _ in range(entries)]
        self.index = MarkIndex.build(self.marks)

    def listed_reads(self, count: int) -> Iterator[Stamped]:
        """Read vehicles that are on the list."""
        for _ in range(count):
            yield self._restamper.read(self.marks[int(self._rng.integers(len(self.marks)))], self._rng)

    def other_reads(self, count: int) -> Iterator[Stamped]:
        """Read vehicles that are not."""
        for _ in range(count):
            while self.index.find(key_of(canonical(mark := self._mark()))):
                pass
            yield self._restamper.read(mark, self._rng)

    def _mark(self) -> str:
        while not self._restamper.has(len(mark := self._chance.draw(self._rng)[0])):
            pass
        return mark


def look(street: Street, matcher: Matcher, read: Stamped, *, listed: bool) -> Outcome:
    """Match one read."""
    seen, own = as_seen(read), key_of(canonical(read.mark))
    found = matcher.match(street.index, seen, street.on)
    right = next((each for each in found if each.key == own), None)
    wrong = next((each for each in found if each.key != own), None)
    return Outcome(listed, key_of(seen.shapes) != own, _sure(right), _sure(wrong), _is_exact(right), _is_exact(wrong))


def as_seen(read: Stamped) -> Seen:
    """Give a simulated read as matching sees it."""
    return Seen(canonical(read.read), read.kind, read.confidences, read.others)


def tolerance(cost: float, threshold: float, seen: Sequence[Outcome]) -> Tolerance:
    """Count what this threshold would have told."""
    misread = [each for each in seen if each.listed and each.misread]
    unlisted = [each for each in seen if not each.listed]
    return Tolerance(
        false_stop_cost=cost,
        threshold=threshold,
        recovered=sum(each.right >= threshold for each in misread),
        misread=len(misread),
        wrong=sum(each.wrong >= threshold and not each.wrong_exactly for each in unlisted),
        wrong_exactly=sum(each.wrong_exactly for each in unlisted),
        unlisted=len(unlisted),
    )


@dataclass(frozen=True, slots=True)
class Said:
    """Of matches told with a probability between low and high: what it was on average, and the share that was right."""

    low: float
    high: float
    matches: int
    said: float
    right: float


def kept_its_word(seen: Sequence[Outcome], entries: int, edges: Sequence[float]) -> list[Said]:
    """Hold the probabilities that were told of misreads against how often they were right, in bins with these edges.

    Listed vehicles are weighed as the share of the traffic that they would be, entries of all VEHICLES.
    """
    listed = sum(each.listed for each in seen)
    share = entries / VEHICLES
    of_listed, of_others = share / max(listed, 1), (1 - share) / max(len(seen) - listed, 1)
    told = [
        (probability, is_right, of_listed if each.listed else of_others)
        for each in seen
        for probability, is_right, exactly in (
            (each.right, True, each.right_exactly),
            (each.wrong, False, each.wrong_exactly),
        )
        if probability > 0 and not exactly
    ]
    bins = []
    for low, high in itertools.pairwise(edges):
        inside = [each for each in told if low <= each[0] < high]
        weight = sum(each[2] for each in inside)
        if inside:
            said = sum(each[0] * each[2] for each in inside) / weight
            bins.append(Said(low, high, len(inside), said, sum(each[2] for each in inside if each[1]) / weight))
    return bins


def _sure(likely: Likely | None) -> float:
    return likely.probability if likely else 0.0


def _is_exact(likely: Likely | None) -> bool:
    return likely is not None and likely.how is Matched.EXACT
