"""Who may look at the car's display, and from where."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Mount

from edge.counters import Counters
from edge.display.alerts import ShownAlerts
from edge.display.app import make_app
from edge.display.guard import COOKIE, ENTER, HEADERS, Entry, is_loopback_host, is_own_origin
from tests.edge.display.screens import Car, on_shift, show


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


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (f"{ENTER}?token=bad", 403, "This link is not the one that the agent printed at its start."),
        (ENTER, 403, "This link is not the one that the agent printed at its start."),
        ("/", 403, "Open the display by the link that the agent prints at its start."),
        ("/alerts/x/pictures/overview", 403, "Open the display by the link"),
    ],
)
def test_a_person_who_may_not_look_is_told_in_a_page(car: Car, path: str, status: int, said: str) -> None:
    reply = car.screen.ask("GET", path, Accept="text/html")
    assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert said in reply.text
    assert "<title>This display is closed to you</title>" in reply.text
    assert not re.search(r'(?:src|href)="', reply.text), "nothing that the guard would refuse"
    for name, value in HEADERS.items():
        assert reply.headers[name] == value


def test_inside_a_refusal_is_a_page_and_a_tap_is_told_in_json(car: Car) -> None:
    screen = on_shift(car)
    gone = "/alerts/01890000-0000-7000-8000-000000000000"
    page = screen.ask("GET", f"{gone}/pictures/overview", Accept="text/html")
    assert (page.status, "This picture is not on this display." in page.text) == (404, True)
    assert '<a href="/">Back to the alerts</a>' in page.text
    own = {"Origin": f"http://{screen.host}", "Sec_Fetch_Site": "same-origin", "Accept": "text/html"}
    tap = screen.ask("POST", f"{gone}/answer", {"outcome": "stopped"}, HX_Request="true", **own)
    assert tap.text == '{"detail":"This alert is not on this display any more."}'
    wrong = screen.ask("POST", f"{gone}/answer", {"outcome": "<b>"}, **own)
    assert (wrong.status, "cannot be taken (outcome)" in wrong.text) == (422, True)
    assert "<b>" not in wrong.text


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
