"""Who made a message, from its delivery to the database, on both engines: signed, forged, out of order, twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select

from governance.devices.authority import Authority
from governance.devices.chain import start_of
from governance.devices.export import verify_export
from governance.devices.verification import Fault
from governance.keys import PrivateKey
from governance.log import Act, Log
from ingest.alerts import Alerts
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import encode
from ingest.contract.messages import Message, Status
from ingest.counters import Counters
from ingest.database import schema
from ingest.database.engine import read_transaction, write_transaction
from ingest.device_chain import DeviceChain
from ingest.device_keys import DeviceKeys
from ingest.devices import Devices
from ingest.enrolment import Enrolment, Unsigned
from ingest.hub import Hub
from ingest.intake.batch import Taken
from ingest.intake.chaining import HEAD_EVERY
from ingest.intake.inbox import Delivery
from ingest.intake.judging import Judged, Numbered, judge
from ingest.intake.proving import REFUSED, Prover
from ingest.intake.taking import Taker
from ingest.objects import StoredObject
from tests.ingest.signing import Signed, Signer, enrolled


class Desk:
    """A centre's intake without a broker, which enrols devices."""

    def __init__(self, engine: Engine, log: Log, clock: Any, folder: Path) -> None:
        self.engine, self.log, self.clock = engine, log, clock
        self.counters = Counters()
        self.keys = DeviceKeys(engine, log, clock)
        authority = Authority.load_or_make(folder, "met", clock())
        self.chain = DeviceChain(engine, log, self.keys, authority.pem)
        day = timedelta(days=1)
        self.enrolment = Enrolment(
            engine, log, clock, authority, force="met", trust_key=lambda: None, code_life=day, certificate_life=90 * day
        )
        self.taker = Taker(engine, log, Alerts(engine, log, clock, Hub()))
        self.required = True

    def enrol(self, spool: Any, unsigned: Unsigned | None = None) -> Signer:
        key = PrivateKey.new()
        enrolled(self.enrolment, spool, key, unsigned)
        return Signer(spool, key)

    def take(self, *all_sent: Signed, device: str = "car-7") -> Taken:
        batch = [self.judged(sent, device) for sent in all_sent]
        return self.taker.take(Prover(self.keys, self.counters, required=self.required).prove(batch))

    def judged(self, sent: Signed, device: str) -> Judged:
        topic = topics.message("met", device, sent.kind)
        judged = judge(Delivery(topic, sent.data, 1, 1, 1, self.clock(), sent.properties))
        if isinstance(judged.verdict, Numbered) and judged.verdict.picture is not None:
            return replace(judged, verdict=replace(judged.verdict, stored=StoredObject("a/key", None)))
        return judged

    def reads(self) -> int:
        with read_transaction(self.engine) as connection:
            return connection.execute(select(func.count()).select_from(schema.read)).scalar_one()

    def reasons(self) -> list[str]:
        return [each.reason for each in Devices(self.engine).quarantine()]

    def alarms(self) -> list[Act]:
        return [entry.act for entry in self.log.read() if entry.act.act == "device.chain.alarm"]


@pytest.fixture
def desk(engine: Engine, log: Log, clock: Any, tmp_path: Path) -> Desk:
    return Desk(engine, log, clock, tmp_path / "keys")


@pytest.fixture
def car(desk: Desk, spool: Any) -> Signer:
    return desk.enrol(spool)


def held(taken: Taken) -> list[tuple[int, int]]:
    return [(each.first, each.last) for receipt in taken.receipts.values() for each in receipt.ranges]


def unsigned(message: Message) -> Signed:
    return Signed(message.kind, encode(message), ())


def test_every_kind_is_taken_and_its_link_kept(desk: Desk, car: Signer, spool: Any) -> None:
    hit = spool.hit(new_id(), new_id())
    made = [hit, spool.read(), spool.image(hit.body.read.read_id), spool.answer(hit.body.hit_id)]
    taken = desk.take(*(car.sign(message) for message in made))
    assert held(taken) == [(1, 4)]
    assert desk.reasons() == []
    links = list(desk.chain.links())
    assert [(link.seq, link.kind) for link in links] == [(1, "hits"), (2, "reads"), (3, "images"), (4, "answers")]
    assert links[-1].link == car.last
    assert desk.chain.verify().whole


def test_messages_in_any_order_and_again_are_taken_once(desk: Desk, car: Signer) -> None:
    sent = car.reads(9)
    for batch in ((8, 3), (0, 1, 2), (3, 8, 7, 4), (5,), (6, 5)):
        desk.take(*(sent[at] for at in batch))
    assert (desk.reads(), desk.reasons(), desk.alarms()) == (9, [], [])
    assert desk.chain.verify().whole


def test_the_links_stay_when_the_messages_go(desk: Desk, car: Signer) -> None:
    sent = car.reads(3)
    desk.take(*sent)
    with write_transaction(desk.engine) as connection:
        connection.execute(delete(schema.read))
    assert desk.chain.verify().whole
    desk.take(*sent)
    assert desk.reasons() == [], "a repeat is known by its link, though its message was disposed of"


def of_another_payload(car: Signer, sent: Signed) -> Signed:
    return Signed(sent.kind, encode(car.spool.read().model_copy(update={"seq": 1})), sent.properties)


def without_signature(car: Signer, sent: Signed) -> Signed:
    return Signed(sent.kind, sent.data, ())


def with_half_a_proof(car: Signer, sent: Signed) -> Signed:
    return Signed(sent.kind, sent.data, sent.properties[:2])


def by_another_key(car: Signer, sent: Signed) -> Signed:
    other = Signer(car.spool, PrivateKey.new())
    return other.over(1, "reads", sent.data, other.last)


def by_another_key_in_its_name(car: Signer, sent: Signed) -> Signed:
    forged = by_another_key(car, sent).properties
    return Signed(sent.kind, sent.data, (sent.properties[0], *forged[1:]))


def on_another_topic(car: Signer, sent: Signed) -> Signed:
    return Signed("hits", sent.data, sent.properties)


def cut_short(car: Signer, sent: Signed) -> Signed:
    return Signed(sent.kind, sent.data[:-1] + b',"more":1}', sent.properties)


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize(
    ("forge", "says"),
    [
        (of_another_payload, "its signature is not that of the key"),
        (without_signature, "it is not signed"),
        (with_half_a_proof, "device-signature is not there"),
        (by_another_key, "was never enrolled for car-7"),
        (by_another_key_in_its_name, "its signature is not that of the key"),
        (on_another_topic, "its signature is not that of the key"),
        (cut_short, "its signature is not that of the key"),
    ],
)
def test_what_nothing_proves_takes_no_number_from_the_device(
    desk: Desk, car: Signer, forge: Callable[[Signer, Signed], Signed], says: str, required: bool
) -> None:
    desk.required = required
    (sent,) = car.reads(1)
    taken = desk.take(forge(car, sent))
    assert says in desk.reasons()[0]
    assert held(taken) == [], "no receipt: the device keeps its own message"
    assert desk.counters.snapshot()[REFUSED] == 1
    taken = desk.take(sent)
    assert (held(taken), desk.reads()) == ([(1, 1)], 1)
    assert desk.alarms() == []


def test_another_devices_key_proves_nothing(desk: Desk, car: Signer, make_spool: Any) -> None:
    thief = desk.enrol(make_spool("car-8"))
    message = car.spool.read()
    desk.take(Signer(car.spool, thief.key).sign(message))
    assert desk.reasons() == [f"its key {thief.key.public.id} was never enrolled for car-7"]


def test_a_revocation_counts_at_once(desk: Desk, car: Signer) -> None:
    early, late = car.reads(2)
    desk.take(early)
    desk.keys.revoke("car-7", "stolen", "admin")
    taken = desk.take(late)
    assert (desk.reads(), held(taken)) == (1, [])
    assert "was revoked on" in desk.reasons()[0]


def test_what_an_older_key_signed_in_its_time_may_come_late(
    desk: Desk, car: Signer, make_spool: Any, clock: Any
) -> None:
    old = car.reads(2)
    clock.forward(hours=1)
    new = desk.enrol(make_spool())
    desk.take(*new.reads(2), *old)
    assert (desk.reads(), desk.reasons()) == (4, [])
    assert desk.chain.verify().whole


def test_unknown_devices_are_taken_only_where_signatures_are_not_required(
    desk: Desk, spool: Any, make_spool: Any
) -> None:
    stranger = Signer(make_spool("car-9"), PrivateKey.new())
    plain = unsigned(make_spool().read())
    desk.take(plain, device="car-7")
    desk.take(*stranger.reads(1), device="car-9")
    assert desk.reads() == 0
    assert set(desk.reasons()) == {
        f"its key {stranger.key.public.id} was never enrolled for car-9",
        "it is not signed, and this centre takes signed messages only: enrol the device",
    }
    desk.required = False
    desk.take(plain, device="car-7")
    desk.take(*stranger.reads(1), device="car-9")
    assert desk.reads() == 2
    assert list(desk.chain.links()) == [], "what no enrolled key signs proves nothing and is kept as no link"


def test_what_was_numbered_before_enrolment_is_taken_unsigned_and_no_more_of_it(desk: Desk, make_spool: Any) -> None:
    before, desk.required = make_spool(), False
    old = [unsigned(before.read()) for _ in range(4)]
    desk.take(old[0])
    now = desk.enrol(make_spool(), Unsigned(before.stream, 3))
    taken = desk.take(old[1], old[2], *now.reads(1))
    assert sorted(held(taken)) == [(1, 1), (1, 3)]
    desk.take(old[3])
    assert desk.reasons() == ["it is not signed, and its device is enrolled"]


def test_a_status_needs_no_signature(desk: Desk, car: Signer, clock: Any) -> None:
    status = Status(device="car-7", online=True, at=clock(), stream=car.spool.stream, made=3)
    desk.take(Signed("status", status.model_dump_json().encode(), ()))
    assert desk.reasons() == []


def test_a_broken_message_that_its_device_signed_has_its_place_in_the_chain(desk: Desk, car: Signer) -> None:
    message = car.spool.read()
    broken = encode(message).replace(b'"frames_read":7', b'"frames_read":0')
    taken = desk.take(car.sign(message, broken), *car.reads(2))
    assert held(taken) == [(1, 3)]
    assert "frames_read" in desk.reasons()[0]
    assert desk.chain.verify().whole


# ---- alarms: the device's own signatures contradict each other -------------------------------------------------------


@pytest.mark.parametrize("apart", [True, False])
def test_two_messages_with_one_number_are_an_alarm(desk: Desk, car: Signer, apart: bool) -> None:
    first, previous = car.reads(1)[0], start_of("car-7", car.spool.stream, car.key.public)
    second = car.over(1, "reads", encode(car.spool.read().model_copy(update={"seq": 1})), previous)
    for batch in ((first,), (second,)) if apart else ((first, second),):
        desk.take(*batch)
    assert desk.reads() == 1
    assert desk.reasons() == ["number 1 of its stream is another message's, which its device signed too"]
    (alarm,) = desk.alarms()
    assert (alarm.actor, alarm.details["seq"]) == ("device:car-7", 1)
    assert car.key.public.verifies(
        bytes.fromhex(str(alarm.details["signature"])),
        b"lanthorn device signature v1\n" + bytes.fromhex(str(alarm.details["link"])),
    )


def test_an_alarm_that_comes_again_is_logged_once(desk: Desk, car: Signer) -> None:
    first, previous = car.reads(1)[0], start_of("car-7", car.spool.stream, car.key.public)
    second = car.over(1, "reads", encode(car.spool.read().model_copy(update={"seq": 1})), previous)
    desk.take(first)
    for _ in range(3):
        desk.take(second)
    assert len(desk.alarms()) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_link_that_does_not_follow_is_an_alarm_and_the_rest_is_taken(
    desk: Desk, car: Signer, order: tuple[int, ...]
) -> None:
    """As from a spool that was put back from a copy: it goes on from a link that the centre has another for."""
    sent = [car.reads(1)[0]]
    car.last = bytes(32)
    sent += car.reads(2)
    for at in order:
        desk.take(sent[at])
    assert len(desk.alarms()) == 1
    assert desk.reads() == 2
    assert "follow" in desk.reasons()[0]
    report = desk.chain.verify()
    assert [(each.first, each.fault) for each in report.breaks] == [(2, Fault.DOES_NOT_FOLLOW)]
    (account,) = Devices(desk.engine).overview()
    assert account.missing == []
    assert account.arrived_by_kind["chain_alarms"] == 1


def test_a_stream_that_does_not_begin_at_its_start_is_an_alarm(desk: Desk, car: Signer) -> None:
    car.last = bytes(32)
    desk.take(*car.reads(1))
    assert desk.reasons() == ["its link does not follow from the start of its stream"]


def test_a_second_key_within_a_stream_is_an_alarm(desk: Desk, car: Signer) -> None:
    desk.take(*car.reads(2))
    second = desk.enrol(car.spool)
    second.last = car.last
    desk.take(*second.reads(1))
    assert desk.reasons() == ["its stream is under another key"]


# ---- what can be shown later -----------------------------------------------------------------------------------------


def test_every_so_many_links_the_log_has_the_head(desk: Desk, car: Signer) -> None:
    car.spool.seq = HEAD_EVERY - 2
    desk.take(*car.reads(3))
    (head,) = [entry.act for entry in desk.log.read() if entry.act.act == "device.chain.head"]
    link = next(link for link in desk.chain.links() if link.seq == HEAD_EVERY)
    assert (head.details["seq"], head.details["link"]) == (HEAD_EVERY, link.link.hex())


def test_an_export_is_in_the_log_with_its_hashes(desk: Desk, car: Signer, tmp_path: Path) -> None:
    desk.take(*car.reads(5))
    assert desk.chain.export(tmp_path / "export", "system:test") == 5
    report, _ = verify_export(tmp_path / "export")
    assert (report.whole, report.links) == (True, 5)
    (act,) = [entry.act for entry in desk.log.read() if entry.act.act == "device.chain.export"]
    assert act.details["links"] == 5
    assert len(str(act.details["device-links.jsonl"])) == 64


def test_a_link_that_was_taken_out_of_the_database_is_missed(desk: Desk, car: Signer) -> None:
    desk.take(*car.reads(5))
    with write_transaction(desk.engine) as connection:
        connection.execute(delete(schema.device_link).where(schema.device_link.c.seq == 3))
    assert [(each.first, each.last, each.fault) for each in desk.chain.verify().breaks] == [(3, 3, Fault.MISSING)]
