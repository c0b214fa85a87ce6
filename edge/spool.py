"""Keeps every message that the device makes on its own disk until the centre has it on its.

A message gets its id and the next number of the spool's stream in the transaction that stores it, so that no number is
given to nothing and none is given twice. A numbered message leaves in one way only: by a receipt of the centre that
covers its number. A broker's acknowledgement is not enough, because a broker can lose what it has acknowledged.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self, TypeVar
from uuid import UUID

from edge.counters import Counters
from edge.errors import DiskFull, MessageTooLarge, WrongState
from edge.sqlite_file import SqliteFile
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

Body = Read | Hit | Answer | Picture

T = TypeVar("T")

LONGEST_WAIT_FACTOR: Final = 16
"""Each time that a message is sent again without a receipt, the wait for one doubles, up to this many times the first:
a centre that is away for a day must not come back to thousands of copies of each message."""

ASIDE_S: Final = 3_600.0
"""How long a message that the broker cannot take is kept aside before it is tried again: people raise limits."""

_SETTLED_AT_ONCE: Final = 32
"""Messages deleted in one transaction: with pictures of 28 KB each it needs under a megabyte for its log."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS stream (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, device TEXT NOT NULL, made INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, size INTEGER NOT NULL,
    due_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_due ON messages (due_ms, seq);
"""


@dataclass(frozen=True, slots=True)
class Unsent:
    """Something to tell the centre. picture is the JPEG that a Picture describes, and None for all else."""

    body: Body
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored message. payload is what goes on the wire, the same at every try; tries is how often it went."""

    seq: int
    kind: str
    payload: bytes
    tries: int


class Spool:
    """The messages of one device that wait for the centre. Any thread may use it."""

    def __init__(self, file: SqliteFile, device: str, stream: UUID, clock: Clock, counters: Counters) -> None:
        self.device = device
        self.stream = stream
        self._file = file
        self._clock = clock
        self._counters = counters
        self._changed = threading.Condition()
        with file.reading() as db:
            (made,) = db.execute("SELECT made FROM stream").fetchone()
            waiting, held = db.execute("SELECT count(*), coalesce(sum(size), 0) FROM messages").fetchone()
        self._made: int = made
        self._waiting: int = waiting
        self._bytes: int = held

    @classmethod
    def open(cls, path: Path, device: str, clock: Clock, counters: Counters) -> Self:
        """Open the device's spool, or make it with a new stream. A damaged file is put aside and a new stream begun.

        Raises WrongState for the spool of another device, DiskFull or DiskFault where it cannot be opened or made.
        """
        file = SqliteFile.open(path, _SCHEMA, clock.now(), counters, reserve=True)
        try:
            with file.reading() as db:
                row = db.execute("SELECT id, device FROM stream").fetchone()
            if row is None:
                row = (str(new_id()), device)
                with file.transaction() as db:
                    db.execute("INSERT INTO stream VALUES (1, ?, ?, 0)", row)
            stream, owner = row
            if owner != device:
                raise WrongState(f"{path} is the spool of {owner}, not of {device}: give each its own state folder")
            return cls(file, device, UUID(stream), clock, counters)
        except BaseException:
            file.close()
            raise

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def made(self) -> int:
        """The highest number that the stream has given out."""
        return self._made

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
        """
        now = self._clock.now()
        with self._changed:
            messages = [
                _numbered(unsent.body, self.device, self.stream, seq, now)
                for seq, unsent in enumerate(group, start=self._made + 1)
            ]
            rows = [_row(message, unsent) for message, unsent in zip(messages, group, strict=True)]
            with self._file.transaction() as db:
                db.executemany("INSERT INTO messages (seq, id, kind, size, payload) VALUES (?, ?, ?, ?, ?)", rows)
                db.execute("UPDATE stream SET made = ?", (self._made + len(rows),))
            self._made += len(rows)
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
                "SELECT seq, kind, payload, tries FROM messages WHERE due_ms <= ? OR due_ms > ? "
                "ORDER BY due_ms, seq LIMIT ?",
                (now_ms, beyond, limit),
            ).fetchall()
        return [Waiting(*row) for row in rows]

    def mark_published(self, seqs: Iterable[int], now: datetime, resend_after_s: float) -> None:
        """Note that messages are given to a broker: they are due again only when no receipt comes."""
        wait_ms = int(resend_after_s * 1000)
        rows = [(_ms(now), wait_ms, LONGEST_WAIT_FACTOR, seq) for seq in seqs]
        self._update(
            "UPDATE messages SET tries = tries + 1, due_ms = ? + ? * min(1 << min(tries, 30), ?) WHERE seq = ?", rows
        )

    def put_aside(self, seq: int, now: datetime) -> None:
        """Keep a message that the broker cannot take from being tried again for ASIDE_S."""
        self._update("UPDATE messages SET due_ms = ? WHERE seq = ?", [(_ms(now) + int(ASIDE_S * 1000), seq)])

    def release(self, seqs: Iterable[int]) -> None:
        """Make messages due now: the connection was lost before the broker acknowledged them."""
        self._update("UPDATE messages SET due_ms = 0 WHERE seq = ?", [(seq,) for seq in seqs])

    def settle(self, receipt: Receipt) -> int:
        """Delete what the centre says it has on disk, and give how many messages that was.

        A receipt for another device or stream is counted and settles nothing. Works on a full disk.
        """
        if (receipt.device, receipt.stream) != (self.device, self.stream):
            self._counters.count("receipts_of_another_stream", warn="a receipt was for another device or stream")
            return 0
        settled = 0
        for span in receipt.ranges:
            if span.last > self._made:
                self._counters.count("receipts_beyond_made", warn="the centre's receipt covers numbers never given out")
            while count := self._delete(span.first, span.last):
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
                    "DELETE FROM messages WHERE seq IN "
                    "(SELECT seq FROM messages WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?) RETURNING size",
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


def _numbered(body: Body, device: str, stream: UUID, seq: int, now: datetime) -> Message:
    envelope = {"id": new_id(), "device": device, "stream": stream, "seq": seq, "made_at": now}
    if isinstance(body, Read):
        return ReadMessage(**envelope, body=body)
    if isinstance(body, Hit):
        return HitMessage(**envelope, body=body)
    if isinstance(body, Answer):
        return AnswerMessage(**envelope, body=body)
    return ImageMessage(**envelope, body=body)


def _row(message: Message, unsent: Unsent) -> tuple[int, str, str, int, bytes]:
    payload = encode(message, unsent.picture)
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MessageTooLarge(
            f"a message of kind {message.kind} has {len(payload):,} bytes; the wire carries {MAX_PAYLOAD_BYTES:,}: "
            "make its picture smaller"
        )
    return message.seq, str(message.id), message.kind, len(payload), payload


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
