"""The calls on authorities, from a key to a review, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest

from governance.authority.case import Case
from governance.authority.ranks import Rules
from governance.authority.replay import replay
from governance.authority.trust import Trust
from governance.keys import PublicKey
from governance.roles import Role
from tests.governance.authority.drawn import LIST, WHY, proposal

PASSPHRASE = "wick brass chimney"


def times(house: Any, days: float = 1) -> dict[str, str]:
    start, end = house.clock(), house.clock() + timedelta(days=days)
    return {"starts_at": start.isoformat(), "ends_at": end.isoformat(), "review_at": end.isoformat()}


def ask(house: Any, caller: Any, **changes: Any) -> Any:
    body = {"proposal": proposal(**{**times(house), **changes}), "rank": "constable"}
    return caller.post("/api/authorities", json=body)


@pytest.fixture
def officer(house: Any) -> Any:
    """The authorising officer, whose key is trusted."""
    caller = house.caller("authorising-officer")
    made = caller.post("/api/authorities/keys", json={"passphrase": PASSPHRASE})
    assert made.status_code == 201
    trusted = {"fingerprint": made.json()["fingerprint"], "rank": "inspector"}
    assert house.caller("admin").post("/api/authorities/keys/trust", json=trusted).status_code == 200
    return caller


def step(caller: Any, path: str, what: str, **changes: Any) -> Any:
    return caller.post(f"{path}/steps", json={"step": what, "reason": WHY, "passphrase": PASSPHRASE, **changes})


def test_an_authority_from_nothing_to_reviewed(house: Any, officer: Any) -> None:
    manager = house.caller("list-manager")
    made = ask(house, manager)
    assert made.status_code == 201, made.text
    summary = made.json()["summary"]
    assert (summary["state"], summary["reference"]) == ("draft", "AUTH-2026-0001")
    path = f"/api/authorities/{summary['authority_id']}"
    again = manager.put(path, json={"proposal": proposal(**times(house), title="Vehicles used in theft")})
    assert again.json()["summary"]["title"] == "Vehicles used in theft"
    assert manager.post(f"{path}/submit").json()["summary"]["state"] == "submitted"
    assert [each["waits_for"] for each in officer.get("/api/authorities/queue").json()] == ["decision"]
    assert step(officer, path, "grant").json()["summary"]["state"] == "granted"
    assert house.centre.authorities.may("list.publish", LIST, "AUTH-2026-0001", house.clock()).allowed
    for what, state in (("suspend", "suspended"), ("resume", "granted"), ("end", "ended"), ("review", "reviewed")):
        assert step(officer, path, what).json()["summary"]["state"] == state
    shown = house.caller("oversight").get(path).json()
    assert (shown["verified"], [each["step"] for each in shown["statements"]]) == (
        True,
        ["grant", "suspend", "resume", "end", "review"],
    )
    assert [each["state"] for each in manager.get("/api/authorities", params={"state": "reviewed"}).json()] == [
        "reviewed"
    ]


def test_an_overseer_can_replay_what_the_calls_give(house: Any, officer: Any) -> None:
    path = f"/api/authorities/{ask(house, house.caller('list-manager')).json()['summary']['authority_id']}"
    house.caller("list-manager").post(f"{path}/submit")
    step(officer, path, "grant")
    overseer = house.caller("oversight")
    anchor = PublicKey.from_text(overseer.get("/api/authorities/trust").json()["anchor"])
    trust = Trust.read(overseer.get("/api/authorities/trust/document").content, anchor, "met")
    case = Case.parse(overseer.get(f"{path}/case").content)
    assert replay(case, trust, Rules.read()).authority.reference == "AUTH-2026-0001"


def test_a_grant_by_word_of_mouth(house: Any, officer: Any) -> None:
    investigator = house.caller("investigator")
    path = f"/api/authorities/{ask(house, house.caller('list-manager')).json()['summary']['authority_id']}"
    house.caller("list-manager").post(f"{path}/submit")
    verbal = {
        "officer": "authorising-officer",
        "granted_at": house.clock().isoformat(),
        "reason": WHY,
        "rank": "sergeant",
    }
    refused = house.caller("list-manager").post(f"{path}/verbal", json=verbal)
    assert (refused.status_code, "recorded by the applicant" in refused.json()["detail"]) == (409, True)
    said = investigator.post(f"{path}/verbal", json=verbal)
    assert (said.status_code, said.json()["summary"]["waits_for"]) == (200, "confirmation")
    assert step(officer, path, "confirm").json()["summary"]["confirm_by"] is None


def test_a_request_that_is_not_complete_names_each_field(house: Any) -> None:
    answer = ask(house, house.caller("list-manager"), necessity="needed", title="")
    assert answer.status_code == 422
    assert "necessity" in answer.json()["detail"]
    assert "title" in answer.json()["detail"]


def test_what_is_refused_says_why(house: Any, officer: Any) -> None:
    manager = house.caller("list-manager")
    path = f"/api/authorities/{ask(house, manager).json()['summary']['authority_id']}"
    assert step(officer, path, "grant").status_code == 409
    assert manager.get(f"{path}/case").status_code == 404
    assert step(officer, path, "submit").status_code == 422
    manager.post(f"{path}/submit")
    wrong = step(officer, path, "grant", passphrase="brass wick chimney")
    assert (wrong.status_code, "passphrase" in wrong.json()["detail"]) == (403, True)
    assert PASSPHRASE not in wrong.text
    assert step(officer, path, "grant", reason="ok").status_code == 422
    for _ in range(5):
        step(officer, path, "grant", passphrase="brass wick chimney")
    slowed = step(officer, path, "grant")
    assert (slowed.status_code, slowed.headers["retry-after"].isdigit()) == (429, True)


def test_nobody_grants_their_own(house: Any, officer: Any) -> None:
    path = f"/api/authorities/{ask(house, officer).json()['summary']['authority_id']}"
    officer.post(f"{path}/submit")
    answer = step(officer, path, "grant")
    assert (answer.status_code, "nobody decides on their own" in answer.json()["detail"]) == (409, True)


def test_keys_are_kept_by_two(house: Any, officer: Any) -> None:
    admin = house.caller("admin")
    (key,) = admin.get("/api/authorities/keys").json()
    assert (key["account"], key["rank"], key["compromised"]) == ("authorising-officer", "inspector", False)
    assert "PRIVATE" not in admin.get("/api/authorities/keys").text
    assert admin.post("/api/authorities/keys", json={"passphrase": PASSPHRASE}).status_code == 403
    assert (
        officer.post("/api/authorities/keys/trust", json={"fingerprint": "00", "rank": "inspector"}).status_code == 403
    )
    gone = admin.post(f"/api/authorities/keys/{key['key_id']}/retire", json={"compromised": True})
    assert gone.json()["compromised"] is True
    assert admin.get("/api/authorities/trust").json()["number"] == 3


@pytest.mark.parametrize("role", [Role.PATROL])
def test_a_patrol_sees_none(house: Any, role: Role) -> None:
    assert house.caller(role.value).get("/api/authorities").status_code == 403
