"""The pages of retention: what each role sees and may do there, and what a form says that was not taken."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from governance.authority.question import Kind
from governance.retention.receipt import Receipt
from governance.retention.rules import FILE, RuleSet
from governance.roles import Role
from ingest.web import retention_pages
from tests.ingest.granting import Grants

MAY_SEE = [Role.OVERSIGHT, Role.AUTHORISING_OFFICER, Role.AUDITOR, Role.INVESTIGATOR, Role.ADMIN]
NEW_HOLD = {"kind": "legal", "owner": "DPS", "reason": "complaint 7", "ends": "2027-06-30"}


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def change_proposed(house: Any) -> Any:
    """A set of rules that waits, under an authority that a superintendent granted for this very file."""
    file = FILE.read_bytes().replace(
        b'class = "anpr-read"\ndelete_by = "P12M"', b'class = "anpr-read"\ndelete_by = "P6M"'
    )
    scope = {"kind": Kind.RETENTION_CHANGE, "rules_sha256": RuleSet.parse(file).sha256}
    grants = Grants(house.centre.authorities, house.clock, rank="superintendent")
    reference = grants.grant(Kind.RETENTION_CHANGE, scope=scope)
    return house.centre.retention.propose(file, "Six months are enough", reference, "admin")


@pytest.mark.parametrize("role", MAY_SEE)
def test_who_may_see_it_sees_numbers_rules_and_no_mark(house: Any, alert_id: Any, role: Role) -> None:
    html = house.browser(role).get("/retention").text
    said = text_of(html)
    assert "Gone 12 months at the latest, from its capture. Firm: a published rule" in said
    assert "Kept 31 days at least and gone 12 months at the latest, from the alert. Assumed" in said
    assert "AB12" not in html
    assert "<img" not in html
    assert ("Hold items" in said) is (role in {Role.INVESTIGATOR, Role.AUTHORISING_OFFICER, Role.OVERSIGHT})
    (act,) = [act for act in house.acts("page.view") if act.details["page"] == "/retention"]
    assert act.purpose == "keeping no longer than allowed"


def test_what_is_late_and_what_cannot_be_asked_is_said_first(house: Any, alert_id: Any) -> None:
    house.clock.forward(days=400)
    said = text_of(house.browser("oversight").get("/retention").text)
    assert "1 item of alerts should be gone" in said
    assert "Cannot be asked now" in said, "the store of this house is away"


def test_a_doubted_clock_is_said(house: Any) -> None:
    house.centre.retention.clock.check()
    house.clock.forward(days=30)
    said = text_of(house.browser("admin").get("/retention").text)
    assert "Nothing is disposed of now. The centre's clock says 2026-12-23" in said


def test_a_hold_is_placed_renewed_and_ended(house: Any, alert_id: Any) -> None:
    officer = house.browser("investigator")
    made = officer.post("/retention/holds", data=NEW_HOLD | {"items": f"{alert_id}\n", "review": "2027-03-01"})
    assert (made.status_code, made.headers["location"]) == (303, "/retention#holds")
    (hold,) = house.centre.retention.marking.holds()
    assert (hold.items, hold.hold.owner, hold.made_by) == (3, "DPS", "investigator")
    said = text_of(officer.get("/retention").text)
    assert "Legal, DPS made by investigator" in said
    assert "complaint 7" in said
    path = f"/retention/holds/{hold.hold.hold_id}"
    assert officer.post(f"{path}/renew", data={"ends": "2027-09-30", "why": "still open"}).status_code == 303
    assert "renewed 1 time" in text_of(officer.get("/retention").text)
    assert officer.post(f"{path}/end", data={"why": "closed"}).status_code == 303
    assert "Nothing is held." in officer.get("/retention").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"items": "AB12 CDE"}, "AB12 is no id"),
        ({"items": ""}, "a hold is put on 1 to 500 items"),
        ({"ends": "next year"}, "End: "),
        ({"ends": "2020-01-31"}, "end"),
        ({"ends": "2029-06-30"}, "12 months"),
        ({"reason": " "}, "reason is empty"),
        ({"reason": "complaint about LV21 KXD"}, "reason names LV21 KXD, which looks like a registration mark"),
        ({"review": "soon"}, "Review: "),
        ({"kind": "whim"}, "whim"),
        ({"items": str(uuid4())}, "there is no read, alert"),
    ],
)
def test_a_hold_that_is_not_taken_says_why_and_keeps_what_was_typed(
    house: Any, alert_id: Any, wrong: dict[str, str], said: str
) -> None:
    typed = NEW_HOLD | {"items": str(alert_id), "owner": "Panel of Camden"} | wrong
    answer = house.browser("investigator").post("/retention/holds", data=typed)
    assert answer.status_code in {404, 409, 422}
    assert said.lower() in text_of(answer.text).lower()
    assert "Not taken. Nothing was changed." in answer.text
    assert 'value="Panel of Camden"' in answer.text
    assert house.centre.retention.marking.holds() == []


def test_a_hold_whose_review_is_past_stands_out(house: Any, alert_id: Any) -> None:
    officer = house.browser("investigator")
    officer.post("/retention/holds", data=NEW_HOLD | {"items": str(alert_id), "review": "2027-01-01"})
    house.clock.forward(days=60)
    said = text_of(house.browser("oversight").get("/retention").text)
    assert "Past: the end of" in said
    assert "was to be reviewed by then" in said


def test_who_may_see_but_not_hold_is_refused(house: Any, alert_id: Any) -> None:
    assert (
        house.browser("auditor").post("/retention/holds", data=NEW_HOLD | {"items": str(alert_id)}).status_code == 403
    )
    assert house.centre.retention.marking.holds() == []


def test_a_receipt_is_given_byte_for_byte(house: Any, alert_id: Any) -> None:
    house.clock.forward(days=366)
    house.centre.retention.run()
    admin = house.browser("admin")
    links = re.findall(r'href="(/retention/receipts/[0-9a-f-]{36})"', admin.get("/retention").text)
    receipts = [Receipt.read(admin.get(link).content, house.centre.retention.public_key) for link in links]
    assert {"alerts", "reads"} <= {receipt.place for receipt in receipts}
    assert admin.get(f"/retention/receipts/{uuid4()}").status_code == 404


def test_the_newest_receipts_are_shown_of_how_many(house: Any, spool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_pages, "RECEIPTS_SHOWN", 2)
    for _ in range(3):
        house.take(spool.read(captured_at=house.clock() - timedelta(days=400)))
        house.centre.retention.run()
        house.clock.forward(minutes=1)
    html = house.browser("admin").get("/retention").text
    assert "The latest 2 of 3 receipts" in html
    newest = [row.batch_id for row in house.centre.retention.receipts(timedelta(days=1), 10)][:0:-1]
    assert re.findall(r'href="/retention/receipts/([0-9a-f-]{36})"', html) == [str(batch) for batch in newest]


def test_the_rules_say_how_firm_they_are_and_what_a_change_would_do(house: Any, spool: Any) -> None:
    for days in (10, 200):
        house.take(spool.read(captured_at=house.clock() - timedelta(days=days)))
    change_proposed(house)
    auditor = house.browser("auditor")
    overview = text_of(auditor.get("/retention").text)
    assert "A change of the rules waits." in overview
    assert "Proposed by admin under AUTH-" in overview
    said = text_of(auditor.get("/retention/rules").text)
    assert "Set 2: Waits" in said
    assert "Set 1: In force" in said
    assert "National ANPR Standards" in said
    assert "Firm: a published rule" in said


@pytest.mark.browser
def test_a_hold_is_placed_and_ended_in_a_browser(served: Any, open_window: Any, alert_id: Any) -> None:
    window = open_window(390, 844)
    page = window.enter("oversight", "/retention")
    page.get_by_text("Hold items").click()
    page.get_by_label("Ids of what is to be held").fill(str(alert_id))
    page.get_by_label("Kind").select_option("scrutiny")
    page.get_by_label("Owner").fill("MOPAC panel")
    page.get_by_label("Reason").fill("Panel of March")
    page.get_by_label("Ends").fill("2027-02-28")
    page.get_by_role("button", name="Hold them").click()
    expect(page.get_by_text("Scrutiny, MOPAC panel")).to_be_visible()
    page.get_by_text("Renew or end").click()
    page.get_by_label("Why it ends now").fill("The panel has met")
    page.get_by_role("button", name="End the hold").click()
    expect(page.get_by_text("Nothing is held.")).to_be_visible()
    assert window.faults == []
