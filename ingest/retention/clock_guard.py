"""Holds disposal back while the centre's clock cannot be right.

Rules decide by the clock, and a clock that is set years ahead would have everything that is kept disposed of in one
round. So the time at which a round last found the clock good is kept in the database. A time that is further from it
than the setting allows, once what has passed on the process's own steady clock is added, is doubted: nothing is
disposed of and no set of rules comes into force until the clock is set right, or a person who looks at another clock
says that it is right (a centre that was switched off for a month; a database that was put back from a copy). What
somebody confirms is in the log under their name. A clock that goes back, by however little, is waited for.

Not after the newest entry of the log: a centre whose clock is wrong writes entries with the wrong time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, delete, select

from governance.acts import Act
from governance.log import Log
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms
from ingest.contract.card.words import LONDON
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import retention_clock
from ingest.database.statements import insert
from ingest.errors import BadInput, ClockDoubted
from ingest.logged_text import logged_text

ONLY_ROW: Final = 1


@dataclass(frozen=True, slots=True)
class ClockState:
    """The centre's time, the time at which the clock was last found good (None: never yet), and the doubt in words."""

    now: datetime
    known_at: datetime | None
    doubt: str


class ClockGuard:
    """Says whether the clock may be disposed by. furthest is how far it may be from what is expected. monotonic gives
    seconds that pass at the same rate whatever the clock is set to.
    """

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        furthest: timedelta,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._furthest = furthest
        self._monotonic = monotonic
        self._seen: tuple[datetime | None, float] = (None, monotonic())

    def state(self) -> ClockState:
        """Compare the clock with what is known. Changes nothing. Raises DatabaseUnavailable."""
        now = self._clock()
        with read_transaction(self._engine) as connection:
            known_at = _known_at(connection)
        if known_at != self._seen[0]:  # the first look, or another process was here: steady time counts from now
            self._seen = (known_at, self._monotonic())
        if known_at is None:
            return ClockState(now, None, "")
        passed = timedelta(seconds=self._monotonic() - self._seen[1])
        return ClockState(now, known_at, _doubt(now, known_at, passed, self._furthest))

    def check(self) -> None:
        """Let a round go on, and keep the time that it was found good. Raises ClockDoubted or DatabaseUnavailable."""
        state = self.state()
        if state.doubt:
            raise ClockDoubted(state.doubt)
        with write_transaction(self._engine) as connection:
            _keep(connection, state.now)
        self._seen = (state.now, self._monotonic())

    def confirm(self, today: date, why: str, by: str) -> ClockState:
        """Take a person's word that the clock is right. today is the date in London by another clock than this one.

        Raises BadInput where it is not the date that the centre's clock has, for then the clock is wrong.
        """
        reason, now = logged_text("why", why), self._clock()
        if today != (here := now.astimezone(LONDON).date()):
            raise BadInput(f"the centre's clock says {here}, and you say that it is {today}: set the clock right")
        with recorded(self._engine, self._log) as (connection, acts):
            known_at = _known_at(connection)
            _keep(connection, now)
            acts.add(
                Act(
                    by,
                    "retention.confirm-clock",
                    reason,
                    details={"now": format_utc_ms(now), "known": None if known_at is None else format_utc_ms(known_at)},
                )
            )
        self._seen = (now, self._monotonic())
        return ClockState(now, now, "")


def _doubt(now: datetime, known_at: datetime, passed: timedelta, furthest: timedelta) -> str:
    """Why the clock cannot be right, and what to do; empty where it can."""
    off = now - (known_at + passed)
    if now < known_at:
        return (
            f"the centre's clock says {format_utc_ms(now)}, and it was {format_utc_ms(known_at)} already: nothing is"
            " disposed of until that time has come again, or the clock is set right"
        )
    if abs(off) <= furthest:
        return ""
    way = "ahead of" if off > timedelta(0) else "behind"
    return (
        f"the centre's clock says {format_utc_ms(now)}, {_span(abs(off))} {way} what was expected after"
        f" {format_utc_ms(known_at)}, when it was last found good: nothing is disposed of. Set the clock right, or, if"
        " it is right, confirm it: lanthorn retention clock --today YYYY-MM-DD --why …"
    )


def _span(span: timedelta) -> str:
    return f"{span / timedelta(days=1):.0f} days"


def _known_at(connection: Connection) -> datetime | None:
    return connection.execute(select(retention_clock.c.known_at)).scalar_one_or_none()


def _keep(connection: Connection, at: datetime) -> None:
    connection.execute(delete(retention_clock))
    connection.execute(insert(connection, retention_clock), {"number": ONLY_ROW, "known_at": at})
