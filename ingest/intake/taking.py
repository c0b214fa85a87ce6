"""Writes one batch into the database, in one transaction: every message once, and the account of every stream.

A number of a stream that is held already is a repeat where the message's id is known; it is counted and nothing else
is done. Where the id is not known, two messages were given one number, by a copied spool or a fault: the later one is
set aside, for neither of them may vanish.

A batch may hold a message that is of the contract and that the database refuses (text with a NUL on PostgreSQL, a
number over 63 bits). The batch is then halved until that one message is alone, and it is set aside with the reason.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, and_, delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from governance.errors import BadAct
from governance.log import Log
from ingest.alerts import Alerts
from ingest.contract.base import new_id
from ingest.contract.messages import (
    AnswerMessage,
    Envelope,
    Hit,
    HitMessage,
    Message,
    ReadMessage,
    Receipt,
    SeqRange,
    Status,
)
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.statements import insert
from ingest.errors import Unavailable
from ingest.hub import AlertChanged
from ingest.intake.judging import Aside, Judged, Numbered, set_aside
from ingest.intake.ranges import Range, holds, merge
from ingest.intake.rows import image_row, read_row
from ingest.objects import StoredObject

MOST_RANGES: Final = 20_000
"""Ranges in one receipt, about 30 bytes each; the lowest numbers first, for those are the oldest in the spool."""

LARGEST_NUMBER: Final = 2**63 - 1
"""What a database's whole number holds."""

LARGEST_KEPT_BYTES: Final = 1_000_000
"""The most of a payload that quarantine keeps; its size and SHA-256 are of the whole."""

_REFUSED: Final = (SQLAlchemyError, ArithmeticError, ValueError, TypeError, LookupError, BadAct)
"""What a message that the database or the log cannot hold raises. That a server is away is none of these."""

_BY_MESSAGE: Final[tuple[Table, ...]] = (
    schema.read,
    schema.alert,
    schema.answer,
    schema.image,
    schema.quarantine,
)

_log = logging.getLogger(__name__)

Stream = tuple[str, UUID]


@dataclass(slots=True)
class Taken:
    """What a batch came to, for after the commit: receipts to send, changes to tell, counts to add."""

    receipts: dict[Stream, Receipt] = field(default_factory=dict)
    changes: list[AlertChanged] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, later: "Taken") -> None:
        self.receipts.update(later.receipts)
        self.changes += later.changes
        self.counts += later.counts


class Taker:
    """Takes batches into one database."""

    def __init__(self, engine: Engine, log: Log, alerts: Alerts) -> None:
        self._engine = engine
        self._log = log
        self._alerts = alerts

    def take(self, batch: Sequence[Judged]) -> Taken:
        """Commit a batch, each message of it taken, known, or set aside.

        Raises DatabaseUnavailable or governance.errors.LogWriteFailed with nothing, or the first part, committed: take
        the whole batch again, then, and what was committed is found to be known.
        """
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                taken = _Batch(connection, acts, self._alerts).take(batch)
            return taken
        except Unavailable:
            raise
        except _REFUSED as error:
            if len(batch) == 1:
                if isinstance(batch[0].verdict, Aside):
                    raise
                # The error's text may hold what the message held; its type does not.
                _log.warning("a message on %s cannot be stored (%s)", batch[0].delivery.topic, type(error).__name__)
                return self.take([set_aside(batch[0], f"it cannot be stored: {_name(error)}")])
            half = len(batch) // 2
            taken = self.take(batch[:half])
            taken.add(self.take(batch[half:]))
            return taken

    def unknown(self, batch: Sequence[Judged]) -> list[Judged]:
        """Those of a batch whose numbers are not held yet: the ones whose pictures must be stored."""
        numbered = [judged for judged in batch if isinstance(judged.verdict, Numbered)]
        with read_transaction(self._engine) as connection:
            held = _held(connection, {_stream(_message(judged)) for judged in numbered})
        return [
            judged for judged in numbered if not holds(held.get(_stream(_message(judged)), []), _message(judged).seq)
        ]


class _Batch:
    """One batch within one transaction."""

    def __init__(self, connection: Connection, acts: Acts, alerts: Alerts) -> None:
        self._connection = connection
        self._acts = acts
        self._alerts = alerts
        self._taken = Taken()
        self._held: dict[Stream, list[Range]] = {}
        self._arrived: dict[Stream, dict[int, UUID]] = {}
        self._repeats: Counter[Stream] = Counter()
        self._device_counts: Counter[tuple[str, str]] = Counter()
        self._reads: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []

    def take(self, batch: Sequence[Judged]) -> Taken:
        now = max(judged.delivery.received_at for judged in batch)
        envelopes = [envelope for judged in batch if (envelope := _envelope(judged)) is not None]
        self._open_streams(batch, envelopes, now)
        known = self._known(envelopes)
        for judged in batch:
            verdict = judged.verdict
            if isinstance(verdict, Status):
                self._status(verdict)
            elif isinstance(verdict, Aside):
                self._aside(judged, verdict)
            else:
                self._numbered(judged, verdict, known)
        self._write()
        for stream in sorted(self._held):
            ranges = tuple(SeqRange(first=first, last=last) for first, last in self._held[stream][:MOST_RANGES])
            self._taken.receipts[stream] = Receipt(device=stream[0], stream=stream[1], ranges=ranges)
        return self._taken

    def _open_streams(self, batch: Sequence[Judged], envelopes: Iterable[Envelope], now: datetime) -> None:
        """Make the rows of new devices and streams, lock those of all streams in the batch, and read what is held.

        Always in the same order, so that two workers wait for each other instead of blocking each other.
        """
        streams = {_stream(envelope) for envelope in envelopes}
        for judged in batch:
            status = judged.verdict
            if isinstance(status, Status) and status.stream is not None:
                streams.add((status.device, status.stream))
        devices = {name for name, _ in streams} | {
            judged.verdict.device for judged in batch if isinstance(judged.verdict, Status)
        }
        for name in sorted(devices):
            row = {"device": name, "online": False, "first_seen_at": now, "waiting": 0, "lists": {}, "counters": {}}
            self._connection.execute(
                insert(self._connection, schema.device).values(**row, software="").on_conflict_do_nothing()
            )
        s = schema.device_stream.c
        for name, stream in sorted(streams):
            row = {"device": name, "stream": stream, "made": 0, "repeats": 0, "first_at": now, "last_at": now}
            self._connection.execute(
                insert(self._connection, schema.device_stream)
                .values(row)
                .on_conflict_do_update(index_elements=["device", "stream"], set_={"last_at": now})
            )
        if streams:
            self._connection.execute(
                select(s.stream)
                .where(_among(schema.device_stream, streams))
                .order_by(s.device, s.stream)
                .with_for_update()
            ).all()
        found = _held(self._connection, streams)
        self._held = {stream: found.get(stream, []) for stream in {_stream(envelope) for envelope in envelopes}}
        self._arrived = {stream: {} for stream in self._held}

    def _known(self, envelopes: Iterable[Envelope]) -> set[UUID]:
        """The ids, among those whose numbers are held, that we have. Seldom more than none."""
        suspects = [each.id for each in envelopes if holds(self._held[_stream(each)], each.seq)]
        known: set[UUID] = set()
        if suspects:
            for table in _BY_MESSAGE:
                query = select(table.c.message_id).where(table.c.message_id.in_(suspects))
                known.update(self._connection.execute(query).scalars())
        return known

    def _numbered(self, judged: Judged, numbered: Numbered, known: set[UUID]) -> None:
        message = numbered.message
        stream = _stream(message)
        same_number = self._arrived[stream].get(message.seq)
        if same_number == message.id or (same_number is None and message.id in known):
            self._repeats[stream] += 1
            self._count(message.device, "repeats")
        elif same_number is not None or holds(self._held[stream], message.seq):
            self._quarantine(
                judged, f"number {message.seq} of its stream is another message's", message.device, message.id
            )
        else:
            self._arrived[stream][message.seq] = message.id
            self._count(message.device, message.kind)
            self._keep(message, numbered.stored, judged.delivery.received_at)

    def _keep(self, message: Message, stored: StoredObject | None, received_at: datetime) -> None:
        if isinstance(message, ReadMessage):
            self._reads.append(read_row(message.body, message.device, message.id, received_at))
        elif isinstance(message, HitMessage):
            self._hit(message, message.body, received_at)
        elif isinstance(message, AnswerMessage):
            if self._alerts.take_answer(self._connection, self._acts, message, received_at):
                self._taken.changes.append(AlertChanged(message.body.hit_id, "answered"))
        else:
            self._images.append(image_row(message, stored, received_at))

    def _hit(self, message: HitMessage, hit: Hit, received_at: datetime) -> None:
        self._reads.append(read_row(hit.read, message.device, None, received_at))
        if self._alerts.take_hit(self._connection, self._acts, message, received_at):
            self._taken.changes.append(AlertChanged(hit.hit_id, "raised"))

    def _aside(self, judged: Judged, aside: Aside) -> None:
        envelope = _envelope(judged)
        self._quarantine(judged, aside.reason, aside.device, None if envelope is None else envelope.id)
        if envelope is not None and not holds(self._held[_stream(envelope)], envelope.seq):
            self._arrived[_stream(envelope)].setdefault(envelope.seq, envelope.id)

    def _quarantine(self, judged: Judged, reason: str, device: str | None, message_id: UUID | None) -> None:
        delivery = judged.delivery
        row = {
            "quarantine_id": new_id(),
            "received_at": delivery.received_at,
            "last_at": delivery.received_at,
            "times": 1,
            "topic": delivery.topic,
            "device": device,
            "reason": reason,
            "message_id": message_id,
            "sha256": hashlib.sha256(delivery.payload).hexdigest(),
            "size_bytes": len(delivery.payload),
            "payload": delivery.payload[:LARGEST_KEPT_BYTES],
        }
        again = {"times": schema.quarantine.c.times + 1, "last_at": delivery.received_at}
        self._connection.execute(
            insert(self._connection, schema.quarantine)
            .values(row)
            .on_conflict_do_update(index_elements=["topic", "sha256"], set_=again)
        )
        _log.warning("a message on %s was set aside: %s", delivery.topic, reason)
        self._taken.counts["quarantined"] += 1
        if device is not None:
            self._device_counts[device, "quarantined"] += 1

    def _status(self, status: Status) -> None:
        """Take a status. A last will was written when its connection was made: of an older one only online counts."""
        d = schema.device.c
        if status.stream is not None:
            s = schema.device_stream.c
            self._connection.execute(
                update(schema.device_stream)
                .where(s.device == status.device, s.stream == status.stream, s.made < status.made)
                .values(made=status.made)
            )
        mine = update(schema.device).where(d.device == status.device)
        self._connection.execute(mine.values(online=status.online))
        self._connection.execute(
            mine.where(or_(d.last_status_at.is_(None), d.last_status_at <= status.at)).values(
                last_status_at=status.at,
                current_stream=func.coalesce(status.stream, d.current_stream),
                waiting=status.waiting,
                lists=status.lists,
                counters=status.counters,
                software=status.software,
            )
        )
        self._taken.counts["statuses"] += 1

    def _count(self, device: str, what: str) -> None:
        self._device_counts[device, what] += 1
        self._taken.counts[what] += 1

    def _write(self) -> None:
        self._write_reads()
        self._write_images()
        for stream in sorted(self._held):
            self._write_ranges(stream)
        s = schema.device_stream.c
        for (name, stream_id), number in sorted(self._repeats.items()):
            self._connection.execute(
                update(schema.device_stream)
                .where(s.device == name, s.stream == stream_id)
                .values(repeats=s.repeats + number)
            )
        for (name, what), number in sorted(self._device_counts.items()):
            self._connection.execute(
                insert(self._connection, schema.device_count)
                .values(device=name, what=what, number=number)
                .on_conflict_do_update(
                    index_elements=["device", "what"], set_={"number": schema.device_count.c.number + number}
                )
            )

    def _write_reads(self) -> None:
        if not self._reads:
            return
        statement = insert(self._connection, schema.read)
        # A hit carries its read and may come before it: the read's own message then adds its id.
        statement = statement.on_conflict_do_update(
            index_elements=["read_id", "captured_at"],
            set_={"message_id": statement.excluded.message_id},
            where=schema.read.c.message_id.is_(None),
        )
        self._connection.execute(statement, self._reads)

    def _write_images(self) -> None:
        if not self._images:
            return
        self._connection.execute(insert(self._connection, schema.image).on_conflict_do_nothing(), self._images)
        reads = {row["read_id"] for row in self._images}
        alerts = select(schema.alert.c.alert_id).where(schema.alert.c.read_id.in_(reads))
        self._taken.changes += [AlertChanged(each, "picture") for each in self._connection.execute(alerts).scalars()]

    def _write_ranges(self, stream: Stream) -> None:
        before = self._held[stream]
        after = merge(before, self._arrived[stream])
        r = schema.received_range.c
        if gone := set(before) - set(after):
            self._connection.execute(
                delete(schema.received_range).where(
                    r.device == stream[0], r.stream == stream[1], r.first.in_([first for first, _ in gone])
                )
            )
        rows = [
            {"device": stream[0], "stream": stream[1], "first": first, "last": last}
            for first, last in sorted(set(after) - set(before))
        ]
        if rows:
            self._connection.execute(insert(self._connection, schema.received_range), rows)
        self._held[stream] = after


def _name(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _message(judged: Judged) -> Message:
    if not isinstance(judged.verdict, Numbered):
        raise TypeError(f"{judged.delivery.topic} brought no numbered message")
    return judged.verdict.message


def _envelope(judged: Judged) -> Envelope | None:
    """The envelope whose number this delivery takes up in its stream, if it does."""
    if isinstance(judged.verdict, Numbered):
        return judged.verdict.message
    if isinstance(judged.verdict, Aside) and judged.verdict.envelope is not None:
        return judged.verdict.envelope if judged.verdict.envelope.seq <= LARGEST_NUMBER else None
    return None


def _stream(envelope: Envelope) -> Stream:
    return envelope.device, envelope.stream


def _among(table: Table, streams: Iterable[Stream]) -> Any:
    return or_(*(and_(table.c.device == name, table.c.stream == stream) for name, stream in sorted(streams)))


def _held(connection: Connection, streams: set[Stream]) -> dict[Stream, list[Range]]:
    held: dict[Stream, list[Range]] = {}
    if streams:
        r = schema.received_range
        query = select(r).where(_among(r, streams)).order_by(r.c.first)
        for row in connection.execute(query):
            held.setdefault((row.device, row.stream), []).append((row.first, row.last))
    return held
