"""How a device gets its certificate: with a code that is good once, and afterwards with the key that it has.

What it stands against:
- A copy of the database opens nothing: it holds SHA-256 of codes of 80 random bits.
- Guessing is slow: after FREE_TRIES codes that were not good for a name each further one has to wait, twice as long
  each time. A stranger cannot learn which names have a code: every wrong one gets the same answer.
- An answer that was lost on the way can be asked for again: the same code with the same key gives the same certificate,
  and so does the same renewal. A code that was used with another key is refused.

A device that is enrolled again, with a new key, is a new identity: the old key ends, and still proves what it signed.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, select, update

from governance.devices.authority import Authority, Certificate
from governance.devices.requests import read_request, to_sign_renewal
from governance.keys import PublicKey
from governance.log import Act, Log
from ingest.accounts import wait_after
from ingest.clock import Clock
from ingest.contract import topics
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import device_certificate, device_code, device_code_failure, device_key
from ingest.database.statements import insert
from ingest.errors import BadInput, EnrolmentRefused, TooManyCodes

CODE_CHARACTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a digit when it is read out."""

CODE_LENGTH: Final = 16
"""80 bits: 16 characters of 5."""

FAILURES_KEPT: Final = timedelta(days=1)
RENEW_AFTER_SHARE: Final = 0.5
"""Before this share of a certificate's life is over, a renewal gives the same certificate again."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SAME_CHARACTER: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Code:
    """A code for one device: to be given to whoever sets the device up, and good once, until ends_at."""

    device: str
    text: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What a device numbered before it had a key: messages of this stream from 1 to made."""

    stream: UUID
    made: int


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a device is given: its certificate and the authority's (PEM), the force, and the key that signs the list of
    the authorising officers' keys (base64), where the centre has one.
    """

    device: str
    force: str
    certificate: str
    authority: str
    trust_key: str | None
    ends_at: datetime


class Enrolment:
    """Gives devices their certificates."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        authority: Authority,
        *,
        force: str,
        trust_key: Callable[[], PublicKey | None],
        code_life: timedelta,
        certificate_life: timedelta,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._authority = authority
        self._force = force
        self._trust_key = trust_key
        self._code_life = code_life
        self._certificate_life = certificate_life

    def make_code(self, device: str, by: str) -> Code:
        """Make a code for a device; an earlier one that was not used is void.

        Raises BadInput for a name that no device can have.
        """
        if not _NAME.fullmatch(device) or device in topics.RESERVED:
            raise BadInput(f"no device can be called {device!r}: use 1 to 63 of a-z, 0-9 and hyphen, and not `lists`")
        now = self._clock()
        text = "".join(secrets.choice(CODE_CHARACTERS) for _ in range(CODE_LENGTH))
        ends_at = now + self._code_life
        c = device_code.c
        with recorded(self._engine, self._log) as (connection, acts):
            connection.execute(
                update(device_code).where(c.device == device, c.used_at.is_(None), c.ends_at > now).values(ends_at=now)
            )
            row = {"code_hash": _digest(text), "device": device, "made_at": now, "made_by": by, "ends_at": ends_at}
            connection.execute(insert(connection, device_code), row)
            details = {"valid_for_s": int(self._code_life.total_seconds())}
            acts.add(Act(by, "device.code", "let a device enrol", None, {"device": device}, details))
        return Code(device, "-".join(text[at : at + 4] for at in range(0, CODE_LENGTH, 4)), ends_at)

    def enrol(self, device: str, code: str, request: str, unsigned: Unsigned | None = None) -> Enrolled:
        """Give a device a certificate for the key of its request (PEM).

        Raises TooManyCodes, EnrolmentRefused for a code that is not good, or governance.errors.BadCertificateRequest;
        after the last the code can still be used.
        """
        now, hashed = self._clock(), _digest(_plain(code))
        self._wait_over(device, now)
        with read_transaction(self._engine) as connection:
            row = connection.execute(
                select(device_code).where(device_code.c.code_hash == hashed, device_code.c.device == device)
            ).one_or_none()
        if row is None:
            raise self._refused(device, "the code is not one of this device", now)
        if row.used_at is None and row.ends_at <= now:
            raise self._refused(device, "the code has ended: have a new one made", now)
        key = read_request(request, device)
        with recorded(self._engine, self._log) as (connection, acts):
            used = connection.execute(
                update(device_code)
                .where(device_code.c.code_hash == hashed, device_code.c.used_at.is_(None))
                .values(used_at=now, used_by=key.id)
            ).rowcount
            if used:
                certificate = self._take_in(connection, acts, row, key, unsigned, now)
                return self._given(device, certificate.pem, certificate.ends_at)
            again = self._again(connection, hashed, key)
        if again is None:
            raise self._refused(device, "the code was used already: have a new one made", now)
        return self._given(device, again.pem, again.ends_at)

    def renew(self, serial: str, request: str, signature: bytes) -> Enrolled:
        """Give a device a new certificate for the key of its certificate, which must not have ended.

        signature is the key's, over governance.devices.requests.to_sign_renewal. Raises EnrolmentRefused, or
        governance.errors.BadCertificateRequest.
        """
        now, c, k = self._clock(), device_certificate.c, device_key.c
        with recorded(self._engine, self._log) as (connection, acts):
            row = connection.execute(
                select(device_certificate, k.device, k.public_key, k.revoked_at, k.ends_at.label("key_ends_at"))
                .join(device_key, k.key_id == c.key_id)
                .where(c.serial == serial)
                .with_for_update()
            ).one_or_none()
            if row is None or not PublicKey(row.public_key).verifies(signature, to_sign_renewal(serial, request)):
                raise _not_renewed("the certificate is unknown here, or the renewal is not signed with its key")
            if row.revoked_at is not None:
                raise _not_renewed(f"the device {row.device} was revoked")
            if row.key_ends_at <= now:
                raise _not_renewed(f"the key of {row.device} has ended, or another took its place: enrol it anew")
            if read_request(request, row.device).raw != row.public_key:
                raise _not_renewed("the request is for another key than the certificate's: enrol the device anew")
            renewed = connection.execute(select(device_certificate).where(c.renews == serial)).one_or_none()
            if renewed is not None:
                return self._given(row.device, renewed.pem, renewed.ends_at)
            if now < row.issued_at + RENEW_AFTER_SHARE * (row.ends_at - row.issued_at):
                return self._given(row.device, row.pem, row.ends_at)
            certificate = self._issue(connection, row.device, PublicKey(row.public_key), now, renews=serial)
            connection.execute(update(device_key).where(k.key_id == row.key_id).values(ends_at=certificate.ends_at))
            objects = {"device": row.device, "key": row.key_id, "certificate": certificate.serial}
            acts.add(Act(f"device:{row.device}", "device.renew", "its certificate was due", None, objects))
        return self._given(row.device, certificate.pem, certificate.ends_at)

    def _take_in(
        self, connection: Connection, acts: Acts, code: Any, key: PublicKey, unsigned: Unsigned | None, now: datetime
    ) -> Certificate:
        k = device_key.c
        if connection.execute(select(k.key_id).where(k.key_id == key.id)).one_or_none() is not None:
            raise BadInput("this key is enrolled already: a device that is enrolled anew makes a new key")
        replaced = connection.execute(
            update(device_key)
            .where(k.device == code.device, k.ends_at > now, k.revoked_at.is_(None))
            .values(ends_at=now)
        ).rowcount
        row = {
            "key_id": key.id,
            "device": code.device,
            "public_key": key.raw,
            "enrolled_at": now,
            "ends_at": now,
            "unsigned_stream": None if unsigned is None else unsigned.stream,
            "unsigned_made": None if unsigned is None else unsigned.made,
        }
        connection.execute(insert(connection, device_key), row)
        certificate = self._issue(connection, code.device, key, now)
        connection.execute(update(device_key).where(k.key_id == key.id).values(ends_at=certificate.ends_at))
        f = device_code_failure.c
        connection.execute(delete(device_code_failure).where(f.device_hash == _digest(code.device)))
        objects = {"device": code.device, "key": key.id, "certificate": certificate.serial}
        details = {"code_by": code.made_by, "keys_replaced": replaced}
        if unsigned is not None:
            details["unsigned_made"] = unsigned.made
        acts.add(Act(f"device:{code.device}", "device.enrol", "enrol with a code", None, objects, details))
        return certificate

    def _issue(
        self, connection: Connection, device: str, key: PublicKey, now: datetime, renews: str | None = None
    ) -> Certificate:
        certificate = self._authority.issue(device, key, now, self._certificate_life)
        row = {
            "serial": certificate.serial,
            "key_id": key.id,
            "issued_at": now,
            "ends_at": certificate.ends_at,
            "pem": certificate.pem,
            "renews": renews,
        }
        connection.execute(insert(connection, device_certificate), row)
        return certificate

    def _again(self, connection: Connection, hashed: str, key: PublicKey) -> Any:
        """The certificate that was given for this code and this very key, its answer lost, unless it was revoked."""
        c, k, d = device_certificate.c, device_key.c, device_code.c
        return connection.execute(
            select(device_certificate)
            .join(device_key, k.key_id == c.key_id)
            .join(device_code, d.used_by == k.key_id)
            .where(d.code_hash == hashed, k.public_key == key.raw, k.revoked_at.is_(None))
            .order_by(c.issued_at.desc())
            .limit(1)
        ).one_or_none()

    def _given(self, device: str, certificate: str, ends_at: datetime) -> Enrolled:
        trust = self._trust_key()
        return Enrolled(
            device, self._force, certificate, self._authority.pem, None if trust is None else trust.text, ends_at
        )

    def _wait_over(self, device: str, now: datetime) -> None:
        f = device_code_failure.c
        with read_transaction(self._engine) as connection:
            failed = connection.execute(
                select(device_code_failure).where(f.device_hash == _digest(device))
            ).one_or_none()
        if failed is not None and (left := failed.last_at + wait_after(failed.failures) - now) > timedelta(0):
            raise TooManyCodes(int(left.total_seconds()) + 1)

    def _refused(self, device: str, why: str, now: datetime) -> EnrolmentRefused:
        """Count a code that was not good. It is an act only for a device that is known: a stranger can invent names."""
        _log.warning("the enrolment of a device was refused: %s", why)
        f = device_code_failure.c
        with recorded(self._engine, self._log) as (connection, acts):
            connection.execute(delete(device_code_failure).where(f.last_at <= now - FAILURES_KEPT))
            failures = connection.execute(
                insert(connection, device_code_failure)
                .values(device_hash=_digest(device), failures=1, last_at=now)
                .on_conflict_do_update(
                    index_elements=["device_hash"], set_={"failures": f.failures + 1, "last_at": now}
                )
                .returning(f.failures)
            ).scalar_one()
            known = select(device_code.c.device).where(device_code.c.device == device).limit(1)
            if connection.execute(known).one_or_none() is not None:
                objects, details = {"device": device}, {"failures": failures}
                acts.add(Act("system:devices", "device.enrol-refused", why, None, objects, details))
        return EnrolmentRefused(why)


def _not_renewed(why: str) -> EnrolmentRefused:
    _log.warning("the renewal of a certificate was refused: %s", why)
    return EnrolmentRefused(why)


def _plain(code: str) -> str:
    """The code as it was made: case, hyphens and the letters that look like digits do not count."""
    return code.upper().translate(_SAME_CHARACTER)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
