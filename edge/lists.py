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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from edge.counters import Counters
from edge.errors import BadList, NotStored
from edge.matching import is_in_force
from edge.sqlite_file import SqliteFile
from hardware.clock import Clock
from ingest.contract import topics
from ingest.contract.codec import BadMessage, decode_entries
from ingest.contract.messages import ListEntry, ListManifest

_log = logging.getLogger(__name__)

Held = tuple[ListManifest, list[ListEntry]]

MAX_LIST_BYTES: Final = 64_000_000
"""Chunks held in memory of one list that is arriving: thirty times what 100,000 entries take when packed."""

CHUNKS_AT_ONCE: Final = 32
"""Chunks asked for and not here yet: enough to fill a slow radio link, a third of what the embedded broker gives."""

MAX_LISTS: Final = 1_000
"""Lists that one device takes: a bound against a publisher gone wrong."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS lists (list_id TEXT PRIMARY KEY, manifest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    list_id TEXT NOT NULL REFERENCES lists ON DELETE CASCADE, place INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    entry TEXT NOT NULL, PRIMARY KEY (list_id, place)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_expire ON entries (expires_ms);
"""

_entries: Final = TypeAdapter(list[ListEntry])


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

    def __init__(self, file: SqliteFile, force: str, clock: Clock, counters: Counters) -> None:
        self._file = file
        self._force = force
        self._clock = clock
        self._counters = counters
        self._lock = threading.Lock()
        self._held: dict[UUID, Held] = {}
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
        lists = cls(SqliteFile.open(path, _SCHEMA, now, counters), force, clock, counters)
        lists.expire()
        lists._load(now)
        return lists

    def on_change(self, call: Callable[[], None]) -> None:
        """Name what is to be called, in the thread that takes, when a version was taken or chunks are wanted."""
        self._on_change = call

    def current(self) -> list[Held]:
        """Give each list held with its entries in force now."""
        now = self._clock.now()
        with self._lock:
            held = list(self._held.values())
        return [(manifest, [entry for entry in entries if is_in_force(entry, now)]) for manifest, entries in held]

    def manifests(self) -> list[ListManifest]:
        """Give the manifest of each list held."""
        with self._lock:
            return [manifest for manifest, _ in self._held.values()]

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
        """Erase entries that have expired, from memory and disk, and give how many were on disk."""
        now = self._clock.now()
        with self._lock:
            self._held = {
                list_id: (manifest, [entry for entry in entries if is_in_force(entry, now)])
                for list_id, (manifest, entries) in self._held.items()
            }
        try:
            with self._file.transaction() as db:
                erased = db.execute("DELETE FROM entries WHERE expires_ms <= ?", (_ms(now),)).rowcount
        except NotStored as error:
            self._counters.count("lists_not_erased", warn=f"expired list entries could not be erased: {error}")
            return 0
        if erased:
            self._counters.count("list_entries_expired", erased)
        return int(erased)

    def close(self) -> None:
        self._file.close()

    def _announced(self, list_id: UUID, payload: bytes) -> None:
        try:
            manifest = ListManifest.model_validate_json(payload)
        except ValidationError as error:
            raise BadList(f"its manifest is not one: {error.errors(include_input=False)[0]['msg']}") from error
        if manifest.list_id != list_id:
            raise BadList(f"the manifest of {manifest.list_id} came on the topic of {list_id}")
        held = self._held.get(list_id)
        if held is not None and manifest.version <= held[0].version:
            self._refuse_unless_same(held[0], manifest)
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
            entries = _unpack(arriving)
        except BadList:
            self._give_up(manifest.list_id)
            raise
        now = self._clock.now()
        in_force = [entry for entry in entries if is_in_force(entry, now)]
        if expired := len(entries) - len(in_force):
            self._counters.count("list_entries_expired", expired)
        with self._lock:  # in one step, so that nobody sees a list that is neither on its way nor held
            del self._arriving[manifest.list_id]
            self._held[manifest.list_id] = (manifest, in_force)
        self._counters.count("lists_taken")
        _log.info("list %s: version %d is in force with %d entries", manifest.list_id, manifest.version, len(in_force))
        try:
            self._store(manifest, in_force)
        except NotStored as error:
            self._counters.count("lists_not_stored", warn=f"a list is in force but only in memory: {error}")

    def _give_up(self, list_id: UUID) -> None:
        with self._lock:
            del self._arriving[list_id]

    def _store(self, manifest: ListManifest, entries: list[ListEntry]) -> None:
        list_id = str(manifest.list_id)
        rows = ((list_id, place, _ms(entry.expires_at), entry.model_dump_json()) for place, entry in enumerate(entries))
        with self._file.transaction() as db:
            db.execute("DELETE FROM lists WHERE list_id = ?", (list_id,))
            db.execute("INSERT INTO lists VALUES (?, ?)", (list_id, manifest.model_dump_json()))
            db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", rows)

    def _load(self, now: datetime) -> None:
        with self._file.reading() as db:
            manifests = db.execute("SELECT list_id, manifest FROM lists ORDER BY list_id").fetchall()
            for list_id, manifest_text in manifests:
                rows = db.execute("SELECT entry FROM entries WHERE list_id = ? ORDER BY place", (list_id,))
                try:
                    manifest = ListManifest.model_validate_json(manifest_text)
                    entries = _entries.validate_json("[" + ",".join(text for (text,) in rows) + "]")
                except ValidationError:
                    # Written by another release of this software: the broker will give the list again.
                    self._counters.count("lists_unreadable", warn=f"the stored list {list_id} cannot be read")
                    continue
                self._held[manifest.list_id] = (manifest, [entry for entry in entries if is_in_force(entry, now)])


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


def _unpack(arriving: _Arriving) -> list[ListEntry]:
    manifest = arriving.manifest
    name = f"list {manifest.list_id} version {manifest.version}"
    payloads = [arriving.chunks[number] for number in range(manifest.chunks)]
    digest = hashlib.sha256(b"".join(payloads)).hexdigest()
    if digest != manifest.sha256:
        raise BadList(f"{name}: SHA-256 of the chunks is {digest}, the manifest says {manifest.sha256}")
    try:
        entries = [entry for payload in payloads for entry in decode_entries(payload)]
    except BadMessage as error:
        raise BadList(f"{name}: {error}") from error
    if len(entries) != manifest.entries:
        raise BadList(f"{name}: {len(entries)} entries, the manifest says {manifest.entries}")
    return entries


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
