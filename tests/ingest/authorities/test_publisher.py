"""The authorities on real brokers: there for a device that comes late, put back, and taken off when over."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.authority.case import Case
from governance.authority.held import HeldAuthorities
from governance.authority.question import Where
from governance.authority.states import Step
from governance.log import Log
from ingest.authorities.publisher import AuthorityPublisher
from ingest.contract import topics
from ingest.counters import Counters
from ingest.settings import BrokerSettings
from tests.governance.authority.drawn import FORCE, INSIDE, LIST, RULES
from tests.ingest.authorities.conftest import NOON, Office


@pytest.fixture
def database_url(tmp_path: Any) -> str:
    """The publisher only reads a few rows: SQLite does."""
    return f"sqlite:///{tmp_path / 'centre.db'}"


@pytest.fixture
def force() -> str:
    return FORCE


@pytest.fixture
def broker(embedded_broker: Any) -> Any:
    """One broker; the lists' own tests show that both keep what is retained."""
    return embedded_broker


@pytest.fixture
def published(engine: Engine, log: Log, clock: Any, broker: Any) -> Iterator[tuple[Office, AuthorityPublisher]]:
    office = Office(engine, log, clock)
    settings = BrokerSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id="authorities-test")
    publisher = AuthorityPublisher(office.authorities, FORCE, settings, Counters())
    office.wake = publisher.wake
    publisher.start()
    yield office, publisher
    publisher.close()


def test_a_device_gets_them_verifies_them_and_learns_of_their_end(
    published: Any, broker: Any, make_car: Any, until: Any, tmp_path: Any
) -> None:
    office, publisher = published
    made = office.granted()
    topic = topics.authority(FORCE, made)
    held = HeldAuthorities.open(tmp_path / "held", office.anchor.public, FORCE, RULES, lambda: NOON - NOON)
    with make_car(broker.port, FORCE, "car-1") as car:
        until(lambda: {topic, topics.trust(FORCE)} <= car.retained.keys(), "both are there")
        held.take_trust(car.retained[topics.trust(FORCE)])
        held.take(car.retained[topic])
        assert held.may("list.match", LIST, str(made), NOON, Where(*INSIDE, "car-1")).allowed
        office.step(made, Step.END)
        until(lambda: len(Case.parse(car.retained[topic]).statements) == 2, "the end is there")
        held.take(car.retained[topic])
        assert not held.may("list.match", LIST, str(made), NOON, Where(*INSIDE, "car-1")).allowed
        office.clock.forward(days=3)
        publisher.wake()
        until(lambda: topic not in car.retained, "what is over is taken off")


def test_a_broker_that_forgot_everything_is_given_it_again(
    published: Any, broker: Any, make_car: Any, until: Any
) -> None:
    office, publisher = published
    made = office.granted()
    topic = topics.authority(FORCE, made)
    with make_car(broker.port, FORCE, "car-1") as car:
        until(lambda: topic in car.retained, "it is there")
    broker.stop()
    until(lambda: not publisher.session.up, "the loss is seen")
    broker.start()
    with make_car(broker.port, FORCE, "car-2") as car:
        until(lambda: topic in car.retained, "it is there again", limit_s=40)


def test_what_has_expired_is_written_down(published: Any, until: Any) -> None:
    office, publisher = published
    office.granted()
    office.clock.forward(days=3)
    publisher.wake()
    until(lambda: [act for act in office.acts() if act.act == "authority.expire"], "it is in the log")
