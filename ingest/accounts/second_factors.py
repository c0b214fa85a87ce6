"""The second factor of an account: set up, asked for, replaced by its owner, reset by an administrator.

It counts from when its first code was given. A code counts once. What is wrong is counted apart from passwords, or the
right password would give a guesser free tries again and again.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, func, select, update

from governance import totp
from governance.errors import BadSeal
from governance.log import Act, Log
from governance.recovery_codes import hash_of, new_codes
from governance.sealing import Sealer
from governance.second_factor import Standing
from ingest.accounts.people import Person, digest, open_account
from ingest.accounts.sessions import Given, Session, end_others, renew
from ingest.accounts.tries import count_failure, forget_failures, wait_left_s
from ingest.clock import Clock
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import account, recovery_code, second_factor
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound, SignInRefused, TooManyTries

OFFER_LIFE: Final = timedelta(minutes=15)
"""How long a secret that was shown waits for its first code."""

_NOT_TAKEN: Final = "the code is not good: give the one that the app shows now, each counts once, or a recovery code"
_ENDED: Final = "your session has ended: sign in again"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """A second factor that is not set up yet. sealed goes through the browser and comes back with the first code."""

    secret: bytes
    sealed: str


@dataclass(frozen=True, slots=True)
class SetUp:
    """What setting up gives: the session's new token, and the recovery codes, which are shown this once."""

    token: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A second factor as its owner sees it."""

    since: datetime
    codes_left: int


class SecondFactors:
    """The second factors of one centre's accounts."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, sealer: Sealer) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._sealer = sealer

    def held(self, account_id: UUID) -> Held | None:
        """The account's second factor, where it has one."""
        with read_transaction(self._engine) as connection:
            since = connection.execute(
                select(second_factor.c.set_up_at).where(second_factor.c.account_id == account_id)
            ).scalar_one_or_none()
            left = connection.execute(
                select(func.count()).select_from(recovery_code).where(recovery_code.c.account_id == account_id)
            ).scalar_one()
        return None if since is None else Held(since, left)

    def offer(self, person: Person) -> Offer:
        """A new secret for this person. Nothing is kept of it: it counts once set_up has seen a code of it."""
        secret = totp.new_secret()
        held = json.dumps({"secret": secret.hex(), "ends": (self._clock() + OFFER_LIFE).timestamp()})
        return Offer(secret, self._sealer.seal(held.encode(), _offered_to(person)).hex())

    def offered(self, person: Person, sealed: str) -> Offer:
        """The offer that was made to this person. Raises BadInput for any other, and for one that is too old."""
        try:
            held = json.loads(self._sealer.open(bytes.fromhex(sealed), _offered_to(person)))
        except (BadSeal, ValueError) as error:
            raise BadInput("this page is not one that was made for you: open it again") from error
        if self._clock().timestamp() >= held["ends"]:
            raise BadInput("this page is too old: open it again, and take the new code with your phone")
        return Offer(bytes.fromhex(held["secret"]), sealed)

    def set_up(self, session: Session, offer: Offer, code: str, proof: str = "") -> SetUp:
        """Make an offered secret the account's second factor, shown to be on a phone by its code.

        proof is a code of the second factor that it replaces, where there is one. The account's other sessions end.
        Raises BadInput where the code is not the secret's, SignInRefused or TooManyTries for the proof.
        """
        if session.standing is Standing.CODE_NEEDED:
            raise SignInRefused("give the code of your second factor first")
        now, person = self._clock(), session.person
        step = totp.step_of(offer.secret, _plain(code), now, after=-1)
        if step is None:
            raise BadInput("the code is not the one that the app shows now; if it stays so, check the phone's clock")
        codes = new_codes()
        row = {
            "account_id": person.account_id,
            "secret": self._sealer.seal(offer.secret, _kept_for(person.account_id)),
            "set_up_at": now,
            "last_step": step,
        }
        token: str | None = None
        with recorded(self._engine, self._log) as (connection, acts):
            replaces = self.there(connection, person.account_id)
            verdict: Given | SignInRefused = Given.CODE
            if replaces:
                verdict = self.judge(connection, acts, person.account_id, person.name, proof)
            if isinstance(verdict, Given):
                connection.execute(delete(second_factor).where(second_factor.c.account_id == person.account_id))
                connection.execute(insert(connection, second_factor), row)
                self._keep_codes(connection, person.account_id, codes, now)
                end_others(connection, person.account_id, session.token)
                token = renew(connection, session.token, Given.CODE)
                details = {"replaces": replaces, "recovery_codes": len(codes)}
                acts.add(_act(person.name, "account.second-factor-set-up", "own account", details))
        if not isinstance(verdict, Given):
            raise verdict
        if token is None:
            raise SignInRefused(_ENDED)
        return SetUp(token, codes)

    def give(self, session: Session, code: str) -> str:
        """Open a session with its second factor; gives the session's new token. Raises SignInRefused, TooManyTries."""
        person, token = session.person, None
        with recorded(self._engine, self._log) as (connection, acts):
            verdict = self.judge(connection, acts, person.account_id, person.name, code)
            if isinstance(verdict, Given):
                token = renew(connection, session.token, verdict)
                acts.add(_act(person.name, "account.second-factor", "start of use", {"how": verdict.value}))
        if not isinstance(verdict, Given):
            raise verdict
        if token is None:
            raise SignInRefused(_ENDED)
        return token

    def renew_codes(self, session: Session, code: str) -> tuple[str, ...]:
        """Ten new recovery codes in place of those that are left. Raises SignInRefused or TooManyTries for the code."""
        person, codes = session.person, new_codes()
        with recorded(self._engine, self._log) as (connection, acts):
            verdict = self.judge(connection, acts, person.account_id, person.name, code)
            if isinstance(verdict, Given):
                self._keep_codes(connection, person.account_id, codes, self._clock())
                details = {"recovery_codes": len(codes)}
                acts.add(_act(person.name, "account.recovery-codes", "own account", details))
        if not isinstance(verdict, Given):
            raise verdict
        return codes

    def reset(self, name: str, by: str) -> None:
        """Take an account's second factor away and end its sessions. Raises NotFound, or Conflict for the own one."""
        if name == by:
            raise Conflict("nobody resets their own second factor: ask another administrator")
        with recorded(self._engine, self._log) as (connection, acts):
            row = open_account(connection, name)
            if row is None or not self.there(connection, row.account_id):
                raise NotFound(f"there is no open account {name!r} with a second factor")
            for table in (second_factor, recovery_code):
                connection.execute(delete(table).where(table.c.account_id == row.account_id))
            forget_failures(connection, _tries_of(row.account_id))
            end_others(connection, row.account_id)
            act = "account.second-factor-reset"
            acts.add(Act(by, act, "the second factor is lost", None, {"account": name}))

    def there(self, connection: Connection, account_id: UUID) -> bool:
        """Whether an account has a second factor."""
        found = select(second_factor.c.account_id).where(second_factor.c.account_id == account_id)
        return connection.execute(found).first() is not None

    def judge(
        self, connection: Connection, acts: Acts, account_id: UUID, name: str, typed: str
    ) -> Given | SignInRefused:
        """Take a code or a recovery code, or say why not, and count it. The caller commits, then raises the refusal."""
        # One at a time for each account, so that many tries at once are counted as many.
        connection.execute(select(account.c.account_id).where(account.c.account_id == account_id).with_for_update())
        now, key = self._clock(), _tries_of(account_id)
        if wait_s := wait_left_s(connection, key, now):
            return TooManyTries(wait_s)
        if given := self._taken(connection, account_id, typed, now):
            forget_failures(connection, key)
            return given
        _log.warning("a code of a second factor was refused")
        failures = count_failure(connection, key, now)
        acts.add(
            Act(
                "system:accounts",
                "account.second-factor-refused",
                "wrong or used code",
                None,
                {"account": name},
                {"failures": failures},
            )
        )
        return SignInRefused(_NOT_TAKEN)

    def _taken(self, connection: Connection, account_id: UUID, typed: str, now: datetime) -> Given | None:
        row = connection.execute(select(second_factor).where(second_factor.c.account_id == account_id)).one_or_none()
        if row is None:
            return None
        code = _plain(typed)
        if len(code) != totp.DIGITS:
            used = delete(recovery_code).where(
                recovery_code.c.code_hash == hash_of(typed, account_id), recovery_code.c.account_id == account_id
            )
            return Given.RECOVERY_CODE if connection.execute(used).rowcount else None
        secret = self._secret(row)
        step = None if secret is None else totp.step_of(secret, code, now, row.last_step)
        if step is None:
            return None
        connection.execute(update(second_factor).where(second_factor.c.account_id == account_id).values(last_step=step))
        return Given.CODE

    def _secret(self, row: Any) -> bytes | None:
        try:
            return self._sealer.open(row.secret, _kept_for(row.account_id))
        except BadSeal:
            _log.error("a second factor does not open under the service's key: was the key lost? Reset it")
            return None

    def _keep_codes(self, connection: Connection, account_id: UUID, codes: tuple[str, ...], now: datetime) -> None:
        connection.execute(delete(recovery_code).where(recovery_code.c.account_id == account_id))
        rows = [{"code_hash": hash_of(code, account_id), "account_id": account_id, "made_at": now} for code in codes]
        connection.execute(insert(connection, recovery_code), rows)


def _act(name: str, act: str, purpose: str, details: dict[str, Any]) -> Act:
    return Act(name, act, purpose, None, {"account": name}, details)


def _plain(code: str) -> str:
    return "".join(code.split())


def _tries_of(account_id: UUID) -> str:
    return digest(f"second factor of {account_id}")


def _kept_for(account_id: UUID) -> str:
    return f"second factor of {account_id}"


def _offered_to(person: Person) -> str:
    return f"second factor offered to {person.account_id}"
