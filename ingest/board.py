"""What the patrol page shows: every alert that waits, then the latest answered ones, and how many there are besides.

Sightings of one vehicle are one card (ingest.contract.card.folding), so what is cut is whole vehicles, never a
sighting of one that is shown. Nothing that waits is dropped without being counted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, exists, func, or_, select

from ingest.alert_records import AlertRecord, AnswerRecord, records_of, select_alerts
from ingest.clock import Clock
from ingest.contract.messages import Outcome
from ingest.database.engine import read_transaction
from ingest.database.schema import alert, answer, voi_entry
from ingest.errors import NotFound

WAITING_FOR: Final = timedelta(hours=24)
"""A vehicle last seen longer ago than this is not on the patrol page but among the older ones: two shifts, and the
overlap between them."""

MOST_CARDS: Final = 100
"""Vehicles that wait on one page; those with risk warnings come before the rest."""

MOST_WAITING: Final = 2_000
"""Sightings that wait and are looked at for one page, the newest."""

ANSWERED_SHOWN: Final = 60
"""Answered sightings on the page, the newest."""

A_PAGE: Final = 100
"""Alerts on a page of older ones."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """Alerts, with the last answer that was given on each entry before, where there is one, by the entry's id."""

    records: list[AlertRecord]
    before: Mapping[UUID, AnswerRecord] = field(default_factory=dict)
    older_waiting: int = 0
    older_answered: int = 0


class Board:
    """The alerts of one centre as officers look at them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def now(self) -> Sightings:
        """What the patrol page shows now."""
        at = self._clock()
        with read_transaction(self._engine) as connection:
            waiting = _waiting(connection, at)
            shown = [alert_id for ids in waiting.values() for alert_id in ids]
            answered = _latest(connection, ~_WAITS, 0, ANSWERED_SHOWN)
            counts = connection.execute(select(func.count(), func.count().filter(_WAITS)).select_from(alert)).one()
            return Sightings(
                records_of(connection, _rows(connection, [*shown, *answered]), at),
                _before(connection, waiting),
                older_waiting=counts[1] - len(shown),
                older_answered=counts[0] - counts[1] - len(answered),
            )

    def entry(self, alert_id: UUID) -> Sightings:
        """The sightings that the cards of one alert's entry are made of: all that wait, and what it was answered with.

        Raises NotFound.
        """
        at, a = self._clock(), alert.c
        with read_transaction(self._engine) as connection:
            entry_id = connection.execute(select(a.entry_id).where(a.alert_id == alert_id)).scalar_one_or_none()
            if entry_id is None:
                raise NotFound(f"there is no alert {alert_id}")
            last = _last_answer(connection, alert_id)
            belongs: Any = _WAITS
            if last is not None:
                same = answer.alias()
                together = exists().where(
                    same.c.alert_id == a.alert_id,
                    same.c.answered_at == last.answered_at,
                    same.c.answered_by == last.answered_by,
                    same.c.outcome == last.outcome,
                )
                belongs = or_(_WAITS, together)
            ids = _latest(connection, and_(a.entry_id == entry_id, belongs), 0, MOST_WAITING)
            records = records_of(connection, _rows(connection, ids), at)
            return Sightings(records, _before(connection, [entry_id]))

    def older(self, *, answered: bool, start: int) -> tuple[list[AlertRecord], int]:
        """All alerts that wait, or all that are answered, newest first, A_PAGE from the one numbered start on.

        Gives how many there are as well.
        """
        kind = ~_WAITS if answered else _WAITS
        with read_transaction(self._engine) as connection:
            ids = _latest(connection, kind, start, A_PAGE)
            total = connection.execute(select(func.count()).select_from(alert).where(kind)).scalar_one()
            return records_of(connection, _rows(connection, ids), self._clock()), total


_WAITS: Final[Any] = ~exists().where(answer.c.alert_id == alert.c.alert_id)


def _waiting(connection: Connection, at: datetime) -> dict[UUID, list[UUID]]:
    """The alerts that the page shows of those that wait, by entry: at most MOST_CARDS entries, the riskiest first."""
    a = alert.c
    rows = connection.execute(
        select(a.alert_id, a.entry_id, a.received_at, voi_entry.c.risk_warnings)
        .outerjoin(voi_entry, voi_entry.c.entry_id == a.entry_id)
        .where(_WAITS)
        .order_by(a.received_at.desc(), a.alert_id.desc())
        .limit(MOST_WAITING)
    ).all()
    newest: dict[UUID, Any] = {}
    ids: dict[UUID, list[UUID]] = {}
    for row in rows:
        newest.setdefault(row.entry_id, row)
        ids.setdefault(row.entry_id, []).append(row.alert_id)
    recent = [row for row in newest.values() if row.received_at > at - WAITING_FOR]
    recent.sort(key=lambda row: not row.risk_warnings)  # a stable sort: within that, newest first
    return {row.entry_id: ids[row.entry_id] for row in recent[:MOST_CARDS]}


def _latest(connection: Connection, kind: Any, start: int, limit: int) -> list[UUID]:
    newest_first = (alert.c.received_at.desc(), alert.c.alert_id.desc())
    query = select(alert.c.alert_id).where(kind).order_by(*newest_first).offset(start).limit(limit)
    return list(connection.execute(query).scalars())


def _rows(connection: Connection, ids: Collection[UUID]) -> Any:
    newest_first = (alert.c.received_at.desc(), alert.c.alert_id.desc())
    return connection.execute(select_alerts().where(alert.c.alert_id.in_(ids)).order_by(*newest_first)).all()


def _last_answer(connection: Connection, alert_id: UUID) -> Any:
    given = answer.c
    query = select(given.answered_at, given.answered_by, given.outcome).where(given.alert_id == alert_id)
    last_first = (given.answered_at.desc(), given.received_at.desc(), given.answer_id.desc())
    return connection.execute(query.order_by(*last_first).limit(1)).one_or_none()


def _before(connection: Connection, entries: Iterable[UUID]) -> dict[UUID, AnswerRecord]:
    """The last answer that was given on any alert of each entry."""
    given = answer.c
    last_first = (given.answered_at.desc(), given.received_at.desc(), given.answer_id.desc())
    place = func.row_number().over(partition_by=alert.c.entry_id, order_by=last_first).label("place")
    ranked = (
        select(alert.c.entry_id, answer, place)
        .join(answer, given.alert_id == alert.c.alert_id)
        .where(alert.c.entry_id.in_(list(entries)))
        .subquery()
    )
    return {
        row.entry_id: AnswerRecord(
            row.answer_id,
            Outcome(row.outcome),
            row.answered_at,
            row.received_at,
            row.answered_by,
            row.account,
            row.via,
        )
        for row in connection.execute(select(ranked).where(and_(ranked.c.place == 1)))
    }
