"""A list's entry is disposed of: its mark goes from every table and from the broker then it is signed."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from governance.log import Log
from ingest.contract import topics
from ingest.contract.codec import decode_entries
from ingest.counters import Counters
from ingest.database import schema
from ingest.lists.drafts import EntryDraft
from ingest.lists.publisher import ListPublisher
from ingest.lists.register import Lists, VoiList
from ingest.settings import BrokerSettings
from tests.ingest.granting import Grants

GONE, STAYS = "AB12CDE", "CD34EFG"
LONG = 2_000


@pytest.fixture
def lists(engine: Engine, log: Log, clock: Any, grants: Grants) -> Lists:
    return Lists(engine, log, clock, grants.authorities, longest_days=LONG)


@pytest.fixture
def made(lists: Lists, clock: Any, grants: Grants) -> VoiList:
    """A list with two vehicles, published, and then without the first."""
    made = lists.create("Burglary", "Find vehicles", "DI 1", grants.lists("Burglary"), "manager")
    for vrm in (GONE, STAYS):
        draft = EntryDraft(vrm, "Seen", "ACT", "Stop", (), "DC 2", clock() + timedelta(days=LONG), "AO-7")
        lists.add(made.list_id, draft, "manager")
    lists.publish(made.list_id, "manager")
    lists.remove_mark(made.list_id, GONE, "found", "manager")
    return made


@pytest.fixture
def publisher(engine: Engine, mosquitto: Any, force: str) -> Iterator[ListPublisher]:
    """Not started: the test says when the broker is there."""
    settings = BrokerSettings(url=f"mqtt://127.0.0.1:{mosquitto.port}", client_id=f"centre-{force}")
    publisher = ListPublisher(engine, force, settings, Counters())
    yield publisher
    publisher.close()


def holds(payload: Any, vrm: str) -> bool:
    """Whether a stored value holds a mark, packed or not."""
    data = bytes(payload) if isinstance(payload, bytes | memoryview) else str(payload).encode()
    return vrm.encode() in (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)


def tables_with(engine: Engine, vrm: str) -> list[str]:
    with engine.connect() as connection:
        return sorted(
            table.name
            for table in schema.metadata.sorted_tables
            if any(holds(value, vrm) for row in connection.execute(select(table)) for value in row)
        )


def test_the_mark_goes_from_every_table_and_from_the_broker_before_the_receipt_says_so(
    house: Any, lists: Lists, made: VoiList, publisher: ListPublisher, make_car: Any, mosquitto: Any, force: str,
    until: Any,
) -> None:  # fmt: skip
    with make_car(mosquitto.port, force) as car:
        publisher.start()
        old = topics.list_chunk(force, made.list_id, 1, 0)
        until(lambda: old in car.retained, "the list is on the broker")
        assert tables_with(house.engine, GONE) == ["list_chunk", "voi_entry"]
        house.clock.forward(days=800)
        first = house.open(on_published=publisher.wake).run()
        assert tables_with(house.engine, GONE) == []
        assert first.disposed or "the broker may hold an older version of 1 lists" in first.failed["list-entries"]
        until(lambda: old not in car.retained, "the version before is taken off the broker")
        until(lambda: not house.count_where(schema.list_version, cleared=False, version=1), "and that is written down")
        house.open().run()
        new = decode_entries(car.retained[topics.list_chunk(force, made.list_id, 2, 0)])
        assert [entry.vrm for entry in new] == [STAYS]
        assert not any(holds(payload, GONE) for payload in car.retained.values())
    (receipt,) = [one for one in house.receipts() if one.place == "list-entries"]
    assert receipt.checked[-2:] == ("database: list_chunk", "broker: chunks of older versions, taken off")
    (act,) = house.acts("list.shorten")
    assert (act.actor, act.details) == ("system:retention", {"version": 2, "entries": 1, "taken_out": 1})
    assert tables_with(house.engine, STAYS) == ["list_chunk", "voi_entry"]


def test_nothing_is_signed_while_the_broker_may_hold_it(house: Any, made: VoiList) -> None:
    house.clock.forward(days=800)
    run = house.retention.run()
    assert list(run.failed) == ["list-entries"]
    assert "the broker may hold an older version of 1 lists" in run.failed["list-entries"]
    assert house.receipts() == []
    assert tables_with(house.engine, GONE) == []
    assert house.retention.run().failed, "and so on until the publisher has taken it off"
    assert len(house.acts("list.shorten")) == 1


def test_a_list_that_was_never_published_gets_no_version(house: Any) -> None:
    house.entry()
    house.clock.forward(days=800)
    assert house.retention.run().disposed
    assert (house.acts("list.shorten"), house.count(schema.list_version)) == ([], 0)
