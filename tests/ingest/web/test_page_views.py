"""What a named person looks at is in the log before they see it, and the log holds no personal data of it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from governance.errors import LogFull
from ingest.contract.messages import Outcome
from ingest.web.patrol import events
from ingest.web.session import Visit


def views(house: Any) -> list[tuple[str, str, str, dict[str, str]]]:
    return [(act.actor, str(act.details["page"]), act.purpose, dict(act.objects)) for act in house.acts("page.view")]


def test_a_page_is_a_view_with_who_what_and_why(house: Any) -> None:
    house.browser("patrol").get("/patrol")
    assert views(house) == [("patrol", "/patrol", "patrol duty", {})]


def test_a_view_names_what_was_looked_at(house: Any, alert_id: UUID) -> None:
    house.browser("patrol").get(f"/patrol/alerts/{alert_id}")
    assert views(house)[-1] == ("patrol", "/patrol/alerts/{alert_id}", "patrol duty", {"alert": str(alert_id)})


def test_a_page_of_alerts_names_each_that_it_shows(house: Any, alert_id: UUID, spool: Any) -> None:
    record = house.centre.alerts.get(alert_id)
    again = spool.hit(record.list_id, record.entry_id)
    house.take(again)
    shown = {str(alert_id), str(again.body.hit_id)}
    client, program = house.browser("patrol"), house.caller("patrol")
    for ask, path in ((client, "/patrol"), (client, "/patrol/older"), (program, "/api/alerts")):
        assert ask.get(path).status_code == 200
        act = house.acts("page.view")[-1]
        assert (act.details["page"], set(act.objects.values()), act.details["alerts"]) == (path, shown, 2)
        assert act.details["pictures"] == ("not shown" if path.startswith("/api") else "shown with the alerts")


def test_a_stream_logs_each_alert_that_it_shows_once(house: Any, alert_id: UUID, spool: Any) -> None:
    async def listen() -> None:
        token = house.token("patrol")
        stream = events(house.centre, Visit(house.centre.accounts.person(token), token))
        await anext(stream)
        record = house.centre.alerts.get(alert_id)
        message = spool.hit(record.list_id, record.entry_id)
        house.take(message)
        await anext(stream)
        house.centre.alerts.answer(alert_id, Outcome.STOPPED, house.person("patrol"))
        await anext(stream)
        await stream.aclose()
        found = [act.objects for act in house.acts("page.view")]
        assert found == [{"alert": str(alert_id)}, {"alert": str(message.body.hit_id)}]

    asyncio.run(listen())


def test_a_stream_that_cannot_log_shows_nothing_and_breaks_off(
    house: Any, alert_id: UUID, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any) -> None:
        raise LogFull("no room on the log's disk")

    async def listen() -> list[bytes]:
        token = house.token("patrol")
        stream = events(house.centre, Visit(house.centre.accounts.person(token), token))
        monkeypatch.setattr(house.centre.log, "append", full)
        return [event async for event in stream]

    assert asyncio.run(listen()) == []
    assert "broken off" in caplog.text


def test_a_picture_is_a_view_of_its_own_even_where_it_is_not_there(house: Any) -> None:
    image = uuid4()
    house.browser("patrol").get(f"/pictures/{image}")
    assert views(house)[-1][1:] == (
        "/pictures/{image_id}",
        "checking an alert against its pictures",
        {"image": str(image)},
    )


@pytest.mark.parametrize(
    ("who", "page", "purpose"),
    [
        ("list-manager", "/lists", "keeping the lists"),
        ("oversight", "/oversight", "oversight"),
        ("oversight", "/samples", "oversight"),
        ("auditor", "/audits", "audit of searches"),
        ("admin", "/service", "keeping the service running"),
    ],
)
def test_each_page_has_its_purpose(house: Any, who: str, page: str, purpose: str) -> None:
    house.browser(who).get(page)
    assert views(house)[-1][:3] == (who, page, purpose)


def test_a_call_is_a_view_too(house: Any, alert_id: UUID) -> None:
    house.caller("patrol").get(f"/api/alerts/{alert_id}")
    assert views(house)[-1][1] == "/api/alerts/{alert_id}"
    assert views(house)[-1][3] == {"alert": str(alert_id)}


def test_what_somebody_typed_into_an_address_is_not_written_down(house: Any) -> None:
    house.browser("list-manager").get("/lists/AB12CDE?start=AB12CDE")
    assert all("AB12CDE" not in str(view) for view in views(house))


def test_a_refused_visit_is_no_view(house: Any) -> None:
    house.browser("patrol").get("/lists")
    house.stranger().get("/patrol")
    assert views(house) == []


def test_an_answer_is_an_act_and_no_view(house: Any, alert_id: UUID) -> None:
    house.browser("patrol").post(f"/patrol/alerts/{alert_id}/answers", data={"outcome": "stopped"})
    assert views(house) == []
    assert len(house.acts("alert.answer")) == 1


def test_the_log_of_a_whole_visit_holds_no_mark(house: Any, alert_id: UUID) -> None:
    client = house.browser("patrol")
    client.get("/patrol")
    client.get(f"/patrol/alerts/{alert_id}")
    assert all("AB12CDE" not in str(act) for act in house.acts())
    assert house.centre.log.verify().ok


def test_what_cannot_be_logged_is_not_shown(house: Any, alert_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    client = house.browser("patrol")

    def full(*_: Any) -> None:
        raise LogFull("no room on the log's disk")

    monkeypatch.setattr(house.centre.log, "append", full)
    answer = client.get("/patrol")
    assert answer.status_code == 503
    assert "cannot be logged is not done" in answer.text
    assert "AB12" not in answer.text


def test_a_database_that_is_away_is_said_and_nothing_shown(house: Any, alert_id: UUID) -> None:
    client = house.browser("patrol")
    with house.centre.engine.begin() as connection:
        connection.execute(text("ALTER TABLE session RENAME TO gone"))
    answer = client.get("/patrol")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "gone" not in answer.text
