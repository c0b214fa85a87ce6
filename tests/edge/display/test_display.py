"""The display over real HTTP, as the screen in the car sees it."""

import asyncio
import contextlib
import http.client
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Mount

from edge.counters import Counters
from edge.display.alerts import ShownAlerts
from edge.display.app import Strip, age, make_app
from edge.display.display import Display
from edge.display.guard import COOKIE, ENTER, HEADERS, Entry, is_loopback_host, is_own_origin
from edge.display.stream import BEHIND_MOST, SCREENS_MOST, Stream
from edge.errors import DisplayNotStarted
from edge.settings import DisplaySettings
from ingest.contract.messages import Answer, Outcome


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

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Reply:
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


@pytest.fixture
def make_car(tmp_path: Path, clock: Any) -> Iterator[Callable[..., Car]]:
    made: list[Car] = []

    def make(**given: Any) -> Car:
        made.append(Car(tmp_path, clock, **given))
        return made[-1]

    yield make
    for car in made:
        car.display.stop()


@pytest.fixture
def car(make_car: Callable[..., Car]) -> Car:
    return make_car()


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


def routes(of: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in of:
        path = re.sub(r"{hit_id}", "01890000-0000-7000-8000-000000000000", getattr(route, "path", ""))
        path = path.replace("{role}", "overview")
        if isinstance(route, Mount):
            yield "GET", f"{path}/x"
        else:
            yield from ((method, path) for method in getattr(route, "methods", None) or ["GET"])


def all_routes(tmp_path: Path, clock: Any) -> list[tuple[str, str]]:
    alerts = ShownAlerts.open(tmp_path / "r.db", "car-1", timedelta(hours=1), clock, Counters())
    nothing: Any = None
    app = make_app("car-1", alerts, nothing, Entry(b""), nothing, nothing, nothing)
    alerts.close()
    return list(routes(app.router.routes))


def test_every_route_but_the_entry_refuses_without_the_cookie(car: Car, tmp_path: Path, clock: Any) -> None:
    table = all_routes(tmp_path, clock)
    assert len(table) >= 9
    for method, path in table:
        if path == ENTER:
            continue
        for cookie in ("", f"{COOKIE}=", f"{COOKIE}={'0' * 64}", f"{COOKIE}={car.screen.enter.split('=')[1]}"):
            reply = car.screen.ask(method, path, {"outcome": "stopped"}, Cookie=cookie, Sec_Fetch_Site="same-origin")
            assert reply.status == 403, (method, path, cookie)
    assert car.screen.get("/no-such-page").status == 403
    assert car.told == []
    assert car.counters.value("display_refused") >= len(table)


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_wrong_link_opens_nothing(token: str, car: Car) -> None:
    reply = car.screen.get(f"{ENTER}?{urlencode({'token': token})}")

    assert (reply.status, reply.headers.get("Set-Cookie")) == (403, None)


def test_the_link_sets_a_cookie_that_no_script_reads(car: Car) -> None:
    reply = car.screen.get(car.screen.enter)

    cookie = reply.headers["Set-Cookie"]
    assert reply.headers["Location"] == "/"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "token" not in cookie
    assert car.screen.get("/").status == 200


def test_the_link_is_the_same_after_a_restart_and_only_this_account_can_read_its_secret(
    make_car: Callable[..., Car], tmp_path: Path
) -> None:
    first = make_car()
    screen = first.enter()
    first.display.stop()
    second = make_car()

    screen.host = second.screen.host
    assert screen.get("/").status == 200
    assert second.screen.enter == first.screen.enter
    assert (tmp_path / "display-secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://127.0.0.1:8460"}, True),
        ({"origin": "http://127.0.0.1:8460", "sec-fetch-site": "same-origin"}, True),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, True),
        ({}, False),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, False),
        ({"origin": "http://127.0.0.1:8460", "sec-fetch-site": "cross-site"}, False),
    ],
)
def test_what_comes_from_the_displays_own_page(headers: dict[str, str], own: bool) -> None:
    assert is_own_origin(Headers({"host": "127.0.0.1:8460"} | headers)) == own


def test_a_post_from_elsewhere_is_refused(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    hit_id = show(car, bodies)

    reply = screen.ask("POST", f"/alerts/{hit_id}/answer", {"outcome": "stopped"}, Origin="http://evil.example")

    assert (reply.status, car.told) == (403, [])


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1:8460", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("evil.example:8460", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_names(host: str, loopback: bool) -> None:
    assert is_loopback_host(host) == loopback


def test_another_name_for_this_machine_is_refused(car: Car) -> None:
    assert car.enter().ask("GET", "/", Host="evil.example").status == 403


def test_every_answer_has_the_strict_headers(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    hit_id = show(car, bodies)
    for path in ("/", "/strip", "/card/card.css", "/static/strip.js", f"/alerts/{hit_id}/pictures/overview", "/none"):
        reply = screen.get(path)
        for name, value in HEADERS.items():
            assert reply.headers[name] == value, path
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_the_page_names_nothing_outside_and_has_no_inline_script_or_style(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    show(car, bodies)
    page = screen.get("/").text

    assert not re.search(r'(?:src|href|action|hx-post)="(?!/[^/])', page)
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    for path in set(re.findall(r'(?:src|href)="(/[^"]+)"', page)):
        assert screen.get(path).status == 200, path


def test_a_hit_is_on_the_screen_at_once_and_on_the_page(car: Car, bodies: Any, wait: Any) -> None:
    screen = on_shift(car)
    listening = Listening(screen)
    wait(lambda: listening.names() == ["sync"], "no first event")

    hit_id = show(car, bodies)

    wait(lambda: len(listening.events) == 2, "the alert did not come")
    name, html = listening.events[1]
    assert name == "alert"
    for words in ("Firearms", "Stolen from Camden", "Stop if safe", "LOS", "AO/2026/114", "L T 2 3 C G K"):
        assert words in html
        assert words in screen.get("/").text
    assert f"alert-{hit_id}" in html
    listening.close()


def test_its_pictures_are_those_of_the_pass(car: Car, bodies: Any) -> None:
    screen = car.enter()
    match, a_pass = bodies.match(), bodies.a_pass()
    hit = bodies.hit(match, a_pass.read.images)
    car.display.show(hit, match, a_pass.pictures)

    for picture in a_pass.pictures:
        reply = screen.get(f"/alerts/{hit.hit_id}/pictures/{picture.header.role}")
        assert (reply.body, reply.headers["Content-Type"]) == (picture.data, "image/jpeg")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_one_tap_answers(outcome: Outcome, car: Car, bodies: Any, clock: Any, wait: Any) -> None:
    screen = on_shift(car, "PC 1234")
    hit_id = show(car, bodies)
    listening = Listening(screen)
    wait(lambda: listening.names() == ["sync"], "no first event")

    reply = screen.ask(
        "POST",
        f"/alerts/{hit_id}/answer",
        {"outcome": outcome.value},
        Origin=f"http://{screen.host}",
        HX_Request="true",
    )

    assert reply.status == 200
    assert "PC 1234" in reply.text
    assert 'class="given"' in reply.text
    (answer,) = car.told
    assert (str(answer.hit_id), answer.outcome, answer.answered_by) == (hit_id, outcome, "PC 1234")
    assert answer.answered_at == clock.now()
    wait(lambda: listening.names() == ["sync", "changed"], "other screens were not told")
    listening.close()


def test_an_answer_without_a_script_comes_back_to_the_page(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    hit_id = show(car, bodies)

    reply = screen.post(f"/alerts/{hit_id}/answer", outcome="en_route")

    assert (reply.status, reply.headers["Location"]) == (303, "/")
    assert "En route" in screen.get("/").text


def test_an_answer_may_be_changed_and_both_are_told(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    hit_id = show(car, bodies)
    screen.post(f"/alerts/{hit_id}/answer", outcome="en_route")
    screen.post(f"/alerts/{hit_id}/answer", outcome="stopped")

    assert [answer.outcome for answer in car.told] == [Outcome.EN_ROUTE, Outcome.STOPPED]
    assert len({answer.answer_id for answer in car.told}) == 2
    assert "Before that: En route" in screen.get("/").text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/alerts/{hit}/answer", {"outcome": "arrested"}, 422),
        ("/alerts/{hit}/answer", {}, 422),
        ("/alerts/01890000-0000-7000-8000-000000000000/answer", {"outcome": "stopped"}, 404),
        ("/alerts/x/answer", {"outcome": "stopped"}, 422),
        ("/shift", {"officer": "  "}, 422),
        ("/shift", {"officer": "x" * 81}, 422),
        ("/shift", {}, 422),
    ],
)
def test_what_cannot_be_taken_is_refused(path: str, form: dict[str, str], status: int, car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    hit_id = show(car, bodies)

    assert screen.post(path.replace("{hit}", hit_id), **form).status == status
    assert car.told == []


def test_until_somebody_is_on_shift_alerts_are_shown_but_not_answered(car: Car, bodies: Any) -> None:
    screen = car.enter()
    hit_id = show(car, bodies)

    page = screen.get("/").text
    assert "Who is on shift?" in page
    assert "Firearms" in page
    assert 'name="outcome"' not in page
    assert screen.post(f"/alerts/{hit_id}/answer", outcome="stopped").status == 409

    screen.post("/shift", officer="  Trojan   21 ")
    page = screen.get("/").text
    assert "On shift: Trojan 21" in page
    assert 'name="outcome"' in page


def test_alerts_answers_and_the_officer_survive_a_restart(make_car: Callable[..., Car], bodies: Any) -> None:
    before = make_car()
    screen = on_shift(before, "Trojan 21")
    answered, waiting = show(before, bodies), show(before, bodies)
    screen.post(f"/alerts/{answered}/answer", outcome="stopped")
    shown = screen.get("/").text
    before.display.stop()

    after = make_car()

    assert after.enter().get("/").text == shown
    for hit_id in (answered, waiting):
        assert after.screen.get(f"/alerts/{hit_id}/pictures/plate_patch").status == 200


def test_alerts_are_erased_when_their_time_is_over(
    make_car: Callable[..., Car], bodies: Any, clock: Any, tmp_path: Path, wait: Any
) -> None:
    car = make_car()
    screen = on_shift(car)
    old = show(car, bodies, reason="An old reason")
    clock.pass_s(3600)
    show(car, bodies, reason="A new reason")
    listening = Listening(screen)
    wait(lambda: listening.names() == ["sync"], "no first event")

    clock.pass_s(23 * 3600)
    car.display.erase_old()

    page = screen.get("/").text
    assert "An old reason" not in page
    assert "A new reason" in page
    assert screen.get(f"/alerts/{old}/pictures/overview").status == 404
    wait(lambda: listening.names() == ["sync", "sync"], "the screens were not told")
    listening.close()
    car.display.stop()
    assert b"An old reason" not in (tmp_path / "display.db").read_bytes()
    assert car.counters.value("alerts_erased") == 1


def test_the_strip_says_how_the_agent_is(car: Car, bodies: Any, clock: Any) -> None:
    screen = car.enter()
    assert "not connected, nothing waiting" in screen.get("/strip").text
    assert "holds no list" in screen.get("/strip").text

    manifest, _ = bodies.chunks([bodies.entry()], version=7)
    car.strip = Strip(True, 12, 0, (manifest,), clock.now() + timedelta(hours=2, minutes=59))
    strip = screen.get("/strip").text
    assert "connected, 12 waiting" in strip
    assert "Stolen vehicles, version 7" in strip
    assert "2 hours ago" in strip

    car.strip = Strip(True, 12, 3, (manifest,), clock.now())
    assert "3 in memory only" in screen.get("/").text


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_ages(passed: timedelta, said: str) -> None:
    assert age(passed) == said


def test_text_from_a_list_is_never_markup(car: Car, bodies: Any) -> None:
    screen = on_shift(car, "<b>PC</b>")
    show(car, bodies, reason="<script>alert(1)</script>", risk_warnings=("<img src=x onerror=y>",))

    page = screen.get("/").text
    for markup in ("<script>alert", "<img src=x", "<b>PC"):
        assert markup not in page


def test_a_port_that_is_taken_is_said_in_words(make_car: Callable[..., Car]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        with pytest.raises(DisplayNotStarted, match=r"cannot listen on 127\.0\.0\.1:\d+: Address already in use; set"):
            make_car(port=other.getsockname()[1])


def test_stop_ends_the_streams_and_frees_the_port(car: Car, wait: Any) -> None:
    screen = car.enter()
    listening = Listening(screen)
    wait(lambda: listening.events, "no first event")

    car.display.stop()

    assert listening.ended.wait(10)
    listening.close()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", urlsplit(car.display.link).port))


def test_more_screens_than_are_served_are_refused_and_counted(car: Car, wait: Any) -> None:
    screen = car.enter()
    listening = [Listening(screen) for _ in range(SCREENS_MOST)]
    wait(lambda: all(one.events for one in listening), "not all streams began")

    assert screen.get("/stream").status == 503
    assert car.counters.value("screens_refused") == 1
    for one in listening:
        one.close()


def test_a_screen_that_falls_behind_ends_and_the_others_go_on() -> None:
    async def run() -> tuple[int, int]:
        counters = Counters()
        stream = Stream(counters)
        slow, quick = stream.listen(lambda: b"first"), stream.listen(lambda: b"first")
        assert [await anext(slow), await anext(quick)] == [b"first", b"first"]
        heard = 0
        for number in range(BEHIND_MOST + 5):
            stream.send(b"%d" % number)
            await asyncio.sleep(0)
            heard += await anext(quick) == b"%d" % number
        ended = 0
        async for _ in slow:
            ended += 1
        await quick.aclose()  # type: ignore[attr-defined]
        assert counters.value("screens_behind") == 1
        return heard, ended

    heard, ended = asyncio.run(run())
    assert heard == BEHIND_MOST + 5
    assert ended <= BEHIND_MOST


def test_a_full_disk_keeps_nothing_off_the_screen(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    car.display._alerts._file._connection.execute("PRAGMA max_page_count = 1")
    hit_id = show(car, bodies)
    screen.post(f"/alerts/{hit_id}/answer", outcome="stopped")

    page = screen.get("/").text
    assert "Firearms" in page
    assert "by PC 1234" in page
    assert car.counters.value("display_not_stored") == 1
    assert len(car.told) == 1
