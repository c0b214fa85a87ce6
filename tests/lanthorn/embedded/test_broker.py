"""The embedded broker itself, with paho-mqtt as in the service."""

import os
import queue
import socket
import subprocess
import sys
import threading

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.contract.codec import MAX_PAYLOAD_BYTES
from lanthorn.embedded.broker import LOG_BYTES_PER_FILTER, MAX_UNDER_WAY, Broker, answers
from lanthorn.embedded.ports import PortTaken
from lanthorn.errors import NotStarted

LIMIT_S = 15.0
FOR_EVER_S = 0xFFFF_FFFF


class Client:
    """A paho client on a broker, with its messages in a queue."""

    def __init__(self, broker, name, *, session=False, manual_ack=False, will=None):
        self.messages: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.session_present: queue.Queue[bool] = queue.Queue()
        self._subscribed = threading.Event()
        self.paho = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, name, protocol=mqtt.MQTTv5, manual_ack=manual_ack)
        self.paho.on_connect = lambda _c, _u, flags, _r, _p: self.session_present.put(flags.session_present)
        self.paho.on_message = lambda _c, _u, message: self.messages.put(message)
        self.paho.on_subscribe = lambda *_: self._subscribed.set()
        if will:
            self.paho.will_set(*will)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = FOR_EVER_S if session else 0
        self.paho.connect(broker.host, broker.port, clean_start=not session, properties=properties)
        self.paho.loop_start()
        self.resumed = self.session_present.get(timeout=LIMIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.paho.disconnect()
        self.paho.loop_stop()

    def subscribe(self, topic):
        self._subscribed.clear()
        self.paho.subscribe(topic, qos=1)
        assert self._subscribed.wait(LIMIT_S)

    def publish(self, topic, payload, **options):
        sent = self.paho.publish(topic, payload, qos=1, **options)
        sent.wait_for_publish(LIMIT_S)
        assert sent.is_published()

    def next(self):
        return self.messages.get(timeout=LIMIT_S)

    def break_off(self):
        self.paho.loop_stop()
        self.paho.socket().shutdown(socket.SHUT_RDWR)
        self.paho.socket().close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()


def test_a_message_goes_round_with_its_properties(broker):
    with Client(broker, "round-a") as sender, Client(broker, "round-b") as taker:
        taker.subscribe("round/#")
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = [("force", "demo")]
        sender.publish("round/trip", b"hello", properties=properties)
        message = taker.next()
        assert (message.topic, message.payload, message.qos) == ("round/trip", b"hello", 1)
        assert message.properties.UserProperty == [("force", "demo")]


def test_the_largest_payload_of_the_contract_passes(broker):
    with Client(broker, "large-a") as sender, Client(broker, "large-b") as taker:
        taker.subscribe("large")
        sender.publish("large", payload := os.urandom(MAX_PAYLOAD_BYTES))
        assert taker.next().payload == payload


def test_retained_messages_are_given_to_who_comes_later_until_they_are_cleared(broker):
    with Client(broker, "retain-a") as sender:
        sender.publish("retain/gone", b"old", retain=True)
        sender.publish("retain/stays", b"kept", retain=True)
        sender.publish("retain/gone", b"", retain=True)
        with Client(broker, "retain-b") as late:
            late.subscribe("retain/#")
            message = late.next()
            assert (message.topic, message.payload, message.retain) == ("retain/stays", b"kept", True)
            sender.publish("retain/end", b"")
            assert late.next().topic == "retain/end"


def test_what_a_subscription_finds_retained_is_cut_at_a_hundred(broker):
    """Not what anybody would want: it is why a device asks for a list's chunks a few at a time."""
    with Client(broker, "many-a") as sender, Client(broker, "many-b") as late:
        for number in range(120):
            sender.publish(f"many/{number}", b"kept", retain=True)
        late.subscribe("many/+")
        sender.publish("many/end", b"")
        assert len(list(iter(lambda: late.next().topic, "many/end"))) == MAX_UNDER_WAY


def test_the_last_will_of_a_client_that_is_cut_off_is_published(broker):
    with Client(broker, "will-watcher") as watcher:
        watcher.subscribe("will/#")
        Client(broker, "will-car", will=("will/car", b"offline", 1, True)).break_off()
        assert watcher.next().payload == b"offline"


def test_a_session_that_is_away_gets_its_messages_in_order_when_it_is_back(broker):
    with Client(broker, "away", session=True) as taker:
        taker.subscribe("away/#")
    with Client(broker, "away-sender") as sender:
        for number in range(20):
            sender.publish("away/1", str(number).encode())
    with Client(broker, "away", session=True) as back:
        assert back.resumed
        assert [int(back.next().payload) for _ in range(20)] == list(range(20))


def test_what_was_not_acknowledged_comes_again(broker):
    first = Client(broker, "again", session=True, manual_ack=True)
    first.subscribe("again/#")
    with Client(broker, "again-sender") as sender:
        for number in range(3):
            sender.publish("again/1", str(number).encode())
    taken = [first.next() for _ in range(3)]
    first.paho.ack(taken[0].mid, taken[0].qos)
    first.break_off()
    with Client(broker, "again", session=True) as back:
        assert [back.next().payload for _ in range(2)] == [b"1", b"2"]


def test_a_subscriber_that_is_outrun_loses_messages_and_the_broker_counts_it(broker):
    """The reason why the edge keeps a message until the centre's receipt, and not until the broker's PUBACK."""
    before = broker.times_outrun
    size = 500_000
    count = 100 + 2 * LOG_BYTES_PER_FILTER // size
    with Client(broker, "slow", session=True, manual_ack=True) as slow, Client(broker, "quick") as sender:
        slow.subscribe("outrun/#")
        for number in range(count):
            sender.publish("outrun/1", number.to_bytes(4, "big") + bytes(size))
        arrived = set()
        while (number := int.from_bytes((message := slow.next()).payload[:4], "big")) != count - 1:
            arrived.add(number)
            slow.paho.ack(message.mid, message.qos)
    lost = set(range(count - 1)) - arrived
    assert lost
    assert broker.times_outrun > before


def test_it_listens_on_loopback_alone(broker, processes):
    server = processes.descendants(broker.pid)[0]
    assert processes.listeners(server) == {f"0100007F:{broker.port:04X}"}


def test_a_port_that_is_taken_is_refused(broker, tmp_path):
    with pytest.raises(PortTaken, match=f"embedded broker cannot listen on .*:{broker.port}"):
        Broker(tmp_path, broker.port).start()


def test_it_starts_again_on_the_same_port(tmp_path):
    broker = Broker(tmp_path)
    for _ in range(2):
        broker.start()
        assert answers(broker.port)
        broker.stop()
        assert not answers(broker.port)
    assert broker.times_outrun == 0


def test_one_that_was_not_started_has_no_process(tmp_path):
    broker = Broker(tmp_path)
    assert not broker.running
    with pytest.raises(NotStarted, match="was not started"):
        _ = broker.pid


STARTER = """
import sys, time
from pathlib import Path
from lanthorn.embedded.broker import Broker
broker = Broker(Path(sys.argv[1]))
broker.start()
print(broker.pid, broker.port, flush=True)
time.sleep(600)
"""


def test_it_ends_when_its_starter_is_killed(tmp_path, processes):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with starter:
        keeper, port = map(int, starter.stdout.readline().split())
        pids = [keeper, *processes.descendants(keeper)]
        starter.kill()
    processes.wait_until(lambda: not any(map(processes.alive, pids)), LIMIT_S, "the broker is gone")
    assert not answers(port)
