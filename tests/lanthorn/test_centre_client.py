"""The command line signs in to a real centre: with a password, and with the second factor's code where it is wanted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from governance import totp
from governance.roles import Role
from lanthorn.asking import CODE_VARIABLE
from lanthorn.centre_client import CentreClient
from lanthorn.errors import CentreRefused
from tests.ingest.web.conftest import NO_STORE, House, Served

PASSWORD = "lamp oil shutter"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    house = House(tmp_path, NO_STORE)
    served = Served(house)
    served.start()
    yield served
    house.centre.hub.close()
    served.stop()
    house.centre.close()


@pytest.fixture
def secret(served: Served) -> bytes:
    """That of the second factor of boss, an administrator."""
    accounts = served.house.centre.accounts
    accounts.create("boss", "The Boss", {Role.ADMIN}, PASSWORD, "system:test")
    session = accounts.visit(accounts.enter(accounts.make_link("boss", timedelta(minutes=5))))
    assert session is not None
    offer = accounts.second_factors.offer(session.person)
    accounts.second_factors.set_up(session, offer, totp.code_at(offer.secret, totp.step_at(served.house.clock())))
    served.house.clock.forward(seconds=60)
    return offer.secret


def code(served: Served, secret: bytes) -> str:
    return totp.code_at(secret, totp.step_at(served.house.clock()))


def test_the_code_is_taken_from_the_environment(served: Served, secret: bytes, monkeypatch: Any) -> None:
    monkeypatch.setenv(CODE_VARIABLE, code(served, secret))
    with CentreClient.sign_in(served.address, "boss", PASSWORD) as centre:
        assert centre.call("GET", "/api/me")["name"] == "boss"


def test_the_code_is_asked_for_where_it_is_wanted(served: Served, secret: bytes, monkeypatch: Any) -> None:
    asked: list[str] = []

    def answer(question: str, **_: Any) -> str:
        asked.append(question)
        return code(served, secret)

    monkeypatch.delenv(CODE_VARIABLE, raising=False)
    monkeypatch.setattr(typer, "prompt", answer)
    with CentreClient.sign_in(served.address, "boss", PASSWORD) as centre:
        assert centre.call("GET", "/api/me")["name"] == "boss"
    assert asked == ["Code of your second factor"]


def test_a_wrong_code_is_refused_in_the_centres_words(served: Served, secret: bytes, monkeypatch: Any) -> None:
    monkeypatch.setenv(CODE_VARIABLE, "000000")
    with pytest.raises(CentreRefused, match="the code is not good"):
        CentreClient.sign_in(served.address, "boss", PASSWORD)


def test_one_that_is_not_set_up_yet_is_set_up_at_the_pages(served: Served, monkeypatch: Any) -> None:
    monkeypatch.delenv(CODE_VARIABLE, raising=False)
    served.house.centre.accounts.create("super", "Supt", {Role.AUTHORISING_OFFICER}, PASSWORD, "system:test")
    with pytest.raises(CentreRefused, match="sign in at the pages and set it up there first"):
        CentreClient.sign_in(served.address, "super", PASSWORD)
