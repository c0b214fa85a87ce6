"""One batch into the database, on both engines: once, in full, with every number accounted for."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, update

from governance.log import Log
from ingest.alerts import Alerts
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import encode
from ingest.contract.messages import ImageMessage, Message, Outcome, Read, Status
from ingest.database import schema
from ingest.database.engine import read_transaction, write_transaction
from ingest.devices import Devices, StreamAccount
from ingest.hub import AlertChanged, Hub
from ingest.intake.batch import Taken
from ingest.intake.inbox import Delivery
from ingest.intake.judging import Judged, Numbered, judge
from ingest.intake.taking import Taker
from ingest.objects import StoredObject

JPEG = b"\xff\xd8 stands for a picture \xff\xd9"


class Table:
    """A centre's table of work: takes batches and looks at what came of them."""

    def __init__(self, engine: Engine, log: Log, clock: Any) -> None:
        self.engine = engine
        self.log = log
        self.clock = clock
        self.alerts = Alerts(engine, log, clock, Hub())
        self._taker = Taker(engine, log, self.alerts)

    def take(self, *messages: Message | Status | tuple[str, bytes]) -> Taken:
        return self._taker.take([self.judged(message) for message in messages])

    def judged(self, message: Message | Status | tuple[str, bytes]) -> Judged:
        if isinstance(message, tuple):
            topic, payload = message
        elif isinstance(message, Status):
            topic, payload = topics.status("met", message.device), message.model_dump_json().encode()
        else:
            topic = topics.message("met", message.device, message.kind)
            payload = encode(message, JPEG if isinstance(message, ImageMessage) else None)
        found = judge(Delivery(topic, payload, 1, 1, 1, self.clock()))
        if isinstance(found.verdict, Numbered) and isinstance(message, ImageMessage):
            return Judged(found.delivery, Numbered(message, JPEG, StoredObject("a/key", None)))
        return found

    def count(self, table: Any) -> int:
        with read_transaction(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def streams(self) -> list[StreamAccount]:
        return Devices(self.engine).overview()

    def reasons(self) -> list[str]:
        return [each.reason for each in Devices(self.engine).quarantine()]

    def acts(self) -> list[str]:
        return [entry.act.act for entry in self.log.read()]


@pytest.fixture
def table(engine: Engine, log: Log, clock: Any) -> Table:
    return Table(engine, log, clock)


def ranges(taken: Taken) -> list[tuple[int, int]]:
    (receipt,) = taken.receipts.values()
    return [(each.first, each.last) for each in receipt.ranges]


def test_every_kind_is_stored_and_receipted(table: Table, spool: Any) -> None:
    hit = spool.hit(new_id(), new_id())
    taken = table.take(
        spool.read(), hit, spool.image(hit.body.read.read_id), spool.answer(hit.body.hit_id), spool.read()
    )
    assert ranges(taken) == [(1, 5)]
    counts = [table.count(each) for each in (schema.read, schema.alert, schema.image, schema.answer)]
    assert counts == [3, 1, 1, 1]
    alert = hit.body.hit_id
    assert [AlertChanged(alert, what) for what in ("raised", "answered", "picture")] == taken.changes
    (account,) = table.streams()
    assert account.arrived_by_kind == {"answers": 1, "hits": 1, "images": 1, "reads": 2}


def test_a_repeat_is_counted_and_changes_nothing(table: Table, spool: Any) -> None:
    hit, read = spool.hit(new_id(), new_id()), spool.read()
    table.take(hit, read)
    again = table.take(hit, read, read)
    assert again.changes == []
    assert ranges(again) == [(1, 2)], "the receipt goes out again: the first may have been lost"
    assert (table.count(schema.read), table.count(schema.alert)) == (2, 1)
    (account,) = table.streams()
    assert (account.arrived, account.repeats) == (2, 3)
    assert table.acts() == ["alert.raise"]


def test_a_repeat_within_one_batch_is_counted(table: Table, spool: Any) -> None:
    read = spool.read()
    table.take(read, read)
    (account,) = table.streams()
    assert (account.arrived, account.repeats, table.count(schema.read)) == (1, 1, 1)


@pytest.mark.parametrize("apart", [False, True])
def test_a_number_used_for_two_messages_sets_the_later_one_aside(table: Table, spool: Any, apart: bool) -> None:
    first = spool.read()
    second = spool.read().model_copy(update={"seq": first.seq})
    if apart:
        table.take(first)
        table.take(second)
    else:
        table.take(first, second)
    assert table.count(schema.read) == 1
    assert table.reasons() == ["number 1 of its stream is another message's"]


def test_what_is_missing_is_named(table: Table, spool: Any, clock: Any) -> None:
    messages = [spool.read() for _ in range(9)]
    table.take(*(messages[at] for at in (1, 2, 5)))
    table.take(Status(device=spool.device, online=True, at=clock(), stream=spool.stream, made=9))
    (account,) = table.streams()
    assert (account.made, account.arrived, account.missing) == (9, 3, [(1, 1), (4, 5), (7, 9)])
    table.take(*messages)
    (account,) = table.streams()
    assert (account.made, account.arrived, account.missing, account.repeats) == (9, 9, [], 3)


def test_a_new_stream_of_the_same_device_is_an_account_of_its_own(table: Table, make_spool: Any, clock: Any) -> None:
    old, new = make_spool(), make_spool()
    table.take(old.read(), Status(device="car-7", online=True, at=clock(), stream=old.stream, made=4))
    clock.forward(minutes=1)
    table.take(new.read(), Status(device="car-7", online=True, at=clock(), stream=new.stream, made=1))
    newest, oldest = table.streams()
    assert (newest.stream, newest.current, newest.missing) == (new.stream, True, [])
    assert (oldest.stream, oldest.current, oldest.missing) == (old.stream, False, [(2, 4)])


def test_a_last_will_of_long_ago_says_only_that_the_device_is_gone(table: Table, clock: Any) -> None:
    early = clock()
    clock.forward(hours=1)
    now = Status(device="car-7", online=True, at=clock(), stream=new_id(), made=7, waiting=2, counters={"frames": 5})
    table.take(now, Status(device="car-7", online=False, at=early, stream=now.stream))
    (account,) = table.streams()
    assert (account.online, account.made, account.waiting, account.counters) == (False, 7, 2, {"frames": 5})
    assert account.last_status_at == now.at


def test_a_hit_brings_its_read_and_the_read_itself_adds_nothing(table: Table, spool: Any) -> None:
    read = spool.read()
    hit = spool.hit(new_id(), new_id(), read=read.body)
    for each in (hit, read, hit, read):
        table.take(each)
    assert (table.count(schema.read), table.count(schema.alert)) == (1, 1)
    with read_transaction(table.engine) as connection:
        assert connection.execute(select(schema.read.c.message_id)).scalar_one() == read.id
    assert table.reasons() == []


def test_an_answer_and_a_picture_may_come_before_their_hit(table: Table, spool: Any) -> None:
    hit = spool.hit(new_id(), new_id())
    table.take(spool.answer(hit.body.hit_id, Outcome.STOPPED), spool.image(hit.body.read.read_id))
    table.take(hit)
    record = table.alerts.get(hit.body.hit_id)
    assert record.answer is not None
    assert (record.answer.outcome, record.answer.via) == (Outcome.STOPPED, "car")
    assert len(record.pictures) == 1


def test_bad_messages_are_set_aside_once_and_their_number_counts_as_held(table: Table, spool: Any) -> None:
    good, newer = spool.read(), spool.read()
    bad = encode(newer).replace(b'"frames_read":7', b'"frames_read":0,"of_a_later_version":1')
    topic = topics.message("met", "car-7", "reads")
    for _ in range(2):
        taken = table.take((topic, b"not json"), (topic, bad), good)
    assert ranges(taken) == [(1, 2)]
    assert table.count(schema.read) == 1
    aside = Devices(table.engine).quarantine()
    assert [each.times for each in aside] == [2, 2]
    assert all(each.device == "car-7" for each in aside)


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("lanthorn/v1/met/car-8/reads", "its topic is of device car-8, its envelope of car-7"),
        ("lanthorn/v1/met/car-7/hits", "its topic is of hits, its envelope of reads"),
        ("lanthorn/v1/met/car-7", "is not of the form"),
    ],
)
def test_topic_and_envelope_must_agree(table: Table, spool: Any, topic: str, says: str) -> None:
    table.take((topic, encode(spool.read())))
    assert says in table.reasons()[0]
    assert table.count(schema.read) == 0


def test_a_status_for_another_device_is_set_aside(table: Table, clock: Any) -> None:
    status = Status(device="car-7", online=True, at=clock())
    table.take((topics.status("met", "car-8"), status.model_dump_json().encode()))
    assert table.reasons() == ["its topic is of device car-8, the status of car-7"]


def test_a_number_that_no_database_holds_is_isolated(table: Table, spool: Any) -> None:
    good = [spool.read() for _ in range(8)]
    poison = good[3].model_copy(update={"seq": 2**63, "id": new_id()})
    taken = table.take(*good[:4], poison, *good[4:])
    assert ranges(taken) == [(1, 8)]
    assert table.count(schema.read) == 8
    (reason,) = table.reasons()
    assert reason.startswith("it cannot be stored")


def test_a_nul_is_stored_or_set_aside_and_the_rest_is_stored(table: Table, spool: Any) -> None:
    good = [spool.read() for _ in range(4)]
    poison = spool.read(as_read="AB\x0012")
    taken = table.take(good[0], good[1], poison, good[2], good[3])
    assert ranges(taken) == [(1, 5)], "set aside is held too: the car need not send it again"
    assert table.count(schema.read) + len(table.reasons()) == 5
    assert table.count(schema.read) == (4 if table.engine.dialect.name == "postgresql" else 5)
    repeated = table.take(poison)
    assert ranges(repeated) == [(1, 5)]


def test_a_field_named_with_a_nul_does_not_poison_the_quarantine(table: Table, spool: Any) -> None:
    payload = encode(spool.read()).replace(b'"kind"', b'"a\\u0000b":1,"kind"')
    table.take((topics.message("met", "car-7", "reads"), payload))
    assert table.reasons() == ["reads.a?b: Extra inputs are not permitted"]


def test_poison_in_a_hit_leaves_nothing_in_the_log(table: Table, spool: Any) -> None:
    hit = spool.hit(new_id(), new_id())
    poison = hit.model_copy(update={"seq": 2**63})
    table.take(poison)
    assert (table.count(schema.alert), table.acts()) == (0, [])


def test_only_unknown_pictures_are_to_be_stored(table: Table, spool: Any) -> None:
    first, second = spool.image(new_id()), spool.image(new_id())
    table.take(first)
    taker = Taker(table.engine, table.log, table.alerts)
    found = taker.unknown([table.judged(first), table.judged(second), table.judged(("x", b""))])
    assert [judged.verdict.message for judged in found if isinstance(judged.verdict, Numbered)] == [second]


def test_two_takers_at_once_lose_no_range(
    table: Table, make_spool: Callable[..., Any], make_read: Callable[..., Read]
) -> None:
    spool = make_spool()
    messages = [spool.read() for _ in range(60)]
    takers = [Taker(table.engine, table.log, table.alerts) for _ in range(2)]

    def work(which: int) -> Sequence[Taken]:
        return [takers[which].take([table.judged(each)]) for each in messages[which::2]]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (0, 1)))
    (account,) = table.streams()
    assert (account.arrived, account.missing) == (60, [])


def test_a_database_that_forgot_its_ids_but_not_its_numbers_sets_the_repeat_aside(table: Table, spool: Any) -> None:
    read = spool.read()
    table.take(read)
    with write_transaction(table.engine) as connection:
        connection.execute(update(schema.read).values(message_id=UUID(int=1)))
    table.take(read)
    assert table.reasons() == ["number 1 of its stream is another message's"]
