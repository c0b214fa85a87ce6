"""The auditor's pages: what waits, what each auditor may see of it, findings, and everything that is refused."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from governance.roles import Role
from ingest.database.schema import search
from ingest.search.audits import Found
from ingest.search.question import Circle, Grounds, Question
from ingest.web.audit_view import FINDINGS_A_PAGE

MARK = "AB12CDE"
SAID = {"finding": "in-order", "words": "the crime report names the vehicle"}


@pytest.fixture
def auditor(house: Any) -> Any:
    return house.browser("auditor")


@pytest.fixture(scope="module")
def refusing(shared_house: Any) -> Any:
    """The auditor's browser in a house where every form of these tests is refused, and an audit that was given to
    this auditor.
    """
    return shared_house.browser("auditor"), f"/audits/{drawn(shared_house, given_to='auditor')}"


def searched(house: Any, reference: str = "CR/4411/26", account: str = "investigator", **changes: Any) -> None:
    now = house.clock()
    asked = {"start": now - timedelta(days=7), "until": now - timedelta(days=1), "marks": (MARK,)} | changes
    house.centre.searches.ask(Question(**asked), Grounds("crime", reference, "DI Drawn"), house.person(account))


def drawn(house: Any, given_to: str = "") -> UUID:
    """An audit of a new search, which is given to somebody or to nobody."""
    searched(house)
    (audit,) = house.centre.audits.draw(1, house.person("auditor"))
    if given_to:
        house.centre.audits.assign(audit.audit_id, given_to, house.person("auditor"))
    return UUID(str(audit.audit_id))


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_searches_are_drawn_and_wait_with_who_why_and_how_many(house: Any, spool: Any, auditor: Any) -> None:
    house.take(spool.read(MARK, captured_at=house.clock() - timedelta(days=2)))
    searched(house)
    first = words_of(auditor.get("/audits").text)
    assert "1 search of the last 93 days was never drawn" in first
    answer = auditor.post("/audits", data={"number": "5"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/audits#waiting")
    html = auditor.get("/audits").text
    line = "investigator on behalf of DI Drawn Investigate a crime CR/4411/26 up to 90 days old 1"
    assert line in words_of(html)
    assert "1 drawn: open a search" in html
    assert "There is nothing to draw" in html
    assert MARK not in html
    (act,) = house.acts("audit.draw")
    assert (act.actor, act.details["drawn"], act.details["of"]) == ("auditor", 1, 1)


@pytest.mark.parametrize("number", ["0", "101", "", "five", "-1", "5.5", "\u0665", "9" * 400])
def test_a_draw_that_is_refused_says_so_at_its_field(shared_house: Any, refusing: Any, number: str) -> None:
    answer = refusing[0].post("/audits", data={"number": number})
    assert answer.status_code == 422
    assert '<p class="bad" id="number-fault">Draw 1 to 100 searches at a time.</p>' in answer.text
    assert re.search(rf'id="number"[^>]* value="{re.escape(number)}"[^>]* aria-invalid="true"', answer.text)
    assert 'href="#number"' in answer.text
    assert len(shared_house.acts("audit.draw")) == 1


def test_the_auditor_who_takes_it_sees_what_was_asked_for_and_records_a_finding(house: Any, auditor: Any) -> None:
    path = f"/audits/{drawn(house)}"
    before = auditor.get(path).text
    assert "It is given to nobody yet" in before
    assert MARK not in before
    assert auditor.post(f"{path}/take").headers["location"] == path
    html = auditor.get(path).text
    assert f"<strong>{MARK}</strong>" in html
    assert "Audit it myself" not in html
    assert auditor.post(f"{path}/finding", data=SAID).headers["location"] == path
    after = auditor.get(path).text
    assert "In order, says auditor. A finding is not changed." in words_of(after)
    assert "the crime report names the vehicle" in after
    assert MARK not in after, "who has said what they found needs the mark no more"
    assert "<form" not in after.split("<main", 1)[1]
    kinds = ["audit.assign", "audit.view", "audit.find"]
    assert [len(house.acts(kind)) for kind in kinds] == [1, 1, 1]
    assert all(MARK not in str(act) for act in house.acts())
    found = words_of(auditor.get("/audits").text)
    assert "In order the crime report names the vehicle auditor Mon 23 Nov 2026" in found


def test_no_other_auditor_sees_the_mark_or_says_what_was_found(house: Any) -> None:
    audit_id = drawn(house, given_to="auditor")
    house.centre.accounts.create("second", "Drawn second", {Role.AUDITOR}, None, "system:test")
    second = house.browser("second")
    html = second.get(f"/audits/{audit_id}").text
    assert "It is with auditor. Only they see what was asked for." in html
    assert MARK not in html
    assert "Record the finding" not in html
    answer = second.post(f"/audits/{audit_id}/finding", data=SAID)
    assert answer.status_code == 404
    assert house.acts("audit.find") == []
    listed = words_of(second.get("/audits").text)
    assert "With other auditors 1 given to somebody else" in listed
    assert "given to auditor investigator on behalf of" in listed


def test_nobody_audits_their_own_search(house: Any, auditor: Any) -> None:
    both = {Role.AUDITOR, Role.INVESTIGATOR}
    house.centre.accounts.create("both", "Drawn both", both, None, "system:test")
    searched(house, account="both")
    (audit,) = house.centre.audits.draw(1, house.person("both"))
    path, client = f"/audits/{audit.audit_id}", house.browser("both")
    assert "your own: somebody else audits it" in client.get("/audits").text
    html = client.get(path).text
    assert "You made this search yourself" in html
    assert "Audit it myself" not in html
    refused = client.post(f"{path}/take")
    assert refused.status_code == 422
    assert "Nobody audits their own search" in refused.text
    given = auditor.post(f"{path}/assign", data={"auditor": " both "})
    assert given.status_code == 422
    assert 'id="auditor-fault">Nobody audits their own search' in given.text
    assert house.acts("audit.assign") == []


@pytest.mark.parametrize("name", ["", "nobody", "patrol"])
def test_an_audit_is_given_to_an_auditor_alone(refusing: Any, name: str) -> None:
    client, path = refusing
    answer = client.post(f"{path}/assign", data={"auditor": name})
    assert answer.status_code == 422
    assert 'id="auditor-fault">An audit is given to somebody with an open account' in answer.text
    assert f'value="{name}"' in answer.text
    assert re.search(r'<details class="panel" open>\s*<summary>Give it to somebody else', answer.text)


def test_an_audit_is_given_to_a_colleague(house: Any, auditor: Any) -> None:
    house.centre.accounts.create("second", "Drawn second", {Role.AUDITOR}, None, "system:test")
    path = f"/audits/{drawn(house)}"
    assert auditor.post(f"{path}/assign", data={"auditor": "second"}).status_code == 303
    assert "It is with second." in auditor.get(path).text
    assert MARK in house.browser("second").get(path).text


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"finding": "", "words": "seen"}, {"finding": "Choose what you found."}),
        ({"finding": "maybe", "words": ""}, {"finding": "Choose", "words": "Say in words what you found"}),
        ({"finding": "in-order", "words": " "}, {"words": "Say in words what you found"}),
        ({"finding": "in-order", "words": "about ab12 cde"}, {"words": "The words hold a mark"}),
        ({"finding": "in-order", "words": "x" * 501}, {"words": "What you found needs 1 to 500"}),
    ],
)
def test_a_finding_that_is_refused_says_so_at_its_field_and_keeps_what_was_typed(
    shared_house: Any, refusing: Any, said: dict[str, str], faults: dict[str, str]
) -> None:
    client, path = refusing
    answer = client.post(f"{path}/finding", data=said)
    assert answer.status_code == 422
    assert set(re.findall(r'id="(finding|words)-fault"', answer.text)) == set(faults)
    for field, words in faults.items():
        assert f'<p class="bad" id="{field}-fault">{words}' in answer.text
        assert f'href="#{field}"' in answer.text
    assert f">{said['words']}</textarea>" in answer.text
    assert bool(re.search(r'value="in-order"[^>]* checked', answer.text)) is (said["finding"] == "in-order")
    assert shared_house.acts("audit.find") == []


def test_a_finding_stands(house: Any, auditor: Any) -> None:
    path = f"/audits/{drawn(house, given_to='auditor')}"
    auditor.post(f"{path}/finding", data=SAID)
    for again in (
        auditor.post(f"{path}/finding", data=SAID | {"finding": "not-justified"}),
        auditor.post(f"{path}/take"),
        auditor.post(f"{path}/assign", data={"auditor": "auditor"}),
    ):
        assert again.status_code == 409
        assert "This audit has its finding already, and a finding is not changed." in again.text
    assert "In order, says auditor" in words_of(auditor.get(path).text)


def test_the_page_says_how_results_were_used_and_what_was_found_of_this_person_before(house: Any, auditor: Any) -> None:
    before = drawn(house, given_to="auditor")
    house.centre.audits.find(before, Found.NOT_JUSTIFIED, "no report of that number", house.person("auditor"))
    audit_id = drawn(house, given_to="auditor")
    made = next(each for each in house.centre.audits.all() if each.audit_id == audit_id)
    house.centre.searches.page(made.search_id, house.person("investigator"))
    html = auditor.get(f"/audits/{audit_id}").text
    text = words_of(html)
    assert "pages: 1, pictures: 0, files: 0, shares: 0" in text
    assert "an earlier search had a mark in common" in text
    assert "Found before of investigator" in text
    assert "Not justified no report of that number" in text
    assert f'href="/audits/{before}"' in html


def test_what_was_asked_for_is_shown_whole_and_its_erasure_is_said(house: Any, auditor: Any) -> None:
    searched(house, marks=("AB1*",), devices=("car-7",), cameras=("front",), place=Circle(51.5, -0.12, 500.0))
    (audit,) = house.centre.audits.draw(1, house.person("auditor"))
    path = f"/audits/{audit.audit_id}"
    auditor.post(f"{path}/take")
    text = words_of(auditor.get(path).text)
    for words in ("AB1*", "car-7", "front", "within 500 m of 51.50000, -0.12000"):
        assert words in text
    with house.centre.engine.begin() as connection:
        connection.execute(update(search).values(question=None, salt=None))
    assert "erased, as its time of keeping is over" in auditor.get(path).text
    assert auditor.post(f"{path}/finding", data=SAID).status_code == 303


def test_many_findings_come_in_parts(house: Any, auditor: Any) -> None:
    for number in range(FINDINGS_A_PAGE + 2):
        searched(house, reference=f"CR/{number}/26", marks=(f"AB{10 + number}CDE",))
    person = house.person("auditor")
    for audit in house.centre.audits.draw(100, person):
        house.centre.audits.assign(audit.audit_id, "auditor", person)
        house.centre.audits.find(audit.audit_id, Found.IN_ORDER, "as it should be", person)
    first, second = auditor.get("/audits").text, auditor.get(f"/audits?start={FINDINGS_A_PAGE}").text
    assert "1 to 25 of 27, newest first" in first
    assert 'href="?start=25">Older findings' in first
    assert "26 to 27 of 27" in second
    assert 'href="?start=0">Newer findings' in second
    assert "No finding is so old." in auditor.get("/audits?start=99").text


def test_an_audit_that_is_not_there_is_not_found(refusing: Any) -> None:
    assert refusing[0].get(f"/audits/{uuid4()}").status_code == 404
    assert refusing[0].post(f"/audits/{uuid4()}/take").status_code == 404


def test_nobody_but_an_auditor_sees_an_audit(shared_house: Any, refusing: Any) -> None:
    _, path = refusing
    for role in sorted(set(Role) - {Role.AUDITOR}):
        client = shared_house.browser(role)
        for answer in (client.get("/audits"), client.get(path), client.post(f"{path}/finding", data=SAID)):
            assert answer.status_code == 403
            assert MARK not in answer.text
