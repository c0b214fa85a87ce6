"""The marks that are listed, sorted, with the numbers of their entries: twelve bytes an entry."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.marks import canonical
from edge.matching.keys import key_of


class MarkIndex:
    """Finds the numbers of the entries of a mark. Never changed: another set of marks is another index."""

    def __init__(self, keys: NDArray[np.uint64], numbers: NDArray[np.uint32]) -> None:
        """Keys are sorted; numbers[i] is the number of the entry with the mark keys[i]."""
        self._keys = array("Q", keys.tobytes())  # bisect is three times as fast on it as on NumPy's scalars
        self._sorted = np.frombuffer(self._keys, np.uint64)
        self._numbers = array("I", numbers.tobytes())

    @classmethod
    def build(cls, marks: Iterable[str]) -> Self:
        """Index these marks, written in whatever way; the first one's number is 0."""
        return cls.of_keys(np.fromiter((key_of(canonical(mark)) for mark in marks), np.uint64))

    @classmethod
    def of_keys(cls, keys: NDArray[np.uint64]) -> Self:
        """Index marks that are numbers already (edge.matching.keys)."""
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], order.astype(np.uint32))

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key: int) -> Sequence[int]:
        """Give the numbers of the entries of this mark, the first one first."""
        keys = self._keys
        at = bisect_left(keys, key)
        end = at
        while end < len(keys) and keys[end] == key:
            end += 1
        return self._numbers[at:end]

    def find_any(self, keys: NDArray[np.uint64]) -> list[int]:
        """Give those of many marks that are listed, each once: for more than a dozen it is faster than find."""
        if not len(self):
            return []
        at = np.searchsorted(self._sorted, keys)
        at[at == len(self._sorted)] = 0
        return sorted({int(key) for key in keys[self._sorted[at] == keys]})
