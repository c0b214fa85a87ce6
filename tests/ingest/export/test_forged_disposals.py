"""Disposals that a force could forge, or leave out: nothing goes before its time or while it is held, nothing stays."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from governance.acts import Act
from governance.retention.receipt import leaf
from ingest.contract.base import new_id
from ingest.database import schema
from ingest.export.rows import check_here
from tests.ingest.cars import START
from tests.ingest.export.conftest import House
from tests.ingest.export.forging import found, last, logged, newest_alert, receipt_for, without, write

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_receipt_covers_nothing_that_came_later_or_is_still_there(house: House, tmp_path: Path) -> None:
    later = [entry.act for entry in house.log.read() if entry.act.act == "alert.raise"][-1]
    here, new = newest_alert(house).alert_id, new_id()
    receipt_for(house, here)
    receipt_for(house, new)
    logged(house, replace(later, objects={**later.objects, "alert": str(new)}))
    said = found(house, tmp_path / "export")
    assert any(f"alert {here} is still here, and a receipt of disposal says that it is gone" in one for one in said)
    assert any(f"alert {new}" in one and "is gone, and no receipt" in one for one in said), said


def test_what_was_held_did_not_go(house: House, tmp_path: Path) -> None:
    alert_id = newest_alert(house).alert_id
    ends_at = house.clock.now + timedelta(days=100)
    hold = house.retention.marking.hold("scrutiny", "MOPAC", "a panel", [alert_id], ends_at, "overseer")
    receipt_for(house, alert_id)
    without(house, alert_id)
    (said,) = found(house, tmp_path / "export")
    assert f"alert {alert_id} went by entry" in said
    assert f"while the hold {hold.hold_id} kept it" in said


def test_none_of_several_that_were_held_together_did_go(house: House, tmp_path: Path) -> None:
    with house.engine.connect() as connection:
        alerts = list(connection.execute(select(schema.alert.c.alert_id)).scalars())
    assert len(alerts) > 1
    ends_at = house.clock.now + timedelta(days=100)
    house.retention.marking.hold("scrutiny", "MOPAC", "a panel", alerts, ends_at, "overseer")
    receipt_for(house, *alerts)
    for each in alerts:
        without(house, each)
    said = found(house, tmp_path / "export")
    assert len(said) == len(alerts)
    assert all("while the hold" in one for one in said)


def test_a_receipt_of_another_kind_of_item_lets_no_alert_go(house: House, tmp_path: Path) -> None:
    alert_id = newest_alert(house).alert_id
    receipt_for(house, alert_id, place="sign-in-links")
    without(house, alert_id)
    assert any(f"alert {alert_id}" in one and "no receipt" in one for one in found(house, tmp_path / "export"))


def test_a_receipt_of_older_items_lets_no_younger_go(house: House, tmp_path: Path) -> None:
    alert_id = newest_alert(house).alert_id
    receipt_for(house, alert_id, since=START - timedelta(hours=2))
    without(house, alert_id)
    assert any(f"alert {alert_id}" in one and "no receipt" in one for one in found(house, tmp_path / "export"))


def test_a_second_receipt_of_one_batch_is_named(house: House, tmp_path: Path) -> None:
    batch = receipt_for(house, newest_alert(house).alert_id)
    again = last(house, "retention.dispose")
    logged(house, replace(again, details={**again.details, "receipt_sha256": "ab" * 32}))
    assert any(f"another receipt of the batch {batch}" in one for one in found(house, tmp_path / "export"))


def test_nothing_is_put_on_the_list_of_what_went_in_the_database(house: House) -> None:
    batch = receipt_for(house, new_id())
    assert check_here(house.engine, house.log).problems == []
    alert_id = newest_alert(house).alert_id
    write(house, insert(schema.disposed_item).values(leaf=leaf("alert", str(alert_id)), batch_id=batch))
    without(house, alert_id)
    said = check_here(house.engine, house.log).problems
    assert any(f"what is listed for batch {batch} is not what entry" in one for one in said)
    assert any(f"alert {alert_id}" in one and "is gone, and no receipt" in one for one in said)


def late(house: House, folder: Path, alert_id: UUID) -> bool:
    """Whether a verifier says that an alert should be gone."""
    logged(house, Act("somebody", "page.view", "the log goes on"))
    return any(f"alert {alert_id} is still here, and had to be gone by" in one for one in found(house, folder))


def test_what_nothing_keeps_is_not_kept(house: House, tmp_path: Path) -> None:
    """As somebody would who stops disposal; a hold or a class is in the log, and ends."""
    alert_id, now = newest_alert(house).alert_id, house.clock.now
    house.clock.forward(days=1)
    assert not late(house, tmp_path / "1", alert_id)
    marking = house.retention.marking
    marking.hold("scrutiny", "MOPAC", "a panel", [alert_id], now + timedelta(days=10), "overseer")
    house.clock.forward(days=10)
    assert not late(house, tmp_path / "2", alert_id)
    house.clock.forward(days=5)
    assert late(house, tmp_path / "3", alert_id)
    marking.classify(alert_id, "evidential-mopi-1", "a case", "manager")
    house.clock.forward(days=5)
    assert not late(house, tmp_path / "4", alert_id)
    marking.declassify(alert_id, "evidential-mopi-1", "no case", "manager")
    house.clock.forward(days=5)
    assert late(house, tmp_path / "5", alert_id)


def test_what_was_let_go_of_first_may_go(house: House, tmp_path: Path) -> None:
    alert_id = newest_alert(house).alert_id
    ends_at = house.clock.now + timedelta(days=100)
    hold = house.retention.marking.hold("scrutiny", "MOPAC", "a panel", [alert_id], ends_at, "overseer")
    house.clock.forward(days=1)
    house.retention.marking.end(UUID(hold.hold_id), "the panel sat", "overseer")
    receipt_for(house, alert_id)
    without(house, alert_id)
    assert found(house, tmp_path / "export") == []
