"""What one character that was read says of the character that was there.

The weight of a shape is its probability to be there, given what was read and how sure the reader was, over its
probability before anything was read (one in 34). The product of the weights over a mark's places is, but for a factor
that all marks share, the likelihood of the read if that mark was there: places are taken as independent given the mark.
"""

from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.matching.keys import CODES
from edge.misreads.shapes import COUNT, NUMBER, SHAPES
from edge.misreads.table import LEAST_DOUBT, Misreads, seen_shares

STEPS: Final = 64
"""How finely a confidence is told from another: so many steps of equal logit between LEAST_DOUBT and certainty less it.
"""

LEAST_RATIO: Final = 1e-4
"""A mark this much less likely than the one that was read is not asked for: a table of some thirty thousand characters
cannot tell how likely it is."""

_CODE: Final = dict(zip(SHAPES, CODES, strict=True))


class Doubt(NamedTuple):
    """Another shape that may have been there: ratio is its weight over that of the shape read, step is what it adds to
    the figure of the mark's key at that place.
    """

    ratio: float
    step: int
    shape: str


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
        self.most_missed: Final = float(self.missed.max())
        self._odds = tuple((1 - right) / right for right in self._right)
        self._doubts = {shape: tuple(self._known_doubts(shape, step) for step in range(STEPS)) for shape in NUMBER}

    def step(self, confidence: float) -> int:
        """Give the step of a confidence (0-1)."""
        return bisect(self._edges, confidence)

    def sure_of(self, least: float) -> float:
        """Give the confidence from which on no other shape reaches least, a ratio; above 1 where there is none."""
        steps = (step for step, odds in enumerate(self._odds) if odds < least)
        first = next(steps, STEPS)
        return 0.0 if first == 0 else self._edges[first - 1] if first < STEPS else 2.0

    def doubts(self, shape: str, step: int, others: Mapping[str, float], least: float) -> Sequence[Doubt]:
        """Give what else a character may be, likeliest first, as far as any of it reaches least (a ratio).

        others are the other shapes that the reader saw there, with what it gave each.
        """
        odds = self._odds[step]
        if odds < least:
            return ()
        known, seen = self._doubts[shape][step], seen_shares(others, self._power)
        if not seen:
            return known
        code, left = _CODE[shape], 1 - self._share
        doubts = []
        for other, part in seen.items():
            ratio = odds * (self._share * part + left * self._known[shape][NUMBER[other]])
            if ratio >= least:
                doubts.append(Doubt(ratio, _CODE[other] - code, other))
        for doubt in known:
            if doubt.ratio * left < least:
                break
            if doubt.shape not in seen:
                doubts.append(Doubt(doubt.ratio * left, doubt.step, doubt.shape))
        doubts.sort(reverse=True)
        return doubts

    def of(self, shapes: str, steps: Sequence[int], others: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Give the weights of each shape in each place: shape (characters, 34)."""
        return np.array([self._row(*each) for each in zip(shapes, steps, others, strict=True)])

    def _row(self, shape: str, step: int, others: Mapping[str, float]) -> list[float]:
        """The probability of each shape to be there, times 34."""
        right, known = self._right[step], self._known[shape]
        seen = seen_shares(others, self._power)
        share = self._share if seen else 0.0
        wrong = COUNT * (1 - right)
        row = [wrong * (1 - share) * each for each in known]
        for other, part in seen.items():
            row[NUMBER[other]] += wrong * share * part
        row[NUMBER[shape]] = COUNT * right
        return row

    def _known_doubts(self, shape: str, step: int) -> tuple[Doubt, ...]:
        """What the table alone has of a character, likeliest first."""
        ratios = sorted(
            ((self._odds[step] * known, other) for other, known in zip(SHAPES, self._known[shape], strict=True)),
            reverse=True,
        )
        return tuple(
            Doubt(ratio, _CODE[other] - _CODE[shape], other) for ratio, other in ratios if ratio >= LEAST_RATIO
        )
