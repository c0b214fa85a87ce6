"""A real centre on SQLite with real accounts and a real log, and clients that are signed in as each role.

No broker runs: messages go through the intake's own judging and taking.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page
from pydantic import SecretStr

from governance.log import Act
from governance.roles import Role
from ingest.accounts import Person
from ingest.centre import Centre
from ingest.contract import topics
from ingest.contract.codec import encode
from ingest.contract.messages import ImageMessage, Message
from ingest.hub import AlertChanged
from ingest.intake.inbox import Delivery
from ingest.intake.judging import Numbered, judge
from ingest.intake.taking import Taker
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Entry, VoiList
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, StoreSettings
from ingest.web.app import create_app
from ingest.web.session import COOKIE
from tests.ingest.granting import Grants

START = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
PASSWORD = "lamp oil shutter"
FORCE = "met"
OWN_SITE = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class House:
    """A centre, its application, and the people who may sign in: one account a role, named like it."""

    def __init__(self, folder: Path, store: StoreSettings, **settings: Any) -> None:
        self.clock = Clock()
        self.centre = Centre.open(
            CentreSettings(
                force=FORCE,
                log_path=folder / "log",
                keys_dir=folder / "keys",
                database=DatabaseSettings(url=f"sqlite:///{folder / 'centre.db'}"),
                store=store,
                broker=BrokerSettings(url="mqtt://127.0.0.1:9"),
                **settings,
            ),
            self.clock,
        )
        self.grants = Grants(self.centre.authorities, self.clock)
        self.app: FastAPI = create_app(self.centre)
        for role in Role:
            self.centre.accounts.create(role.value, f"Drawn {role.value}", {role}, None, "system:test")

    def token(self, name: str) -> str:
        return self.centre.accounts.enter(
            self.centre.accounts.make_link(name, timedelta(minutes=5), second_factor=True)
        )

    def person(self, name: str) -> Person:
        person = self.centre.accounts.person(self.token(name))
        assert person is not None
        return person

    def stranger(self, **options: Any) -> TestClient:
        """A browser that is not signed in. It follows no redirect, so that each can be seen."""
        return TestClient(self.app, base_url="https://centre.test", headers=OWN_SITE, follow_redirects=False, **options)

    def browser(self, name: str) -> TestClient:
        """A browser that is signed in."""
        client = self.stranger()
        client.cookies.set(COOKIE, self.token(name))
        return client

    def caller(self, name: str) -> TestClient:
        """A program that is signed in."""
        return TestClient(
            self.app, base_url="https://centre.test", headers={"Authorization": f"Bearer {self.token(name)}"}
        )

    def acts(self, act: str | None = None) -> list[Act]:
        return [entry.act for entry in self.centre.log.read() if act in (None, entry.act.act)]

    def make_list(self, name: str = "Burglary vehicles") -> VoiList:
        """A list under an authority of its own, which stands in the log before it."""
        return self.centre.lists.create(
            name, "Find vehicles used in burglary", "DI Drawn", self.grants.lists(name), "list-manager"
        )

    def add(self, list_id: UUID, vrm: str = "AB12CDE", **changes: Any) -> Entry:
        draft = EntryDraft(
            vrm=vrm,
            reason="Used in a burglary",
            marker="Stolen",
            action="Stop and detain",
            risk_warnings=("Firearms", "Violent"),
            owner="DC 4411",
            expires_at=self.clock() + timedelta(days=28),
            authority="AO-2026-118",
        )
        return self.centre.lists.add(list_id, replace(draft, **changes), "list-manager")

    def take(self, message: Message, picture: bytes | None = None) -> None:
        """Take a message as the intake does after the broker has delivered it."""
        topic = topics.message(FORCE, message.device, message.kind)
        judged = judge(Delivery(topic, encode(message, picture), 1, 1, 0, self.clock()))
        if isinstance(message, ImageMessage) and isinstance(judged.verdict, Numbered) and picture is not None:
            stored = self.centre.pictures.keep(message.body, picture)
            judged = replace(judged, verdict=replace(judged.verdict, stored=stored))
        for change in Taker(self.centre.engine, self.centre.log, self.centre.alerts).take([judged]).changes:
            self.centre.hub.publish(change)

    def publish(self, change: AlertChanged) -> None:
        self.centre.hub.publish(change)


NO_STORE = StoreSettings(url="http://127.0.0.1:9", access_key=SecretStr("nobody"), secret_key=SecretStr("nobody"))


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def make(store: StoreSettings = NO_STORE, **settings: Any) -> House:
        houses.append(House(tmp_path, store, **settings))
        return houses[-1]

    yield make
    for house in houses:
        house.centre.close()


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house()


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the tests of a module that change nothing in it."""
    house = House(tmp_path_factory.mktemp("house"), NO_STORE)
    yield house
    house.centre.close()


@pytest.fixture
def alert_id(house: House, spool: Any) -> UUID:
    """An alert, as a hit makes it."""
    made = house.make_list()
    entry = house.add(made.list_id)
    house.centre.lists.publish(made.list_id, "list-manager")
    message = spool.hit(made.list_id, entry.entry_id)
    house.take(message)
    return UUID(str(message.body.hit_id))


# ---- a real browser ------------------------------------------------------------------------------------------------


class Served:
    """A house's application on a port of loopback, by a real server that can be taken away and brought back."""

    def __init__(self, house: House, port: int = 0) -> None:
        self.house = house
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(self.house.app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],))
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None


@pytest.fixture
def served(house: House) -> Iterator[Served]:
    served = Served(house)
    served.start()
    yield served
    house.centre.hub.close()
    served.stop()


@pytest.fixture
def make_served() -> Iterator[Callable[[House, int], Served]]:
    """Serve a house at a port that is known before, for what must name it in its settings."""
    all_served: list[Served] = []

    def make(house: House, port: int) -> Served:
        all_served.append(Served(house, port))
        all_served[-1].start()
        return all_served[-1]

    yield make
    for served in all_served:
        served.house.centre.hub.close()
        served.stop()


class Window:
    """A page of a fresh browser, and what went wrong in it."""

    def __init__(self, page: Page, served: Served) -> None:
        self.page = page
        self.faults: list[str] = []
        self._served = served
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)

    def enter(self, name: str, path: str = "/") -> Page:
        """Sign in by a link and go to a path."""
        token = self._served.house.centre.accounts.make_link(name, timedelta(minutes=5), second_factor=True)
        self.page.goto(f"{self._served.address}/enter?token={token}")
        if path != "/":
            self.page.goto(self._served.address + path)
        return self.page


@pytest.fixture
def open_window(browser: Browser, served: Served) -> Iterator[Callable[..., Window]]:
    """Open a window: size in pixels, colour scheme, and any other option of a browser context."""
    contexts: list[BrowserContext] = []

    def open_(width: int = 1024, height: int = 768, **options: Any) -> Window:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Window(context.new_page(), served)

    yield open_
    for context in contexts:
        context.close()
