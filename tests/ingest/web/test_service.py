"""The service's own page, the first page, and the sign of life."""

import html
import re
from typing import Any

import pytest

from governance.keys import PrivateKey
from governance.roles import Role
from tests.ingest.cars import Spool
from tests.ingest.signing import enrolled


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_each_part_says_whether_it_works_and_why_not(house: Any) -> None:
    text = words_of(house.browser("admin").get("/service").text)
    assert "Database working" in text
    assert "Broker not working: " in text
    assert "Store not working: " in text


def test_what_was_set_aside_is_named_with_its_reason_and_not_its_content(house: Any, spool: Any) -> None:
    first, second = spool.read("AB12CDE"), spool.read("LD70XYZ")
    house.take(first)
    house.take(second.model_copy(update={"seq": first.seq}))
    text = words_of(house.browser("admin").get("/service").text)
    assert "number 1 of its stream is another message's" in html.unescape(text)
    assert "AB12CDE" not in text
    assert "LD70XYZ" not in text


def test_the_keys_of_devices_are_shown_with_those_that_were_revoked(house: Any) -> None:
    spool = Spool("car-9")
    enrolled(house.centre.enrolment, spool, PrivateKey.new())
    assert "car-9" in words_of(house.browser("admin").get("/service").text)
    house.centre.device_keys.revoke("car-9", "stolen", "admin")
    assert re.search(
        "car-9 [0-9a-f]{16} revoked .* by admin stolen", words_of(house.browser("admin").get("/service").text)
    )


def test_accounts_are_shown_and_cannot_be_changed_there(house: Any) -> None:
    house.centre.accounts.disable("footage", "admin")
    page = house.browser("admin").get("/service").text
    assert "closed Mon 23 Nov 2026" in words_of(page)
    assert 'action="/sign-out"' in page
    assert page.count("<form") == 1


@pytest.mark.parametrize(
    ("role", "links", "said"),
    [
        (Role.PATROL, {"/patrol"}, ""),
        (Role.LIST_MANAGER, {"/lists", "/authorities"}, ""),
        (Role.INVESTIGATOR, {"/authorities", "/search"}, ""),
        (Role.OVERSIGHT, {"/authorities", "/oversight", "/samples", "/service"}, ""),
        (Role.AUDITOR, {"/audits", "/authorities", "/oversight"}, ""),
        (Role.AUTHORISING_OFFICER, {"/authorities", "/lists", "/oversight"}, ""),
        (Role.ADMIN, {"/authorities", "/service"}, ""),
        (Role.FOOTAGE, {"/authorities"}, "there is no page for uploading and finding footage yet"),
    ],
)
def test_the_first_page_leads_where_one_may_go(house: Any, role: Role, links: set[str], said: str) -> None:
    page = house.browser(role).get("/").text
    places = "patrol|search|authorities|lists|audits|oversight|samples|service"
    assert set(re.findall(rf'href="(/(?:{places}))"', page)) == links
    assert said in page
    assert f"Drawn {role}" in page


def test_a_person_with_two_roles_has_the_pages_of_both(house: Any) -> None:
    house.centre.accounts.create("both", "Sgt Drawn", {Role.PATROL, Role.LIST_MANAGER}, None, "system:test")
    page = house.browser("both").get("/").text
    assert "/patrol" in page
    assert "/lists" in page


def test_the_process_says_that_it_is_alive_to_anybody(shared_house: Any) -> None:
    assert shared_house.stranger().get("/health/live").json() == {"status": "alive"}
