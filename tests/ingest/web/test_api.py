"""The calls that the command line makes, from signing in to verifying the log."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from governance.roles import Role

PASSWORD = "lamp oil shutter"
NEW = {"name": "Burglary", "purpose": "Find vehicles used in burglary", "owner": "DI Drawn", "authority": "AO-1"}


def entry(house: Any, **changes: Any) -> dict[str, Any]:
    expires = (house.clock() + timedelta(days=9)).isoformat()
    return {
        "vrm": "AB12 CDE",
        "reason": "Burglary",
        "owner": "DC 1",
        "authority": "AO-1",
        "expires_at": expires,
    } | changes


def test_a_program_signs_in_and_out(house: Any) -> None:
    house.centre.accounts.create("clerk", "Drawn clerk", {Role.LIST_MANAGER}, PASSWORD, "system:test")
    program = TestClient(house.app, base_url="https://centre.test")
    token = program.post("/api/sign-in", json={"name": "clerk", "password": PASSWORD}).json()["token"]
    program.headers["Authorization"] = f"Bearer {token}"
    about = program.get("/api/me").json()
    assert (about["name"], about["roles"]) == ("clerk", ["list-manager"])
    assert "change-lists" in about["permissions"]
    assert program.post("/api/sign-out").status_code == 204
    assert program.get("/api/me").status_code == 401


def test_signing_in_sets_no_cookie(house: Any) -> None:
    house.centre.accounts.create("clerk", "Drawn clerk", {Role.LIST_MANAGER}, PASSWORD, "system:test")
    answer = TestClient(house.app).post("/api/sign-in", json={"name": "clerk", "password": PASSWORD})
    assert "set-cookie" not in answer.headers


def test_a_wrong_password_is_refused_in_json(house: Any) -> None:
    answer = TestClient(house.app).post("/api/sign-in", json={"name": "clerk", "password": "wrong"})
    assert answer.status_code == 401
    assert "do not open an account" in answer.json()["detail"]


def test_a_list_from_nothing_to_published(house: Any) -> None:
    program = house.caller("list-manager")
    made = program.post("/api/lists", json=NEW | {"authority": house.grants.lists(NEW["name"])})
    assert made.status_code == 201
    path = f"/api/lists/{made.json()['list_id']}"

    added = program.post(f"{path}/entries", json=entry(house, risk_warnings=["Firearms"]))
    assert (added.status_code, added.json()["vrm"], added.json()["added_by"]) == (201, "AB12CDE", "list-manager")

    rows = b"vrm,reason,owner,expires,authority\nLD70XYZ,Theft,o,2026-12-31,a\n,,,,\nLD70XYZ,Theft,o,2026-12-31,a\n"
    report = program.post(f"{path}/import", files={"file": ("l.csv", rows, "text/csv")}).json()
    assert (report["accepted"], report["refused"], report["duplicates"], report["blank"]) == (1, 0, 1, 1)
    assert (report["refusals"], report["repeats"]) == ([], [{"line": 4, "reason": "the same as line 2"}])
    changed = rows.replace(b"Theft", b"Robbery").replace(b"reason", b"reason,own").replace(b",o,", b",,o,")
    sent = {"update": "true", "why": "a worse crime", "leave_out": ["own"]}
    report = program.post(f"{path}/import", files={"file": ("l.csv", changed, "text/csv")}, data=sent).json()
    assert (report["updated"], report["differences"]) == (1, [{"line": 2, "columns": ["reason"]}])

    shown = program.get(path, params={"limit": 1, "start": 1}).json()
    assert (shown["list"]["entries"], [each["vrm"] for each in shown["entries"]]) == (2, ["LD70XYZ"])

    gone = program.request("DELETE", f"{path}/entries/{added.json()['entry_id']}", json={"why": "found"})
    assert gone.status_code == 204
    off = {"vrm": "ab12 cde", "why": "found"}
    assert program.post(f"{path}/removals", json=off).status_code == 404
    program.post(f"{path}/entries", json=entry(house))
    assert program.post(f"{path}/removals", json=off | {"why": ""}).status_code == 422
    assert program.post(f"{path}/removals", json=off).status_code == 204

    published = program.post(f"{path}/publish").json()
    assert (published["version"], published["entries"], published["new"]) == (1, 1, True)
    assert program.post(f"{path}/publish").json() == published | {"new": False}
    (known,) = program.get("/api/lists").json()
    assert (known["version"], known["entries"]) == (1, 1)


def test_the_latest_alerts_and_an_answer(house: Any, alert_id: UUID) -> None:
    program = house.caller("patrol")
    (alert,) = program.get("/api/alerts").json()
    assert (alert["alert_id"], alert["vrm"]) == (str(alert_id), "AB12CDE")
    answer = program.post(f"/api/alerts/{alert_id}/answers", json={"outcome": "en_route"})
    assert (answer.status_code, answer.json()["answered_by"]) == (201, "Drawn patrol")
    assert program.get(f"/api/alerts/{alert_id}").json()["answers"][0]["outcome"] == "en_route"
    later = {"since": (house.clock() + timedelta(seconds=1)).isoformat()}
    assert program.get("/api/alerts", params=later).json() == []


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"since": "2026-11-23T00:00:00"}, {"since": "x"}])
def test_a_question_that_makes_no_sense_is_refused(shared_house: Any, params: dict[str, Any]) -> None:
    assert shared_house.caller("patrol").get("/api/alerts", params=params).status_code == 422


def test_an_answer_from_the_future_is_refused(house: Any, alert_id: UUID) -> None:
    at = (house.clock() + timedelta(hours=1)).isoformat()
    answer = house.caller("patrol").post(
        f"/api/alerts/{alert_id}/answers", json={"outcome": "stopped", "answered_at": at}
    )
    assert answer.status_code == 422
    assert "has not come yet" in answer.json()["detail"]


def test_the_log_is_verified_over_the_wire(house: Any) -> None:
    said = house.caller("admin").get("/api/log/verify").json()
    assert (said["whole"], said["problems"]) == (True, [])
    log = house.centre.log
    assert (said["size"], said["checkpoint"], said["key"]) == (log.size, str(log.checkpoint.head), log.verifier.text)


def test_health_names_each_part(house: Any) -> None:
    said = house.caller("admin").get("/api/health").json()
    assert said["database"] == {"ok": True, "detail": ""}
    assert said["broker"]["ok"] is False


def test_the_calls_are_described(house: Any) -> None:
    described = house.caller("patrol").get("/api/openapi.json").json()
    assert "/api/lists/{list_id}/import" in described["paths"]
    assert all(path.startswith("/api/") for path in described["paths"])
    assert described["components"]["securitySchemes"]["session"]["scheme"] == "bearer"
