"""Disposal: what must go is gone from every place, on time, with a receipt; what may not go stays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, update

from governance.retention.receipt import items_digest, leaf
from ingest.contract.base import format_utc_ms, new_id
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.errors import ClockDoubted
from tests.ingest.cars import a_read

YEAR = {"days": 366}
ANSWERS_ALONE = ["SCAN answer"]
"""Answers without an alert have no index of their own time: there are few answers, and few of them are without."""


def test_a_read_goes_after_twelve_months_and_not_before(house: Any) -> None:
    old = house.read()
    house.clock.forward(days=364)
    assert not house.retention.run().disposed
    house.clock.forward(days=1)
    run = house.retention.run()
    assert dict(run.disposed) == {("reads", "anpr-read"): 1}
    assert not house.has(schema.read, old)
    assert not house.retention.run().disposed


def test_what_must_be_gone_before_the_round_after_next_goes_now(house: Any) -> None:
    house.read()
    house.clock.forward(days=365, minutes=-31)
    assert not house.retention.run().disposed
    house.clock.forward(minutes=1)
    assert house.retention.run().disposed, "so nothing is ever here past its time"
    assert house.retention.late() == []


def test_the_receipt_says_what_went_under_which_rule_and_is_in_the_log(house: Any) -> None:
    ids = house.reads(3, house.clock())
    first = house.clock()
    house.clock.forward(**YEAR)
    run = house.retention.run()
    (receipt,) = house.receipts()
    assert receipt.batch == str(run.receipts[0])
    assert (receipt.place, receipt.item_class, receipt.items, receipt.removed) == ("reads", "anpr-read", 3, {"read": 3})
    assert receipt.items_sha256 == items_digest(leaf("read", str(one)) for one in ids)
    assert (receipt.clock_from, receipt.rule["delete_by"]) == (format_utc_ms(first), "P12M")
    assert receipt.checked == ("database: read",)
    (act,) = house.acts("retention.dispose")
    assert act.operation == "erasure"
    assert act.objects == {"batch": receipt.batch}
    assert act.details["items_sha256"] == receipt.items_sha256
    assert str(ids[0]) not in str(act), "metadata alone"
    assert house.log.verify().ok


def test_a_whole_case_goes_from_every_place(house: Any) -> None:
    entry = house.entry()
    alert_id, read_id = house.hit(entry=entry)
    house.answer(alert_id)
    image_id, key = house.picture(read_id)
    house.pictures.keep(house.spool.image(read_id, data=b"again").body, b"again")
    house.clock.forward(days=60)
    with write_transaction(house.engine) as connection:
        connection.execute(update(schema.voi_entry).values(removed_at=house.clock()))
    house.clock.forward(days=366 - 60)
    house.retention.run()
    assert [house.count(table) for table in (schema.alert, schema.answer, schema.read, schema.image)] == [0, 0, 0, 0]
    assert not house.objects.is_there(key)
    assert house.has(schema.voi_entry, entry), "its time began when it was removed"
    house.clock.forward(days=60)
    house.retention.run()
    assert not house.has(schema.voi_entry, entry)
    assert {receipt.place for receipt in house.receipts()} >= {"pictures", "alerts", "reads", "list-entries"}
    (gone,) = house.retention.explain(image_id)
    assert gone.gone is not None


def test_a_picture_stays_as_long_as_its_alert_and_goes_with_it(house: Any) -> None:
    at = house.clock()
    _, read_id = house.hit(read=a_read(captured_at=at - timedelta(days=30)), made_at=at)
    image_id, key = house.picture(read_id)
    house.clock.forward(days=340)
    assert dict(house.retention.run().disposed) == {("reads", "anpr-read"): 1}
    assert house.has(schema.image, image_id)
    house.clock.forward(days=30)
    assert dict(house.retention.run().disposed) == {("pictures", "anpr-hit"): 1, ("alerts", "anpr-hit"): 1}
    assert not house.objects.is_there(key)


def test_a_picture_of_a_read_without_a_hit_goes_with_the_read(house: Any) -> None:
    read_id = house.read()
    image_id, key = house.picture(read_id)
    house.clock.forward(**YEAR)
    assert dict(house.retention.run().disposed) == {("pictures", "anpr-read"): 1, ("reads", "anpr-read"): 1}
    assert not house.objects.is_there(key)
    assert not house.has(schema.image, image_id)


def test_a_picture_whose_hit_never_came_goes_too(house: Any) -> None:
    _, key = house.picture(new_id())
    house.clock.forward(**YEAR)
    assert dict(house.retention.run().disposed) == {("pictures", "anpr-read"): 1}
    assert not house.objects.is_there(key)


def test_an_alert_whose_keep_at_least_has_not_passed_stays_whatever_the_rules_become(house: Any) -> None:
    house.hit()
    change = house.retention.propose(house.rules_with(anpr_hit="P31D"), "shorter", "AUTH-1", "admin")
    house.clock.forward(days=8)
    house.retention.run()
    assert house.retention.rules.current().sha256 == change.sha256
    house.clock.forward(days=22, hours=23, minutes=45)
    assert not house.retention.run().disposed
    house.clock.forward(minutes=15)
    assert dict(house.retention.run().disposed) == {("alerts", "anpr-hit"): 1}


def test_a_device_forty_minutes_ahead_gains_nothing_by_it(house: Any) -> None:
    ahead = house.read(captured_at=house.clock() + timedelta(minutes=40))
    far = house.read(captured_at=house.clock() + timedelta(days=9_000))
    house.clock.forward(days=365)
    house.retention.run()
    assert not house.has(schema.read, ahead)
    assert not house.has(schema.read, far), "a clock set to 2051 does not keep a read until 2052"


def test_a_leap_day_ends_with_february(house: Any) -> None:
    house.clock.now = house.clock.now.replace(year=2028, month=2, day=29)
    read_id = house.read()
    house.clock.now = house.clock.now.replace(year=2029, month=2, day=28, hour=23, minute=29, second=0)
    house.retention.run()
    assert house.has(schema.read, read_id)
    house.clock.forward(minutes=2)
    house.retention.run()
    assert not house.has(schema.read, read_id)


def test_a_centres_clock_that_goes_back_undoes_nothing(house: Any) -> None:
    house.read()
    house.clock.forward(**YEAR)
    house.retention.run()
    house.clock.forward(hours=-1)
    with pytest.raises(ClockDoubted, match="already"):
        house.retention.run()
    assert len(house.receipts()) == 1


def test_many_reads_go_in_batches_and_one_read_with_a_hold_stays(house: Any) -> None:
    ids = house.reads(2_050, house.clock())
    house.clock.forward(days=300)
    house.retention.marking.hold("legal", "DPS", "complaint 7", [ids[1_000]], house.clock() + timedelta(days=300), "x")
    house.clock.forward(days=66)
    run = house.retention.run()
    assert run.disposed["reads", "anpr-read"] == 2_049
    assert [receipt.items for receipt in house.receipts()] == [2_000, 49]
    assert house.has(schema.read, ids[1_000])
    house.clock.forward(days=300)
    assert house.retention.run().disposed["reads", "anpr-read"] == 1, "a hold that has ended stops by itself"


def test_a_read_of_a_case_stays_until_the_case_is_closed_and_reviewed(house: Any) -> None:
    alert_id, read_id = house.hit()
    house.picture(read_id)
    house.retention.marking.classify(alert_id, "evidential-mopi-3", "CR/1", "dc")
    house.clock.forward(days=4_000)
    assert not house.retention.run().disposed
    house.retention.marking.declassify(alert_id, "evidential-mopi-3", "acquitted", "dc")
    assert sum(house.retention.run().disposed.values()) == 3


@pytest.mark.parametrize(
    ("table", "row", "days"),
    [
        (
            schema.quarantine,
            {"quarantine_id": UUID(int=1), "times": 1, "topic": "t", "reason": "r", "sha256": "0", "size_bytes": 1},
            31,
        ),
        (schema.sign_in_failure, {"name_hash": "h", "failures": 3}, 7),
    ],
)
def test_what_came_and_was_no_use_goes(house: Any, table: Any, row: dict[str, Any], days: int) -> None:
    more: dict[str, Any] = {"last_at": house.clock()}
    if "received_at" in table.c:
        more |= {"received_at": house.clock(), "payload": b"AB12CDE"}
    house._insert(table, row | more)
    house.clock.forward(days=days - 1)
    house.retention.run()
    assert house.count(table) == 1
    house.clock.forward(days=1)
    house.retention.run()
    assert house.count(table) == 0


def test_what_a_search_asked_for_goes_and_that_somebody_searched_stays(house: Any) -> None:
    at = house.clock()
    row = {"search_id": new_id(), "account": "dc", "made_at": at, "purpose": "crime", "reference": "CR/1"}
    row |= {"on_behalf_of": "DI", "tier": "recent", "starts_at": at, "ends_at": at, "results": 1, "more": False}
    row |= {"repeated": False, "question": '{"marks": ["AB12CDE"]}', "salt": b"s" * 32, "commitment": "0" * 64}
    house._insert(schema.search, row)
    for digest in ("one", "two"):
        house._insert(schema.search_target, {"search_id": row["search_id"], "digest": digest, "made_at": at})
    house.clock.forward(days=28)
    house.retention.run()
    assert house.count(schema.search_target) == 0
    house.clock.forward(days=65)
    house.retention.run()
    assert house.count(schema.search) == 1
    with house.engine.connect() as connection:
        kept = connection.execute(schema.search.select()).one()
    assert (kept.question, kept.salt, kept.reference) == (None, None, "CR/1")
    assert {receipt.place for receipt in house.receipts()} == {"search-digests", "search-questions"}


def test_an_answer_whose_alert_never_came_goes(house: Any) -> None:
    house.answer(new_id())
    house.clock.forward(**YEAR)
    assert dict(house.retention.run().disposed) == {("loose-answers", "anpr-hit"): 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_statement_goes_through_a_whole_table(house: Any) -> None:
    """With hundreds of millions of reads it would never end. SQLite says how it goes about each statement."""
    house.reads(20, house.clock())
    _, read_id = house.hit()
    house.picture(read_id)
    house.clock.forward(**YEAR)
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "DELETE")):
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())

    event.listen(house.engine, "before_cursor_execute", explain)
    assert house.retention.run().disposed
    event.remove(house.engine, "before_cursor_execute", explain)
    large = ("read", "alert", "image", "answer")
    assert [plan for plan in plans if plan.startswith(tuple(f"SCAN {name}" for name in large))] == ANSWERS_ALONE


def test_nothing_of_a_mark_is_left_in_the_file(house: Any, tmp_path: Any) -> None:
    """SQLite alone: its free pages and its write-ahead log would keep what was deleted."""
    if house.engine.dialect.name != "sqlite":  # PostgreSQL clears its pages by itself, later
        return
    house.read(vrm="QX99QXQ")
    house.hit(read=a_read("QX99QXQ", captured_at=house.clock()))
    house.clock.forward(**YEAR)
    house.retention.run()
    house.engine.dispose()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("centre.db")]
    assert files
    assert all(b"QX99QXQ" not in path.read_bytes() for path in files)
