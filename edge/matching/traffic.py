"""All that could have been there instead: the sum, over every mark on the road, of how likely the read is if it was
that.

Per vehicle on the road each possible mark of a kind counts its share in use (models.plates.population), so a listed
mark, which somebody has seen on a vehicle, counts one. The sum over the hundreds of millions of marks is worked out
layout by layout: within a layout the places are free of each other, so the sum of products is a product of sums; only
the two figures of an age identifier go together, and are summed as pairs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.marks import canonical
from edge.misreads.shapes import COUNT, NUMBER
from models.plates.layouts import BY_LENGTH, Layout, Positions
from models.plates.population import age_identifiers, in_use
from models.plates.reading import MarkKind

_AGE: Final = slice(2, 4)


@dataclass(frozen=True, slots=True)
class _Group:
    """The layouts of one length, dated ones apart. allowed has shape (places, 34, layouts), share and fit (layouts,).

    fit is the part of a layout's texts that an age identifier leaves, where its figures are not looked at. A layout
    that needs an I or a Z is there twice: with all its letters, and with a negative share without those two.
    """

    share: NDArray[np.float64]
    fit: NDArray[np.float64]
    allowed: NDArray[np.float64]
    dated: bool


class Traffic:
    """The marks on the road on one day."""

    def __init__(self, on: date) -> None:
        self.in_use = in_use(on)
        self._pairs = np.zeros((COUNT, COUNT))
        for two in age_identifiers(on):
            self._pairs[NUMBER[two[0]], NUMBER[two[1]]] = 1
        part = len(age_identifiers(on)) / 100
        self._groups = {length: tuple(_groups(length, self.in_use, part)) for length in BY_LENGTH}

    def mass(self, weights: NDArray[np.float64], missed: NDArray[np.float64]) -> float:
        """Give the sum over all marks, for a read with these weights (characters, 34).

        A mark of the read's length was read whole; one with a character more lost one, anywhere in it: missed has, for
        each shape (34,), how often it is missed in a mark.
        """
        total = self.in_use[MarkKind.FOREIGN] * float(np.prod(weights.max(axis=1)))
        for group in self._groups.get(len(weights), ()):
            total += self._whole(group, weights)
        for group in self._groups.get(len(weights) + 1, ()):
            total += _one_lost(group, weights, missed) / (len(weights) + 1)
        return total

    def share(self, shapes: str) -> float:
        """Give how much of such marks is on the road: the share of its kind, or the foreign one's where it has none."""
        numbers = [NUMBER[shape] for shape in shapes]
        share = 0.0
        for group in self._groups.get(len(shapes), ()):
            if not group.dated or self._pairs[numbers[2], numbers[3]]:
                share += float(group.share @ group.allowed[range(len(numbers)), numbers].all(axis=0))
        return max(share, self.in_use[MarkKind.FOREIGN])

    def _whole(self, group: _Group, weights: NDArray[np.float64]) -> float:
        places = _sums(group.allowed, weights)
        if not group.dated:
            return float(np.prod(places, axis=0) @ group.share)
        pairs = weights[2] @ self._pairs @ weights[3]
        return float(np.prod(np.delete(places, _AGE, axis=0), axis=0) @ group.share) * float(pairs)


def _one_lost(group: _Group, weights: NDArray[np.float64], missed: NDArray[np.float64]) -> float:
    """Sum over the places that may have been lost. What stood there is any character that the layout allows."""
    before = np.cumprod(_sums(group.allowed[:-1], weights), axis=0)
    after = np.cumprod(_sums(group.allowed[1:], weights)[::-1], axis=0)[::-1]
    ones = np.ones((1, len(group.share)))
    left, right = np.vstack([ones, before]), np.vstack([after, ones])
    lost = np.matmul(missed, group.allowed)
    return float((left * lost * right).sum(axis=0) @ (group.share * group.fit))


def _sums(allowed: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the weights of what each layout allows in each place: shape (places, layouts)."""
    return np.asarray(np.matmul(weights[:, None, :], allowed)[:, 0, :])


def _groups(length: int, share: Mapping[MarkKind, float], part: float) -> Iterator[_Group]:
    for dated in (False, True):
        rows = [row for layout in BY_LENGTH[length] if layout.dated is dated for row in _rows(layout, share)]
        if rows:
            shares, allowed = zip(*rows, strict=True)
            fit = np.full(len(rows), part if dated else 1.0)
            yield _Group(np.array(shares), fit, np.ascontiguousarray(np.stack(allowed, axis=2)), dated)


def _rows(layout: Layout, share: Mapping[MarkKind, float]) -> Iterator[tuple[float, NDArray[np.float64]]]:
    yield share[layout.kind], _allowed(layout.positions)
    if layout.needs_irish_letter:
        yield -share[layout.kind], _allowed(tuple(allowed - {"I", "Z"} for allowed in layout.positions))


def _allowed(positions: Positions) -> NDArray[np.float64]:
    allowed = np.zeros((len(positions), COUNT))
    for place, chars in enumerate(positions):
        allowed[place, [NUMBER[canonical(char)] for char in chars]] = 1
    return allowed


@lru_cache(maxsize=4)
def traffic(on: date) -> Traffic:
    """Give the traffic of a day, worked out once."""
    return Traffic(on)
