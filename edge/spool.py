"""Keeps every message that the device makes on its own disk until the centre has it on its.

A message gets its id and the next number of the spool's stream in the transaction that stores it, so that no number is
given to nothing and none is given twice. In the same transaction an enrolled device signs it, as a link of the stream's
chain (governance.devices.chain). A numbered message leaves in one way only: by a receipt of the centre that covers its
number. A broker's acknowledgement is not enough, because a broker can lose what it has acknowledged.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self, TypeVar
from uuid import UUID

from edge.counters import Counters
from edge.errors import DiskFull, MessageTooLarge
from edge.spool_streams import SCHEMA, Stream, open_streams, upgrade
from edge.sqlite_file import SqliteFile
from governance.devices.chain import link_of, sign_link
from governance.keys import PrivateKey
from hardware.clock import Clock
from ingest.contract.base import new_id
from ingest.contract.codec import MAX_PAYLOAD_BYTES, encode
from ingest.contract.messages import (
    Answer,
    AnswerMessage,
    Hit,
    HitMessage,
    ImageMessage,
    Message,
    Picture,
    Read,
    ReadMessage,
    Receipt,
)
from ingest.contract.proof import Proof

Body = Read | Hit | Answer | Picture

T = TypeVar("T")

LONGEST_WAIT_FACTOR: Final = 16
"""Each time that a message is sent again without a receipt, the wait for one doubles, up to this many times the first:
a centre that is away for a day must not come back to thousands of copies of each message."""

ASIDE_S: Final = 3_600.0
"""How long a message that the broker cannot take is kept aside before it is tried again: people raise limits."""

_SETTLED_AT_ONCE: Final = 32
"""Messages deleted in one transaction: with pictures of 28 KB each it needs under a megabyte for its log."""

_INSERT: Final = (
    "INSERT INTO messages (place, id, kind, size, payload, previous, signature) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """Something to tell the centre. picture is the JPEG that a Picture describes, and None for all else."""

    body: Body
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored message. payload and proof are what goes on the wire, the same at every try; tries is how often it went.

    place is its place in the spool, by which the spool is told of it; stream and seq are its number on the wire. proof
    is None where the device had no key.
    """

    place: int
    stream: UUID
    seq: int
    kind: str
    payload: bytes
    tries: int
    proof: Proof | None


class Spool:
    """The messages of one device that wait for the centre. Any thread may use it."""

    def __init__(
        self,
        file: SqliteFile,
        device: str,
        streams: Sequence[Stream],
        key: PrivateKey | None,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self.device = device
        self._key = key
        self._past = tuple(streams[:-1])
        self._current = streams[-1]
        self._file = file
        self._clock = clock
        self._counters = counters
        self._changed = threading.Condition()
        with file.reading() as db:
            waiting, held = db.execute("SELECT count(*), coalesce(sum(size), 0) FROM messages").fetchone()
        self._waiting: int = waiting
        self._bytes: int = held

    @classmethod
    def open(cls, path: Path, device: str, clock: Clock, counters: Counters, key: PrivateKey | None = None) -> Self:
        """Open the device's spool, or make it with a new stream. A damaged file is put aside and a new stream begun.

        key is what the device was enrolled with; one that the spool has not signed with before begins a new stream.

        Raises WrongState for the spool of another device, DiskFull or DiskFault where it cannot be opened or made.
        """
        file = SqliteFile.open(path, SCHEMA, clock.now(), counters, reserve=True, upgrade=upgrade)
        try:
            with file.transaction() as db:
                streams = open_streams(db, path, device, key)
            return cls(file, device, streams, key, clock, counters)
        except BaseException:
            file.close()
            raise

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def stream(self) -> UUID:
        """The stream that is written now."""
        return self._current.id

    @property
    def made(self) -> int:
        """The highest number that the stream has given out."""
        return self._current.made

    @property
    def unsigned(self) -> Stream | None:
        """The stream that is written now, where it is not signed and has numbered anything."""
        return self._current if self._current.key is None and self._current.made else None

    @property
    def waiting(self) -> int:
        """How many messages wait for the centre's receipt."""
        return self._waiting

    @property
    def held_bytes(self) -> int:
        """The payloads' bytes together."""
        return self._bytes

    def put(self, body: Body, picture: bytes | None = None) -> Message:
        """Store one message. See put_all."""
        return self.put_all([Unsent(body, picture)])[0]

    def put_all(self, group: Sequence[Unsent]) -> list[Message]:
        """Number and store a group of messages, all of them or none. On the disk when this returns.

        Raises MessageTooLarge for one that the wire cannot carry, DiskFull or DiskFault: then no number was used.

        Once a full disk has taken the reserve, an empty spool takes one group and no more: what new messages put into
        the room that the reserve left would be missing when those that wait are to be sent and deleted.
        """
        now = self._clock.now()
        with self._changed:
            if self._waiting and not self._file.keep_reserve():
                raise self._file.full()
            stream, messages, rows = self._current, [], []
            for unsent in group:
                message = _numbered(unsent.body, self.device, stream.id, stream.made + 1, now)
                payload = _payload(message, unsent)
                previous, stream, signature = _extended(stream, message, payload, self._key)
                place = stream.before + message.seq
                rows.append((place, str(message.id), message.kind, len(payload), payload, previous, signature))
                messages.append(message)
            with self._file.transaction() as db:
                db.executemany(_INSERT, rows)
                db.execute(
                    "UPDATE streams SET made = ?, link = ? WHERE id = ?", (stream.made, stream.link, str(stream.id))
                )
            self._current = stream
            self._waiting += len(rows)
            self._bytes += sum(row[3] for row in rows)
            self._changed.notify_all()
        return messages

    def due(self, limit: int, now: datetime, resend_after_s: float) -> list[Waiting]:
        """Give messages to publish now: those never published in the order of their numbers, then those whose receipt
        is overdue. A wait longer than any that this spool gives was set by a clock that has since gone back: it ends.
        """
        now_ms = _ms(now)
        beyond = now_ms + int(max(resend_after_s * LONGEST_WAIT_FACTOR, ASIDE_S) * 1000)
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT place, kind, payload, tries, previous, signature FROM messages "
                "WHERE due_ms <= ? OR due_ms > ? ORDER BY due_ms, place LIMIT ?",
                (now_ms, beyond, limit),
            ).fetchall()
        return [self._waiting_of(*row) for row in rows]

    def mark_published(self, places: Iterable[int], now: datetime, resend_after_s: float) -> None:
        """Note that messages are given to a broker: they are due again only when no receipt comes."""
        wait_ms = int(resend_after_s * 1000)
        rows = [(_ms(now), wait_ms, LONGEST_WAIT_FACTOR, place) for place in places]
        self._update(
            "UPDATE messages SET tries = tries + 1, due_ms = ? + ? * min(1 << min(tries, 30), ?) WHERE place = ?", rows
        )

    def put_aside(self, place: int, now: datetime) -> None:
        """Keep a message that the broker cannot take from being tried again for ASIDE_S."""
        self._update("UPDATE messages SET due_ms = ? WHERE place = ?", [(_ms(now) + int(ASIDE_S * 1000), place)])

    def release(self, places: Iterable[int]) -> None:
        """Make messages due now: the connection was lost before the broker acknowledged them."""
        self._update("UPDATE messages SET due_ms = 0 WHERE place = ?", [(place,) for place in places])

    def settle(self, receipt: Receipt) -> int:
        """Delete what the centre says it has on disk, and give how many messages that was.

        A receipt for another device or stream is counted and settles nothing. Works on a full disk.
        """
        stream = next((each for each in (self._current, *self._past) if each.id == receipt.stream), None)
        if receipt.device != self.device or stream is None:
            self._counters.count("receipts_of_another_stream", warn="a receipt was for another device or stream")
            return 0
        settled = 0
        for span in receipt.ranges:
            if span.last > stream.made:
                self._counters.count("receipts_beyond_made", warn="the centre's receipt covers numbers never given out")
            first, last = stream.before + span.first, stream.before + min(span.last, stream.made)
            while count := self._delete(first, last):
                settled += count
        if settled:
            self._file.keep_reserve()
        return settled

    def wait_until_empty(self, limit_s: float) -> bool:
        """Wait until no message waits; false where the time ran out first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting == 0, limit_s)

    def close(self) -> None:
        self._file.close()

    def _waiting_of(
        self, place: int, kind: str, payload: bytes, tries: int, previous: bytes | None, signature: bytes | None
    ) -> Waiting:
        stream = next((each for each in self._past if each.has(place)), self._current)
        proof = None
        if stream.key is not None and previous is not None and signature is not None:
            proof = Proof(stream.key, previous, signature)
        return Waiting(place, stream.id, place - stream.before, kind, payload, tries, proof)

    def _update(self, statement: str, rows: Sequence[tuple[int, ...]]) -> None:
        def update() -> None:
            with self._file.transaction() as db:
                db.executemany(statement, rows)

        self._on_a_full_disk_too(update)

    def _delete(self, first: int, last: int) -> int:
        try:
            return self._delete_some(first, last, _SETTLED_AT_ONCE)
        except DiskFull:
            return self._on_a_full_disk_too(lambda: self._delete_some(first, last, 1))

    def _delete_some(self, first: int, last: int, most: int) -> int:
        with self._changed:
            with self._file.transaction() as db:
                sizes = db.execute(
                    "DELETE FROM messages WHERE place IN "
                    "(SELECT place FROM messages WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ?) RETURNING size",
                    (first, last, most),
                ).fetchall()
            self._waiting -= len(sizes)
            self._bytes -= sum(size for (size,) in sizes)
            self._changed.notify_all()
        return len(sizes)

    def _on_a_full_disk_too(self, act: Callable[[], T]) -> T:
        """Do what leads to an emptier spool, with the reserve's room where there is no other."""
        try:
            return act()
        except DiskFull:
            if not self._file.free_reserve():
                raise
            self._counters.count("spool_reserve_used", warn="the disk is full: the spool's reserve was given up")
            return act()


def _extended(
    stream: Stream, message: Message, payload: bytes, key: PrivateKey | None
) -> tuple[bytes | None, Stream, bytes | None]:
    """The link before a message, its stream with the message in it, and the signature over the message's own link."""
    previous = stream.link
    if key is None or previous is None:
        return None, replace(stream, made=message.seq), None
    link = link_of(previous, stream.id, message.seq, message.kind, hashlib.sha256(payload).digest())
    return previous, replace(stream, made=message.seq, link=link), sign_link(key, link)


def _numbered(body: Body, device: str, stream: UUID, seq: int, now: datetime) -> Message:
    envelope = {"id": new_id(), "device": device, "stream": stream, "seq": seq, "made_at": now}
    if isinstance(body, Read):
        return ReadMessage(**envelope, body=body)
    if isinstance(body, Hit):
        return HitMessage(**envelope, body=body)
    if isinstance(body, Answer):
        return AnswerMessage(**envelope, body=body)
    return ImageMessage(**envelope, body=body)


def _payload(message: Message, unsent: Unsent) -> bytes:
    payload = encode(message, unsent.picture)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MessageTooLarge(
            f"a message of kind {message.kind} has {len(payload):,} bytes; the wire carries {MAX_PAYLOAD_BYTES:,}: "
            "make its picture smaller"
        )
    return payload


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
