"""Checks the links of every stream against the devices' keys, and names the place of each break. Pure.

It needs neither the messages nor the centre that kept the links. What it cannot see by itself is that the newest links
of a stream are gone: give it heads (how far a stream is known to have gone, from the log or from the device).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from governance.devices.chain import Link, signed_link, start_of
from governance.devices.enrolled import EnrolledKey


class Fault(StrEnum):
    """What a break is."""

    MISSING = "missing"
    TWICE = "twice"
    OUT_OF_ORDER = "out-of-order"
    CHANGED = "changed"
    UNKNOWN_KEY = "unknown-key"
    WRONG_DEVICE = "wrong-device"
    ANOTHER_KEY = "another-key"
    BAD_SIGNATURE = "bad-signature"
    REVOKED = "revoked"
    DOES_NOT_FOLLOW = "does-not-follow"
    NOT_AS_LOGGED = "not-as-logged"
    BEYOND_END = "beyond-end"


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold: the numbers from first to last of a stream, and what is wrong there."""

    device: str
    stream: UUID
    first: int
    last: int
    fault: Fault
    said: str

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"device {self.device}, stream {self.stream}, number {numbers}: {self.said}"


@dataclass(frozen=True, slots=True)
class StreamHead:
    """How far a stream is known to have gone: link is that of number seq, None where only the number is known. last
    says that it went no further.
    """

    device: str
    stream: UUID
    seq: int
    link: bytes | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What came of it. Numbers that are missing break a chain too, though a message may still be under way."""

    streams: int
    links: int
    breaks: tuple[Break, ...]

    @property
    def whole(self) -> bool:
        """Whether every chain holds, from its first link to its last."""
        return not self.breaks


def verify_chain(
    links: Iterable[Link], keys: Mapping[str, EnrolledKey], heads: Iterable[StreamHead] = ()
) -> ChainReport:
    """Check links, given stream by stream in the order of their numbers; keys by their ids. Holds one link at a time.

    Every link is checked by itself (its parts give it, a key of its device signed it) and against the one before it.
    """
    expected: dict[tuple[str, UUID], list[StreamHead]] = {}
    for head in heads:
        expected.setdefault((head.device, head.stream), []).append(head)
    seen: set[tuple[str, UUID]] = set()
    breaks: list[Break] = []
    count = 0
    for place, group in groupby(links, key=lambda link: (link.device, link.stream)):
        walk = _Stream(*place, keys, expected.get(place, ()))
        if place in seen:
            breaks.append(walk.broken(1, 1, Fault.OUT_OF_ORDER, "the stream stands in two places"))
        seen.add(place)
        for link in group:
            count += 1
            breaks += walk.take(link)
        breaks += walk.end()
    for place in expected.keys() - seen:
        breaks += _Stream(*place, keys, expected[place]).end()
    return ChainReport(len(seen), count, tuple(breaks))


class _Stream:
    """A walk along one stream."""

    def __init__(self, device: str, stream: UUID, keys: Mapping[str, EnrolledKey], heads: Sequence[StreamHead]) -> None:
        self._device = device
        self._stream = stream
        self._keys = keys
        self._ends_at = max((head.seq for head in heads), default=0)
        self._last_at = min((head.seq for head in heads if head.last), default=None)
        self._logged = {head.seq: head.link for head in heads if head.link is not None}
        self._seq = 0
        self._key = ""
        self._last: bytes | None = None
        """The link of number _seq, or None where nothing that can be relied on is there."""

    def broken(self, first: int, last: int, fault: Fault, said: str) -> Break:
        return Break(self._device, self._stream, first, last, fault, said)

    def take(self, link: Link) -> Iterator[Break]:
        seq = link.seq
        if seq <= self._seq:
            fault = Fault.TWICE if seq == self._seq else Fault.OUT_OF_ORDER
            said = "its number is there twice" if fault is Fault.TWICE else f"it stands after number {self._seq}"
            yield self.broken(seq, seq, fault, said)
            return
        if seq > self._seq + 1:
            yield self.broken(self._seq + 1, seq - 1, Fault.MISSING, "nothing is there")
        adjoins, self._seq = seq == self._seq + 1, seq
        before, self._last = self._last if adjoins else None, None
        key = self._keys.get(link.key)
        if key is None:
            yield self.broken(seq, seq, Fault.UNKNOWN_KEY, f"its key {link.key} was never enrolled")
            return
        if key.device != link.device:
            yield self.broken(seq, seq, Fault.WRONG_DEVICE, f"its key {link.key} is of device {key.device}")
            return
        if seq == 1:
            before = start_of(link.device, link.stream, key.public)
        yield from self._check(link, key, before)

    def end(self) -> Iterator[Break]:
        """What is missing behind the last link, or is too much."""
        if self._last_at is not None and self._seq > self._last_at:
            said = f"the stream is known to have ended at number {self._last_at}"
            yield self.broken(self._last_at + 1, self._seq, Fault.BEYOND_END, said)
        if self._ends_at > self._seq:
            said = "nothing is there, but the stream is known to have gone so far"
            yield self.broken(self._seq + 1, self._ends_at, Fault.MISSING, said)

    def _check(self, link: Link, key: EnrolledKey, before: bytes | None) -> Iterator[Break]:
        seq, computed = link.seq, _computed(link)
        if signed_link(key.public, link.link, link.signature):
            self._last = link.link
        elif computed is not None and signed_link(key.public, computed, link.signature):
            self._last = computed
        if self._last is None:
            yield self.broken(seq, seq, Fault.BAD_SIGNATURE, f"the key {link.key} did not sign what is there")
            return
        if computed != link.link:
            yield self.broken(seq, seq, Fault.CHANGED, "its parts do not give its link: one of them was changed")
        elif before is not None and link.previous != before:
            what = "the stream's start" if seq == 1 else f"number {seq - 1}"
            yield self.broken(seq, seq, Fault.DOES_NOT_FOLLOW, f"it does not follow from {what}")
        if self._key not in ("", link.key):
            yield self.broken(seq, seq, Fault.ANOTHER_KEY, f"the stream is under the key {self._key}")
        self._key = self._key or link.key
        if key.revoked_at is not None and link.received_at is not None and link.received_at >= key.revoked_at:
            yield self.broken(seq, seq, Fault.REVOKED, f"it was taken after its key {link.key} was revoked")
        if (logged := self._logged.get(seq)) is not None and logged != self._last:
            yield self.broken(seq, seq, Fault.NOT_AS_LOGGED, "the log has another link for this number")


def _computed(link: Link) -> bytes | None:
    try:
        return link.computed()
    except ValueError:
        return None
