"""What a force could try that has the database, every key of its service and a program of its own making, and the
overseer nothing but the export, pinned keys and the head of the day before: each is named.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from governance.acts import Act
from governance.authority.statement import STATEMENT
from governance.authority.states import Step
from governance.commitments import commit
from governance.export.devices import check_devices
from governance.export.layout import Made
from governance.export.logged import gather
from governance.export.report import in_words
from governance.export.row import Row, RowKey
from governance.retention.places import PLACES
from governance.retention.receipt import Receipt, items_digest, leaf
from governance.signed import Signed
from ingest.contract.base import format_utc_ms, new_id
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.database.recorded import recorded
from ingest.export.content import content_of_alert
from ingest.export.rows import check_here
from tests.governance.authority.drawn import proposal
from tests.ingest.authorities.conftest import BRAND, PASSPHRASE, WICK
from tests.ingest.cars import START
from tests.ingest.export.conftest import House, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def write(house: House, *statements: Any) -> None:
    with write_transaction(house.engine) as connection:
        for statement in statements:
            connection.execute(statement)


def logged(house: House, *acts: Act) -> None:
    """As the service writes it: in a transaction that is committed."""
    with recorded(house.engine, house.log) as (_, kept):
        kept.add(*acts)


def last(house: House, act: str) -> Act:
    return [entry.act for entry in house.log.read() if entry.act.act == act][-1]


def newest_alert(house: House) -> Any:
    with house.engine.connect() as connection:
        return connection.execute(select(schema.alert).order_by(schema.alert.c.received_at.desc())).first()


def without(house: House, alert_id: UUID) -> None:
    """Delete an alert and its answers."""
    write(
        house,
        delete(schema.answer).where(schema.answer.c.alert_id == alert_id),
        delete(schema.alert).where(schema.alert.c.alert_id == alert_id),
    )


def receipt_for(house: House, *alerts: UUID, since: datetime = START, place: str = "alerts") -> UUID:
    """A receipt for alerts, signed with the service's key and in the log, under the rule of the place as from now."""
    now, batch, leaves = format_utc_ms(house.clock.now), new_id(), sorted(leaf("alert", str(one)) for one in alerts)
    rules, holds = house.retention.rules.current(), PLACES[place]
    item_class = holds.classes[0]
    rule = rules.rules[item_class]
    old = format_utc_ms(since)
    document = Receipt(
        batch=str(batch),
        force="met",
        place=place,
        kind=holds.kind,
        item_class=item_class,
        rule={
            "keep_at_least": rule.keep_at_least.text if rule.keep_at_least else None,
            "delete_by": rule.delete_by.text if rule.delete_by else None,
            "clock": rule.since.value,
            "legal_basis": rule.legal_basis,
            "standing": rule.standing,
        },
        rules_sha256=rules.sha256,
        items=len(leaves),
        items_sha256=items_digest(leaves),
        clock_from=old,
        clock_until=old,
        go_by=now,
        removed={"alert": len(leaves)},
        checked=("database: alert",),
        intended_at=now,
        removed_at=now,
        checked_at=now,
    ).sign(house.receipts)
    row = {
        "batch_id": batch,
        "place": place,
        "item_class": item_class,
        "state": "done",
        "rules_sha256": rules.sha256,
        "item_list": None,
        "body": {},
        "intended_at": house.clock.now,
        "number": len(leaves),
        "tries": 0,
        "next_try_at": house.clock.now,
        "trouble": "",
        "receipt": document.to_bytes(),
        "done_at": house.clock.now,
    }
    write(
        house,
        insert(schema.disposal_batch).values(row),
        *[insert(schema.disposed_item).values(leaf=one, batch_id=batch) for one in leaves],
    )
    details = {
        "receipt_sha256": document.digest,
        "place": place,
        "items_sha256": items_digest(leaves),
        "clock_until": old,
    }
    logged(house, Act("system:retention", "retention.dispose", "kept no longer", None, {"batch": str(batch)}, details))
    return batch


def found(house: House, folder: Path) -> list[str]:
    house.export(folder)
    return words(house.verify(folder))


def test_an_export_cannot_say_that_it_began_long_ago(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    house.clock.forward(days=1)
    without(house, newest_alert(house).alert_id)
    house.export(folder)
    for settled in (0, -(10**15)):
        (folder / "export.json").write_bytes(Made("met", house.clock.now, settled).sign(house.receipts))
        said = words(house.verify(folder))
        assert any("is gone, and no receipt of disposal covers it" in one for one in said), settled


def test_the_word_of_an_earlier_export_does_not_serve_a_later_one(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "first")
    house.clock.forward(days=2)
    house._work()
    alert = newest_alert(house)
    house.clock.forward(days=1)
    without(house, alert.alert_id)
    house.export(tmp_path / "second")
    (tmp_path / "second" / "export.json").write_bytes((tmp_path / "first" / "export.json").read_bytes())
    said = words(house.verify(tmp_path / "second"))
    assert any("no export takes so long" in one for one in said)
    assert any(f"alert {alert.alert_id}" in one and "is gone" in one for one in said)


def test_a_row_is_not_changed_by_logging_it_again(house: House, tmp_path: Path) -> None:
    answer = last(house, "alert.answer")
    alert = newest_alert(house)
    house.clock.forward(days=30)
    key = UUID(answer.objects["answer"])
    other = dict(alert._mapping) | {"read": {**alert.read, "vrm": "XX99XXX"}}
    commitment = commit(content_of_alert(other), bytes(alert.salt))
    write(
        house,
        update(schema.answer).where(schema.answer.c.answer_id == key).values(outcome="misread"),
        update(schema.alert)
        .where(schema.alert.c.alert_id == alert.alert_id)
        .values(read=other["read"], commitment=commitment),
    )
    raised = next(
        entry.act
        for entry in house.log.read()
        if entry.act.act == "alert.raise" and entry.act.objects["alert"] == str(alert.alert_id)
    )
    logged(
        house,
        replace(answer, details={**answer.details, "outcome": "misread"}),
        replace(raised, commitments={**raised.commitments, "alert": commitment}),
    )
    said = found(house, tmp_path / "export")
    for name in (f"answer {key}", f"alert {alert.alert_id}"):
        assert any(f"commits to another content of {name}" in one for one in said), said


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


def test_a_second_list_of_keys_of_one_number_is_named(house: House, tmp_path: Path) -> None:
    trusted = last(house, "authority.key-trust")
    logged(house, replace(trusted, details={**trusted.details, "sha256": "ab" * 32}))
    assert any("names another list of keys" in one for one in found(house, tmp_path / "export"))


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


def test_what_was_let_go_of_first_may_go(house: House, tmp_path: Path) -> None:
    alert_id = newest_alert(house).alert_id
    ends_at = house.clock.now + timedelta(days=100)
    hold = house.retention.marking.hold("scrutiny", "MOPAC", "a panel", [alert_id], ends_at, "overseer")
    house.clock.forward(days=1)
    house.retention.marking.end(UUID(hold.hold_id), "the panel sat", "overseer")
    receipt_for(house, alert_id)
    without(house, alert_id)
    assert found(house, tmp_path / "export") == []


def test_a_clock_ahead_for_one_entry_explains_nothing_later(house: House, tmp_path: Path) -> None:
    now = house.clock.now
    house.clock.now = now + timedelta(days=3_650)
    logged(house, Act("system:x", "service.start", "a clock that was wrong for a moment"))
    house.clock.now = now + timedelta(minutes=1)
    house._work()
    raised = [entry for entry in house.log.read() if entry.act.act == "alert.raise"][-1]
    for _ in range(5):
        house.clock.forward(days=1)
        logged(house, Act("somebody", "page.view", "a day goes by"))
    without(house, UUID(raised.act.objects["alert"]))
    why = {"entry": raised.index, "why": "the process ended before the commit", "certain": True}
    logged(house, Act(raised.act.actor, "alert.raise.not-done", "it did not", None, raised.act.objects, why))
    said = found(house, tmp_path / "export")
    assert any("no crash explains it" in one for one in said), said


@pytest.mark.parametrize(
    "act",
    [
        Act("x", "alert.raise", "x", commitments={"alert": "ab" * 32}),
        Act("x", "alert.raise", "x", None, {"alert": "a"}),
        Act("x", "device.chain.head", "x", details={"seq": 1, "link": "00"}),
        Act("x", "device.chain.head", "x", None, {"device": "car-7", "stream": "no uuid"}, {"seq": 1, "link": "00"}),
        Act("x", "authority.use", "x", None, {"authority": "none"}, {"act": "list.publish"}),
        Act("x", "authority.grant", "x", None, {"authority": "none"}, {"number": 1}),
        Act("x", "list.entry.add", "x", None, {"list": "none"}),
        Act("x", "retention.change", "x", "A-1", {"retention-rules": "2"}),
        Act("x", "retention.hold", "x", None, {"hold": "h", "item": "i"}),
        Act("x", "reads.search", "x", None, {"search": "s"}),
    ],
    ids=lambda act: act.act,
)
def test_an_entry_that_lacks_what_it_must_say_is_named(house: House, tmp_path: Path, act: Act) -> None:
    logged(house, act)
    index = next(entry.index for entry in house.log.read() if entry.act == act or entry.act.purpose == "x")
    assert any(f"entry {index} " in one for one in found(house, tmp_path / "export"))


def test_two_heads_of_a_chain_for_one_number_are_named(house: House, tmp_path: Path) -> None:
    with house.engine.connect() as connection:
        link = connection.execute(select(schema.device_link)).mappings().first()
    assert link is not None
    objects = {"device": link["device"], "stream": str(link["stream"])}
    for text in ("ab" * 32, bytes(link["link"]).hex()):
        logged(house, Act("system:intake", "device.chain.head", "x", None, objects, {"seq": link["seq"], "link": text}))
    assert any("another head of a chain" in one for one in found(house, tmp_path / "export"))


def test_no_name_in_an_export_writes_over_the_screen(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "export")
    with (tmp_path / "export" / "rows.jsonl").open("ab") as file:
        file.write(Row(RowKey("search", "z\x1b[2JEverything holds.\n\x1b[8m"), None).to_line())
    said = "".join(in_words(house.verify(tmp_path / "export")))
    assert "\x1b" not in said
    assert "\\x1b[2JEverything holds." in said


def test_what_is_said_not_to_have_happened_is_shown_whatever_else_is(house: House, tmp_path: Path) -> None:
    house._work()
    raised = [entry for entry in house.log.read() if entry.act.act == "alert.raise"][-1]
    without(house, UUID(raised.act.objects["alert"]))
    why = {"entry": raised.index, "why": "the process ended before the commit", "certain": True}
    logged(house, Act(raised.act.actor, "alert.raise.not-done", "it did not", None, raised.act.objects, why))
    house.export(tmp_path / "export")
    for number in range(120):
        (tmp_path / "export" / "log" / f".{number}").write_text("")
    report = house.verify(tmp_path / "export")
    assert any("did not happen" in note for part in report.parts for note in part.notes)
