"""What somebody's roles do not allow is in the log, but a page that asks again and again cannot fill it."""

from typing import Any

import pytest

from governance.errors import LogBusy
from governance.roles import Role


def refused(house: Any) -> list[tuple[str, str, str]]:
    return [(act.actor, str(act.details["route"]), str(act.details["needs"])) for act in house.acts("access.refused")]


def test_a_refusal_by_role_is_in_the_log_with_who_what_and_why_not(house: Any) -> None:
    assert house.caller(Role.PATROL).get("/api/lists").status_code == 403
    assert house.browser(Role.PATROL).post("/search").status_code == 403
    assert house.caller(Role.PATROL).post("/api/searches", json={}).status_code == 403
    assert refused(house) == [
        ("patrol", "GET /api/lists", "see-lists"),
        ("patrol", "POST /search", "search-reads"),
        ("patrol", "POST /api/searches", "search-reads"),
    ]
    assert house.acts("access.refused")[0].purpose == "keeping the lists"


def test_the_page_of_a_refusal_has_the_way_to_where_one_may_go(house: Any) -> None:
    said = house.browser(Role.PATROL).get("/lists")
    assert said.status_code == 403
    assert 'href="/patrol"' in said.text
    assert "Sign out" in said.text
    assert 'href="/patrol"' not in house.stranger().get("/nowhere").text


def test_the_same_refusal_is_written_once_an_hour_and_counted_every_time(house: Any) -> None:
    patrol, footage = house.caller(Role.PATROL), house.caller(Role.FOOTAGE)
    for _ in range(5):
        assert patrol.get("/api/lists").status_code == 403
    footage.get("/api/lists")
    assert [actor for actor, _, _ in refused(house)] == ["patrol", "footage"]
    house.clock.forward(minutes=59)
    patrol.get("/api/lists")
    assert len(refused(house)) == 2
    house.clock.forward(minutes=1)
    patrol.get("/api/lists")
    assert len(refused(house)) == 3
    assert house.centre.counters.snapshot()["requests_refused"] == 8


def test_a_path_with_an_id_is_one_route_and_leaves_no_id(house: Any) -> None:
    patrol = house.caller(Role.PATROL)
    for name in ("AB12CDE", "019a0000-0000-7000-8000-000000000001"):
        assert patrol.get(f"/api/lists/{name}").status_code == 403
    assert refused(house) == [("patrol", "GET /api/lists/{list_id}", "see-lists")]


def test_whoever_is_not_signed_in_leaves_nothing(house: Any) -> None:
    for _ in range(3):
        assert house.stranger().get("/api/lists").status_code == 401
        assert house.stranger().get("/lists").status_code == 303
    assert refused(house) == []


def test_a_clock_that_goes_back_keeps_nothing_out_of_the_log(house: Any) -> None:
    patrol = house.caller(Role.PATROL)
    patrol.get("/api/lists")
    house.clock.forward(hours=-2)
    patrol.get("/api/lists")
    assert len(refused(house)) == 2


def test_a_log_that_cannot_be_written_still_refuses_and_is_tried_again(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    patrol = house.caller(Role.PATROL)

    def busy(_act: object) -> None:
        raise LogBusy("too much at once")

    with monkeypatch.context() as patch:
        patch.setattr(house.centre.log, "append", busy)
        assert patrol.get("/api/lists").status_code == 403
    assert patrol.get("/api/lists").status_code == 403
    assert len(refused(house)) == 1
