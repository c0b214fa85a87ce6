"""How the service is used and with what result, in counts. No mark, picture or place is read to make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.sql import and_

from ingest.contract.messages import Outcome
from ingest.database.engine import read_transaction
from ingest.database.schema import alert, answer, read

PERIODS: Final = (("24 hours", timedelta(days=1)), ("28 days", timedelta(days=28)))
"""28 days is the period after which lists are usually reviewed (standards, anpr.md)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in one period. outcomes counts alerts by their last answer; since None is from the beginning."""

    name: str
    since: datetime | None
    reads: int
    alerts: int
    outcomes: dict[Outcome, int]

    @property
    def answered(self) -> int:
        return sum(self.outcomes.values())

    @property
    def waiting(self) -> int:
        return self.alerts - self.answered

    @property
    def misread_share(self) -> float | None:
        """Of the answered alerts, how many were misreads (0-1); None where none was answered."""
        return self.outcomes[Outcome.MISREAD] / self.answered if self.answered else None


def figures(engine: Engine, now: datetime) -> Sequence[Figures]:
    """The figures of each period that ends now, and of all time."""
    periods = [(name, now - length) for name, length in PERIODS]
    with read_transaction(engine) as connection:
        return [_period(connection, name, since) for name, since in (*periods, ("In all", None))]


def _period(connection: Connection, name: str, since: datetime | None) -> Figures:
    reads = select(func.count()).select_from(read)
    alerts = select(func.count()).select_from(alert)
    a = answer.c
    # The order in which ingest.alerts takes answers: the last one counts.
    latest = func.row_number().over(
        partition_by=a.alert_id, order_by=(a.answered_at.desc(), a.received_at.desc(), a.answer_id.desc())
    )
    ranked = select(a.alert_id, a.outcome, latest.label("place")).subquery()
    joined = alert.join(ranked, and_(ranked.c.alert_id == alert.c.alert_id, ranked.c.place == 1))
    outcomes = select(ranked.c.outcome, func.count()).select_from(joined).group_by(ranked.c.outcome)
    if since is not None:
        reads = reads.where(read.c.captured_at >= since)
        alerts = alerts.where(alert.c.received_at >= since)
        outcomes = outcomes.where(alert.c.received_at >= since)
    counted: dict[str, int] = {outcome: count for outcome, count in connection.execute(outcomes)}
    return Figures(
        name=name,
        since=since,
        reads=connection.execute(reads).scalar_one(),
        alerts=connection.execute(alerts).scalar_one(),
        outcomes={outcome: counted.get(outcome.value, 0) for outcome in Outcome},
    )
