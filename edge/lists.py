"""The vehicle-of-interest lists that the centre publishes, received whole or not at all, and kept for no network.

A version is taken only when it is newer than the one held, every chunk is there and the SHA-256 over the chunks is the
one in its manifest. Until then the version held stays in force. The chunks are asked for (see wanted) only when a
manifest announces something new, so that a car which connects again does not fetch a long list again by radio; and a
few at a time, each by its own topic: a broker need not have room for all that a subscription finds retained (the
embedded one drops what is over a hundred without a word).
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from pydantic import ValidationError

from edge.counters import Counters
from edge.errors import BadList, NotStored
from edge.list_store import ListStore
from edge.matching.held import HeldList, Packed
from hardware.clock import Clock
from ingest.contract import topics
from ingest.contract.codec import BadMessage
from ingest.contract.messages import ListManifest

_log = logging.getLogger(__name__)

MAX_LIST_BYTES: Final = 256_000_000
"""Chunks held in memory of one list that is arriving: some six times what a million entries take when packed."""

CHUNKS_AT_ONCE: Final = 32
"""Chunks asked for and not here yet: enough to fill a slow radio link, a third of what the embedded broker gives."""

MAX_LISTS: Final = 1_000
"""Lists that one device takes: a bound against a publisher gone wrong."""


@dataclass(slots=True)
class _Arriving:
    """A version of which some chunks are still missing."""

    manifest: ListManifest
    chunks: dict[int, bytes] = field(default_factory=dict)
    bytes_held: int = 0

    @property
    def complete(self) -> bool:
        return len(self.chunks) == self.manifest.chunks

    def missing(self) -> Iterator[int]:
        """Give the numbers of the chunks that are not here, the first one first."""
        return (number for number in range(self.manifest.chunks) if number not in self.chunks)


class Lists:
    """The lists of one device. One thread calls take; any thread may ask."""

    def __init__(self, store: ListStore, force: str, clock: Clock, counters: Counters) -> None:
        self._store = store
        self._force = force
        self._clock = clock
        self._counters = counters
        self._lock = threading.Lock()
        self._held: dict[UUID, HeldList] = {}
        self._arriving: dict[UUID, _Arriving] = {}
        self._on_change: Callable[[], None] = lambda: None
        self.manifests_seen = 0
        """Manifests that came, new or not: shows that the broker has begun to give the published lists."""

    @classmethod
    def open(cls, path: Path, force: str, clock: Clock, counters: Counters) -> Self:
        """Open the lists that were stored. What is damaged is put aside; the centre's broker gives it again.

        Raises DiskFull or DiskFault.
        """
        now = clock.now()
        store = ListStore.open(path, now, counters)
        lists = cls(store, force, clock, counters)
        for held, changed, expired in store.load(now):
            lists._held[held.manifest.list_id] = held
            lists._erase(held, changed, expired)
        return lists

    def on_change(self, call: Callable[[], None]) -> None:
        """Name what is to be called, in the thread that takes, when a version was taken or chunks are wanted."""
        self._on_change = call

    def held(self) -> list[HeldList]:
        """Give each list held. An object that was given before has not changed since."""
        with self._lock:
            return list(self._held.values())

    def manifests(self) -> list[ListManifest]:
        """Give the manifest of each list held."""
        return [held.manifest for held in self.held()]

    def wanted(self) -> frozenset[str]:
        """Give the topics of the chunks that are to be subscribed to now: CHUNKS_AT_ONCE at most, the oldest first."""
        with self._lock:
            topics_missing = (
                topics.list_chunk(self._force, list_id, arriving.manifest.version, number)
                for list_id, arriving in self._arriving.items()
                for number in arriving.missing()
            )
            return frozenset(islice(topics_missing, CHUNKS_AT_ONCE))

    @property
    def arriving(self) -> bool:
        """Whether a version that was announced is still on its way, or all here and not yet looked through."""
        return bool(self._arriving)

    def take(self, topic: str, payload: bytes) -> None:
        """Take a manifest or a chunk as it came. One that is bad is counted and logged with the reason."""
        if not payload:
            return  # a retained message being cleared: the version held stays until a newer one or its entries' expiry
        try:
            list_id, place = _parse(topic)
            if place is None:
                self._announced(list_id, payload)
            else:
                self._chunk(list_id, *place, payload)
        except BadList as error:
            self._counters.count("lists_refused", warn=f"a published list was refused: {error}")
        self.manifests_seen += topic.endswith("/manifest")  # once what it makes wanted is known
        self._on_change()

    def expire(self) -> int:
        """Erase entries that have expired, from memory and disk, and give how many."""
        now, erased = self._clock.now(), 0
        for held in self.held():
            left, changed, expired = held.without_expired(now)
            if not changed:
                continue
            with self._lock:
                if self._held.get(left.manifest.list_id) is not held:
                    continue  # a newer version came meanwhile
                self._held[left.manifest.list_id] = left
            self._erase(left, changed, expired)
            erased += expired
        return erased

    def close(self) -> None:
        self._store.close()

    def _erase(self, held: HeldList, changed: Sequence[int], expired: int) -> None:
        if not changed:
            return
        self._counters.count("list_entries_expired", expired)
        try:
            self._store.replace(held, changed)
        except NotStored as error:
            self._counters.count("lists_not_erased", warn=f"expired list entries could not be erased: {error}")

    def _announced(self, list_id: UUID, payload: bytes) -> None:
        try:
            manifest = ListManifest.model_validate_json(payload)
        except ValidationError as error:
            raise BadList(f"its manifest is not one: {error.errors(include_input=False)[0]['msg']}") from error
        if manifest.list_id != list_id:
            raise BadList(f"the manifest of {manifest.list_id} came on the topic of {list_id}")
        held = self._held.get(list_id)
        if held is not None and manifest.version <= held.manifest.version:
            self._refuse_unless_same(held.manifest, manifest)
            return
        if len(self._held.keys() | self._arriving.keys() | {list_id}) > MAX_LISTS:
            raise BadList(f"this device holds {MAX_LISTS} lists already")
        arriving = self._arriving.get(list_id)
        if arriving is None or arriving.manifest != manifest:
            with self._lock:
                arriving = self._arriving[list_id] = _Arriving(manifest)
        if arriving.complete:
            self._accept(arriving)

    def _refuse_unless_same(self, held: ListManifest, other: ListManifest) -> None:
        if other.version < held.version:
            self._counters.count("lists_older", warn=f"list {held.list_id}: version {other.version} is older than held")
        elif other.sha256 != held.sha256:
            raise BadList(
                f"list {held.list_id}: a second, different version {held.version}; publish it as a new version"
            )

    def _chunk(self, list_id: UUID, version: int, number: int, payload: bytes) -> None:
        arriving = self._arriving.get(list_id)
        if arriving is None or arriving.manifest.version != version:
            return  # of a version that is held, or no longer wanted: the subscription is about to end
        if not 0 <= number < arriving.manifest.chunks:
            raise BadList(f"list {list_id}: chunk {number} of a version with {arriving.manifest.chunks}")
        with self._lock:
            arriving.bytes_held += len(payload) - len(arriving.chunks.get(number, b""))
            arriving.chunks[number] = payload
        if arriving.bytes_held > MAX_LIST_BYTES:
            self._give_up(list_id)
            raise BadList(f"list {list_id}: more than {MAX_LIST_BYTES:,} bytes of chunks; split the list")
        if arriving.complete:
            self._accept(arriving)

    def _accept(self, arriving: _Arriving) -> None:
        manifest = arriving.manifest
        try:
            held, expired = _unpack(arriving, self._clock.now())
        except BadList:
            self._give_up(manifest.list_id)
            raise
        if expired:
            self._counters.count("list_entries_expired", expired)
        with self._lock:  # in one step, so that nobody sees a list that is neither on its way nor held
            del self._arriving[manifest.list_id]
            self._held[manifest.list_id] = held
        self._counters.count("lists_taken")
        _log.info("list %s: version %d is in force with %d entries", manifest.list_id, manifest.version, len(held))
        try:
            self._store.store(held)
        except NotStored as error:
            self._counters.count("lists_not_stored", warn=f"a list is in force but only in memory: {error}")

    def _give_up(self, list_id: UUID) -> None:
        with self._lock:
            del self._arriving[list_id]


def _parse(topic: str) -> tuple[UUID, tuple[int, int] | None]:
    """Give the list of a topic, and for a chunk its version and number."""
    parts = topic.split("/")
    try:
        match parts[4:]:
            case [list_id, "manifest"]:
                return UUID(list_id), None
            case [list_id, "chunks", version, number]:
                return UUID(list_id), (int(version), int(number))
    except ValueError:
        pass
    raise BadList(f"the topic {topic!r} is neither that of a manifest nor that of a chunk")


def _unpack(arriving: _Arriving, now: datetime) -> tuple[HeldList, int]:
    """Give the list that has arrived, and how many of its entries have expired already."""
    manifest = arriving.manifest
    name = f"list {manifest.list_id} version {manifest.version}"
    payloads = [arriving.chunks[number] for number in range(manifest.chunks)]
    digest = hashlib.sha256(b"".join(payloads)).hexdigest()
    if digest != manifest.sha256:
        raise BadList(f"{name}: SHA-256 of the chunks is {digest}, the manifest says {manifest.sha256}")
    try:
        packed = [Packed.of(payload, now) for payload in payloads]
    except BadMessage as error:
        raise BadList(f"{name}: {error}") from error
    held, expired = HeldList(manifest, tuple(part for part, _ in packed)), sum(gone for _, gone in packed)
    if len(held) + expired != manifest.entries:
        raise BadList(f"{name}: {len(held) + expired} entries, the manifest says {manifest.entries}")
    return held, expired
