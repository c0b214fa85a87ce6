"""Requests from other sites, bodies that are too long, and the headers on every answer."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from ingest.web.guards import FORM_LIMIT_BYTES, HEADERS, IMPORT_LIMIT_BYTES

FORM = {"name": "patrol", "password": "wrong"}


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/", "/nowhere", "/health/live", "/static/page.css", "/card/card.css", "/api/me", "/api/nowhere"],
)
def test_every_answer_is_confined(shared_house: Any, path: str) -> None:
    answer = shared_house.stranger().get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize("path", ["/sign-in", "/", "/nowhere", "/api/me"])
def test_pages_stay_out_of_caches(shared_house: Any, path: str) -> None:
    assert shared_house.stranger().get(path).headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://centre.test"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://centre.test.evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(shared_house: Any, headers: dict[str, str]) -> None:
    client = TestClient(shared_house.app, base_url="https://centre.test", follow_redirects=False)
    answer = client.post("/sign-in", data=FORM, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://centre.test"}]
)
def test_a_change_that_our_own_page_asks_for_is_taken(house: Any, headers: dict[str, str]) -> None:
    client = TestClient(house.app, base_url="https://centre.test", follow_redirects=False)
    assert client.post("/sign-in", data=FORM, headers=headers).status_code == 401  # asked, and the password is wrong


def test_another_site_may_link_here(shared_house: Any) -> None:
    assert shared_house.stranger().get("/sign-in", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_form_that_is_too_long_is_refused_unread(shared_house: Any) -> None:
    answer = shared_house.stranger().post("/sign-in", content=b"x" * (FORM_LIMIT_BYTES + 1))
    assert answer.status_code == 413
    assert "64 KB" in answer.text


def test_a_body_of_no_stated_length_is_refused(shared_house: Any) -> None:
    answer = shared_house.stranger().post("/sign-in", content=iter([b"name=x"]))
    assert answer.status_code == 413
    assert "Content-Length" in answer.text


@pytest.mark.parametrize("path", ["/lists/{}/import", "/api/lists/{}/import"])
def test_only_somebody_who_is_signed_in_may_send_a_whole_list(house: Any, path: str) -> None:
    made = house.make_list()
    long = {"file": ("list.csv", b"x" * (FORM_LIMIT_BYTES + 1), "text/csv")}
    target = path.format(made.list_id)
    assert house.stranger().post(target, files=long).status_code == 413
    client = house.caller("list-manager") if target.startswith("/api") else house.browser("list-manager")
    assert client.post(target, files=long).status_code == 422  # read, and it is no list


def test_even_a_list_has_a_limit(house: Any) -> None:
    client = house.caller("list-manager")
    length = {"Content-Length": str(IMPORT_LIMIT_BYTES + 1)}
    answer = client.post(f"/api/lists/{house.make_list().list_id}/import", content=b"", headers=length)
    assert answer.status_code == 413
