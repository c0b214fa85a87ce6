"""How often somebody may try: after FREE_TRIES failures in a row each further try waits, twice as long each time."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from ingest.database.schema import sign_in_failure
from ingest.database.statements import insert

FREE_TRIES: Final = 5
"""Failures in a row that cost nothing but the answer."""

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)

FAILURES_KEPT: Final = timedelta(days=1)
"""Failures older than this are forgotten, so that a stranger who tries many names cannot fill the table for ever."""

_failure = sign_in_failure.c


def wait_after(failures: int) -> timedelta:
    """How long the next try has to wait after so many failures in a row."""
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 16)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def wait_left_s(connection: Connection, key: str, now: datetime) -> int:
    """Seconds until the next try under this key counts; 0 where it counts now."""
    row = connection.execute(select(sign_in_failure).where(_failure.name_hash == key)).one_or_none()
    left = timedelta(0) if row is None else row.last_at + wait_after(row.failures) - now
    return int(left.total_seconds()) + 1 if left > timedelta(0) else 0


def count_failure(connection: Connection, key: str, now: datetime) -> int:
    """Note a failure under this key; gives how many in a row that makes."""
    connection.execute(delete(sign_in_failure).where(_failure.last_at <= now - FAILURES_KEPT))
    failures: int = connection.execute(
        insert(connection, sign_in_failure)
        .values(name_hash=key, failures=1, last_at=now)
        .on_conflict_do_update(index_elements=["name_hash"], set_={"failures": _failure.failures + 1, "last_at": now})
        .returning(_failure.failures)
    ).scalar_one()
    return failures


def forget_failures(connection: Connection, key: str) -> None:
    """Begin to count anew, after one that was right."""
    connection.execute(delete(sign_in_failure).where(_failure.name_hash == key))
