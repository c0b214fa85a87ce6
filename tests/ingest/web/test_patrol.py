"""The patrol page: what it shows, what an answer does, and what its stream sends."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ingest.contract.messages import Outcome
from ingest.hub import QUEUE_MAX, AlertChanged
from ingest.web.patrol import ENDED, events
from ingest.web.session import Visit
from tests.ingest.cars import a_read

TAP = {"HX-Request": "true"}
LIMIT_S = 10.0


def visit(house: Any, name: str = "patrol") -> Visit:
    token = house.token(name)
    return Visit(house.centre.accounts.person(token), token)


async def next_event(stream: AsyncIterator[bytes]) -> tuple[str, str]:
    event = (await asyncio.wait_for(anext(stream), LIMIT_S)).decode()
    name, _, data = event.partition("\n")
    return name.removeprefix("event: "), data


def test_the_page_shows_what_waits(house: Any, alert_id: UUID) -> None:
    html = house.browser("patrol").get("/patrol").text
    assert f'id="alert-{alert_id}"' in html
    for part in ("Firearms", "Used in a burglary", "Stop and detain", "AO-2026-118", "Burglary vehicles, version 1"):
        assert part in html
    assert html.index("Firearms") < html.index("A B 1 2 C D E")


def test_with_no_alert_the_page_says_so(house: Any) -> None:
    assert "No alert is waiting" in house.browser("patrol").get("/patrol").text


def test_a_tap_is_stored_and_gives_the_card_back(house: Any, alert_id: UUID) -> None:
    answer = house.browser("patrol").post(
        f"/patrol/alerts/{alert_id}/answers", data={"outcome": "stopped"}, headers=TAP
    )
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(f'<li class="alert" id="alert-{alert_id}"')
    assert re.search(r"Stopped</strong>\s+at .*03:04:05</time>\s+by Drawn patrol", answer.text)
    stored = house.centre.alerts.get(alert_id).answer
    assert (stored.outcome, stored.account, stored.via) == (Outcome.STOPPED, "patrol", "centre")


def test_an_answer_can_be_changed_and_both_are_kept(house: Any, alert_id: UUID) -> None:
    client = house.browser("patrol")
    for outcome in ("en_route", "misread"):
        client.post(f"/patrol/alerts/{alert_id}/answers", data={"outcome": outcome}, headers=TAP)
        house.clock.forward(minutes=1)
    record = house.centre.alerts.get(alert_id)
    assert [answer.outcome for answer in record.answers] == [Outcome.EN_ROUTE, Outcome.MISREAD]
    assert "Before that: En route" in client.get(f"/patrol/alerts/{alert_id}").text


def test_without_a_script_an_answer_leads_to_the_alert(house: Any, alert_id: UUID) -> None:
    answer = house.browser("patrol").post(f"/patrol/alerts/{alert_id}/answers", data={"outcome": "stopped"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/patrol/alerts/{alert_id}")


def test_an_answer_that_there_is_not_is_refused(house: Any, alert_id: UUID) -> None:
    path = f"/patrol/alerts/{alert_id}/answers"
    answer = house.browser("patrol").post(path, data={"outcome": "maybe"}, headers=TAP)
    assert answer.status_code == 422
    assert "outcome" in answer.json()["detail"]
    assert house.centre.alerts.get(alert_id).answer is None


def test_a_tap_on_an_alert_that_is_not_there_says_so(house: Any) -> None:
    path = f"/patrol/alerts/{uuid4()}/answers"
    answer = house.browser("patrol").post(path, data={"outcome": "stopped"}, headers=TAP)
    assert answer.status_code == 404
    assert "there is no alert" in answer.json()["detail"]


def test_a_tap_after_the_session_has_ended_leads_to_signing_in(house: Any, alert_id: UUID) -> None:
    client = house.browser("patrol")
    house.clock.forward(hours=13)
    answer = client.post(f"/patrol/alerts/{alert_id}/answers", data={"outcome": "stopped"}, headers=TAP)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in"
    assert house.centre.alerts.get(alert_id).answer is None


@pytest.mark.parametrize("taken_off", [True, False])
def test_an_entry_that_is_not_in_force_any_more_is_said(house: Any, alert_id: UUID, taken_off: bool) -> None:
    record = house.centre.alerts.get(alert_id)
    if taken_off:
        house.centre.lists.remove(record.entry_id, "found", "list-manager")
    else:
        house.clock.forward(days=29)
    html = house.browser("patrol").get(f"/patrol/alerts/{alert_id}").text
    assert ("taken off the list at 03:04:05" if taken_off else "has expired") in html


def test_a_hit_on_an_entry_that_nobody_knows_is_shown_all_the_same(house: Any, spool: Any) -> None:
    message = spool.hit(uuid4(), uuid4())
    house.take(message)
    html = house.browser("patrol").get(f"/patrol/alerts/{message.body.hit_id}").text
    assert "The centre does not know the entry" in html
    assert "The list gives no reason." in html


def test_a_stream_begins_with_everything_and_goes_on_with_what_is_new(house: Any, alert_id: UUID, spool: Any) -> None:
    async def listen() -> None:
        stream = events(house.centre, visit(house))
        name, data = await next_event(stream)
        assert name == "sync"
        assert str(alert_id) in data

        record = house.centre.alerts.get(alert_id)
        message = spool.hit(record.list_id, record.entry_id)
        house.take(message)
        name, data = await next_event(stream)
        assert name == "alert"
        assert str(message.body.hit_id) in data

        house.centre.alerts.answer(message.body.hit_id, Outcome.MISREAD, house.person("patrol"))
        name, data = await next_event(stream)
        assert name == "changed"
        assert "Misread</strong>" in data
        await stream.aclose()

    asyncio.run(listen())


def test_nothing_falls_between_the_first_event_and_the_next(house: Any, alert_id: UUID, spool: Any) -> None:
    async def listen() -> list[bool]:
        stream = events(house.centre, visit(house))
        await next_event(stream)
        record = house.centre.alerts.get(alert_id)
        messages = [spool.hit(record.list_id, record.entry_id) for _ in range(3)]
        for message in messages:
            house.take(message)
        seen = [(await next_event(stream))[1] for _ in messages]
        await stream.aclose()
        return [str(message.body.hit_id) in data for message, data in zip(messages, seen, strict=True)]

    assert asyncio.run(listen()) == [True, True, True]


def test_a_page_that_fell_behind_gets_everything_anew(house: Any, alert_id: UUID) -> None:
    async def listen() -> str:
        stream = events(house.centre, visit(house))
        await next_event(stream)
        for _ in range(QUEUE_MAX + 1):
            house.publish(AlertChanged(alert_id, "answered"))
        name, _data = await next_event(stream)
        await stream.aclose()
        return name

    assert asyncio.run(listen()) == "sync"


def test_a_silent_stream_gives_signs_of_life(house: Any) -> None:
    async def listen() -> list[str]:
        stream = events(house.centre, visit(house), beat_s=0.01)
        names = [(await next_event(stream))[0] for _ in range(3)]
        await stream.aclose()
        return names

    assert asyncio.run(listen()) == ["sync", "beat", "beat"]


@pytest.mark.parametrize("how", ["signed out", "too long", "account closed"])
def test_a_stream_ends_with_its_session(house: Any, how: str) -> None:
    async def listen() -> tuple[str, str]:
        about = visit(house)
        stream = events(house.centre, about, beat_s=0.01)
        await next_event(stream)
        if how == "signed out":
            house.centre.accounts.sign_out(about.token)
        elif how == "too long":
            house.clock.forward(hours=13)
        else:
            house.centre.accounts.disable("patrol", "admin")
        last = await next_event(stream)
        while last[0] == "beat":
            last = await next_event(stream)
        with pytest.raises(StopAsyncIteration):
            await next_event(stream)
        return last

    name, data = asyncio.run(listen())
    assert name == "closed"
    assert ENDED in data


def test_a_page_on_duty_stays_signed_in_for_the_shift(house: Any) -> None:
    async def listen() -> str:
        stream = events(house.centre, visit(house), beat_s=0.01)
        await next_event(stream)
        for _ in range(10):
            house.clock.forward(minutes=50)
            name, _data = await next_event(stream)
        await stream.aclose()
        return name

    assert asyncio.run(listen()) == "beat"


def test_a_stream_stops_without_a_word_when_the_centre_does(house: Any) -> None:
    async def listen() -> None:
        stream = events(house.centre, visit(house))
        await next_event(stream)
        house.centre.hub.close()
        with pytest.raises(StopAsyncIteration):
            await next_event(stream)

    asyncio.run(listen())


def test_a_stream_breaks_off_with_a_warning_when_the_database_is_away(
    house: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def listen() -> None:
        stream = events(house.centre, visit(house), beat_s=0.01)
        await next_event(stream)
        with house.centre.engine.begin() as connection:
            connection.execute(text("ALTER TABLE session RENAME TO gone"))
        async with asyncio.timeout(LIMIT_S):
            assert all(event.startswith(b"event: beat") for event in [event async for event in stream])

    asyncio.run(listen())
    assert "broken off" in caplog.text


def test_an_event_source_that_may_not_listen_is_told_in_an_event(house: Any) -> None:
    answer = house.stranger().get("/patrol/stream", headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("event: closed\ndata: Alerts have stopped: you are not signed in")


def see_again(house: Any, spool: Any, alert_id: UUID, **time: float) -> UUID:
    """The same vehicle passes once more."""
    house.clock.forward(**time or {"minutes": 10})
    record = house.centre.alerts.get(alert_id)
    message = spool.hit(record.list_id, record.entry_id, read=a_read(captured_at=house.clock()))
    house.take(message)
    return UUID(str(message.body.hit_id))


def cards(html: str) -> list[str]:
    return re.findall(r'<li class="alert" id="alert-([-0-9a-f]+)"', html)


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_vehicle_that_is_seen_again_and_again_is_one_card(house: Any, alert_id: UUID, spool: Any) -> None:
    for _ in range(60):
        last = see_again(house, spool, alert_id)
    html = house.browser("patrol").get("/patrol").text
    assert cards(html) == [str(alert_id)]
    assert "Seen 61 times: last at 13:04:05 , first at 03:04:05 ." in words_of(html)
    assert f'href="/patrol/alerts/{alert_id}"' in html
    assert f'action="/patrol/alerts/{last}/answers"' in html


def test_one_tap_answers_the_sightings_that_the_card_shows_and_no_others(
    house: Any, alert_id: UUID, spool: Any
) -> None:
    shown = [alert_id, see_again(house, spool, alert_id)]
    client = house.browser("patrol")
    fields = re.findall(r'name="sighting" value="([-0-9a-f]+)"', client.get("/patrol").text)
    assert fields == [str(each) for each in reversed(shown)]
    unseen = see_again(house, spool, alert_id)  # while the officer looks at the card

    tap = {"outcome": "stopped", "sighting": fields}
    answer = client.post(f"/patrol/alerts/{shown[1]}/answers", data=tap, headers=TAP)

    assert cards(answer.text) == [str(alert_id)]
    assert "Change the answer, for all 2 sightings" in words_of(answer.text)
    assert [len(house.centre.alerts.get(each).answers) for each in (*shown, unseen)] == [1, 1, 0]
    html = client.get("/patrol").text
    assert cards(html) == [str(unseen), str(alert_id)]
    assert "Earlier sightings were answered: Stopped at 03:24:05" in words_of(html)


def test_the_stream_agrees_with_the_page_about_cards(house: Any, alert_id: UUID, spool: Any) -> None:
    async def listen() -> None:
        stream = events(house.centre, visit(house))
        _, data = await next_event(stream)
        assert cards(data) == [str(alert_id)]
        again = see_again(house, spool, alert_id)
        name, data = await next_event(stream)
        assert (name, cards(data)) == ("alert", [str(alert_id)])
        assert "Seen 2 times" in data
        house.centre.alerts.answer(again, Outcome.STOPPED, house.person("patrol"), also=[alert_id])
        name, data = await next_event(stream)
        assert (name, cards(data)) == ("changed", [str(alert_id)])
        later = see_again(house, spool, alert_id)
        name, data = await next_event(stream)
        assert (name, cards(data)) == ("alert", [str(later)])
        assert "Earlier sightings were answered" in data
        await stream.aclose()

    asyncio.run(listen())


def test_risk_stands_first_on_the_page(house: Any, alert_id: UUID, spool: Any) -> None:
    record = house.centre.alerts.get(alert_id)
    plain = house.add(record.list_id, "LD70XYZ", risk_warnings=())
    house.clock.forward(minutes=1)
    message = spool.hit(record.list_id, plain.entry_id, read=a_read("LD70XYZ", captured_at=house.clock()))
    house.take(message)
    found = cards(house.browser("patrol").get("/patrol").text)
    assert found == [str(alert_id), str(message.body.hit_id)]


def test_what_is_not_on_the_page_is_counted_and_can_be_opened_and_answered(house: Any, alert_id: UUID) -> None:
    house.clock.forward(hours=24)
    client = house.browser("patrol")
    html = client.get("/patrol").text
    assert cards(html) == []
    assert '<a href="/patrol/older">1 older alert waits for an answer</a>' in html
    older = client.get("/patrol/older").text
    assert cards(older) == [str(alert_id)]
    assert "1 to 1 of 1" in older
    assert f'action="/patrol/alerts/{alert_id}/answers"' in older
    client.post(f"/patrol/alerts/{alert_id}/answers", data={"outcome": "stopped"}, headers=TAP)
    assert "There is none." in client.get("/patrol/older").text
    assert cards(client.get("/patrol/older?answered=true").text) == [str(alert_id)]
    assert client.get("/patrol/older?start=-1").status_code == 422
