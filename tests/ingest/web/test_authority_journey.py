"""In a browser, by keyboard where it counts: asked for, found in the queue, granted, used, ended and reviewed."""

import hashlib
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.governance.authority.drawn import WHY
from tests.ingest.web.asking import PASSPHRASE, WRONG, form, trusted_officer
from tests.ingest.web.test_accessibility import faults

pytestmark = pytest.mark.browser

TEXTS = ("legitimate_aim", "legal_basis", "necessity", "less_intrusive_means", "proportionality")
COLLATERAL = ("collateral_intrusion", "collateral_limits")


def by_keyboard(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def decide_by_pointer(page: Page, reason: str) -> None:
    page.get_by_label("Why", exact=True).fill(reason)
    page.locator("#passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text(reason)).to_be_visible()


def test_from_a_request_to_its_review(served: Any, open_window: Any) -> None:
    house = served.house
    trusted_officer(house)
    window = open_window(1440, 900)
    page = window.enter("list-manager", "/authorities")
    page.get_by_role("link", name="Ask for one").click()
    page.get_by_role("link", name="List of vehicles of interest").click()
    typed = form(house)
    page.get_by_label("Your rank").select_option("constable")
    page.locator("#title").fill("Vehicles used in burglary")
    for name in (*TEXTS, *COLLATERAL):
        page.locator(f"#{name}").fill(typed[name])
    page.get_by_label("The whole force").focus()
    by_keyboard(page, "Space")
    for name in ("starts_at", "ends_at"):
        page.locator(f"#{name}").fill(typed[name])
    page.get_by_label("All devices of the force").check()
    page.locator("#scope_lists").fill("Burglary vehicles")
    page.get_by_role("button", name="Save the draft").focus()
    by_keyboard(page, "Enter")
    # One thing was forgotten: the page says which, keeps the rest, and leads there.
    expect(page.get_by_role("alert")).to_contain_text("Review is empty")
    page.get_by_role("alert").get_by_role("link", name="Review").click()
    expect(page.locator("#review_at")).to_be_visible()
    assert page.locator("#necessity").input_value() == typed["necessity"]
    page.locator("#review_at").fill(typed["review_at"])
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("button", name="Put it before an officer").click()
    expect(page.get_by_text("Waits for a decision")).to_be_visible()
    reference = house.centre.authorities.all()[0].reference

    officer = open_window(820, 1180)
    page = officer.enter("authorising-officer")
    page.get_by_role("link", name="1 authority waits for an authorising officer").click()
    page.get_by_role("link", name=reference).click()
    page.get_by_role("link", name="Go to the decision").click()
    page.get_by_label("Grant it").focus()
    by_keyboard(page, "Space", "Tab")
    page.keyboard.insert_text(WHY)
    by_keyboard(page, "Tab")
    page.keyboard.insert_text(WRONG)
    by_keyboard(page, "Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("passphrase")
    expect(alert).to_be_in_viewport()
    assert page.locator("#reason").input_value() == WHY
    assert page.locator("#passphrase").input_value() == ""
    house.clock.forward(seconds=20)  # a wrong passphrase costs a wait
    page.locator("#passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("2 of 2 verify")).to_be_visible()

    # Used by another part of the centre, which asks for itself.
    made = house.centre.lists.create("Burglary vehicles", "Find them", "DI Drawn", reference, "list-manager")
    house.add(made.list_id)
    overseer = open_window(1440, 900)
    page = overseer.enter("oversight", "/authorities")
    expect(page.get_by_role("row", name=reference)).to_contain_text("2 times")
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_role("row", name="make a list")).to_contain_text("list-manager")
    page.get_by_text("Verify it yourself").click()
    with page.expect_download() as file:
        page.get_by_role("link", name=f"{reference}.json").click()
    assert file.value.suggested_filename == f"{reference}.json"

    # The officer ends it, finds it waiting for a review, and says what was found.
    page = officer.page
    page.get_by_label("End it for good").check()
    decide_by_pointer(page, "The operation is over and the vehicles were found")
    page.goto(f"{served.address}/authorities/queue")
    page.get_by_role("link", name="1 over and not reviewed").click()
    page.get_by_role("link", name=reference).click()
    decide_by_pointer(page, "Used twice for the burglaries that it names and for nothing else")
    expect(page.locator(".pairs").first).to_contain_text("Over and reviewed")
    expect(page.get_by_text("4 of 4 verify")).to_be_visible()
    overseer.page.reload()
    expect(overseer.page.get_by_text("Used twice for the burglaries")).to_be_visible()
    # A browser reports the answers that refuse a form as errors; nothing else may be one.
    refused = [fault for each in (window, officer, overseer) for fault in each.faults]
    assert [fault[-40:] for fault in refused if "status of 422" not in fault and "status of 403" not in fault] == []


def test_the_form_with_all_its_faults_has_none_that_axe_finds(open_window: Any) -> None:
    window = open_window(390, 800, bypass_csp=True, reduced_motion="reduce")
    page = window.enter("investigator", "/authorities/new?kind=face-deployment")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    assert faults(page, 390) == []


def test_a_digest_is_worked_out_in_the_browser(open_window: Any) -> None:
    page = open_window(1024, 768).enter("list-manager", "/authorities/new?kind=drone-flight")
    file = {"name": "dpia.pdf", "mimeType": "application/pdf", "buffer": b"lamp oil"}
    page.locator("#document_0_file").set_input_files([file])
    expect(page.locator("#document_0_sha256")).to_have_value(hashlib.sha256(b"lamp oil").hexdigest())
