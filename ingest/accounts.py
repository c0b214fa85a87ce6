"""Who may sign in: local accounts, sessions and sign-in links. Everything that changes is in the log.

What it stands against:
- A copy of the database opens nothing: it holds Argon2id hashes of passwords and SHA-256 of random tokens.
- A stranger cannot learn which names exist: an unknown name costs the same work, gets the same answer, and is delayed
  after the same number of failures.
- Guessing is slow: after FREE_TRIES failures for a name each further try has to wait, twice as long each time.
- Many tries at once cannot take the machine's memory: only CHECKS_AT_ONCE passwords are checked at the same time.
"""

import hashlib
import logging
import re
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import IntegrityError

from governance.log import Act, Log
from governance.passwords import check_password, hash_password, needs_rehash
from governance.roles import Role
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import account, session, sign_in_failure, sign_in_link
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound, SignInRefused, TooManyTries

FREE_TRIES: Final = 5
"""Failures in a row for one name that cost nothing but the answer."""

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)

FAILURES_KEPT: Final = timedelta(days=1)
"""Failures older than this are forgotten, so that a stranger who tries many names cannot fill the table for ever."""

CHECKS_AT_ONCE: Final = 4
"""Each check takes 64 MiB (governance.passwords)."""

TOKEN_BYTES: Final = 32
TOUCH_AFTER: Final = timedelta(seconds=30)
"""A session's last use is written down at most this often, so that not every request is a write."""

MOST_LINK_USES: Final = 1_000

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_REFUSED: Final = "the name and password do not open an account; check both, or ask an administrator"
_LINK_REFUSED: Final = "this sign-in link is not good any more; ask for a new one, or use your password"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    account_id: UUID
    name: str
    display_name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it."""

    account_id: UUID
    name: str
    display_name: str
    roles: frozenset[Role]
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None


class Accounts:
    """The accounts of one centre. by is always the name of the account that does it, or "system:PART"."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        idle: timedelta = timedelta(hours=1),
        longest: timedelta = timedelta(hours=12),
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._idle = idle
        self._longest = longest
        self._checks = threading.BoundedSemaphore(CHECKS_AT_ONCE)

    def create(self, name: str, display_name: str, roles: Iterable[Role], password: str | None, by: str) -> Account:
        """Make an account; without a password it can be entered by link only.

        Raises BadInput, Conflict where the name is taken, or governance.errors.PasswordRefused.
        """
        held = frozenset(Role(role) for role in roles)
        shown = " ".join(display_name.split())
        if not _NAME.fullmatch(name):
            raise BadInput(f"the account name {name!r} is not 1 to 63 of a-z, 0-9, dot, hyphen and underscore")
        if not 1 <= len(shown) <= 80 or not shown.isprintable():
            raise BadInput("an account needs a display name of 1 to 80 characters that can be shown")
        if not held:
            raise BadInput(f"the account {name!r} needs a role: one of {', '.join(Role)}")
        hashed = None if password is None else hash_password(password)
        made = Account(new_id(), name, shown, held, hashed is not None, self._clock(), None)
        row = {
            "account_id": made.account_id,
            "name": name,
            "display_name": shown,
            "roles": sorted(held),
            "password_hash": hashed,
            "created_at": made.created_at,
        }
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                connection.execute(insert(connection, account), row)
                acts.add(
                    Act(
                        by,
                        "account.create",
                        "give an account",
                        None,
                        {"account": name},
                        {"roles": " ".join(sorted(held))},
                    )
                )
        except IntegrityError as error:
            raise Conflict(f"there is an account {name!r} already") from error
        return made

    def list(self) -> list[Account]:
        """Every account, by name."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(select(account).order_by(account.c.name)).all()
        return [
            Account(
                row.account_id,
                row.name,
                row.display_name,
                _roles(row.roles),
                row.password_hash is not None,
                row.created_at,
                row.disabled_at,
            )
            for row in rows
        ]

    def disable(self, name: str, by: str) -> None:
        """Close an account and end its sessions and links at once. Raises NotFound where no such account is open."""
        with recorded(self._engine, self._log) as (connection, acts):
            row = _open_account(connection, name)
            if row is None:
                raise NotFound(f"there is no open account {name!r}")
            connection.execute(
                update(account).where(account.c.account_id == row.account_id).values(disabled_at=self._clock())
            )
            for table in (session, sign_in_link):
                connection.execute(delete(table).where(table.c.account_id == row.account_id))
            acts.add(Act(by, "account.disable", "close an account", None, {"account": name}))

    def sign_in(self, name: str, password: str) -> str:
        """Check a name and password and give a session's token. Raises SignInRefused or TooManyTries."""
        now, key = self._clock(), _digest(name)
        with self._checks:
            with read_transaction(self._engine) as connection:
                failed = connection.execute(
                    select(sign_in_failure).where(sign_in_failure.c.name_hash == key)
                ).one_or_none()
                row = _open_account(connection, name)
            if failed is not None and (left := failed.last_at + wait_after(failed.failures) - now) > timedelta(0):
                raise TooManyTries(int(left.total_seconds()) + 1)
            if not check_password(None if row is None else row.password_hash, password):
                self._count_failure(name, key, known=row is not None, now=now)
                raise SignInRefused(_REFUSED)
        changed = hash_password(password) if needs_rehash(row.password_hash) else None
        with recorded(self._engine, self._log) as (connection, acts):
            connection.execute(delete(sign_in_failure).where(sign_in_failure.c.name_hash == key))
            if changed is not None:
                connection.execute(
                    update(account).where(account.c.account_id == row.account_id).values(password_hash=changed)
                )
            return self._begin_session(connection, acts, row.account_id, name, "password", now)

    def make_link(self, name: str, valid_for: timedelta, uses: int = 1, by: str = "system:accounts") -> str:
        """Make the token of a sign-in link. Raises NotFound where no such account is open, or BadInput."""
        if valid_for <= timedelta(0) or not 1 <= uses <= MOST_LINK_USES:
            raise BadInput(f"a link is valid for some time and for 1 to {MOST_LINK_USES} uses")
        token, now = _new_token(), self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row = _open_account(connection, name)
            if row is None:
                raise NotFound(f"there is no open account {name!r}")
            connection.execute(delete(sign_in_link).where(sign_in_link.c.ends_at <= now))
            link = {
                "token_hash": _digest(token),
                "account_id": row.account_id,
                "created_at": now,
                "ends_at": now + valid_for,
                "uses_left": uses,
            }
            connection.execute(insert(connection, sign_in_link), link)
            details = {"uses": uses, "valid_for_s": int(valid_for.total_seconds())}
            acts.add(Act(by, "account.link", "give a sign-in link", None, {"account": name}, details))
        return token

    def enter(self, link_token: str) -> str:
        """Use a sign-in link once and give a session's token. Raises SignInRefused for one that is no longer good."""
        now = self._clock()
        link = sign_in_link.c
        with recorded(self._engine, self._log) as (connection, acts):
            account_id = connection.execute(
                update(sign_in_link)
                .where(link.token_hash == _digest(link_token), link.uses_left > 0, link.ends_at > now)
                .values(uses_left=link.uses_left - 1)
                .returning(link.account_id)
            ).scalar_one_or_none()
            if account_id is None:
                _log.warning("a sign-in link that is not good was refused")
                raise SignInRefused(_LINK_REFUSED)
            name = connection.execute(select(account.c.name).where(account.c.account_id == account_id)).scalar_one()
            return self._begin_session(connection, acts, account_id, name, "link", now)

    def person(self, token: str) -> Person | None:
        """Whose session a token is of; None for one that is unknown, ended, too old, or of a closed account."""
        now, key = self._clock(), _digest(token)
        with read_transaction(self._engine) as connection:
            row = connection.execute(
                select(session.c.last_seen_at, session.c.ends_at, account)
                .join(account, account.c.account_id == session.c.account_id)
                .where(session.c.token_hash == key, account.c.disabled_at.is_(None))
            ).one_or_none()
        if row is None or now >= row.ends_at or now - row.last_seen_at >= self._idle:
            return None
        if now - row.last_seen_at >= TOUCH_AFTER:
            with write_transaction(self._engine) as connection:
                connection.execute(update(session).where(session.c.token_hash == key).values(last_seen_at=now))
        return Person(row.account_id, row.name, row.display_name, _roles(row.roles))

    def sign_out(self, token: str) -> None:
        """End a session. Nothing happens where there is none."""
        with recorded(self._engine, self._log) as (connection, acts):
            account_id = connection.execute(
                delete(session).where(session.c.token_hash == _digest(token)).returning(session.c.account_id)
            ).scalar_one_or_none()
            if account_id is not None:
                name = connection.execute(select(account.c.name).where(account.c.account_id == account_id)).scalar_one()
                acts.add(Act(name, "account.sign-out", "end of use", None, {"account": name}))

    def _begin_session(
        self, connection: Connection, acts: Acts, account_id: UUID, name: str, how: str, now: datetime
    ) -> str:
        token = _new_token()
        connection.execute(delete(session).where(session.c.ends_at <= now))
        row = {
            "token_hash": _digest(token),
            "account_id": account_id,
            "created_at": now,
            "last_seen_at": now,
            "ends_at": now + self._longest,
        }
        connection.execute(insert(connection, session), row)
        acts.add(Act(name, "account.sign-in", "start of use", None, {"account": name}, {"how": how}))
        return token

    def _count_failure(self, name: str, key: str, *, known: bool, now: datetime) -> None:
        _log.warning("a sign-in was refused")
        failure = sign_in_failure.c
        with recorded(self._engine, self._log) as (connection, acts):
            connection.execute(delete(sign_in_failure).where(failure.last_at <= now - FAILURES_KEPT))
            failures = connection.execute(
                insert(connection, sign_in_failure)
                .values(name_hash=key, failures=1, last_at=now)
                .on_conflict_do_update(
                    index_elements=["name_hash"], set_={"failures": failure.failures + 1, "last_at": now}
                )
                .returning(failure.failures)
            ).scalar_one()
            # What was typed as an unknown name may be somebody's password: it is not written down.
            objects = {"account": name} if known else {}
            acts.add(
                Act(
                    "system:accounts",
                    "account.sign-in-refused",
                    "wrong name or password",
                    None,
                    objects,
                    {"failures": failures},
                )
            )


def wait_after(failures: int) -> timedelta:
    """How long a name has to wait after so many failures in a row."""
    if failures < FREE_TRIES:
        return timedelta(0)
    doublings = min(failures - FREE_TRIES, 16)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _open_account(connection: Connection, name: str) -> Any:
    """The row of an account that is not closed, or None."""
    if not _NAME.fullmatch(name):
        return None
    return connection.execute(
        select(account).where(account.c.name == name, account.c.disabled_at.is_(None))
    ).one_or_none()


def _roles(names: Iterable[str]) -> frozenset[Role]:
    return frozenset(Role(name) for name in names)


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
