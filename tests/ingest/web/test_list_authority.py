"""What the list manager is told where a list's authority does not hold, on the page and by the API, and what to do."""

from typing import Any

import pytest

from governance.authority.states import Step
from tests.ingest.web.test_list_pages import ENTRY, HEADER, NEW

LINE = "LD70XYZ,Theft,ACT,Stop,,o,2026-12-31,CR/1\n"


@pytest.fixture
def made(house: Any) -> Any:
    """A list that is published, and whose authority is then suspended."""
    made = house.make_list()
    house.add(made.list_id)
    house.centre.lists.publish(made.list_id, "list-manager")
    house.grants.take(made.authority, Step.SUSPEND)
    return made


def test_a_page_refuses_what_adds_and_keeps_what_was_typed(house: Any, made: Any) -> None:
    manager, path = house.browser("list-manager"), f"/lists/{made.list_id}"
    file = {"file": ("l.csv", (HEADER + LINE).encode(), "text/csv")}
    for answer in (
        manager.post(f"{path}/entries", data=ENTRY | {"vrm": "ZZ99ZZZ"}),
        manager.post(f"{path}/import", files=file),
    ):
        assert answer.status_code == 403
        assert f"{made.authority}: it is suspended" in answer.text
        assert "an inspector or above, can resume it" in answer.text
    assert "ZZ99ZZZ" in manager.post(f"{path}/entries", data=ENTRY | {"vrm": "ZZ99ZZZ"}).text
    assert house.centre.lists.get(made.list_id).entries == 1


def test_a_list_without_an_authority_is_not_made(house: Any) -> None:
    answer = house.browser("list-manager").post("/lists", data=NEW)
    assert answer.status_code == 403
    assert "there is no authority &#39;AO-1&#39;" in answer.text
    assert "lanthorn authority request" in answer.text
    assert house.centre.lists.all() == []


def test_the_api_says_why_and_who_can_help(house: Any, made: Any) -> None:
    manager, path = house.caller("list-manager"), f"/api/lists/{made.list_id}"
    house.centre.lists.withdrawals.look()
    answer = manager.post(f"{path}/publish")
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        f"this is not authorised: {made.authority}: it is suspended. An authorising officer, an inspector or above, can"
        " resume it; then publish the list again"
    )


def test_it_is_shown_as_withdrawn_and_brought_back_under_the_next(house: Any, made: Any) -> None:
    manager, path = house.browser("list-manager"), f"/lists/{made.list_id}"
    house.centre.lists.withdrawals.look()
    assert "This list is withdrawn: no car looks for what is on it." in manager.get(path).text
    assert manager.post(f"{path}/publish").status_code == 403
    wrong = manager.post(f"{path}/authority", data={"list_authority": "AUTH-2026-0099"})
    assert (wrong.status_code, "there is no authority" in wrong.text) == (403, True)
    following = house.grants.lists("Burglary vehicles")
    assert manager.post(f"{path}/authority", data={"list_authority": following}).status_code == 303
    assert manager.post(f"{path}/publish").status_code == 303
    page = manager.get(path).text
    assert (following in page, "This list is withdrawn" in page) == (True, False)


def test_a_person_withdraws_a_list_by_page_and_by_api(house: Any, made: Any) -> None:
    manager, path = house.browser("list-manager"), f"/lists/{made.list_id}"
    assert manager.post(f"{path}/withdraw", data={"withdraw_why": " "}).status_code == 422
    assert manager.post(f"{path}/withdraw", data={"withdraw_why": "It is over"}).status_code == 303
    assert [act.purpose for act in house.acts("list.withdraw")] == ["It is over"]
    caller, api = house.caller("list-manager"), f"/api{path}"
    again = caller.post(f"{api}/withdraw", json={"why": "It is over"}).json()
    assert (again["version"], again["withdrawn"], again["entries"]) == (2, True, 1)
    moved = caller.post(f"{api}/authority", json={"authority": house.grants.lists("Burglary vehicles")})
    assert moved.json()["authority"] == "AUTH-2026-0002"
