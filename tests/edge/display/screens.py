"""A car's display and a screen that looks at it, over real HTTP."""

import contextlib
import http.client
import socket
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from edge.counters import Counters
from edge.display.app import Strip
from edge.display.display import Display
from edge.settings import DisplaySettings
from ingest.contract.messages import Answer


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


class Screen:
    """A browser of the fewest words: keeps the cookie, and says where a post comes from unless told otherwise."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self.host, self.enter = parts.netloc, f"{parts.path}?{parts.query}"
        self.cookie = ""

    def ask(
        self, method: str, path: str, form: dict[str, str] | list[tuple[str, str]] | None = None, **headers: str
    ) -> Reply:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            sent = {"Cookie": self.cookie} if self.cookie else {}
            if form is not None:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, urlencode(form or {}), sent)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        if given := reply.headers.get("Set-Cookie"):
            self.cookie = given.split(";")[0]
        return reply

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def post(self, path: str, **form: str) -> Reply:
        return self.ask("POST", path, form, Origin=f"http://{self.host}", Sec_Fetch_Site="same-origin")


class Listening:
    """A stream that is read in a thread: the events so far, by name."""

    def __init__(self, screen: Screen) -> None:
        self.events: list[tuple[str, str]] = []
        self.ended = threading.Event()
        self._connection = http.client.HTTPConnection(screen.host, timeout=10)
        self._connection.request("GET", "/stream", headers={"Cookie": screen.cookie})
        self._socket = self._connection.sock
        self.response = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        name, data = "", []
        try:
            for line in self.response:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    name = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    data.append(text.removeprefix("data: "))
                elif not text:
                    self.events.append((name, "\n".join(data)))
                    name, data = "", []
        except (OSError, http.client.HTTPException):
            return  # closed below
        finally:
            self.ended.set()

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self.response.close()
        self._connection.close()


class Car:
    """A display with what it stands on."""

    def __init__(self, folder: Path, clock: Any, port: int = 0) -> None:
        self.counters = Counters()
        self.told: list[Answer] = []
        self.strip = Strip(connected=False, waiting=0, pending=0, lists=(), at=clock.now())
        self.display = Display.open(
            DisplaySettings(port=port),
            folder,
            "car-1",
            clock,
            self.counters,
            strip=lambda: self.strip,
            tell=self.told.append,
        )
        self.display.start()
        self.screen = Screen(self.display.link)

    def enter(self) -> Screen:
        assert self.screen.get(self.screen.enter).status == 303
        return self.screen


def show(car: Car, bodies: Any, **given: Any) -> str:
    """Show a hit with its pictures and give its id."""
    match = bodies.match(**given)
    a_pass = bodies.a_pass()
    hit = bodies.hit(match, a_pass.read.images)
    car.display.show(hit, match, a_pass.pictures)
    return str(hit.hit_id)


def on_shift(car: Car, officer: str = "PC 1234") -> Screen:
    screen = car.enter()
    assert screen.post("/shift", officer=officer).status == 303
    return screen
