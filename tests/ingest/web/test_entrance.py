"""Signing in by password and by link, signing out, and where one lands."""

from datetime import timedelta
from typing import Any

import pytest

from governance.roles import Role
from ingest.accounts import FREE_TRIES
from ingest.web.entrance import own_path
from ingest.web.session import COOKIE

PASSWORD = "lamp oil shutter"


@pytest.fixture
def officer(house: Any) -> str:
    house.centre.accounts.create("pc1234", "PC Drawn", {Role.PATROL}, PASSWORD, "system:test")
    return "pc1234"


def sign_in(client: Any, name: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", data={"name": name, "password": password, **more})


def test_the_right_password_opens_the_only_page_there_is(house: Any, officer: str) -> None:
    client = house.stranger()
    answer = sign_in(client, officer)
    assert (answer.status_code, answer.headers["location"]) == (303, "/patrol")
    assert client.get("/patrol").status_code == 200


def test_the_name_is_taken_as_people_type_it(house: Any, officer: str) -> None:
    assert sign_in(house.stranger(), " PC1234 ").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_text(house: Any, officer: str) -> None:
    cookie = sign_in(house.stranger(), officer).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "secure", "path=/"} <= parts
    assert not any(part.startswith(("domain", "max-age", "expires")) for part in parts)


@pytest.mark.parametrize("name", ["pc1234", "nobody"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(house: Any, officer: str, name: str) -> None:
    answer = sign_in(house.stranger(), name, "wrong")
    assert answer.status_code == 401
    assert "The name and password do not open an account" in answer.text
    assert "wrong" not in answer.text
    assert "set-cookie" not in answer.headers


def test_after_too_many_tries_the_page_says_how_long_to_wait(house: Any, officer: str) -> None:
    client = house.stranger()
    for _ in range(FREE_TRIES):
        sign_in(client, officer, "wrong")
    answer = sign_in(client, officer)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 31
    assert "s and try again" in answer.text
    house.clock.forward(seconds=32)
    assert sign_in(client, officer).status_code == 303


def test_one_goes_on_to_the_page_that_was_asked_for(house: Any, officer: str) -> None:
    client = house.stranger()
    asked = client.get("/patrol?x=1")
    assert asked.headers["location"] == "/sign-in?next=/patrol"
    assert sign_in(client, officer, next="/patrol").headers["location"] == "/patrol"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:x",
        "/\nx",
        "",
        "patrol",
    ],
)
def test_no_link_leads_from_here_to_elsewhere(house: Any, officer: str, target: str) -> None:
    assert own_path(target) == "/"
    assert sign_in(house.stranger(), officer, next=target).headers["location"] == "/patrol"


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("patrol", "/patrol"),
        ("list-manager", "/lists"),
        ("oversight", "/"),
        ("authorising-officer", "/"),
        ("admin", "/service"),
        ("footage", "/"),
    ],
)
def test_a_link_opens_the_page_of_its_role(house: Any, role: str, page: str) -> None:
    token = house.centre.accounts.make_link(role, timedelta(minutes=5), second_factor=True)
    client = house.stranger()
    assert client.get(f"/enter?token={token}").headers["location"] == page
    assert client.get(page).status_code == 200


def test_a_link_is_good_once(house: Any) -> None:
    token = house.centre.accounts.make_link("patrol", timedelta(minutes=5))
    house.stranger().get(f"/enter?token={token}")
    again = house.stranger().get(f"/enter?token={token}")
    assert again.status_code == 401
    assert "This sign-in link is not good any more" in again.text
    assert token not in again.text


@pytest.mark.parametrize("query", ["", "?token=", "?token=x"])
def test_a_link_that_is_not_whole_is_refused_in_a_sentence(house: Any, query: str) -> None:
    answer = house.stranger().get(f"/enter{query}")
    assert answer.status_code == 401
    assert "This sign-in link is not good any more" in answer.text


def test_signing_out_ends_the_session_itself(house: Any) -> None:
    client = house.browser("patrol")
    kept = client.cookies[COOKIE]
    answer = client.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert house.stranger(cookies={COOKIE: kept}).get("/patrol").status_code == 303


@pytest.mark.parametrize("data", [{}, {"name": "x"}, {"name": "x" * 201, "password": "y"}])
def test_a_form_that_is_not_filled_in_is_refused_in_words(house: Any, data: dict[str, str]) -> None:
    answer = house.stranger().post("/sign-in", data=data)
    assert answer.status_code == 422
    assert "xxx" not in answer.text
