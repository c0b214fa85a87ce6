"""What each device made, what arrived, what came twice, and exactly which numbers are missing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, select

from ingest.database.engine import read_transaction
from ingest.database.schema import device, device_count, device_stream, quarantine, received_range
from ingest.intake.ranges import Range, gaps, total


@dataclass(frozen=True, slots=True)
class StreamAccount:
    """The account of one stream of one device.

    made is the highest number that is known to have been given out. missing names every number up to made that did not
    arrive, as ranges. current says whether it is the stream that the device writes now; what follows it is of the
    device as a whole, from its last status. arrived_by_kind counts what the centre took: reads, hits, answers, images,
    repeats, quarantined.
    """

    device: str
    stream: UUID
    current: bool
    made: int
    arrived: int
    missing: list[Range]
    repeats: int
    first_at: datetime
    last_at: datetime
    online: bool
    last_status_at: datetime | None
    waiting: int
    lists: dict[str, int]
    counters: dict[str, int]
    software: str
    arrived_by_kind: dict[str, int]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that was put in quarantine. What it held is not here: it may be personal."""

    quarantine_id: UUID
    received_at: datetime
    last_at: datetime
    times: int
    topic: str
    device: str | None
    reason: str
    size_bytes: int
    sha256: str


class Devices:
    """The centre's view of its devices."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def overview(self) -> list[StreamAccount]:
        """Every stream of every device that has numbered anything, the newest first for each device."""
        with read_transaction(self._engine) as connection:
            devices = {row.device: row for row in connection.execute(select(device))}
            streams = connection.execute(
                select(device_stream).order_by(device_stream.c.device, device_stream.c.first_at.desc())
            ).all()
            ranges: dict[tuple[str, UUID], list[Range]] = {}
            for row in connection.execute(select(received_range).order_by(received_range.c.first)):
                ranges.setdefault((row.device, row.stream), []).append((row.first, row.last))
            counts: dict[str, dict[str, int]] = {}
            for row in connection.execute(select(device_count).order_by(device_count.c.what)):
                counts.setdefault(row.device, {})[row.what] = row.number
        accounts = []
        for row in streams:
            held = ranges.get((row.device, row.stream), [])
            made = max(row.made, held[-1][1] if held else 0)
            about = devices[row.device]
            accounts.append(
                StreamAccount(
                    device=row.device,
                    stream=row.stream,
                    current=about.current_stream == row.stream,
                    made=made,
                    arrived=total(held),
                    missing=gaps(held, made),
                    repeats=row.repeats,
                    first_at=row.first_at,
                    last_at=row.last_at,
                    online=about.online,
                    last_status_at=about.last_status_at,
                    waiting=about.waiting,
                    lists=dict(about.lists),
                    counters=dict(about.counters),
                    software=about.software,
                    arrived_by_kind=counts.get(row.device, {}),
                )
            )
        return accounts

    def quarantine(self, limit: int = 100) -> list[SetAside]:
        """The messages set aside, the latest first."""
        q = quarantine.c
        with read_transaction(self._engine) as connection:
            rows = connection.execute(
                select(
                    q.quarantine_id,
                    q.received_at,
                    q.last_at,
                    q.times,
                    q.topic,
                    q.device,
                    q.reason,
                    q.size_bytes,
                    q.sha256,
                )
                .order_by(q.last_at.desc(), q.quarantine_id.desc())
                .limit(limit)
            ).all()
        return [SetAside(*row) for row in rows]
