"""One batch within one transaction: what becomes of each message of it."""

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, or_, select, update

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
    Status,
)
from ingest.database import schema
from ingest.database.recorded import Acts
from ingest.database.statements import insert
from ingest.hub import AlertChanged
from ingest.intake.chaining import ALARM, Chains
from ingest.intake.judging import Aside, Judged, Numbered, Proven, envelope_of
from ingest.intake.ledger import Ledger, Stream
from ingest.intake.rows import image_row, read_row
from ingest.objects import StoredObject

LARGEST_NUMBER: Final = 2**63 - 1
"""What a database's whole number holds."""

LARGEST_KEPT_BYTES: Final = 1_000_000
"""The most of a payload that quarantine keeps; its size and SHA-256 are of the whole."""

_log = logging.getLogger(__name__)


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


class Batch:
    """One batch within one transaction."""

    def __init__(self, connection: Connection, acts: Acts, alerts: Alerts, batch: Sequence[Judged]) -> None:
        self._connection = connection
        self._acts = acts
        self._alerts = alerts
        self._batch = batch
        self._taken = Taken()
        self._device_counts: Counter[tuple[str, str]] = Counter()
        self._reads: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []
        self._ledger = Ledger(connection)
        self._chains = Chains(connection, acts)

    def take(self) -> Taken:
        """Put the whole batch into the database."""
        now = max(judged.delivery.received_at for judged in self._batch)
        envelopes = [envelope for judged in self._batch if (envelope := _envelope(judged)) is not None]
        statuses = [judged.verdict for judged in self._batch if isinstance(judged.verdict, Status)]
        streams = [(status.device, status.stream) for status in statuses if status.stream is not None]
        self._ledger.open(envelopes, streams, [status.device for status in statuses], now)
        self._chains.open(judged.proven.link for judged in self._batch if judged.proven is not None)
        for judged in self._batch:
            verdict = judged.verdict
            if isinstance(verdict, Status):
                self._status(verdict)
            elif isinstance(verdict, Aside):
                self._aside(judged, verdict)
            else:
                self._numbered(judged, verdict)
        self._write()
        self._taken.receipts = dict(self._ledger.receipts())
        return self._taken

    def _numbered(self, judged: Judged, numbered: Numbered) -> None:
        message, proven = numbered.message, judged.proven
        wrong = "" if proven is None else self._chains.contradiction(proven)
        if proven is not None and wrong:
            self._alarm(judged, proven, message, wrong)
        elif self._ledger.is_repeat(message) or (proven is not None and self._chains.kept(proven) is not None):
            self._ledger.repeated(message)
            self._count(message.device, "repeats")
        elif not self._ledger.takes(message):
            reason = f"number {message.seq} of its stream is another message's"
            self._quarantine(judged, reason, message.device, message.id)
        else:
            self._hold(message, proven)
            self._count(message.device, message.kind)
            self._keep(message, numbered.stored, judged.delivery.received_at)

    def _aside(self, judged: Judged, aside: Aside) -> None:
        envelope, proven = _envelope(judged), judged.proven
        if envelope is not None and proven is not None and (wrong := self._chains.contradiction(proven)):
            self._alarm(judged, proven, envelope, wrong)
            return
        self._quarantine(judged, aside.reason, aside.device, None if envelope is None else envelope.id)
        if envelope is not None and self._ledger.takes(envelope):
            self._hold(envelope, proven)

    def _alarm(self, judged: Judged, proven: Proven, envelope: Envelope, wrong: str) -> None:
        """Set aside what its device signed and what contradicts what it signed before. Its number is held, and its link
        kept where it can be, so that a verifier sees the break as well.
        """
        if self._quarantine(judged, wrong, envelope.device, envelope.id):
            self._chains.alarm(proven, wrong)
            self._count(envelope.device, ALARM)
        if self._ledger.takes(envelope):
            self._hold(envelope, proven)

    def _hold(self, envelope: Envelope, proven: Proven | None) -> None:
        self._ledger.arrived(envelope)
        if proven is not None:
            self._chains.add(proven)

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

    def _quarantine(self, judged: Judged, reason: str, device: str | None, message_id: UUID | None) -> bool:
        """Set a message aside; say whether it is there for the first time."""
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
        times = self._connection.execute(
            insert(self._connection, schema.quarantine)
            .values(row)
            .on_conflict_do_update(index_elements=["topic", "sha256"], set_=again)
            .returning(schema.quarantine.c.times)
        ).scalar_one()
        _log.warning("a message on %s was set aside: %s", delivery.topic, reason)
        self._taken.counts["quarantined"] += 1
        if device is not None:
            self._device_counts[device, "quarantined"] += 1
        return bool(times == 1)

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
        self._ledger.write()
        self._chains.write()
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


def _envelope(judged: Judged) -> Envelope | None:
    """The envelope of a message whose number can be held at all."""
    envelope = envelope_of(judged)
    if isinstance(judged.verdict, Aside) and envelope is not None and envelope.seq > LARGEST_NUMBER:
        return None
    return envelope
