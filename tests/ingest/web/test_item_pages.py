"""One item's story: what each role sees, does and is refused; and the journey of a hold."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from governance.retention.receipt import Receipt
from ingest.database.schema import disposal_batch
from ingest.search.question import Grounds, Question

SECRETS = ("AB12CDE", "AB12 CDE", "Used in a burglary", "Firearms", "51.5", "/pictures/")
HOLD = {
    "kind": "legal",
    "owner": "Professional standards",
    "reason": "Complaint 7/26",
    "ends": "2027-03-01",
    "review": "2027-02-01",
    "sure": "yes",
}


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def text_of(house: Any, who: str, path: str) -> str:
    answer = house.browser(who).get(path)
    assert answer.status_code == 200, answer.text
    return words_of(answer.text)


def hold_of(house: Any, alert_id: UUID) -> Any:
    return house.centre.retention.marking.hold(
        "legal", "DPS", "complaint 7", [alert_id], house.clock() + timedelta(days=9), "investigator"
    )


def test_who_may_not_see_retention_sees_nothing_of_it(house: Any, alert_id: UUID) -> None:
    for who in ("patrol", "list-manager", "footage"):
        client = house.browser(who)
        assert client.get(f"/items/{alert_id}").status_code == 403
        assert client.post("/items", data={"id": str(alert_id)}).status_code == 403
    assert "The whole story" not in house.browser("patrol").get(f"/patrol/alerts/{alert_id}").text


def test_an_id_leads_to_its_story_and_a_mark_stays_out_of_every_address(house: Any, alert_id: UUID) -> None:
    client = house.browser("oversight")
    found = client.post("/items", data={"id": f" {str(alert_id).upper()} "})
    assert (found.status_code, found.headers["location"]) == (303, f"/items/{alert_id}")
    mark = client.post("/items", data={"id": "AB12 CDE"})
    assert mark.status_code == 422
    assert "A mark finds nothing here" in mark.text
    assert client.get(f"/items/{uuid4()}").status_code == 404


def test_oversight_reads_the_whole_story_without_the_mark(house: Any, alert_id: UUID) -> None:
    house.browser("patrol").get(f"/patrol/alerts/{alert_id}")
    house.browser("patrol").post(f"/patrol/alerts/{alert_id}/answers", data={"outcome": "stopped"})
    house.centre.log.integrate()
    html = house.browser("oversight").get(f"/items/{alert_id}").text
    text = words_of(html)
    assert not [secret for secret in SECRETS if secret in html]
    for words in (
        "Kept. It must be gone by Tue 23 Nov 2027",
        "anpr-hit Kept 31 days at least",
        "not shown: your role does not see it here",
        "car-7, camera front",
        "Burglary vehicles, version 1",
        "Authority of the list AUTH-2026-0001",
        "stopped, by Drawn patrol, in the centre",
    ):
        assert words in text
    entries = re.findall(
        r'<th scope="row">(\d+)</th>.*?data-label="What"><span>[^<]+<br><span class="soft">([a-z.-]+)[<,]'
        r'.*?"Proof">(.*?)</td>',
        html,
        re.S,
    )
    assert [act for _, act, _ in entries] == ["alert.raise", "page.view", "alert.answer", "page.view"]
    assert ["holds" in proof for *_, proof in entries] == [True, True, True, False], "the look itself waits"
    assert house.acts("page.view")[-1].objects == {"item": str(alert_id)}


def test_a_mark_is_shown_to_who_may_see_alerts(house: Any, alert_id: UUID) -> None:
    house.centre.accounts.create("both", "Drawn both", {"oversight", "patrol"}, None, "system:test")
    assert "AB12CDE" in text_of(house, "both", f"/items/{alert_id}")
    assert f'href="/items/{alert_id}"' in house.browser("both").get(f"/patrol/alerts/{alert_id}").text


def test_an_entry_shows_its_mark_to_who_may_see_lists(house: Any, alert_id: UUID) -> None:
    entry_id = house.centre.alerts.get(alert_id).entry_id
    assert "AB12CDE" in text_of(house, "authorising-officer", f"/items/{entry_id}")
    text = text_of(house, "oversight", f"/items/{entry_id}")
    assert "AB12CDE" not in text
    assert "Authority AO-2026-118" in text


def test_the_log_is_told_to_who_may_read_it(house: Any, alert_id: UUID) -> None:
    for who in ("investigator", "admin"):
        text = text_of(house, who, f"/items/{alert_id}")
        assert "The log says it to who may read the log" in text
        assert "alert.raise" not in text


def test_a_search_that_asked_for_a_read_is_in_its_story_and_another_is_not(house: Any, spool: Any) -> None:
    read = spool.read(captured_at=house.clock() - timedelta(hours=2))
    house.take(read)
    found = []
    for mark in ("AB12CDE", "LD70XYZ"):
        question = Question(house.clock() - timedelta(days=1), house.clock() - timedelta(hours=1), (mark,))
        made = house.centre.searches.ask(
            question, Grounds("crime", f"CR/{mark[:2]}/1", "DI D"), house.person("investigator")
        )
        found.append(made)
    house.centre.sharing.export(found[0].search_id, house.person("investigator"), ["CPS"], "the file")
    text = text_of(house, "auditor", f"/items/{read.body.read_id}")
    for words in ("reads.search", "CR/AB/1", "reads.export", "to CPS"):
        assert words in text
    assert "CR/LD/1" not in text
    story = house.browser("investigator").get(f"/search/{found[0].search_id}").text
    assert f'href="/items/{read.body.read_id}?search={found[0].search_id}"' in story


def test_a_hold_is_placed_by_who_may_and_kept_with_its_owner(house: Any, alert_id: UUID) -> None:
    client = house.browser("investigator")
    unsure = client.post(f"/items/{alert_id}/holds", data=HOLD | {"sure": ""})
    assert unsure.status_code == 422
    assert "Say that you are sure" in unsure.text
    assert 'value="Professional standards"' in unsure.text
    for changes, said in (
        ({"ends": "soon"}, "The end is a date"),
        ({"ends": "2030-01-01"}, "lasts at most"),
        ({"kind": "odd"}, "no hold of the kind"),
        ({"reason": " "}, "Reason is empty"),
    ):
        refused = client.post(f"/items/{alert_id}/holds", data=HOLD | changes)
        assert (refused.status_code, said in refused.text) == (422, True), said
    assert house.acts("retention.hold") == []
    assert client.post(f"/items/{alert_id}/holds", data=HOLD).headers["location"] == f"/items/{alert_id}"
    text = text_of(house, "oversight", f"/items/{alert_id}")
    assert "Held. A legal hold of Professional standards keeps it until the end of 1 March 2027" in text
    assert "retention.hold" in text


def test_who_may_not_hold_has_no_form_and_no_way(house: Any, alert_id: UUID) -> None:
    hold_of(house, alert_id)
    for who in ("admin", "auditor"):
        client = house.browser(who)
        assert "/holds" not in client.get(f"/items/{alert_id}").text
        assert client.post(f"/items/{alert_id}/holds", data=HOLD).status_code == 403


def test_a_disposal_leaves_its_receipt_and_its_story(house: Any, alert_id: UUID) -> None:
    house.clock.forward(days=366)
    house.centre.retention.run()
    client = house.browser("oversight")
    story = client.get(f"/items/{alert_id}").text
    assert "It is gone" in story
    assert "retention.dispose" in story
    assert not [secret for secret in SECRETS if secret in story]
    (address,) = set(re.findall(r'href="(/retention/receipts/[^"]+)"', story))
    receipt = client.get(address)
    assert receipt.headers["content-disposition"].startswith("attachment")
    assert Receipt.read(receipt.content, house.centre.retention.public_key).place == "alerts"
    with house.centre.engine.begin() as connection:
        changed = receipt.content.replace(b'"place":"alerts"', b'"place":"albums"')
        batch = UUID(address.rsplit("/", 1)[1])
        connection.execute(update(disposal_batch).where(disposal_batch.c.batch_id == batch).values(receipt=changed))
    assert "There is no receipt whose signature holds" in client.get(f"/items/{alert_id}").text


def test_a_damaged_log_is_said_in_the_story(house: Any, alert_id: UUID, tmp_path: Any) -> None:
    client = house.browser("oversight")
    house.centre.log.integrate()
    (path,) = (tmp_path / "log" / "tile" / "entries").rglob("*.p/*")
    path.write_bytes(path.read_bytes().replace(b"account.create", b"account.cheat!", 1))
    assert "The log cannot be read as it was written." in client.get(f"/items/{alert_id}").text


@pytest.mark.browser
def test_from_the_overview_to_an_item_its_hold_and_its_end(served: Any, open_window: Any, alert_id: UUID) -> None:
    window = open_window(390, 844)
    page = window.enter("oversight", "/retention")
    page.get_by_label("Why is this still here?").fill(str(alert_id))
    page.get_by_role("button", name="Show its story").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alert")
    page.get_by_text("Hold it").first.click()
    page.get_by_label("Kind").select_option("scrutiny")
    page.get_by_label("Owner").fill("Scrutiny panel")
    page.get_by_role("textbox", name="Reason").fill("Panel 3/26")
    page.get_by_label("Review by the end of").fill("2027-01-15")
    page.get_by_label("Ends with the end of").fill("2027-02-15")
    page.get_by_label("This must be kept for that reason").check()
    page.get_by_role("button", name="Hold it").click()
    expect(page.get_by_text("A scrutiny hold of Scrutiny panel keeps it")).to_be_visible()
    page.locator("summary", has_text="Lift").click()
    page.get_by_label("Why it is lifted").fill("The panel has looked")
    page.get_by_role("button", name="Lift the hold").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Retention")
    assert served.house.centre.retention.marking.holds() == []
    assert window.faults == []
