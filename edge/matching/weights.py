"""What one character that was read says of the character that was there.

The weight of a shape is its probability to be there, given what was read and how sure the reader was, over its
probability before anything was read (one in 34). The product of the weights over a mark's places is, but for a factor
that all marks share, the likelihood of the read if that mark was there: places are taken as independent given the mark.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.matching.keys import CODES
from edge.misreads.shapes import COUNT, NUMBER
from edge.misreads.table import LEAST_DOUBT, Misreads, seen_shares

STEPS: Final = 64
"""How finely a confidence is told from another: so many steps of equal logit between LEAST_DOUBT and certainty less it.
"""

LEAST_RATIO: Final = 5e-5
"""A shape this much less likely to be there than the one that was read is not asked for: the reader is never so sure
that its table could tell less."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Another shape that may have been there: ratio is its weight over that of the shape read, step is what it adds to
    the figure of the mark's key at that place.
    """

    ratio: float
    step: int


class Weights:
    """The weights of a reader's table. What does not depend on the other shapes that the reader saw is worked out once
    for each shape and each step of confidence.
    """

    def __init__(self, misreads: Misreads) -> None:
        logits = np.linspace(np.log(LEAST_DOUBT), -np.log(LEAST_DOUBT), STEPS)
        self._edges = tuple(1 / (1 + exp(-(a + b) / 2)) for a, b in pairwise(logits))
        self._right = tuple(misreads.right_with(1 / (1 + exp(-logit))) for logit in logits)
        self._known = {shape: tuple(misreads.truth[number]) for shape, number in NUMBER.items()}
        self._share, self._power = misreads.seen_share, misreads.seen_power
        self.missed: Final = misreads.missed_a_mark * misreads.missed_more
        """How often each shape is missed in a mark: shape (34,)."""
        self._doubts = {shape: tuple(self._doubts_of(shape, step, {}) for step in range(STEPS)) for shape in NUMBER}

    def step(self, confidence: float) -> int:
        """Give the step of a confidence (0-1)."""
        return bisect(self._edges, confidence)

    def doubts(self, shape: str, step: int, others: Mapping[str, float], least: float) -> Sequence[Doubt]:
        """Give what else a character may be, likeliest first, as far as any of it reaches least (a ratio).

        others are the other shapes that the reader saw there, with what it gave each.
        """
        right = self._right[step]
        if 1 - right < least * right:
            return ()
        return self._doubts_of(shape, step, others) if others else self._doubts[shape][step]

    def of(self, shapes: str, steps: Sequence[int], others: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Give the weights of each shape in each place: shape (characters, 34)."""
        return np.array([self._row(*each) for each in zip(shapes, steps, others, strict=True)])

    def _row(self, shape: str, step: int, others: Mapping[str, float]) -> list[float]:
        """The probability of each shape to be there, times 34. It has nothing where the shape itself is but its own."""
        right, known = self._right[step], self._known[shape]
        seen = seen_shares(others, self._power)
        share = self._share if seen else 0.0
        wrong = COUNT * (1 - right)
        row = [wrong * (1 - share) * each for each in known]
        for other, part in seen.items():
            row[NUMBER[other]] += wrong * share * part
        row[NUMBER[shape]] = COUNT * right
        return row

    def _doubts_of(self, shape: str, step: int, others: Mapping[str, float]) -> tuple[Doubt, ...]:
        row, read = self._row(shape, step, others), NUMBER[shape]
        ratios = sorted(
            ((weight / row[read], other) for other, weight in enumerate(row) if other != read), reverse=True
        )
        return tuple(Doubt(ratio, CODES[other] - CODES[read]) for ratio, other in ratios if ratio >= LEAST_RATIO)
