"""Retention by the API: what each call gives, to whom, and what goes wrong in words."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from governance.retention.rules import FILE


@pytest.fixture
def admin(house: Any) -> Any:
    return house.caller("admin")


def test_the_plan_counts_what_is_held_and_what_must_go(house: Any, admin: Any, alert_id: Any) -> None:
    places = {one["place"]: one for one in admin.get("/api/retention?ahead_days=400").json()["places"]}
    assert (places["alerts"]["held"], places["alerts"]["due"], places["alerts"]["late"]) == (1, 1, 0)
    assert places["alerts"]["earliest"][0]["item"] == str(alert_id)
    assert places["alerts"]["rule"]["standing"] == "assumed"
    assert "cannot be reached" in places["stray-objects"]["trouble"], "the store of this house is away"


def test_an_item_is_explained(house: Any, alert_id: Any) -> None:
    (story,) = house.caller("oversight").get(f"/api/retention/items/{alert_id}").json()
    assert (story["kind"], story["state"], story["decided_by"]) == ("alert", "kept", "anpr-hit")
    assert story["go_by"].startswith("2027-11-23T")
    assert any("anpr-hit (assumed)" in reason for reason in story["reasons"])
    missing = house.caller("oversight").get(f"/api/retention/items/{uuid4()}")
    assert missing.status_code == 404
    assert "nothing here has the id" in missing.json()["detail"]


def test_a_hold_is_made_seen_renewed_and_ended(house: Any, alert_id: Any) -> None:
    officer = house.caller("investigator")
    ends = (house.clock() + timedelta(days=100)).isoformat()
    new = {"kind": "legal", "owner": "DPS", "reason": "complaint 7", "items": [str(alert_id)], "ends_at": ends}
    made = officer.post("/api/retention/holds", json=new)
    assert made.status_code == 201
    path = f"/api/retention/holds/{made.json()['hold_id']}"
    (shown,) = officer.get("/api/retention/holds").json()
    assert (shown["owner"], shown["items"], shown["made_by"]) == ("DPS", 3, "investigator")
    later = {"ends_at": (house.clock() + timedelta(days=200)).isoformat(), "why": "still open"}
    assert officer.post(f"{path}/renew", json=later).status_code == 204
    assert officer.post(f"{path}/end", json={"why": "closed"}).status_code == 204
    assert officer.get("/api/retention/holds").json() == []
    assert officer.get("/api/retention/holds?ended=true").json()[0]["ended_by"] == "investigator"
    assert officer.post("/api/retention/holds", json=new | {"kind": "x"}).status_code == 422


def test_a_class_is_given_and_taken(house: Any, alert_id: Any) -> None:
    officer = house.caller("investigator")
    path = f"/api/retention/items/{alert_id}/classes"
    given = officer.post(path, json={"item_class": "evidential-mopi-3", "why": "CR/1"})
    assert {one["kind"] for one in given.json()} == {"alert", "read", "entry"}
    less = officer.request("DELETE", path, json={"item_class": "evidential-mopi-3", "why": "a mistake"})
    assert less.status_code == 204


def test_disposal_now_gives_receipts(house: Any, admin: Any, alert_id: Any) -> None:
    house.clock.forward(days=366)
    admin = house.caller("admin")
    run = admin.post("/api/retention/run").json()
    assert {one["place"]: one["items"] for one in run["disposed"]}["alerts"] == 1
    assert (run["left"], run["elsewhere"]) == (False, False)
    found = admin.get("/api/retention/receipts").json()
    assert {one["place"] for one in found["receipts"]} >= {"alerts", "reads"}
    assert found["key"] == house.centre.retention.public_key.text
    (story,) = admin.get(f"/api/retention/items/{alert_id}").json()
    assert (story["state"], story["decided_by"]) == ("gone", "anpr-hit")
    assert house.caller("oversight").post("/api/retention/run").status_code == 403


def test_rules_are_shown_previewed_and_not_changed_without_an_authority(house: Any, admin: Any, alert_id: Any) -> None:
    shown = admin.get("/api/retention/rules").json()
    assert len(shown["in_force"]["rules"]) > 20
    assert [one["number"] for one in shown["sets"]] == [1]
    assert admin.get("/api/retention/rules/1").json()["file"] == FILE.read_text()
    assert admin.get("/api/retention/rules/2").status_code == 404
    shorter = FILE.read_text().replace(
        'keep_at_least = "P31D"\ndelete_by = "P12M"', 'keep_at_least = "P31D"\ndelete_by = "P2M"'
    )
    preview = admin.post("/api/retention/changes/preview", json={"file": shorter}).json()
    assert (preview["rules_changed"], preview["sooner"]) == (["anpr-hit"], 1)
    wrong = admin.post("/api/retention/changes/preview", json={"file": "[[rule]]"})
    assert wrong.status_code == 422
    assert "rules of retention" in wrong.json()["detail"]
    refused = admin.post("/api/retention/changes", json={"file": shorter, "why": "shorter", "authority": "AUTH-9"})
    assert refused.status_code == 403
    assert "there is no authority" in refused.json()["detail"]
    assert admin.post("/api/retention/changes/2/withdraw", json={"why": "x"}).status_code == 404


def test_late_is_said(house: Any, admin: Any, alert_id: Any) -> None:
    assert [one for one in admin.get("/api/retention/late").json() if one["number"]] == []
    house.clock.forward(days=370)
    late = house.caller("admin").get("/api/retention/late").json()
    assert {one["place"] for one in late if one["number"]} == {"alerts", "reads"}
