"""The pages of authorities for whoever may see them: which there are, one in full, its uses, its files, its damage."""

from typing import Any
from uuid import uuid4

from sqlalchemy import update

from governance.authority.case import Case
from governance.authority.question import Kind
from governance.authority.replay import replay
from governance.authority.trust import Trust
from ingest.database.engine import write_transaction
from ingest.database.schema import authority
from ingest.web.authority_pages import A_PAGE
from tests.governance.authority.drawn import RULES, WHY
from tests.ingest.web.asking import asked, sign, text_of, trusted_officer


def test_the_list_says_who_decided_and_how_often_each_was_used(house: Any) -> None:
    overseer = house.browser("oversight")
    assert "There is no authority yet." in overseer.get("/authorities").text
    made = house.make_list()
    house.add(made.list_id)
    house.centre.lists.publish(made.list_id, "list-manager")
    house.grants.asked(Kind.ANPR_SEARCH)
    said = text_of(overseer.get("/authorities"))
    assert "Drawn di.grants" in said
    assert "3 times" in said
    assert "Waits for a decision" in said
    one = text_of(overseer.get("/authorities?state=granted&kind=anpr-list"))
    assert ("AUTH-2026-0001" in one, "AUTH-2026-0002" in one) == (True, False)
    assert "There is none like that." in overseer.get("/authorities?state=refused").text
    assert overseer.get("/authorities?state=lost").status_code == 422
    assert "There is none" in overseer.get("/authorities?start=100&state=refused").text


def test_an_applicant_finds_their_own_and_what_became_of_them(house: Any) -> None:
    manager, other = house.browser("list-manager"), house.browser("investigator")
    own, others = asked(house, manager, title="Own"), asked(house, other, title="Of somebody else")
    sign(trusted_officer(house), own, "refuse")
    said = text_of(manager.get("/authorities?whose=own"))
    assert ("Own" in said, "Of somebody else" in said) == (True, False)
    assert "Refused" in said.split("newest first")[1]
    assert WHY in manager.get(own).text
    assert "Asked by Anybody Me" in said
    assert "Anybody" not in house.browser("oversight").get("/authorities").text
    assert others in manager.get("/authorities").text


def test_many_are_shown_on_pages_that_keep_what_was_chosen(house: Any) -> None:
    for _ in range(A_PAGE + 1):
        house.grants.asked(Kind.ANPR_SEARCH)
    overseer = house.browser("oversight")
    first = overseer.get("/authorities?kind=anpr-search").text
    older = "state=&amp;kind=anpr-search&amp;whose=&amp;start=50"
    assert older in first
    assert "51 to 51 of 51" in overseer.get("/authorities?" + older.replace("&amp;", "&")).text
    assert "51 to 51 of 51" in overseer.get("/authorities?start=9999").text


def test_an_overseer_sees_the_uses_and_no_mark(house: Any) -> None:
    made = house.make_list()
    house.add(made.list_id, "AB12CDE")
    house.centre.lists.publish(made.list_id, "list-manager")
    path = f"/authorities/{house.grants.id_of(made.authority)}"
    page = house.browser("oversight").get(path)
    said = text_of(page)
    for use in ("make a list", "add a vehicle", "publish a list"):
        assert use in said
    assert "publish a list Burglary vehicles list-manager" in said
    assert "AB12CDE" not in page.text
    assert "What you decide" not in page.text
    act = house.acts("page.view")[-1]
    assert (act.actor, act.details["page"], act.purpose) == (
        "oversight",
        "/authorities/{authority_id}",
        "following authorities",
    )


def test_an_overseer_replays_the_files_that_the_page_gives(house: Any) -> None:
    path = f"/authorities/{house.grants.id_of(house.grants.lists('Burglary'))}"
    overseer = house.browser("oversight")
    file, trust = overseer.get(f"{path}/case"), overseer.get("/authorities/trust")
    assert file.headers["content-disposition"] == 'attachment; filename="AUTH-2026-0001.json"'
    trusted = Trust.read(trust.content, house.centre.authorities.keys.anchor, "met")
    assert replay(Case.parse(file.content), trusted, RULES).authority.reference == "AUTH-2026-0001"
    waits = house.grants.id_of(house.grants.asked(Kind.ANPR_SEARCH))
    assert overseer.get(f"/authorities/{waits}/case").status_code == 404
    assert overseer.get(f"/authorities/{uuid4()}").status_code == 404


def test_what_was_changed_by_other_means_is_not_shown_as_signed(house: Any) -> None:
    one = house.grants.id_of(house.grants.lists("Burglary"))
    two = house.grants.id_of(house.grants.lists("Theft"))
    waits = house.grants.id_of(house.grants.asked(Kind.ANPR_SEARCH))
    with write_transaction(house.centre.engine) as connection:
        stored = connection.execute(authority.select().where(authority.c.authority_id == one)).one()
        other = bytes(stored.request).replace(b"Few vehicles", b"Many people")
        for which, values in (
            (one, {"request": other}),
            (two, {"head": "00" * 32}),
            (waits, {"state": "granted"}),
        ):
            connection.execute(update(authority).where(authority.c.authority_id == which).values(values))
    overseer = house.browser("oversight")
    said = text_of(overseer.get("/authorities"))
    assert "3 of these do not verify. Nothing is allowed under them." in said
    assert said.count("Does not verify: do not rely on it. stored as granted") == 3
    assert text_of(overseer.get("/authorities/queue")).count("It does not verify: do not rely on it.") == 0
    for which, why in (
        (one, "the stored request is not the one that was signed"),
        (two, "the stored statements are not those that were made"),
        (waits, "but nobody signed anything"),
    ):
        said = text_of(overseer.get(f"/authorities/{which}"))
        assert "Do not rely on this authority." in said
        assert why in said
        assert "Does not verify It is stored as granted" in said
        assert " of 2 verify" not in said
    refused = overseer.get(f"/authorities/{two}/case")
    assert (refused.status_code, "no file that would verify" in refused.text) == (409, True)
