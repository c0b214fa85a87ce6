"""What a force could say later of who allowed what, and with which keys: the log had its say first."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from governance.acts import Act
from governance.authority.statement import STATEMENT
from governance.authority.states import Step
from governance.export.devices import check_devices
from governance.export.gathering import gather
from governance.signed import Signed
from ingest.contract.base import format_utc_ms, new_id
from ingest.database import schema
from tests.governance.authority.drawn import proposal
from tests.ingest.authorities.conftest import BRAND, PASSPHRASE, WICK
from tests.ingest.export.conftest import House
from tests.ingest.export.forging import found, last, logged, write

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Secret:
    """An authority for a list, asked for and not decided; what is done under it is logged by a program of one's own."""

    def __init__(self, house: House) -> None:
        self.house, self.office = house, house.office
        begins, ends = house.clock.now, house.clock.now + timedelta(days=20)
        times = {"starts_at": format_utc_ms(begins), "ends_at": format_utc_ms(ends), "review_at": format_utc_ms(ends)}
        asked = proposal(scope={"kind": "anpr-list", "lists": ["SECRET"]}, **times)
        requests = self.office.authorities.requests
        self.id = requests.submit(requests.draft(asked, "constable", WICK), WICK)

    def use(self) -> int:
        """Log a use, and give its entry."""
        objects = {"authority": str(self.id), "use": str(new_id()), "object": "SECRET"}
        used = Act("manager", "authority.use", "publish", str(self.id), objects, {"act": "list.publish"})
        logged(self.house, used)
        return self.house.log.size - 1

    def named(self, folder: Path, index: int) -> bool:
        """Whether a verifier names that use."""
        said = found(self.house, folder)
        return any(one.startswith(f"entry {index} of the log says that list.publish was done under") for one in said)


@pytest.fixture
def secret(house: House) -> Secret:
    return Secret(house)


def test_a_grant_after_the_use_allows_nothing_whatever_its_date(house: House, secret: Secret, tmp_path: Path) -> None:
    """The officer and the log's clock both dated back."""
    began = house.clock.now
    house.clock.forward(minutes=5)
    used = secret.use()
    house.clock.now = began + timedelta(minutes=1)
    secret.office.step(secret.id, Step.GRANT, BRAND)
    house.clock.now = began + timedelta(minutes=10)
    again = secret.use()
    assert secret.named(tmp_path / "1", used)
    assert not secret.named(tmp_path / "2", again)


def test_a_grant_that_is_dated_back_long_after_is_named(house: House, secret: Secret, tmp_path: Path) -> None:
    began = house.clock.now
    house.clock.forward(days=4)
    secret.office.authorities.steps._clock = lambda: began
    secret.office.step(secret.id, Step.GRANT, BRAND)
    said = found(house, tmp_path / "export")
    assert any("statement 1 says that it was signed at" in one for one in said), said


def test_a_suspension_that_becomes_a_review_is_named(house: House, secret: Secret, tmp_path: Path) -> None:
    secret.office.step(secret.id, Step.GRANT, BRAND)
    secret.office.step(secret.id, Step.SUSPEND, BRAND)
    key, _ = secret.office.authorities.keys.unlock(PASSPHRASE, BRAND)
    table = schema.authority_statement
    mine = (table.c.authority_id == secret.id) & (table.c.number == 2)
    with house.engine.connect() as connection:
        row = connection.execute(select(table).where(mine)).one()
    review = Signed.make(STATEMENT, dict(Signed.parse(bytes(row.document), STATEMENT).body) | {"step": "review"}, key)
    write(house, update(table).where(mine).values(document=review.to_bytes()))
    old = last(house, "authority.suspend")
    logged(house, replace(old, act="authority.review", details={**old.details, "statement": review.digest}))
    said = found(house, tmp_path / "export")
    assert any("names another statement 2 than entry" in one for one in said), said


def test_a_second_list_of_keys_of_one_number_is_named(house: House, tmp_path: Path) -> None:
    trusted = last(house, "authority.key-trust")
    logged(house, replace(trusted, details={**trusted.details, "sha256": "ab" * 32}))
    assert any("names another list of keys" in one for one in found(house, tmp_path / "export"))


@pytest.mark.parametrize(
    ("version", "said"), [(9, "which no entry before it published"), (2, "which had no vehicles on it")]
)
def test_no_car_read_with_a_list_that_nobody_was_told_of(house: House, tmp_path: Path, version: int, said: str) -> None:
    raised = last(house, "alert.raise")
    empty = {"version": 2, "entries": 0, "chunks": 0, "sha256": ""}
    logged(house, Act("manager", "list.publish", "x", None, {"list": raised.objects["list"]}, empty))
    details = {**raised.details, "list_version": version}
    logged(house, replace(raised, objects={**raised.objects, "alert": str(new_id())}, details=details))
    assert any(said in one for one in found(house, tmp_path / "export"))


def a_key(house: House) -> Any:
    with house.engine.connect() as connection:
        return connection.execute(select(schema.device_key)).first()


def test_a_key_that_nobody_enrolled_signs_for_no_device(house: House, tmp_path: Path) -> None:
    """As one would be that was put into the database with a certificate of the force's own authority."""
    key = a_key(house)
    enrolled = next(e for e in house.log.read() if e.act.objects.get("key") == key.key_id)
    entries = [entry for entry in house.log.read() if entry.index != enrolled.index]
    known = gather(entries, house.log.size)
    house.export(tmp_path / "export")
    part = check_devices(tmp_path / "export" / "devices", house.sources.keys.devices_ca, known)
    assert any(f"{key.key_id} of device {key.device}: no entry of the log enrolled it" in one for one in part.problems)


def test_a_device_that_was_left_out_is_named(house: House, tmp_path: Path) -> None:
    key = a_key(house)
    with closing(sqlite3.connect(str(house.engine.url.database))) as connection:  # which asks after no other table
        connection.execute("DELETE FROM device_certificate WHERE key_id = ?", (key.key_id,))
        for table in ("device_link", "device_stream", "device_key"):
            connection.execute(f"DELETE FROM {table} WHERE device = ?", (key.device,))  # noqa: S608 - our own names
        connection.commit()
    said = found(house, tmp_path / "export")
    assert any(f"{key.key_id} of device {key.device}, of entry" in one and "is not there" in one for one in said)


def test_a_revocation_that_is_taken_back_is_named(house: House, tmp_path: Path) -> None:
    key = a_key(house)
    house.desk.keys.revoke(key.device, "stolen", "admin")
    assert found(house, tmp_path / "1") == []
    mine = schema.device_key.c.key_id == key.key_id
    write(house, update(schema.device_key).where(mine).values(revoked_at=house.clock.now - timedelta(days=9)))
    assert any("was not revoked when entry" in one for one in found(house, tmp_path / "2"))
    write(house, update(schema.device_key).where(mine).values(revoked_at=None))
    assert any("was revoked by entry" in one for one in found(house, tmp_path / "3"))
