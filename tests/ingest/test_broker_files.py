"""A real mosquitto with the files that are made for it: who gets in, and which topics each may use."""

import os
import shutil
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from governance.devices.authority import Authority
from governance.keys import PrivateKey
from ingest.broker import BrokerSession
from ingest.broker_files import CENTRE_NAME
from ingest.contract import topics
from ingest.settings import BrokerSettings
from tests.ingest.servers import LIMIT_S, until
from tests.ingest.tls_broker import FORCE, LIFE, Broker

KINDS = ("reads", "hits", "answers", "images", "status")


class Device:
    """A client with a certificate of its own, or with none."""

    def __init__(self, broker: Broker, folder: Path, name: str, authority: Authority | None = None) -> None:
        self.name = name
        key = PrivateKey.new()
        self.certificate = (authority or broker.authority).issue(name, key.public, datetime.now(UTC), LIFE)
        self._both = folder / f"{name}-{key.public.id}.pem"
        self._both.write_text(key.pem().decode() + self.certificate.pem)
        self._broker = broker
        self.heard: list[tuple[str, bytes]] = []

    def connect(self, *, shown: bool = True, client_id: str = "any") -> "Session":
        context = ssl.create_default_context(cadata=self._broker.authority.pem)
        if shown:
            context.load_cert_chain(self._both)
        return Session(self._broker.port, context, client_id)


class Session:
    """One connection, with what it heard and how it ended."""

    def __init__(self, port: int, context: ssl.SSLContext, client_id: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.let_in: bool | None = None
        self._acknowledged: dict[int, bool] = {}
        self._subscribed = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5, reconnect_on_failure=False
        )
        self._client.tls_set_context(context)
        self._client.on_connect = lambda *given: self._ended(not given[3].is_failure)
        self._client.on_disconnect = lambda *_given: self._ended(False)
        self._client.on_publish = lambda *given: self._acknowledged.update({given[2]: not given[3].is_failure})
        self._client.on_subscribe = lambda *_given: self._subscribed.set()
        self._client.on_message = self._message
        try:
            self._client.connect("127.0.0.1", port)
        except OSError:
            self.let_in = False
            return
        self._client.loop_start()
        until(lambda: self.let_in is not None, "the broker answers")

    def publish(self, topic: str, payload: bytes = b"x") -> bool:
        """Publish, and say whether the broker took it."""
        mid = self._client.publish(topic, payload, 1).mid
        until(lambda: mid in self._acknowledged, f"the broker answers for {topic}")
        return self._acknowledged[mid]

    def subscribe(self, *filters: str) -> None:
        self._client.subscribe([(each, 1) for each in filters])
        assert self._subscribed.wait(LIMIT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _ended(self, let_in: bool) -> None:
        if self.let_in is None:
            self.let_in = let_in

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed (apt install mosquitto)")
    broker = Broker(program, tmp_path_factory.mktemp("broker"))
    broker.write()
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def car(broker: Broker, tmp_path: Path) -> Device:
    return Device(broker, tmp_path, "car-7")


@pytest.fixture
def centre(broker: Broker) -> Iterator["Hearing"]:
    hearing = Hearing(broker)
    yield hearing
    hearing.session.stop()


class Hearing:
    """The centre's own session, with its own certificate."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[tuple[str, bytes]] = []
        settings = BrokerSettings(
            url=f"mqtts://127.0.0.1:{broker.centre_port}",
            ca_file=broker.files / "devices-ca.crt",
            certificate_file=broker.files / "centre.crt",
            key_file=broker.files / "centre.key",
        )
        filters = [f"$share/centres/{topics.message(FORCE, '+', 'reads')}", topics.status(FORCE, "+")]

        def received(message: MQTTMessage, generation: int) -> None:
            self.heard.append((message.topic, bytes(message.payload)))
            self.session.acknowledge(message.mid, message.qos, generation)

        self.session = BrokerSession(settings, "test", filters, received=received, clean=True)
        self.session.start()
        until(lambda: self.session.up, "the centre is let in")


def test_a_device_writes_its_own_topics_and_the_centre_hears_them(car: Device, centre: Hearing) -> None:
    session = car.connect()
    assert session.let_in
    assert all(session.publish(topics.message(FORCE, "car-7", kind)) for kind in KINDS)
    until(lambda: len(centre.heard) == 2, "a read and a status are heard")
    session.close()


@pytest.mark.parametrize(
    "topic",
    [
        topics.message(FORCE, "car-8", "reads"),
        topics.message("kent", "car-7", "reads"),
        topics.receipts(FORCE, "car-7"),
        topics.list_manifest(FORCE, "a-list"),
        topics.authority(FORCE, "an-authority"),
        topics.trust(FORCE),
        topics.message(FORCE, CENTRE_NAME, "reads"),
        "anything/else",
    ],
)
def test_a_device_writes_no_other_topic(car: Device, topic: str) -> None:
    session = car.connect()
    assert not session.publish(topic)
    session.close()


def test_a_device_reads_its_own_receipts_and_the_lists_only(car: Device, broker: Broker, tmp_path: Path) -> None:
    neighbour, session = Device(broker, tmp_path, "car-8").connect(client_id="other"), car.connect()
    session.subscribe("#")
    centre = Hearing(broker)
    neighbour.publish(topics.message(FORCE, "car-8", "reads"))
    theirs = [
        topics.receipts(FORCE, "car-7"),
        topics.list_manifest(FORCE, "a-list"),
        topics.list_chunk(FORCE, "a-list", 1, 0),
        topics.authority(FORCE, "an-authority"),
        topics.trust(FORCE),
    ]
    for topic in (topics.receipts(FORCE, "car-8"), *theirs):
        sent = centre.session.publish(topic, b"from the centre")
        assert sent is not None
        sent.wait_for_publish(LIMIT_S)
    until(lambda: len(session.heard) >= len(theirs), "its own receipt and what is for all is heard")
    assert session.heard == [(topic, b"from the centre") for topic in theirs]
    for each in (session, neighbour):
        each.close()
    centre.session.stop()


def test_a_device_cannot_take_over_anothers_session_by_its_client_id(
    car: Device, broker: Broker, tmp_path: Path
) -> None:
    first = car.connect(client_id="lanthorn-edge-met-car-7")
    second = Device(broker, tmp_path, "car-8").connect(client_id="lanthorn-edge-met-car-7")
    assert second.let_in
    assert first.publish(topics.message(FORCE, "car-7", "reads"))
    for each in (first, second):
        each.close()


def test_nobody_is_let_in_without_a_certificate(car: Device) -> None:
    assert not car.connect(shown=False).let_in


def test_nobody_is_let_in_with_another_authoritys_certificate(broker: Broker, tmp_path: Path) -> None:
    other = Authority.load_or_make(tmp_path / "other", FORCE, datetime.now(UTC))
    assert not Device(broker, tmp_path, "car-7", other).connect().let_in


def test_the_brokers_own_certificate_opens_nothing(broker: Broker) -> None:
    context = ssl.create_default_context(cadata=broker.authority.pem)
    context.load_cert_chain(broker.files / "broker.crt", broker.files / "broker.key")
    assert not Session(broker.port, context, "any").let_in


def test_a_revoked_device_is_let_in_no_more_and_the_others_are(broker: Broker, tmp_path: Path) -> None:
    lost, kept = (Device(broker, tmp_path, name) for name in ("car-9", "car-10"))
    session = lost.connect()
    assert session.let_in
    session.close()
    broker.write(lost.certificate)
    broker.read_again()

    def refused() -> bool:
        attempt = lost.connect()
        attempt.close()
        return attempt.let_in is False

    until(refused, "the broker has read the list again")
    session = kept.connect()
    assert session.let_in
    session.close()


def test_keys_that_are_there_stay_as_they_are(broker: Broker) -> None:
    before = [(broker.files / name).read_bytes() for name in ("broker.key", "centre.key")]
    broker.write()
    assert [(broker.files / name).read_bytes() for name in ("broker.key", "centre.key")] == before
    assert all((broker.files / name).stat().st_mode & 0o777 == 0o600 for name in ("broker.key", "centre.key"))
