"""The whole centre against real brokers, a real store and a real database, while each of them comes and goes."""

import asyncio
import hashlib
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text

from governance.keys import PrivateKey
from ingest.centre import Centre
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.messages import ImageRole, Outcome, Status
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.intake.taking import Taker
from ingest.settings import CentreSettings, DatabaseSettings
from tests.ingest.cars import Car
from tests.ingest.signing import Signer, enrolled

OTHER_CENTRE = """
import threading
from ingest.centre import Centre
from ingest.clock import system_clock
from ingest.database.engine import make_engine
from ingest.settings import CentreSettings
from governance.log import Log, service_signer
settings = CentreSettings.model_validate_json(input())
log = Log.open(settings.log_path, system_clock, service_signer(settings.keys_dir, settings.force))
centre = Centre(settings, make_engine(settings.database.url), log, system_clock)
pause = threading.Event()
centre.start()
while not centre.messages.session.up:
    pause.wait(0.01)
print("connected", flush=True)
while not centre.messages.in_hand:
    pause.wait(0.01)
print("in hand", flush=True)
threading.Event().wait()
"""

JPEG = b"\xff\xd8 stands for a picture \xff\xd9"
Open = Callable[..., AbstractContextManager[Centre]]


@pytest.fixture
def signer(spool: Any) -> Signer:
    return Signer(spool, PrivateKey.new())


@pytest.fixture
def make_car(signer: Signer) -> Callable[..., Car]:
    """Make the car of the test's spool at a broker; it signs what it sends."""
    return partial(Car, signer=signer)


@pytest.fixture
def car(broker: Any, force: str, make_car: Any) -> Iterator[Car]:
    with make_car(broker.port, force) as car:
        yield car


def enrol(centre: Centre, signer: Signer) -> None:
    """Let the centre know the car's key, unless its database does already."""
    if not centre.device_keys.of({signer.spool.device}).get(signer.spool.device):
        enrolled(centre.enrolment, signer.spool, signer.key)


@pytest.fixture
def opened(settings: CentreSettings, clock: Any, until: Any, signer: Signer) -> Open:
    """Open and start a centre that has enrolled the car; changes replace settings."""

    @contextmanager
    def opened(**changes: Any) -> Iterator[Centre]:
        centre = Centre.open(settings.model_copy(update=changes), clock)
        try:
            enrol(centre, signer)
            centre.start()
            until(lambda: centre.health()["broker"].ok, "the centre is connected")
            yield centre
        finally:
            centre.close()

    return opened


def count(centre: Centre, table: Any) -> int:
    with read_transaction(centre.engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_messages_come_in_and_receipts_go_out(opened: Open, car: Any, spool: Any, until: Any) -> None:
    with opened() as centre:
        car.send(spool.read())
        hit = spool.hit(new_id(), new_id())
        car.send(hit)
        picture = spool.image(hit.body.read.read_id)
        car.send(picture, JPEG)
        car.send(spool.answer(hit.body.hit_id, Outcome.STOPPED))
        until(lambda: car.held(spool.stream) == [(1, 4)], "all four are receipted")
        record = centre.alerts.get(hit.body.hit_id)
        assert record.answer is not None
        assert record.pictures == {ImageRole.OVERVIEW: picture.body.image_id}
        assert centre.pictures.get(picture.body.image_id).data == JPEG
        assert {name: part.ok for name, part in centre.health().items()} == dict.fromkeys(
            ("database", "broker", "store", "intake", "retention", "log"), True
        )
        assert centre.log.verify().ok


def test_what_came_while_the_centre_was_away_is_delivered(opened: Open, car: Any, spool: Any, until: Any) -> None:
    with opened():
        pass
    for _ in range(30):
        car.send(spool.read())
    with opened() as centre:
        until(lambda: car.held(spool.stream) == [(1, 30)], "the broker kept them")
        assert count(centre, schema.read) == 30


def test_a_centre_that_is_killed_before_its_commit_gets_the_message_again(
    opened: Open, car: Any, spool: Any, until: Any, settings: CentreSettings
) -> None:
    """The database is locked, so the other process has the message in hand and cannot commit when it is killed."""
    with opened():
        pass  # makes the database and the session
    rival = sqlite3.connect(settings.database.url.removeprefix("sqlite:///"), isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_CENTRE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        secret = settings.store.secret_key.get_secret_value()
        other.stdin.write(settings.model_dump_json().replace("**********", secret) + "\n")
        other.stdin.flush()
        assert other.stdout.readline() == "connected\n"
        car.send(spool.read())
        assert other.stdout.readline() == "in hand\n"
        other.kill()
    rival.execute("ROLLBACK")
    rival.close()
    assert car.receipts == []
    with opened() as centre:
        until(lambda: car.held(spool.stream) == [(1, 1)], "it was delivered again")
        (account,) = centre.devices.overview()
        assert (account.arrived, account.repeats, count(centre, schema.read)) == (1, 0, 1)


def test_a_message_committed_and_not_acknowledged_comes_again_and_counts_once(
    opened: Open, car: Any, spool: Any, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = threading.Event()
    take = Taker.take

    def then_die(self: Taker, batch: Any) -> Any:
        take(self, batch)
        committed.set()
        raise KeyboardInterrupt  # what no code of the intake catches: its thread ends as if it were killed

    with opened() as centre, monkeypatch.context() as patched:
        patched.setattr(Taker, "take", then_die)
        patched.setattr(threading, "excepthook", lambda _: None)
        car.send(spool.read())
        assert committed.wait(20)
        until(lambda: not centre.messages.alive, "the worker is dead")
        assert not centre.health()["intake"].ok
    with opened() as centre:
        until(lambda: car.held(spool.stream) == [(1, 1)], "it was delivered again")
        (account,) = centre.devices.overview()
        assert (account.arrived, account.repeats, count(centre, schema.read)) == (1, 1, 1)


def test_bad_messages_do_not_stop_good_ones(opened: Open, car: Any, spool: Any, until: Any) -> None:
    with opened() as centre:
        car.send_raw("reads", b"not json")
        car.send(spool.read())
        car.send(spool.read(), kind="hits")
        car.send_raw("images", b"LTP1 not a picture")
        car.send(spool.read())
        until(lambda: car.held(spool.stream) == [(1, 3)], "the good ones are receipted")
        until(lambda: len(centre.devices.quarantine()) == 3, "the bad ones are set aside")
        until(lambda: centre.counters.snapshot().get("quarantined") == 3, "they are counted")


def test_while_the_store_is_away_hits_still_come_and_pictures_wait(
    opened: Open, car: Any, spool: Any, until: Any, store: Any
) -> None:
    with opened() as centre:
        store.stop()
        try:
            hit = spool.hit(new_id(), new_id())
            picture = spool.image(hit.body.read.read_id)
            car.send(hit)
            car.send(picture, JPEG)
            until(lambda: centre.counters.snapshot().get("images_retries", 0) >= 2, "the picture is tried again")
            car.send(spool.read())
            until(lambda: car.held(spool.stream) == [(1, 1), (3, 3)], "hit and read are receipted")
            assert centre.alerts.get(hit.body.hit_id).pictures == {}
            health = centre.health()
            assert not health["store"].ok
            assert not health["intake"].ok
        finally:
            store.start()
        until(lambda: car.held(spool.stream) == [(1, 3)], "the picture is receipted", limit_s=40)
        assert centre.pictures.get(picture.body.image_id).data == JPEG


def test_a_store_that_is_away_at_the_start_stops_nothing_else(
    opened: Open, no_store: Any, car: Any, spool: Any, until: Any
) -> None:
    with opened(store=no_store) as centre:
        car.send(spool.read())
        until(lambda: car.held(spool.stream) == [(1, 1)], "the read is receipted")
        assert not centre.health()["store"].ok


def test_while_sqlite_is_locked_nothing_is_acknowledged(
    opened: Open, car: Any, spool: Any, until: Any, settings: CentreSettings
) -> None:
    with opened() as centre:
        rival = sqlite3.connect(settings.database.url.removeprefix("sqlite:///"), isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        for _ in range(5):
            car.send(spool.read())
        until(lambda: centre.messages.in_hand, "the worker has them in hand")
        assert car.receipts == []
        rival.execute("ROLLBACK")
        rival.close()
        until(lambda: car.held(spool.stream) == [(1, 5)], "they are receipted")
        assert count(centre, schema.read) == 5


def test_while_postgresql_is_away_nothing_is_acknowledged_or_lost(
    opened: Open, car: Any, spool: Any, until: Any, postgres: Any
) -> None:
    with opened(database=DatabaseSettings(url=postgres.fresh())) as centre:
        car.send(spool.read())
        until(lambda: car.held(spool.stream) == [(1, 1)], "the first is receipted")
        postgres.stop()
        try:
            for _ in range(5):
                car.send(spool.read())
            until(lambda: centre.counters.snapshot().get("messages_retries", 0) >= 2, "the batch is tried again")
            assert car.held(spool.stream) == [(1, 1)]
            assert not centre.health()["database"].ok
        finally:
            postgres.start()
        until(lambda: car.held(spool.stream) == [(1, 6)], "all are receipted")
        assert count(centre, schema.read) == 6
        assert centre.health()["database"].ok


def test_a_broker_that_is_lost_and_comes_back_empty(
    opened: Open, broker: Any, make_car: Any, force: str, spool: Any, until: Any
) -> None:
    """The centre subscribes again; what the broker forgot comes again from the device, which has no receipt."""
    with opened() as centre:
        with make_car(broker.port, force) as car:
            car.send(spool.read())
            until(lambda: car.held(spool.stream) == [(1, 1)], "the first is receipted")
        broker.stop()
        until(lambda: not centre.health()["broker"].ok, "the loss is seen")
        broker.start()
        until(lambda: centre.health()["broker"].ok, "the centre is back", limit_s=40)
        with make_car(broker.port, force) as car:
            car.send(spool.read())
            until(lambda: car.held(spool.stream) == [(1, 2)], "the second is receipted")


def test_a_broker_that_is_not_there_at_the_start(
    broker: Any, settings: CentreSettings, clock: Any, make_car: Any, force: str, spool: Any, signer: Signer, until: Any
) -> None:
    centre = Centre.open(settings, clock)
    enrol(centre, signer)
    broker.stop()
    try:
        centre.start()
        until(lambda: "no broker answers" in centre.health()["broker"].detail, "it says so")
        broker.start()
        until(lambda: centre.health()["broker"].ok, "it connects", limit_s=40)
        with make_car(broker.port, force) as car:
            car.send(spool.read())
            until(lambda: car.held(spool.stream) == [(1, 1)], "a read is receipted")
    finally:
        centre.close()
        broker.start()


def test_the_last_will_says_that_a_device_is_gone(opened: Open, car: Any, spool: Any, clock: Any, until: Any) -> None:
    with opened() as centre:
        at = clock()
        online = Status(device="car-7", online=True, at=at, stream=spool.stream, made=3, counters={"frames": 9})
        car.send_raw("status", online.model_dump_json().encode(), retain=True)
        until(lambda: [each for each in centre.devices.overview() if each.online], "it is online")
        will = Status(device="car-7", online=False, at=at)
        car.send_raw("status", will.model_dump_json().encode(), retain=True)
        until(lambda: [each for each in centre.devices.overview() if not each.online], "it is gone")
        (account,) = centre.devices.overview()
        assert (account.made, account.missing) == (3, [(1, 3)])


@pytest.mark.parametrize("broker", ["mosquitto"], indirect=True)
def test_two_centres_share_the_work_of_a_group(
    broker: Any, settings: CentreSettings, clock: Any, make_car: Any, force: str, spool: Any, signer: Signer, until: Any
) -> None:
    """Shared subscriptions: mosquitto only, the embedded broker cannot."""
    centres = [
        Centre.open(
            settings.model_copy(
                update={
                    "broker": settings.broker.model_copy(
                        update={
                            "shared_group": "centres",
                            "client_id": f"{force}-{number}",
                        }
                    )
                }
            ),
            clock,
        )
        for number in range(2)
    ]
    try:
        enrol(centres[0], signer)
        for centre in centres:
            centre.start()
        until(lambda: all(centre.health()["broker"].ok for centre in centres), "both are connected")
        with make_car(broker.port, force) as car:
            for _ in range(60):
                car.send(spool.read())
            until(lambda: car.held(spool.stream) == [(1, 60)], "all are receipted")
        until(lambda: all(centre.counters.snapshot().get("reads") for centre in centres), "both took some")
        (account,) = centres[0].devices.overview()
        assert (account.arrived, account.repeats) == (60, 0)
    finally:
        for centre in centres:
            centre.close()


def test_a_subscriber_hears_of_an_alert_its_picture_and_its_answer(
    opened: Open, car: Any, spool: Any, until: Any
) -> None:
    async def listen(centre: Centre) -> list[tuple[str, Any]]:
        heard = []
        with centre.hub.subscribe() as changes:
            hit = spool.hit(new_id(), new_id())
            car.send(hit)
            first = await changes.next(20)
            car.send(spool.image(hit.body.read.read_id), JPEG)
            second = await changes.next(20)
            car.send(spool.answer(hit.body.hit_id))
            third = await changes.next(20)
            heard = [(each.what, each.alert_id == hit.body.hit_id) for each in (first, second, third)]
        return heard

    with opened() as centre:
        assert asyncio.run(listen(centre)) == [("raised", True), ("picture", True), ("answered", True)]


def test_the_picture_in_the_store_is_locked_with_versions(opened: Open, car: Any, spool: Any, until: Any) -> None:
    with opened() as centre:
        picture = spool.image(new_id())
        car.send(picture, JPEG)
        until(lambda: car.held(spool.stream) == [(1, 1)], "it is receipted")
        kept = centre.pictures.get(picture.body.image_id)
        assert kept.sha256 == hashlib.sha256(JPEG).hexdigest()
        with read_transaction(centre.engine) as connection:
            key = connection.execute(text("SELECT object_key FROM image")).scalar_one()
        assert key == f"reads/{picture.body.read_id}/overview/{kept.sha256}.jpg"


def test_a_device_may_not_speak_for_the_lists_topic(opened: Open, car: Any, spool: Any, until: Any) -> None:
    """A list's topics have one level more, so no list is taken for a message."""
    with opened() as centre:
        car.send(spool.read())
        until(lambda: car.held(spool.stream) == [(1, 1)], "a read is receipted")
        assert centre.devices.quarantine() == []
        assert topics.LISTS not in [each.device for each in centre.devices.overview()]
