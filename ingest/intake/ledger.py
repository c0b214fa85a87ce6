"""The account of every stream of one batch: which numbers are held, which arrived now, what came twice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Table, and_, delete, or_, select, update

from ingest.contract.messages import Envelope, Receipt, SeqRange
from ingest.database import schema
from ingest.database.statements import insert
from ingest.intake.ranges import Range, holds, merge

MOST_RANGES: Final = 20_000
"""Ranges in one receipt, about 30 bytes each; the lowest numbers first, for those are the oldest in the spool."""

Stream = tuple[str, UUID]

_BY_MESSAGE: Final[tuple[Table, ...]] = (
    schema.read,
    schema.alert,
    schema.answer,
    schema.image,
    schema.quarantine,
)


class Ledger:
    """The streams of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held: dict[Stream, list[Range]] = {}
        self._arrived: dict[Stream, dict[int, UUID]] = {}
        self._repeats: Counter[Stream] = Counter()
        self._known: set[UUID] = set()

    def open(
        self, envelopes: Sequence[Envelope], others: Iterable[Stream], devices: Iterable[str], now: datetime
    ) -> None:
        """Make the rows of new devices and streams, lock those of all streams in the batch, and read what is held.

        others and devices are those that the batch names without numbering anything (statuses). Always in the same
        order, so that two workers wait for each other instead of blocking each other.
        """
        numbered = {stream_of(envelope) for envelope in envelopes}
        streams = numbered | set(others)
        for name in sorted({name for name, _ in streams} | set(devices)):
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
        found = held_ranges(self._connection, streams)
        self._held = {stream: found.get(stream, []) for stream in numbered}
        self._arrived = {stream: {} for stream in self._held}
        self._known = self._known_ids(envelopes)

    def holds(self, envelope: Envelope) -> bool:
        """Whether its number was held before this batch."""
        return holds(self._held[stream_of(envelope)], envelope.seq)

    def takes(self, envelope: Envelope) -> bool:
        """Whether its number is free still, in this batch as before it."""
        return envelope.seq not in self._arrived[stream_of(envelope)] and not self.holds(envelope)

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether this very message, by its id, arrived before, in this batch or an earlier one."""
        same_number = self._arrived[stream_of(envelope)].get(envelope.seq)
        return same_number == envelope.id or (same_number is None and envelope.id in self._known)

    def arrived(self, envelope: Envelope) -> None:
        """Note that its number is held from now on."""
        self._arrived[stream_of(envelope)].setdefault(envelope.seq, envelope.id)

    def repeated(self, envelope: Envelope) -> None:
        """Note that it came once more."""
        self._repeats[stream_of(envelope)] += 1

    def write(self) -> None:
        """Put the account into the database."""
        for stream in sorted(self._held):
            self._write_ranges(stream)
        s = schema.device_stream.c
        for (name, stream_id), number in sorted(self._repeats.items()):
            self._connection.execute(
                update(schema.device_stream)
                .where(s.device == name, s.stream == stream_id)
                .values(repeats=s.repeats + number)
            )

    def receipts(self) -> Mapping[Stream, Receipt]:
        """What is held of each stream, after write."""
        return {
            stream: Receipt(
                device=stream[0],
                stream=stream[1],
                ranges=tuple(SeqRange(first=first, last=last) for first, last in self._held[stream][:MOST_RANGES]),
            )
            for stream in sorted(self._held)
        }

    def _known_ids(self, envelopes: Iterable[Envelope]) -> set[UUID]:
        """The ids, among those whose numbers are held, that we have. Seldom more than none."""
        suspects = [each.id for each in envelopes if self.holds(each)]
        known: set[UUID] = set()
        if suspects:
            for table in _BY_MESSAGE:
                query = select(table.c.message_id).where(table.c.message_id.in_(suspects))
                known.update(self._connection.execute(query).scalars())
        return known

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


def stream_of(envelope: Envelope) -> Stream:
    """The stream that a message is numbered in."""
    return envelope.device, envelope.stream


def held_ranges(connection: Connection, streams: set[Stream]) -> dict[Stream, list[Range]]:
    """The numbers that are held of each of these streams."""
    held: dict[Stream, list[Range]] = {}
    if streams:
        r = schema.received_range
        query = select(r).where(_among(r, streams)).order_by(r.c.first)
        for row in connection.execute(query):
            held.setdefault((row.device, row.stream), []).append((row.first, row.last))
    return held


def _among(table: Table, streams: Iterable[Stream]) -> Any:
    return or_(*(and_(table.c.device == name, table.c.stream == stream) for name, stream in sorted(streams)))
