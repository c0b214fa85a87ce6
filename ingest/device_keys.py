"""The keys that devices were enrolled with: which are good, which were revoked, and why."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, or_, select, update

from governance.devices.authority import Revoked
from governance.devices.enrolled import EnrolledKey
from governance.devices.export import KeyRecord
from governance.keys import PublicKey
from governance.log import Act, Log
from ingest.clock import Clock
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import device_certificate, device_code, device_key
from ingest.errors import NotFound
from ingest.logged_text import logged_text

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key, and what its device had numbered without one: messages of unsigned_stream up to unsigned_made."""

    key: EnrolledKey
    unsigned_stream: UUID | None = None
    unsigned_made: int = 0


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A device's key as an administrator sees it. state is "good", "ended" or "revoked"."""

    device: str
    key: str
    state: str
    enrolled_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    revoked_why: str | None


class DeviceKeys:
    """The keys of one centre's devices."""

    def __init__(self, engine: Engine, log: Log, clock: Clock) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock

    def of(self, devices: Collection[str]) -> dict[str, dict[str, KnownKey]]:
        """Every key that these devices were ever enrolled with, by device and by the key's id."""
        found: dict[str, dict[str, KnownKey]] = {}
        if devices:
            with read_transaction(self._engine) as connection:
                query = select(device_key).where(device_key.c.device.in_(sorted(devices)))
                for row in connection.execute(query):
                    known = KnownKey(enrolled_key(row), row.unsigned_stream, row.unsigned_made or 0)
                    found.setdefault(row.device, {})[row.key_id] = known
        return found

    def all(self) -> list[DeviceIdentity]:
        """Every key of every device, by device, the newest first."""
        now = self._clock()
        with read_transaction(self._engine) as connection:
            rows = connection.execute(
                select(device_key).order_by(device_key.c.device, device_key.c.enrolled_at.desc())
            ).all()
        return [
            DeviceIdentity(
                row.device,
                row.key_id,
                _state(row, now),
                row.enrolled_at,
                row.ends_at,
                row.revoked_at,
                row.revoked_by,
                row.revoked_why,
            )
            for row in rows
        ]

    def revoke(self, device: str, why: str, by: str) -> int:
        """Revoke every key of a device, and void its codes; give how many keys that was.

        From the commit on the centre takes nothing that they signed. A broker must be given the new list of revoked
        certificates. Raises BadInput without a reason, NotFound for a device with no key that could be revoked.
        """
        reason, now = logged_text("why", why, LONGEST_REASON), self._clock()
        k = device_key.c
        with recorded(self._engine, self._log) as (connection, acts):
            revoked = connection.execute(
                update(device_key)
                .where(k.device == device, k.revoked_at.is_(None))
                .values(revoked_at=now, revoked_by=by, revoked_why=reason)
                .returning(k.key_id)
            ).scalars()
            keys = sorted(revoked)
            if not keys:
                raise NotFound(f"there is no key of the device {device!r} that could be revoked")
            c = device_code.c
            connection.execute(
                update(device_code).where(c.device == device, c.used_at.is_(None), c.ends_at > now).values(ends_at=now)
            )
            for key in keys:
                acts.add(Act(by, "device.revoke", reason, None, {"device": device, "key": key}))
        return len(keys)

    def revoked_certificates(self) -> list[Revoked]:
        """The certificates that a broker must not take any more though their time is not over.

        Those of a key that another key has taken the place of are among them.
        """
        k, c = device_key.c, device_certificate.c
        with read_transaction(self._engine) as connection:
            rows = connection.execute(
                select(c.serial, k.revoked_at, k.ends_at)
                .join(device_key, k.key_id == c.key_id)
                .where(or_(k.revoked_at.is_not(None), k.ends_at < c.ends_at), c.ends_at > self._clock())
                .order_by(c.serial)
            ).all()
        return [Revoked(row.serial, row.revoked_at or row.ends_at) for row in rows]

    def records(self) -> Iterator[KeyRecord]:
        """Every key with its certificates, for an export."""
        k, c = device_key.c, device_certificate.c
        with read_transaction(self._engine) as connection:
            keys = connection.execute(select(device_key).order_by(k.device, k.enrolled_at, k.key_id)).all()
            certificates: dict[str, list[str]] = {}
            for row in connection.execute(select(c.key_id, c.pem).order_by(c.issued_at, c.ends_at)):
                certificates.setdefault(row.key_id, []).append(row.pem)
        for row in keys:
            yield KeyRecord(enrolled_key(row), tuple(certificates.get(row.key_id, ())))


def enrolled_key(row: Any) -> EnrolledKey:
    """A row of device_key as what decisions are made over."""
    return EnrolledKey(row.device, PublicKey(row.public_key), row.enrolled_at, row.ends_at, row.revoked_at)


def _state(row: Any, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "ended" if row.ends_at <= now else "good"
