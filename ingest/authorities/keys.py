"""The authorising officers' keys and the signed list of those that are trusted.

An officer makes their own key, under a passphrase that only they know. It counts for nothing until an administrator,
who has compared its fingerprint with the officer, puts it on the list with the officer's rank. So neither can do it
alone. The private half is decrypted in memory, for one signature, and a wrong passphrase is in the log.
"""

import hashlib
import logging
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from governance.authority.document import Officer
from governance.authority.ranks import Rules
from governance.authority.trust import Trust, TrustBody, TrustedKey, sign_trust
from governance.errors import PasswordRefused, WrongPassphrase
from governance.keys import PrivateKey, PublicKey
from governance.log import Act, Log
from governance.passwords import MAX_BYTES, MIN_LENGTH
from ingest.accounts import Person, wait_after
from ingest.clock import Clock
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import officer_key, trust_list
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound, TooManyPassphrases

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

PURPOSE: Final = "keeping the authorising officers' keys"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OfficerKey:
    """One key as it is shown. fingerprint is what the officer and the administrator compare."""

    key_id: str
    fingerprint: str
    account: str
    name: str
    made_at: datetime
    rank: str | None
    trusted_from: datetime | None
    trusted_until: datetime | None
    compromised: bool


def fingerprint_of(key: PublicKey) -> str:
    """The whole SHA-256 of a public key, in groups of four for the eye."""
    digest = hashlib.sha256(key.raw).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


class OfficerKeys:
    """The keys of one force's authorising officers. anchor is the force's trust key."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        force: str,
        anchor: PrivateKey,
        rules: Rules,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._force = force
        self._anchor = anchor
        self._rules = rules
        self._on_change = on_change
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, datetime]] = {}

    @property
    def anchor(self) -> PublicKey:
        """What a device pins."""
        return self._anchor.public

    def make(self, passphrase: str, by: Person) -> OfficerKey:
        """Make the key of whoever asks. It is not trusted yet.

        Raises PasswordRefused for a passphrase that is too short, Conflict where they have a key that still counts.
        """
        secret = _new_passphrase(passphrase)
        key, now = PrivateKey.new(), self._clock()
        row = {
            "key_id": key.public.id,
            "account": by.name,
            "name": by.display_name,
            "public": key.public.text,
            "private": key.pem(secret),
            "made_at": now,
            "compromised": False,
        }
        with recorded(self._engine, self._log) as (connection, acts):
            mine = connection.execute(select(officer_key).where(officer_key.c.account == by.name)).all()
            if any(_counts(each, now) for each in mine):
                raise Conflict(f"{by.name} has a key that counts already: have it retired first")
            connection.execute(insert(connection, officer_key), row)
            acts.add(Act(by.name, "authority.key-make", PURPOSE, None, {"account": by.name, "key": key.public.id}))
        return self.find(key.public.id)

    def trust(self, fingerprint: str, rank: str, by: Person, until: datetime | None = None) -> OfficerKey:
        """Put a key on the trust list, as of now, with its officer's rank.

        Raises BadInput for an unknown rank or the own key, NotFound for another fingerprint, Conflict for a key that
        was on the list before.
        """
        wanted, now = "".join(fingerprint.split()).lower(), self._clock()
        if not self._rules.knows(rank):
            raise BadInput(f"{rank!r} is not a rank: one of {', '.join(self._rules.order)}")
        if until is not None and until <= now:
            raise BadInput("a key's last day has passed already: give a later one")
        with recorded(self._engine, self._log) as (connection, acts):
            rows = connection.execute(select(officer_key)).all()
            row = next((each for each in rows if _plain_fingerprint(each) == wanted), None)
            if row is None:
                raise NotFound("no key has this fingerprint: compare all of it with the officer")
            if row.account == by.name:
                raise BadInput("nobody puts their own key on the trust list")
            if row.trusted_from is not None:
                raise Conflict(f"the key {row.key_id} was on the trust list before: a new key is needed")
            others = [each for each in rows if each.account == row.account and each.key_id != row.key_id]
            if any(each.trusted_from is not None and _counts(each, now) for each in others):
                raise Conflict(f"{row.account} has another key that is trusted: retire it first")
            values = {"rank": rank, "trusted_from": now, "trusted_until": until}
            connection.execute(update(officer_key).where(officer_key.c.key_id == row.key_id).values(values))
            self._issue(connection, acts, "authority.key-trust", row, by, now, {"rank": rank})
        self._on_change()
        return self.find(row.key_id)

    def retire(self, key_id: str, by: Person, *, compromised: bool = False) -> OfficerKey:
        """End the trust in a key. What it signed until now still counts, unless it is compromised: then nothing does.

        An officer may retire their own. Raises NotFound, or Conflict for one that is retired already.
        """
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row = connection.execute(select(officer_key).where(officer_key.c.key_id == key_id)).one_or_none()
            if row is None:
                raise NotFound(f"there is no key {key_id!r}")
            if row.compromised or (not compromised and not _counts(row, now)):
                raise Conflict(f"the key {key_id} is retired already")
            until = now if row.trusted_until is None else min(now, row.trusted_until)
            values = {"trusted_until": until, "compromised": compromised}
            connection.execute(update(officer_key).where(officer_key.c.key_id == key_id).values(values))
            self._issue(connection, acts, "authority.key-retire", row, by, now, {"compromised": compromised})
        self._on_change()
        return self.find(key_id)

    def all(self) -> list[OfficerKey]:
        """Every key, by account and age."""
        query = select(officer_key).order_by(officer_key.c.account, officer_key.c.made_at, officer_key.c.key_id)
        with read_transaction(self._engine) as connection:
            return [_view(row) for row in connection.execute(query)]

    def find(self, key_id: str) -> OfficerKey:
        """Give one key. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(officer_key).where(officer_key.c.key_id == key_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no key {key_id!r}")
        return _view(row)

    def trust_bytes(self) -> bytes:
        """The newest trust list as it goes to the devices. Until a key is trusted, an empty one of number 1."""
        with read_transaction(self._engine) as connection:
            return self._document(connection)

    def trusted(self) -> Trust:
        """The newest trust list, verified. Raises governance.errors.BadDocument where it was changed."""
        with read_transaction(self._engine) as connection:
            return self.trusted_in(connection)

    def trusted_in(self, connection: Connection) -> Trust:
        """The newest trust list as a transaction sees it, verified. Raises governance.errors.BadDocument."""
        return Trust.read(self._document(connection), self.anchor, self._force)

    def officer(self, account: str) -> Officer:
        """The officer of an account whose key is trusted now. Raises NotFound."""
        now = self._clock()
        for _, entry in self.trusted().keys.values():
            if entry.officer.account == account and entry.at(now):
                return entry.officer
        raise NotFound(f"{account!r} has no key that is trusted now: an authorising officer makes one, then an"
                       " administrator puts it on the trust list")  # fmt: skip

    def unlock(self, passphrase: str, by: Person) -> tuple[PrivateKey, Officer]:
        """Open the key of whoever asks, for one signature.

        Raises NotFound without a trusted key, WrongPassphrase, or TooManyPassphrases after several of these.
        """
        officer, now = self.officer(by.name), self._clock()
        with self._lock:
            failures, last_at = self._failures.get(by.name, (0, now))
        left = (last_at + wait_after(failures) - now).total_seconds()
        if failures and left > 0:
            raise TooManyPassphrases(int(left) + 1)
        ids = {key.id for key, entry in self.trusted().keys.values() if entry.officer == officer and entry.at(now)}
        with read_transaction(self._engine) as connection:
            row = connection.execute(
                select(officer_key).where(officer_key.c.account == by.name, officer_key.c.key_id.in_(ids))
            ).first()
        if row is None:
            raise NotFound(f"the key of {by.name} that is trusted is not kept here: have it retired and make another")
        try:
            key = PrivateKey.from_pem(bytes(row.private), _normal(passphrase) or " ")
        except WrongPassphrase:
            self._failed(by.name, row.key_id, failures + 1, now)
            raise
        with self._lock:
            self._failures.pop(by.name, None)
        return key, officer

    def _failed(self, account: str, key_id: str, failures: int, now: datetime) -> None:
        with self._lock:
            self._failures[account] = (failures, now)
        _log.warning("a passphrase did not open the key %s", key_id)
        objects = {"account": account, "key": key_id}
        details = {"failures": failures}
        self._log.append(Act(account, "authority.key-refused", "wrong passphrase", None, objects, details))

    def _issue(
        self, connection: Connection, acts: Acts, act: str, row: Any, by: Person, now: datetime, details: dict[str, Any]
    ) -> None:
        """Sign the next trust list over the keys as they stand in this transaction."""
        newest = _newest(connection)
        number = 2 if newest is None else newest.number + 1
        body = TrustBody(force=self._force, number=number, issued_at=now, keys=_entries(connection))
        document = sign_trust(body, self._anchor)
        try:
            connection.execute(
                insert(connection, trust_list), {"number": number, "issued_at": now, "document": document}
            )
        except IntegrityError as error:
            raise Conflict("somebody else changed the trust list at this moment: do it again") from error
        objects = {"account": row.account, "key": row.key_id}
        digest = hashlib.sha256(document).hexdigest()
        acts.add(Act(by.name, act, PURPOSE, None, objects, {**details, "trust_list": number, "sha256": digest}))

    def _document(self, connection: Connection) -> bytes:
        newest = _newest(connection)
        if newest is not None:
            return bytes(newest.document)
        return sign_trust(TrustBody(force=self._force, number=1, issued_at=_LONG_AGO, keys=()), self._anchor)


def _newest(connection: Connection) -> Any:
    return connection.execute(select(trust_list).order_by(trust_list.c.number.desc()).limit(1)).one_or_none()


def _entries(connection: Connection) -> tuple[TrustedKey, ...]:
    rows = connection.execute(
        select(officer_key).where(officer_key.c.trusted_from.is_not(None)).order_by(officer_key.c.key_id)
    )
    return tuple(
        TrustedKey(
            key=row.public,
            officer=Officer(account=row.account, name=row.name, rank=row.rank),
            trusted_from=row.trusted_from,
            trusted_until=row.trusted_until,
            compromised=row.compromised,
        )
        for row in rows
    )


def _view(row: Any) -> OfficerKey:
    return OfficerKey(
        row.key_id,
        fingerprint_of(PublicKey.from_text(row.public)),
        row.account,
        row.name,
        row.made_at,
        row.rank,
        row.trusted_from,
        row.trusted_until,
        row.compromised,
    )


def _counts(row: Any, now: datetime) -> bool:
    """Whether a key is, or can still become, one that signs."""
    return not row.compromised and (row.trusted_until is None or now < row.trusted_until)


def _plain_fingerprint(row: Any) -> str:
    return hashlib.sha256(PublicKey.from_text(row.public).raw).hexdigest()


def _normal(passphrase: str) -> str:
    """The same text however it was typed; empty for what no keyboard makes."""
    normal = unicodedata.normalize("NFC", passphrase)
    return normal if normal.isprintable() and len(normal.encode(errors="surrogatepass")) <= MAX_BYTES else ""


def _new_passphrase(passphrase: str) -> str:
    normal = _normal(passphrase)
    if len(normal) < MIN_LENGTH:
        raise PasswordRefused(
            f"use a passphrase of {MIN_LENGTH} printable characters or more (at most {MAX_BYTES} bytes), such as three"
            " words"
        )
    return normal
