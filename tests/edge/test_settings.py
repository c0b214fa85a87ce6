from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from edge.settings import EdgeSettings

LEAST: dict[str, Any] = {"force": "met", "device": "car-1", "state_dir": "state", "camera": {"source": "street.mp4"}}


def test_the_least_that_must_be_said() -> None:
    settings = EdgeSettings.model_validate(LEAST)

    assert settings.state_dir == Path("state")
    assert (settings.broker.host, settings.broker.port, settings.broker.tls) == ("127.0.0.1", 1883, False)
    assert settings.display.host.is_loopback
    assert (settings.spool.max_inflight, settings.spool.pictures) == (50, "hits")


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("mqtt://broker.example", "broker.example", 1883, False),
        ("mqtts://broker.example", "broker.example", 8883, True),
        ("mqtts://10.0.0.1:4000", "10.0.0.1", 4000, True),
        ("mqtt://[::1]:1884/", "::1", 1884, False),
    ],
)
def test_broker_addresses(url: str, host: str, port: int, tls: bool) -> None:
    broker = EdgeSettings.model_validate(LEAST | {"broker": {"url": url}}).broker

    assert (broker.host, broker.port, broker.tls) == (host, port, tls)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"broker": {"url": "http://broker"}}, "give mqtt://HOST:PORT"),
        ({"broker": {"url": "mqtt://"}}, "give mqtt://HOST:PORT"),
        ({"broker": {"url": "mqtt://broker/topic"}}, "give mqtt://HOST:PORT"),
        ({"broker": {"url": "mqtt://broker:99999"}}, "out of range"),
        ({"broker": {"url": "mqtt://me:secret@broker"}}, "must not hold a name or password"),
        ({"device": "lists"}, "no device may be called 'lists'"),
        ({"device": "authorities"}, "no device may be called 'authorities'"),
        ({"device": "trust"}, "no device may be called 'trust'"),
        ({"authorities": {"trust_key": "short"}}, "pattern"),
        ({"device": "Car 1"}, "pattern"),
        ({"force": "met/x"}, "pattern"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"spool": {"max_inflight": 0}}, "greater than or equal to 1"),
        ({"spool": {"pictures": "some"}}, "'hits' or 'all'"),
        ({"display": {"host": "everywhere"}}, "IPv4 or IPv6 address"),
        ({"camera": {"source": ""}}, "at least 1 character"),
        ({"camera": {"source": "x", "position": {"kind": "moon"}}}, "'fixed', 'track'"),
        ({"camera": {"source": "x", "position": {"kind": "fixed", "latitude_deg": 91, "longitude_deg": 0}}}, "90"),
    ],
)
def test_the_refusals(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        EdgeSettings.model_validate(LEAST | given)


def test_a_password_in_the_address_is_not_repeated_in_the_message() -> None:
    with pytest.raises(ValidationError) as refusal:
        EdgeSettings.model_validate(LEAST | {"broker": {"url": "mqtt://me:open-sesame@broker"}})

    assert all("open-sesame" not in error["msg"] for error in refusal.value.errors())


def test_a_password_is_not_shown() -> None:
    settings = EdgeSettings.model_validate(LEAST | {"broker": {"username": "car-1", "password": "open-sesame"}})

    assert "open-sesame" not in repr(settings)


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from models(kind)


@pytest.mark.parametrize("model", list(models(EdgeSettings)), ids=lambda model: model.__name__)
def test_every_field_says_what_it_is_for(model: type[BaseModel]) -> None:
    assert model.model_config["extra"] == "forbid"
    for name, field in model.model_fields.items():
        assert field.title, name
        assert field.description, name
