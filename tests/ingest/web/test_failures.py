"""Every error of ours has an answer: a status, and words that say what to do and give nothing away."""

import html
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import governance.errors
import ingest.errors
import ingest.web.errors
from governance.roles import Permission
from ingest.web import failures
from ingest.web.failures import STATUSES, status_of

FAMILY = {
    kind
    for module in (ingest.errors, ingest.web.errors)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, ingest.errors.IngestError)
}
BASES = {ingest.errors.IngestError, ingest.web.errors.RequestRefused}


@pytest.mark.parametrize("kind", sorted(FAMILY - BASES, key=str), ids=lambda kind: kind.__name__)
def test_no_error_of_this_room_is_a_surprise(kind: type[Exception]) -> None:
    assert any(base in STATUSES for base in kind.__mro__)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ingest.errors.EntryRefused("a", "b"), 422),
        (ingest.errors.ImportRefused("x"), 422),
        (ingest.errors.TooManyTries(9), 429),
        (ingest.errors.SignInRefused("x"), 401),
        (ingest.errors.StoreUnavailable("x"), 503),
        (governance.errors.LogFull("x"), 503),
        (governance.errors.LogDamaged("x"), 503),
        (governance.errors.PasswordRefused("x"), 422),
        (ZeroDivisionError("x"), 500),
    ],
)
def test_the_most_particular_class_decides(error: Exception, status: int) -> None:
    assert status_of(error) == status


@pytest.fixture
def failing() -> TestClient:
    """An application whose every path fails unexpectedly with a secret in the error."""
    app = FastAPI()
    failures.install(app)

    @app.get("/{rest:path}")
    def fail(rest: str) -> None:
        raise RuntimeError(f"AB12CDE at {rest}")

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/page", "/api/call"])
def test_an_unexpected_error_is_logged_and_gives_nothing_away(
    failing: TestClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing.get(path)
    assert answer.status_code == 500
    assert "AB12CDE" not in answer.text
    assert "Something failed that should not have" in answer.text
    assert "RuntimeError" in caplog.text


def test_a_call_is_told_every_fault_in_json(house: Any) -> None:
    made = house.make_list()
    new = {"vrm": "!", "reason": "", "owner": "x", "authority": "x", "expires_at": "2026-12-31T00:00:00Z"}
    answer = house.caller("list-manager").post(f"/api/lists/{made.list_id}/entries", json=new)
    assert answer.status_code == 422
    assert len(answer.json()["reasons"]) == 2


def test_a_value_that_is_not_of_its_type_is_named_and_not_repeated(house: Any) -> None:
    answer = house.caller("list-manager").post("/api/lists", json={"name": ["AB12CDE"]})
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert "name: " in detail
    assert "purpose: Field required" in detail
    assert "AB12CDE" not in detail


@pytest.mark.parametrize("path", ["/service", "/api/health"])
def test_a_refusal_says_in_words_what_the_account_may_not_do(shared_house: Any, path: str) -> None:
    asker = shared_house.caller("patrol") if path.startswith("/api/") else shared_house.browser("patrol")
    said = html.unescape(asker.get(path).text)
    assert "see whether the service's own parts are up" in said
    assert "Ask an administrator" in said
    told = said.split("<main")[-1]  # the frame has links to where the account may go
    assert not any(permission.value in told for permission in Permission)


@pytest.mark.parametrize(("path", "kind"), [("/nowhere", "text/html"), ("/api/nowhere", "application/json")])
def test_a_path_that_is_not_there_is_said_in_kind(shared_house: Any, path: str, kind: str) -> None:
    answer = shared_house.stranger().get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)
