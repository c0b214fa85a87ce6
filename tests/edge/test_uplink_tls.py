"""An enrolled device at a mosquitto that asks for certificates: its identity is all that it needs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.counters import Counters
from edge.errors import BadBroker
from edge.identity import Identity
from edge.mqtt import tls_context
from edge.settings import BrokerSettings, EdgeSettings
from edge.spool import Spool
from edge.uplink import Uplink
from governance.keys import PrivateKey
from hardware.clock import SystemClock
from ingest.contract.messages import Status
from tests.edge.servers import DEVICE, FORCE, mosquitto_path, wait_for
from tests.ingest.tls_broker import LIFE, Broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(mosquitto_path(), tmp_path_factory.mktemp("broker"))
    broker.write()
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def identity(broker: Broker, tmp_path: Path) -> Identity:
    """As enrolment would have left it."""
    key = PrivateKey.new()
    certificate = broker.authority.issue(DEVICE, key.public, datetime.now(UTC), LIFE)
    identity = Identity(tmp_path, DEVICE, FORCE, "http://127.0.0.1:9", key, certificate, broker.authority.pem, None)
    identity.keep()
    return identity


@pytest.fixture
def uplink(
    broker: Broker, edge_settings: Callable[..., EdgeSettings], tmp_path: Path
) -> Iterator[Callable[[Identity | None], tuple[Uplink, Spool, Counters]]]:
    opened: list[tuple[Uplink, Spool]] = []

    def make(identity: Identity | None) -> tuple[Uplink, Spool, Counters]:
        counters, clock = Counters(), SystemClock()
        trusted = None if identity is not None else broker.files / "devices-ca.crt"
        at = BrokerSettings(url=f"mqtts://localhost:{broker.port}", ca_file=trusted)
        settings = edge_settings(broker.port, broker=at)
        key = None if identity is None else identity.key
        spool = Spool.open(tmp_path / "spool.db", DEVICE, clock, counters, key)

        def status(online: bool) -> Status:
            return Status(device=DEVICE, online=online, at=clock.now(), stream=spool.stream)

        uplink = Uplink(
            settings,
            spool,
            clock,
            counters,
            status=status,
            on_list=lambda _topic, _payload: None,
            identity=lambda: identity,
        )
        opened.append((uplink, spool))
        uplink.start()
        return uplink, spool, counters

    yield make
    for one, spool in opened:
        one.stop()
        spool.close()


def test_an_enrolled_device_is_let_in_and_its_messages_are_taken(uplink: Any, identity: Identity, bodies: Any) -> None:
    connected, spool, counters = uplink(identity)
    assert connected.wait_connected(20)
    spool.put(bodies.read())
    connected.wake()
    wait_for(lambda: counters.value("messages_published") == 1, "the read was not published")
    connected.tell_status()
    assert counters.value("publishes_refused") == 0


def test_a_device_that_is_not_enrolled_is_not_let_in(uplink: Any) -> None:
    connected, _, counters = uplink(None)
    wait_for(lambda: counters.snapshot(), "nothing was counted")
    assert not connected.connected


def test_what_cannot_be_used_as_an_identity_is_named(identity: Identity) -> None:
    identity.tls_file.write_text("nonsense")
    with pytest.raises(BadBroker, match=r"identity\.pem"):
        tls_context(BrokerSettings(url="mqtts://localhost"), identity)
