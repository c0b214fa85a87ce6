"""A published list as the car holds it: the entries packed as they came, and their marks as numbers.

A million entries as objects are over a gigabyte. Packed they are thirty to forty megabytes, and a thousand of them are
unpacked in some milliseconds when a read is on one of them, which is seldom.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.marks import canonical
from edge.matching.keys import key_of
from ingest.contract.codec import decode_entries, encode_entries
from ingest.contract.messages import ListEntry, ListManifest


@dataclass(frozen=True, slots=True)
class Packed:
    """Some entries of a list: payload is as on the wire, keys has one number for each of them, in the same order.

    first_expiry is when the first of them expires; None where there are none.
    """

    payload: bytes
    keys: NDArray[np.uint64]
    first_expiry: datetime | None

    @classmethod
    def of(cls, payload: bytes, now: datetime) -> tuple[Self, int]:
        """Take a payload as it came, without the entries that have expired, and say how many those were.

        Raises ingest.contract.codec.BadMessage.
        """
        entries = decode_entries(payload)
        in_force = [entry for entry in entries if is_in_force(entry, now)]
        if len(in_force) < len(entries):
            payload = encode_entries(in_force)
        keys = np.fromiter((key_of(canonical(entry.vrm)) for entry in in_force), np.uint64, len(in_force))
        first = min((entry.expires_at for entry in in_force), default=None)
        return cls(payload, keys, first), len(entries) - len(in_force)

    def entries(self) -> list[ListEntry]:
        """Unpack them."""
        return decode_entries(self.payload)


@dataclass(frozen=True, slots=True)
class HeldList:
    """One version of one list, without what has expired. Never changed: a list with fewer entries is another object."""

    manifest: ListManifest
    parts: tuple[Packed, ...]

    def __len__(self) -> int:
        return sum(len(part.keys) for part in self.parts)

    def without_expired(self, now: datetime) -> tuple[Self, tuple[int, ...], int]:
        """Give the list as it is now, the numbers of the parts that changed, and how many entries have expired."""
        parts, changed, gone = list(self.parts), [], 0
        for number, part in enumerate(self.parts):
            if part.first_expiry is not None and part.first_expiry <= now:
                parts[number], expired = Packed.of(part.payload, now)
                changed.append(number)
                gone += expired
        return (replace(self, parts=tuple(parts)) if changed else self), tuple(changed), gone


class Shelf:
    """The entries of several lists under one numbering, the first list's first entry being number 0."""

    def __init__(self, lists: Sequence[HeldList]) -> None:
        self._parts = [(held.manifest, part) for held in lists for part in held.parts]
        self._starts = [0, *accumulate(len(part.keys) for _, part in self._parts)]

    def marks(self) -> NDArray[np.uint64]:
        """The marks of all the entries, in the order of their numbers."""
        return np.concatenate([np.empty(0, np.uint64), *(part.keys for _, part in self._parts)])

    def take(self, numbers: Iterable[int]) -> Iterator[tuple[ListManifest, ListEntry]]:
        """Unpack the entries with these numbers, each with the manifest of its list."""
        starts = np.array(self._starts)
        for number in sorted(numbers):
            place = int(np.searchsorted(starts, number, side="right")) - 1
            manifest, part = self._parts[place]
            yield manifest, part.entries()[number - self._starts[place]]


def is_in_force(entry: ListEntry, now: datetime) -> bool:
    """An entry ends at its expiry, not after it."""
    return now < entry.expires_at
