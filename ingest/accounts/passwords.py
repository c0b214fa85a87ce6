"""Signing in with a name and a password, and changing the password."""

import logging
import threading
from typing import Any, Final

from sqlalchemy import Engine, select, update

from governance.log import Act, Log
from governance.passwords import check_password, hash_password, needs_rehash
from governance.second_factor import Standing, standing
from ingest.accounts.people import digest, open_account, roles_of
from ingest.accounts.second_factors import SecondFactors
from ingest.accounts.sessions import Given, How, Session, Sessions, end_others
from ingest.accounts.tries import count_failure, forget_failures, wait_left_s
from ingest.clock import Clock
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import account, account_identity
from ingest.errors import Conflict, SecondFactorNeeded, SignInRefused, TooManyTries

CHECKS_AT_ONCE: Final = 4
"""Each check takes 64 MiB (governance.passwords)."""

_REFUSED: Final = "the name and password do not open an account; check both, or ask an administrator"
_NOT_CURRENT: Final = "the current password is not right: nothing was changed"

_log = logging.getLogger(__name__)


class Passwords:
    """The passwords of one centre's local accounts."""

    def __init__(
        self, engine: Engine, log: Log, clock: Clock, sessions: Sessions, second_factors: SecondFactors
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._sessions = sessions
        self._second_factors = second_factors
        self._checks = threading.BoundedSemaphore(CHECKS_AT_ONCE)

    def sign_in(self, name: str, password: str) -> str:
        """Check a name and password and give a session's token. Raises SignInRefused or TooManyTries.

        Where the account has a second factor, or needs one, the session is not open yet.
        """
        row = self._checked(name, password)
        changed = hash_password(password) if needs_rehash(row.password_hash) else None
        with recorded(self._engine, self._log) as (connection, acts):
            forget_failures(connection, digest(name))
            if changed is not None:
                connection.execute(
                    update(account).where(account.c.account_id == row.account_id).values(password_hash=changed)
                )
            return self._sessions.begin(connection, acts, row, How.PASSWORD, None)

    def sign_in_at_once(self, name: str, password: str, code: str) -> str:
        """The same with the second factor's code, for a program: an open session's token or none at all.

        Raises SecondFactorNeeded where there is a second factor and no code, or where one has yet to be set up.
        """
        row = self._checked(name, password)
        token = None
        with recorded(self._engine, self._log) as (connection, acts):
            forget_failures(connection, digest(name))
            there = self._second_factors.there(connection, row.account_id)
            given: Given | SignInRefused | None = None
            if there and code:
                given = self._second_factors.judge(connection, acts, row.account_id, name, code)
            reached = standing(roles_of(row.roles), given=isinstance(given, Given), set_up=there)
            if reached is Standing.OPEN:
                taken = given if isinstance(given, Given) else None
                token = self._sessions.begin(connection, acts, row, How.PASSWORD, taken)
        if token is not None:
            return token
        raise given if isinstance(given, SignInRefused) else SecondFactorNeeded(reached)

    def change(self, of: Session, current: str, new: str) -> None:
        """Set a new password and end the account's other sessions.

        The current one is asked for, except in a session that a link began: a link is for a forgotten password.
        Raises SignInRefused, TooManyTries, governance.errors.PasswordRefused, or Conflict for a provider's account.
        """
        name, account_id = of.person.name, of.person.account_id
        if of.how is not How.LINK:
            self._checked(name, current, _NOT_CURRENT)
        hashed = hash_password(new)
        with recorded(self._engine, self._log) as (connection, acts):
            provided = select(account_identity.c.subject).where(account_identity.c.account_id == account_id)
            if connection.execute(provided).first() is not None:
                raise Conflict("your account is the sign-in provider's: change the password there")
            forget_failures(connection, digest(name))
            connection.execute(update(account).where(account.c.account_id == account_id).values(password_hash=hashed))
            end_others(connection, account_id, of.token)
            acts.add(Act(name, "account.password", "own account", None, {"account": name}, {"how": of.how.value}))

    def _checked(self, name: str, password: str, refusal: str = _REFUSED) -> Any:
        """The row of the account that this name and password open. Raises SignInRefused, so said, or TooManyTries."""
        with self._checks:
            with read_transaction(self._engine) as connection:
                wait_s = wait_left_s(connection, digest(name), self._clock())
                row = open_account(connection, name)
            if wait_s:
                raise TooManyTries(wait_s)
            if not check_password(None if row is None else row.password_hash, password):
                self._count_failure(name, known=row is not None)
                raise SignInRefused(refusal)
        return row

    def _count_failure(self, name: str, *, known: bool) -> None:
        _log.warning("a sign-in was refused")
        with recorded(self._engine, self._log) as (connection, acts):
            failures = count_failure(connection, digest(name), self._clock())
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
