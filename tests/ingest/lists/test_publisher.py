"""The lists on real brokers: whole, put back when the broker forgot them, and no old chunk left."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.authority.states import Step
from governance.errors import LogWriteFailed
from governance.log import Log
from ingest.contract import topics
from ingest.contract.codec import decode_entries
from ingest.contract.messages import ListManifest
from ingest.counters import Counters
from ingest.lists.drafts import EntryDraft
from ingest.lists.publisher import ListPublisher
from ingest.lists.register import Lists, VoiList
from ingest.settings import BrokerSettings
from tests.ingest.granting import Grants


@pytest.fixture
def database_url(tmp_path: Any) -> str:
    """The publisher only reads a few rows: SQLite does."""
    return f"sqlite:///{tmp_path / 'centre.db'}"


@pytest.fixture
def both(
    engine: Engine, log: Log, clock: Any, grants: Grants, broker: Any, force: str
) -> Iterator[tuple[Lists, ListPublisher]]:
    """A register and its publisher, each of which calls the other as in a centre: what is published wakes the
    publisher, and the publisher has what stands on an authority that does not hold withdrawn.
    """
    lists = Lists(engine, log, clock, grants.authorities, on_published=lambda: publisher.wake())
    settings = BrokerSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id=f"centre-{force}")
    publisher = ListPublisher(engine, force, settings, Counters(), lists.withdrawals.look)
    publisher.start()
    yield lists, publisher
    publisher.close()


@pytest.fixture
def publisher(both: tuple[Lists, ListPublisher]) -> ListPublisher:
    return both[1]


@pytest.fixture
def lists(both: tuple[Lists, ListPublisher]) -> Lists:
    return both[0]


@pytest.fixture
def made(lists: Lists, clock: Any, reference: str) -> VoiList:
    made = lists.create("Burglary", "Find vehicles used in burglaries", "DI 1", reference, "manager")
    for vrm in ("AB12CDE", "CD34EFG"):
        draft = EntryDraft(vrm, "Seen", "ACT", "Stop", (), "DC 2", clock() + timedelta(days=7), "AO-7")
        lists.add(made.list_id, draft, "manager")
    return made


def marks(car: Any, force: str, made: VoiList) -> tuple[int, list[str]]:
    """The version and the marks that a device would take, or (0, []) where what is there is not whole."""
    payload = car.retained.get(topics.list_manifest(force, made.list_id))
    if payload is None:
        return 0, []
    manifest = ListManifest.model_validate_json(payload)
    names = [topics.list_chunk(force, made.list_id, manifest.version, number) for number in range(manifest.chunks)]
    parts = [car.retained.get(name) for name in names]
    if None in parts or hashlib.sha256(b"".join(parts)).hexdigest() != manifest.sha256:
        return 0, []
    return manifest.version, [entry.vrm for part in parts for entry in decode_entries(part)]


def test_a_published_list_reaches_a_car(lists: Lists, made: VoiList, car: Any, force: str, until: Any) -> None:
    lists.publish(made.list_id, "manager")
    until(lambda: marks(car, force, made) == (1, ["AB12CDE", "CD34EFG"]), "the list is there")


def test_a_car_that_comes_later_finds_it_retained(
    lists: Lists, made: VoiList, broker: Any, make_car: Any, force: str, until: Any, publisher: ListPublisher
) -> None:
    lists.publish(made.list_id, "manager")
    with make_car(broker.port, force, "car-1") as early:
        until(lambda: marks(early, force, made)[0] == 1, "the list is there")
    with make_car(broker.port, force, "car-2") as late:
        until(lambda: marks(late, force, made)[0] == 1, "the list is there")


def test_a_new_version_takes_the_place_and_the_old_chunks_go(
    lists: Lists, made: VoiList, broker: Any, make_car: Any, car: Any, force: str, until: Any
) -> None:
    lists.publish(made.list_id, "manager")
    until(lambda: marks(car, force, made)[0] == 1, "the first version is there")
    lists.remove(lists.show(made.list_id).entries[0].entry_id, "found", "manager")
    lists.publish(made.list_id, "manager")
    until(lambda: marks(car, force, made) == (2, ["CD34EFG"]), "the second version is there")
    old = topics.list_chunk(force, made.list_id, 1, 0)
    until(lambda: old not in car.retained, "the old chunk is taken off")
    with make_car(broker.port, force, "car-2") as late:
        until(lambda: marks(late, force, made)[0] == 2, "a later car finds the second")
        assert old not in late.retained


def test_a_broker_that_forgot_everything_is_given_it_again(
    lists: Lists, made: VoiList, broker: Any, make_car: Any, force: str, until: Any, publisher: ListPublisher
) -> None:
    lists.publish(made.list_id, "manager")
    with make_car(broker.port, force, "car-1") as car:
        until(lambda: marks(car, force, made)[0] == 1, "the list is there")
    broker.stop()
    until(lambda: not publisher.session.up, "the loss is seen")
    broker.start()
    with make_car(broker.port, force, "car-2") as car:
        until(lambda: marks(car, force, made)[0] == 1, "the list is there again", limit_s=40)


def test_a_broker_that_still_has_it_is_not_given_it_again(
    lists: Lists, made: VoiList, engine: Engine, broker: Any, car: Any, force: str, until: Any, publisher: ListPublisher
) -> None:
    lists.publish(made.list_id, "manager")
    until(lambda: marks(car, force, made)[0] == 1, "the list is there")
    publisher.close()
    counters = Counters()
    settings = BrokerSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id=f"centre-{force}")
    again = ListPublisher(engine, force, settings, counters)
    again.start()
    try:
        other = lists.create("Other", "Another purpose", "DI 1", made.authority, "manager")
        lists.publish(other.list_id, "manager")
        again.wake()
        until(lambda: marks(car, force, other)[0] == 1, "the other list is there")
        until(lambda: counters.snapshot(), "it is counted")
        assert counters.snapshot() == {"lists_published": 1}
    finally:
        again.close()


def test_a_list_published_while_the_broker_is_away_is_there_afterwards(
    lists: Lists, made: VoiList, broker: Any, make_car: Any, force: str, until: Any, publisher: ListPublisher
) -> None:
    until(lambda: publisher.session.up, "it is connected")
    broker.stop()
    until(lambda: not publisher.session.up, "the loss is seen")
    lists.publish(made.list_id, "manager")
    broker.start()
    with make_car(broker.port, force) as car:
        until(lambda: marks(car, force, made)[0] == 1, "the list is there", limit_s=40)


def test_a_suspended_authority_takes_the_list_off_the_broker(
    lists: Lists, made: VoiList, grants: Grants, car: Any, force: str, until: Any
) -> None:
    lists.publish(made.list_id, "manager")
    until(lambda: marks(car, force, made) == (1, ["AB12CDE", "CD34EFG"]), "the list is there")
    grants.take(made.authority, Step.SUSPEND)
    until(lambda: marks(car, force, made) == (2, []), "it is withdrawn")
    old = topics.list_chunk(force, made.list_id, 1, 0)
    until(lambda: old not in car.retained, "its marks are off the broker")
    assert lists.get(made.list_id).withdrawn


def test_what_cannot_be_withdrawn_now_is_tried_again(engine: Engine, force: str, until: Any) -> None:
    """Neither the log nor the broker is there; the log comes back."""
    tries: list[int] = []

    def withdraw() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise LogWriteFailed("the log cannot be written: No space left on device")

    counters = Counters()
    publisher = ListPublisher(engine, force, BrokerSettings(url="mqtt://127.0.0.1:9"), counters, withdraw)
    publisher.start()
    try:
        until(lambda: tries, "it was tried")
        publisher.wake()
        until(lambda: len(tries) >= 2 and not publisher.trouble, "it was tried again")
        assert counters.snapshot()["lists_retries"] == 1
    finally:
        publisher.close()
