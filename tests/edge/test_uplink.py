import socket
from typing import Any

import pytest

from edge.mqtt import Connection
from hardware.clock import SystemClock
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import decode
from ingest.contract.messages import Receipt


def test_everything_arrives_once_and_in_order_and_the_receipt_empties_the_spool(
    broker: Any, centre_at: Any, device: Any, bodies: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    picture = bodies.picture(size=25_000)
    for _ in range(100):
        car.put(bodies.read(), bodies.hit(), bodies.answer())
    car.spool.put(picture.header, picture.data)
    car.uplink.start()

    assert car.uplink.drain(30)

    # Across topics iotcore keeps no order: it gives what each subscription filter has in turn.
    for kind in topics.NUMBERED_KINDS:
        seqs = [message.seq for message in centre.messages if message.kind == kind]
        assert seqs == sorted(seqs)
    assert sorted(centre.seqs) == list(range(1, 302))
    assert len({message.id for message in centre.messages}) == 301
    assert car.counters.value("messages_published") == 301
    assert car.counters.value("messages_resent") == 0


def test_a_broker_that_is_down_at_start_is_waited_for_and_then_all_arrives_in_order(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any, caplog: pytest.LogCaptureFixture
) -> None:
    car = device(broker.port)
    car.uplink.start()
    for _ in range(50):
        car.put(bodies.read())
    wait(lambda: car.counters.value("broker_tries_failed") >= 2, "the broker was not tried again")

    assert not car.uplink.connected
    assert not car.uplink.drain(0.3)
    warnings = [record.getMessage() for record in caplog.records if "no connection to the broker" in record.message]
    assert len(warnings) == 1
    assert f"mqtt://127.0.0.1:{broker.port}" in warnings[0]

    broker.start()
    centre = centre_at(broker.port)

    assert car.uplink.wait_connected(20)
    assert car.uplink.drain(30)
    assert list(dict.fromkeys(centre.seqs)) == list(range(1, 51))


def test_a_broker_that_dies_and_comes_back_empty_loses_nothing(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    """The messages that the first broker acknowledged are gone with it: only the missing receipts bring them back."""
    broker.start()
    car = device(broker.port)
    car.put(*[bodies.read() for _ in range(30)])
    car.uplink.start()
    wait(lambda: car.counters.value("messages_published") >= 30, "nothing was published")
    before = {w.seq: w.payload for w in car.spool.due(100, SystemClock().now().replace(year=2100), 0.5)}

    broker.stop()
    wait(lambda: not car.uplink.connected, "the loss was not noticed")
    car.put(*[bodies.read() for _ in range(30)])
    assert car.spool.waiting == 60
    broker.start()
    centre = centre_at(broker.port)

    assert car.uplink.drain(30) or car.uplink.drain(30)
    assert sorted(set(centre.seqs)) == list(range(1, 61))
    assert car.counters.value("messages_resent") >= 30
    assert car.counters.value("broker_lost") == 1
    repeats = {message.seq: payload for message, payload in zip(centre.messages, centre.payloads, strict=True)}
    assert {seq: repeats[seq] for seq in before} == before


def test_a_message_without_a_receipt_is_sent_again_with_the_same_id(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port, receipts=False)
    car = device(broker.port)
    car.put(bodies.hit())
    car.uplink.start()

    wait(lambda: len(centre.messages) >= 2, "it was not sent again")

    assert len({message.id for message in centre.messages}) == 1
    assert len(set(centre.payloads)) == 1
    assert car.counters.value("messages_resent") >= 1
    assert car.spool.waiting == 1

    centre.receipts = True
    assert car.uplink.drain(30)


def test_a_broker_s_acknowledgement_alone_lets_go_of_nothing(broker: Any, device: Any, bodies: Any, wait: Any) -> None:
    broker.start()
    car = device(broker.port, spool={"resend_after_s": 600})
    car.put(bodies.hit(), bodies.hit())
    car.uplink.start()
    wait(lambda: car.counters.value("messages_published") == 2, "nothing was published")

    assert not car.uplink.drain(0.5)
    assert car.spool.waiting == 2


def test_another_start_of_the_agent_sends_what_waits(broker: Any, centre_at: Any, device: Any, bodies: Any) -> None:
    first = device(broker.port)
    first.put(*[bodies.read() for _ in range(5)])
    first.close()
    broker.start()
    centre = centre_at(broker.port)
    second = device(broker.port, spool={"resend_after_s": 60})
    second.uplink.start()

    assert second.uplink.drain(30)
    assert centre.seqs == [1, 2, 3, 4, 5]


def test_the_status_is_retained_and_says_what_was_made(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    car = device(broker.port)
    car.put(bodies.read(), bodies.read())
    car.uplink.start()
    assert car.uplink.wait_connected(20)
    late = centre_at(broker.port)
    wait(lambda: late.statuses, "no retained status")

    assert (late.statuses[0].online, late.statuses[0].made, late.statuses[0].stream) == (True, 2, car.spool.stream)

    car.close()
    wait(lambda: not late.statuses[-1].online, "a clean stop did not say that the device is off")


def test_the_last_will_says_that_a_lost_device_is_off(
    broker: Any, centre_at: Any, device: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    opened: list[Connection] = []
    real_open = Connection.open
    monkeypatch.setattr(Connection, "open", lambda self: (opened.append(self), real_open(self)))
    car = device(broker.port)
    car.uplink.start()
    wait(lambda: centre.statuses and centre.statuses[-1].online, "the device did not say that it is on")

    # As a lost network does it: without a goodbye.
    opened[-1]._client.socket().shutdown(socket.SHUT_RDWR)

    wait(lambda: any(not status.online for status in centre.statuses), "the will was not published")


def test_a_changed_status_is_told_at_once(broker: Any, centre_at: Any, device: Any, wait: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    car.uplink.start()
    wait(lambda: centre.statuses, "no status")

    car.uplink.tell_status()

    wait(lambda: len(centre.statuses) == 2, "no second status")


def test_lists_come_in_and_their_chunks_only_when_wanted(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port)
    manifest, chunks = bodies.chunks([bodies.entry() for _ in range(3)], size=1)
    centre.publish_list(manifest, chunks)
    car = device(broker.port)
    car.uplink.start()
    wait(lambda: car.lists, "no manifest")
    assert [topic for topic, _ in car.lists] == [topics.list_manifest("met", manifest.list_id)]

    car.uplink.want(frozenset({topics.list_chunk("met", manifest.list_id, 1, "+")}))

    wait(lambda: len(car.lists) == 4, "the chunks did not come")
    assert sorted(payload for _, payload in car.lists[1:]) == sorted(chunks)


def test_what_is_published_comes_again_on_a_new_connection(
    broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    """A broker need not give it to a session that it knows, and the embedded one does not."""
    broker.start()
    centre = centre_at(broker.port)
    manifest, chunks = bodies.chunks([bodies.entry()], size=1)
    centre.publish_list(manifest, chunks)
    car = device(broker.port)
    chunk = topics.list_chunk("met", manifest.list_id, 1, 0)
    car.uplink.want(frozenset({chunk}))
    car.uplink.start()
    wait(lambda: len(car.lists) == 2, "the list did not come")
    car.uplink.stop()

    again = device(broker.port)
    again.uplink.want(frozenset({chunk}))
    again.uplink.start()

    wait(lambda: len(again.lists) == 2, "the list did not come again")
    assert sorted(topic for topic, _ in again.lists) == sorted([topics.list_manifest("met", manifest.list_id), chunk])


@pytest.mark.parametrize("payload", [b"", b"{", b'{"device":"car-1"}'])
def test_a_receipt_that_is_none_is_counted(
    payload: bytes, broker: Any, centre_at: Any, device: Any, bodies: Any, wait: Any
) -> None:
    broker.start()
    centre = centre_at(broker.port, receipts=False)
    car = device(broker.port)
    car.put(bodies.read())
    car.uplink.start()
    wait(lambda: centre.messages, "nothing arrived")

    centre.publish(topics.receipts("met", "car-1"), payload)
    centre.send_receipt(Receipt(device="car-1", stream=new_id(), ranges=()))

    wait(lambda: car.counters.value("receipts_of_another_stream") == 1, "the receipts did not come")
    assert car.counters.value("receipts_bad") == 1
    assert car.spool.waiting == 1


def test_no_more_than_max_inflight_are_under_way(broker: Any, centre_at: Any, device: Any, bodies: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port, spool={"max_inflight": 3, "resend_after_s": 60})
    car.put(*[bodies.read() for _ in range(100)])
    most = 0
    real_publish = car.uplink._publish_due

    def watched(session: Any) -> None:
        nonlocal most
        real_publish(session)
        most = max(most, sum(seq is not None for seq in session.under_way.values()))

    car.uplink._publish_due = watched
    car.uplink.start()

    assert car.uplink.drain(30)
    assert centre.seqs == list(range(1, 101))
    assert most == 3


def test_what_is_on_the_wire_is_what_the_codec_reads(broker: Any, centre_at: Any, device: Any, bodies: Any) -> None:
    broker.start()
    centre = centre_at(broker.port)
    car = device(broker.port)
    picture = bodies.picture()
    made = car.spool.put(picture.header, picture.data)
    car.uplink.start()

    assert car.uplink.drain(30)
    assert [decode(payload) for payload in centre.payloads] == [(made, picture.data)]
