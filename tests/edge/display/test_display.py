"""The display over real HTTP, as the screen in the car sees it."""

import asyncio
import re
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from edge.counters import Counters
from edge.display.app import Strip, age
from edge.display.stream import BEHIND_MOST, SCREENS_MOST, Stream
from edge.errors import DisplayNotStarted
from ingest.contract.messages import Outcome
from tests.edge.display.screens import Car, Listening, on_shift, show

CARD = re.compile(r'<li class="alert" id="alert-([-0-9a-f]+)"')
SIGHTING = re.compile(r'name="sighting" value="([-0-9a-f]+)"')


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


def test_a_vehicle_that_passes_again_is_one_card_with_one_answer(car: Car, bodies: Any, clock: Any, wait: Any) -> None:
    screen = on_shift(car)
    listening = Listening(screen)
    match = bodies.match()
    shown = []
    for _ in range(3):
        clock.pass_s(600)
        hit = bodies.hit(match)
        car.display.show(hit, match, ())
        shown.append(str(hit.hit_id))
    wait(lambda: listening.names() == ["sync", "alert", "alert", "alert"], "not every sighting came")
    assert [CARD.findall(html) for _, html in listening.events[1:]] == [[shown[0]]] * 3
    page = screen.get("/").text
    assert CARD.findall(page) == [shown[0]]
    assert "Seen 3 times" in page
    fields = SIGHTING.findall(page)
    assert sorted(fields) == sorted(shown)

    reply = screen.ask(
        "POST",
        f"/alerts/{fields[0]}/answer",
        [("outcome", "stopped"), *(("sighting", each) for each in fields)],
        Origin=f"http://{screen.host}",
        HX_Request="true",
    )

    assert CARD.findall(reply.text) == [shown[0]]
    assert sorted(str(answer.hit_id) for answer in car.told) == sorted(shown)
    assert len({answer.answer_id for answer in car.told}) == 3
    assert {(answer.outcome, answer.answered_at) for answer in car.told} == {(Outcome.STOPPED, clock.now())}
    wait(lambda: len(listening.events) == 5, "other screens were not told")
    assert CARD.findall(listening.events[4][1]) == [shown[0]]

    clock.pass_s(600)
    later = bodies.hit(match)
    car.display.show(later, match, ())
    page = screen.get("/").text
    assert CARD.findall(page) == [str(later.hit_id), shown[0]]
    assert "Earlier sightings were answered" in page
    listening.close()


def test_one_answer_is_not_taken_for_two_vehicles(car: Car, bodies: Any) -> None:
    screen = on_shift(car)
    one, other = show(car, bodies), show(car, bodies)
    assert screen.post(f"/alerts/{one}/answer", outcome="stopped", sighting=other).status == 404
    assert car.told == []


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
