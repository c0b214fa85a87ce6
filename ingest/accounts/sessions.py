"""Sessions: begun at a sign-in, found by their token, ended when unused, at the end of a shift, or by signing out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, select, update

from governance.log import Act, Log
from governance.second_factor import Standing, standing
from ingest.accounts.people import Person, digest, new_token, roles_of
from ingest.clock import Clock
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import account, second_factor, session
from ingest.database.statements import insert

TOUCH_AFTER: Final = timedelta(seconds=30)
"""A session's last use is written down at most this often, so that not every request is a write."""

UNFINISHED_LIMIT: Final = timedelta(minutes=15)
"""How long a session waits for its second factor: long enough to install an app and set it up."""


class How(StrEnum):
    """How a session was begun."""

    PASSWORD = "password"  # noqa: S105 - a word
    LINK = "link"
    PROVIDER = "provider"


class Given(StrEnum):
    """What was given as second factor."""

    CODE = "code"
    RECOVERY_CODE = "recovery-code"
    LINK = "link"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has not ended. Only one whose standing is OPEN lets its person do what their roles allow."""

    person: Person
    standing: Standing
    how: How
    token: str


class Sessions:
    """The sessions of one centre."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, *, idle: timedelta, longest: timedelta) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._idle = idle
        self._longest = longest

    def begin(self, connection: Connection, acts: Acts, row: Any, how: How, given: Given | None) -> str:
        """Begin a session of an account, whose row this is, and give its token."""
        token, now = new_token(), self._clock()
        connection.execute(delete(session).where(session.c.ends_at <= now))
        new = {
            "token_hash": digest(token),
            "account_id": row.account_id,
            "created_at": now,
            "last_seen_at": now,
            "ends_at": now + self._longest,
            "how": how.value,
            "second_factor": given and given.value,
        }
        connection.execute(insert(connection, session), new)
        details = {"how": how.value, "second_factor": given.value if given else "none"}
        acts.add(Act(row.name, "account.sign-in", "start of use", None, {"account": row.name}, details))
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token; None for one that is unknown, ended, too old, or of a closed account."""
        now, key = self._clock(), digest(token)
        with read_transaction(self._engine) as connection:
            row = connection.execute(
                select(session, account.c.name, account.c.display_name, account.c.roles, second_factor.c.set_up_at)
                .join(account, account.c.account_id == session.c.account_id)
                .outerjoin(second_factor, second_factor.c.account_id == session.c.account_id)
                .where(session.c.token_hash == key, account.c.disabled_at.is_(None))
            ).one_or_none()
        if row is None or now >= row.ends_at or now - row.last_seen_at >= self._idle:
            return None
        roles = roles_of(row.roles)
        reached = standing(roles, given=row.second_factor is not None, set_up=row.set_up_at is not None)
        if reached is not Standing.OPEN and now - row.created_at >= UNFINISHED_LIMIT:
            return None
        if now - row.last_seen_at >= TOUCH_AFTER:
            with write_transaction(self._engine) as connection:
                connection.execute(update(session).where(session.c.token_hash == key).values(last_seen_at=now))
        return Session(Person(row.account_id, row.name, row.display_name, roles), reached, How(row.how), token)

    def end(self, token: str) -> How | None:
        """End a session, and say how it was begun. Nothing happens where there is none."""
        with recorded(self._engine, self._log) as (connection, acts):
            ended = connection.execute(
                delete(session)
                .where(session.c.token_hash == digest(token))
                .returning(session.c.account_id, session.c.how)
            ).one_or_none()
            if ended is None:
                return None
            name = connection.execute(
                select(account.c.name).where(account.c.account_id == ended.account_id)
            ).scalar_one()
            acts.add(Act(name, "account.sign-out", "end of use", None, {"account": name}))
            return How(ended.how)


def renew(connection: Connection, token: str, given: Given) -> str | None:
    """Give a session another token, now that its second factor is given; None where it has ended meanwhile.

    The old token is worth nothing from here on: whoever planted or saw it before gets no further with it.
    """
    new = new_token()
    changed = connection.execute(
        update(session)
        .where(session.c.token_hash == digest(token))
        .values(token_hash=digest(new), second_factor=given.value)
        .returning(session.c.account_id)
    ).one_or_none()
    return None if changed is None else new


def end_others(connection: Connection, account_id: UUID, token: str = "") -> None:
    """End every session of an account but the one of this token."""
    connection.execute(delete(session).where(session.c.account_id == account_id, session.c.token_hash != digest(token)))
