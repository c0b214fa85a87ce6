"""What fails is tried again, ever less often, and raised when it is late; what cannot go stops nothing else."""

import hashlib
import threading
from datetime import timedelta
from typing import Any

import pytest
from minio import Minio
from sqlalchemy import select, update

from governance.errors import LogFull
from governance.retention.rules import RuleSet
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.retention import batches
from ingest.retention.items import Place
from tests.ingest.cars import a_read

YEAR = {"days": 366}


def open_batches(house: Any) -> list[Any]:
    with house.engine.connect() as connection:
        return batches.open_batches(connection)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_while_the_store_is_away_the_database_is_disposed_of_and_the_pictures_wait(house: Any, store: Any) -> None:
    alert_id, read_id = house.hit()
    _, key = house.picture(read_id)
    lonely = house.read()
    house.clock.forward(**YEAR)
    store.stop()
    run = house.retention.run()
    assert set(run.failed) >= {"pictures"}
    assert not house.has(schema.read, lonely)
    assert house.has(schema.read, read_id), "a read waits for its picture: nothing is half gone"
    (batch,) = open_batches(house)
    assert (batch.state, batch.tries) == ("intended", 1)
    house.clock.forward(hours=2)
    assert any("pictures" in one.words for one in house.retention.late())
    assert house.counters.snapshot()["disposal_retries"] >= 1
    store.start()
    run = house.retention.run()
    assert {place for place, _ in run.disposed} == {"pictures", "reads"}
    assert not house.has(schema.read, read_id)
    assert not house.has(schema.alert, alert_id)
    assert not house.objects.is_there(key)
    assert house.retention.late() == []


def test_back_off_grows_to_an_hour(house: Any) -> None:
    house.read()
    house.clock.forward(**YEAR)
    house.retention._disposal._log = FullLog()
    waits = []
    for _ in range(9):
        house.retention.round()
        (batch,) = open_batches(house)
        waits.append(batch.next_try_at - house.clock())
        house.retention.round()
        assert open_batches(house)[0].tries == len(waits), "not before its time"
        house.clock.now = batch.next_try_at
    assert waits == [timedelta(minutes=min(60, 2**tries)) for tries in range(9)]


class FullLog:
    """A log on a disk without room."""

    def append(self, *acts: Any) -> Any:
        raise LogFull("no room")


def test_one_object_that_the_store_will_not_let_go_stops_no_other(
    house: Any, store_settings: Any, raw_client: Minio
) -> None:
    """Somebody put a legal hold on it in the store, past us: it stays, and is said to be late."""
    keys = []
    for _ in range(4):
        _, read_id = house.hit(read=a_read(captured_at=house.clock()))
        keys.append(house.picture(read_id)[1])
    raw_client.enable_object_legal_hold(store_settings.bucket, keys[1])
    house.clock.forward(**YEAR)
    for _ in range(4):
        house.retention.run()
    assert [house.objects.is_there(key) for key in keys] == [False, True, False, False]
    assert house.count(schema.read) == 1, "the read of that picture waits for it"
    (batch,) = open_batches(house)
    assert len(batch.items) == 1
    assert "legal hold" in batch.trouble
    house.clock.forward(hours=2)
    assert any("being disposed of since then" in one.words for one in house.retention.late())
    raw_client.disable_object_legal_hold(store_settings.bucket, keys[1])
    house.retention.run()
    assert house.count(schema.read) == 0
    assert sum(receipt.items for receipt in house.receipts() if receipt.place == "pictures") == 4


def test_an_object_that_comes_back_is_removed_again_and_no_receipt_says_otherwise(house: Any) -> None:
    _, read_id = house.hit()
    _, key = house.picture(read_id)
    house.clock.forward(**YEAR)
    (place,) = [one for one in house.retention.places if one.name == "pictures"]
    comes_back = ComesBack(place, house.objects, key)
    retention = house.open(more=())
    retention.places = (comes_back, *retention.places[1:])
    retention._disposal._places = retention.places
    run = retention.run()
    assert "still there after their removal" in run.failed["pictures"]
    assert not [receipt for receipt in house.receipts() if receipt.place == "pictures"]
    retention.run()
    assert not house.objects.is_there(key)
    assert [receipt.items for receipt in house.receipts() if receipt.place == "pictures"] == [1]


class ComesBack:
    """A place in which somebody puts an object back, once, right after it was removed."""

    def __init__(self, place: Place, objects: Any, key: str) -> None:
        self._place, self._objects, self._key, self._again = place, objects, key, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place, name)

    def remove(self, candidates: Any, finish: Any) -> None:
        self._place.remove(candidates, finish)
        if self._again:
            self._again = False
            self._objects.put(self._key, b"again", hashlib.sha256(b"again").hexdigest(), "image/jpeg")


def test_a_log_that_is_full_leaves_a_batch_that_is_finished_later(house: Any) -> None:
    house.read()
    house.clock.forward(**YEAR)

    house.retention._disposal._log = FullLog()
    run = house.retention.run()
    assert run.failed == {"reads": "no room"}
    assert [batch.state for batch in open_batches(house)] == ["signed"]
    assert house.receipts() == []
    house.retention._disposal._log = house.log
    house.retention.run()
    assert len(house.receipts()) == 1
    assert len(house.acts("retention.dispose")) == 1


def test_only_one_disposes_at_a_time(house: Any) -> None:
    house.reads(10, house.clock())
    house.clock.forward(**YEAR)
    inside, go_on = threading.Event(), threading.Event()
    first, second = house.open(), house.retention
    if house.engine.dialect.name == "sqlite":
        second = first  # other processes on one SQLite file are kept apart by its write lock and the batches' states

    def stop() -> bool:
        inside.set()
        go_on.wait(20)
        return False

    thread = threading.Thread(target=first.run, args=(stop,))
    thread.start()
    assert inside.wait(20)
    assert second.run().elsewhere
    go_on.set()
    thread.join()
    assert house.count(schema.read) == 0
    assert sum(receipt.items for receipt in house.receipts()) == 10


def test_a_stray_object_is_found_and_goes(make_house: Any, engine: Any, fresh_bucket: Any) -> None:
    house = make_house(engine, fresh_bucket)
    _, read_id = house.hit()
    _, kept = house.picture(read_id)
    message = house.spool.image(read_id, data=b"nobody's")
    stray = house.pictures.keep(message.body, b"nobody's").key
    strange = house.objects.put("reads/no-id/x.jpg", b"x", _sha(b"x"), "image/jpeg").key
    house.clock.forward(days=30)
    house.retention.run()
    assert house.objects.is_there(stray)
    house.clock.forward(days=2)
    assert house.retention.run().disposed == {("stray-objects", "picture-unclaimed"): 2}
    assert [house.objects.is_there(key) for key in (kept, stray, strange)] == [True, False, False]


def test_what_is_late_is_raised_with_its_number(house: Any) -> None:
    house.reads(3, house.clock())
    house.clock.forward(days=366)
    (late,) = house.retention.late()
    assert (late.place, late.number) == ("reads", 3)
    assert late.since == house.clock() - timedelta(days=1), "from when on it was late, not from an hour ago"
    rows = {row.place: row for row in house.retention.overview()}
    assert (rows["reads"].held, rows["reads"].due, rows["reads"].late) == (3, 3, 3)
    house.retention.round()
    rows = {row.place: row for row in house.retention.overview()}
    assert (rows["reads"].held, rows["reads"].due, rows["reads"].gone, rows["reads"].receipts) == (0, 0, 3, 1)
    assert house.retention.troubles() == []


def test_what_came_too_late_is_not_late_for_an_hour(house: Any) -> None:
    house.read(captured_at=house.clock() - timedelta(days=500))
    assert house.retention.late() == []
    house.clock.forward(hours=1)
    assert [one.number for one in house.retention.late()] == [1]


def test_a_review_that_is_past_is_raised(house: Any) -> None:
    read_id, now = house.read(), house.clock()
    house.retention.marking.hold(
        "legal", "DPS", "complaint", [read_id], now + timedelta(300), "dc", now + timedelta(30)
    )
    house.clock.forward(days=31)
    assert [one.place for one in house.retention.late()] == ["holds"]


def test_the_scheduler_goes_on_after_a_round_that_failed(house: Any, until: Any) -> None:
    house.read()
    house.clock.forward(**YEAR)
    with write_transaction(house.engine) as connection:
        state = connection.execute(select(schema.retention_rules.c.file)).scalar_one()
        connection.execute(update(schema.retention_rules).values(file=b"not rules"))
    retention = house.open()
    retention.scheduler.start()
    until(lambda: retention.troubles(), "the trouble is seen")
    with write_transaction(house.engine) as connection:
        connection.execute(update(schema.retention_rules).values(file=state))
    retention.scheduler.wake()
    until(lambda: house.count(schema.read) == 0, "it disposes")
    until(lambda: retention.scheduler.rounds, "a round is over")
    assert retention.troubles() == []
    retention.scheduler.close()
    assert RuleSet.parse(state)


@pytest.fixture
def raw_client(store_settings: Any) -> Minio:
    return Minio(
        store_settings.url.removeprefix("http://"),
        access_key=store_settings.access_key.get_secret_value(),
        secret_key=store_settings.secret_key.get_secret_value(),
        secure=False,
    )


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
