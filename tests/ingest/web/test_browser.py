"""What only a browser can show: alerts without a reload, taps, the keyboard, sound, colours, a lost connection."""

import re
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from governance.roles import Role
from ingest.contract.messages import Outcome
from ingest.hub import AlertChanged

pytestmark = pytest.mark.browser

PASSWORD = "lamp oil shutter"


def hit(house: Any, spool: Any, vrm: str = "AB12CDE", **entry: Any) -> UUID:
    """A new alert, as the intake makes it."""
    known = {each.name: each for each in house.centre.lists.all()}
    made = known.get("Burglary vehicles") or house.make_list()
    on_it = {each.vrm: each.entry_id for each in house.centre.lists.show(made.list_id).entries}
    entry_id = on_it.get(vrm) or house.add(made.list_id, vrm, **entry).entry_id
    message = spool.hit(made.list_id, entry_id)
    message = message.model_copy(
        update={"body": message.body.model_copy(update={"read": spool.read(vrm).body})},
    )
    house.take(message)
    return UUID(str(message.body.hit_id))


def connected(window: Any) -> Any:
    """The patrol page, once it has taken its stream's first event."""
    page = window.enter("patrol", "/patrol")
    expect(page.locator(".feed[data-connected=yes]")).to_have_count(1)
    return page


def test_an_officer_signs_in_with_a_password(served: Any, open_window: Any) -> None:
    served.house.centre.accounts.create("pc1234", "PC Drawn", {Role.PATROL}, PASSWORD, "system:test")
    window = open_window()
    page = window.page
    page.goto(served.address + "/patrol")
    page.get_by_label("Account name").fill("pc1234")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(served.address + "/patrol")
    expect(page.get_by_text("PC Drawn")).to_be_visible()
    (cookie,) = page.context.cookies()
    assert cookie["name"].startswith("__Host-")
    assert cookie["secure"]
    assert cookie["httpOnly"]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.context.cookies() == []
    assert window.faults == []


def test_an_alert_comes_without_a_reload_and_is_announced(served: Any, open_window: Any, spool: Any) -> None:
    window = open_window()
    page = connected(window)
    expect(page.get_by_text("No alert is waiting.")).to_be_visible()
    page.evaluate("window.notReloaded = true")

    alert_id = hit(served.house, spool)

    card = page.locator(f"#alert-{alert_id}")
    expect(card).to_be_visible()
    expect(page.locator("#announcement")).to_have_text("New alert. Risk: Firearms, Violent. A B 1 2 C D E. Stolen.")
    expect(page.get_by_text("No alert is waiting.")).to_be_hidden()
    assert page.evaluate("window.notReloaded")
    assert window.faults == []


def waiting(page: Any) -> list[str]:
    return [
        each.removeprefix("alert-") for each in page.locator("#waiting > li").evaluate_all("all => all.map(e => e.id)")
    ]


def test_risk_is_on_top_and_then_the_newest(served: Any, open_window: Any, spool: Any) -> None:
    first = hit(served.house, spool)
    page = connected(open_window())
    plain = hit(served.house, spool, "LD70XYZ", risk_warnings=())
    expect(page.locator(f"#alert-{plain}")).to_be_visible()
    assert waiting(page) == [str(first), str(plain)]
    newer = hit(served.house, spool, "YS70PLM")
    expect(page.locator(f"#alert-{newer}")).to_be_visible()
    newer_plain = hit(served.house, spool, "YT70PLM", risk_warnings=())
    expect(page.locator(f"#alert-{newer_plain}")).to_be_visible()
    live = waiting(page)
    assert live == [str(each) for each in (newer, first, newer_plain, plain)]
    page.reload()
    assert waiting(page) == live, "the stream and the page agree"


def test_a_vehicle_that_is_seen_again_stays_one_card(served: Any, open_window: Any, spool: Any) -> None:
    first = hit(served.house, spool)
    other = hit(served.house, spool, "YS70PLM")
    window = open_window()
    page = connected(window)
    assert waiting(page) == [str(other), str(first)]

    again = hit(served.house, spool)

    card = page.locator(f"#alert-{first}")
    expect(card.locator(".times")).to_contain_text("Seen 2 times")
    expect(page.locator("#announcement")).to_have_text("Seen again. Risk: Firearms, Violent. A B 1 2 C D E. Stolen.")
    assert waiting(page) == [str(first), str(other)], "the newest sighting brings it to the top"

    card.get_by_role("button", name="Stopped").click(delay=800)
    expect(card.get_by_text("by Drawn patrol")).to_be_visible()
    answers = [served.house.centre.alerts.get(each).answers for each in (first, again)]
    assert [[given.outcome for given in each] for each in answers] == [[Outcome.STOPPED]] * 2

    later = hit(served.house, spool)
    new = page.locator(f"#alert-{later}")
    expect(new.locator(".before")).to_contain_text("Earlier sightings were answered: Stopped")
    expect(page.locator("#announcement")).to_have_text(re.compile("^New alert"))
    expect(card.get_by_text("by Drawn patrol")).to_be_visible()
    assert window.faults == []


def test_a_card_whose_first_sighting_another_officer_answered_is_not_shown_twice(
    served: Any, open_window: Any, spool: Any
) -> None:
    first = hit(served.house, spool)
    second = hit(served.house, spool)
    page = connected(open_window())
    assert waiting(page) == [str(first)]
    served.house.centre.alerts.answer(first, Outcome.STOPPED, served.house.person("patrol"))
    expect(page.locator(f"#alert-{second} .before")).to_contain_text("Stopped")
    assert page.locator("#waiting > li:not([data-answered=yes])").count() == 1
    served.house.centre.alerts.answer(second, Outcome.STOPPED, served.house.person("patrol"))
    expect(page.locator("#waiting > li:not([data-answered=yes])")).to_have_count(0)


@pytest.mark.parametrize("risks", [(), ("Firearms", "Violent")])
def test_how_sure_the_reading_is_stands_above_the_answers_at_once(
    served: Any, open_window: Any, spool: Any, risks: tuple[str, ...]
) -> None:
    hit(served.house, spool, risk_warnings=risks)
    page = connected(open_window(390, 844, has_touch=True))
    sure, answers = (page.locator(each).first.bounding_box() for each in (".sure-figure", ".answer"))
    assert sure["y"] + sure["height"] <= answers["y"]


def test_every_character_is_cut_at_its_place_on_the_plate(served: Any, open_window: Any, spool: Any) -> None:
    hit(served.house, spool, "WJ24FNA")
    page = connected(open_window())
    places = page.locator(".plate svg svg")
    expect(places).to_have_count(7)
    assert set(places.evaluate_all("all => all.map(each => getComputedStyle(each).overflow)")) == {"hidden"}
    expect(page.locator(".plate text")).to_have_count(0)  # a type of the screen's is of any width


def test_a_tap_is_stored_and_shown(served: Any, open_window: Any, spool: Any) -> None:
    alert_id = hit(served.house, spool)
    window = open_window(390, 844, has_touch=True)
    page = connected(window)
    card = page.locator(f"#alert-{alert_id}")
    card.get_by_role("button", name="En route").tap()
    expect(card.get_by_text("by Drawn patrol")).to_be_visible()
    expect(card.get_by_role("button", name="En route")).to_have_attribute("aria-pressed", "true")
    assert served.house.centre.alerts.get(alert_id).answer.outcome is Outcome.EN_ROUTE

    served.house.clock.forward(minutes=2)
    card.get_by_role("button", name="Misread").tap()
    expect(card.get_by_text("Before that: En route at 03:04:05")).to_be_visible()
    assert len(served.house.centre.alerts.get(alert_id).answers) == 2
    assert window.faults == []


def test_an_answer_of_another_officer_is_seen(served: Any, open_window: Any, spool: Any) -> None:
    alert_id = hit(served.house, spool)
    page = connected(open_window())
    served.house.centre.alerts.answer(alert_id, Outcome.STOPPED, served.house.person("patrol"))
    expect(page.locator(f"#alert-{alert_id} .given")).to_contain_text("Stopped")


def test_everything_can_be_done_by_keyboard(served: Any, open_window: Any, spool: Any) -> None:
    alert_id = hit(served.house, spool)
    page = connected(open_window())
    focused = "document.activeElement.textContent.trim()"
    seen = []
    while "Stopped" not in seen:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(focused))
        assert len(seen) < 20, seen
    assert seen[0] == "Skip to the content"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(f"#alert-{alert_id} .given")).to_contain_text("Stopped")
    assert page.evaluate(focused) == "Stopped"  # the card was swapped, and the focus is where it was


def test_a_tap_right_after_the_cards_moved_is_not_taken(served: Any, open_window: Any, spool: Any) -> None:
    first = hit(served.house, spool)
    page = connected(open_window())
    # The page itself taps as soon as the new card is in, faster than any hand.
    page.evaluate(
        """() => new MutationObserver((_, observer) => {
          observer.disconnect();
          setTimeout(() => document.querySelector("#waiting .tap").click(), 50);
        }).observe(document.querySelector(".feed"), {childList: true, subtree: true})"""
    )
    second = hit(served.house, spool, "LD70XYZ")
    expect(page.get_by_text("that tap was not taken")).to_be_visible()
    assert served.house.centre.alerts.get(first).answer is None
    assert served.house.centre.alerts.get(second).answer is None


def test_sound_is_off_until_it_is_turned_on_and_then_plays(served: Any, open_window: Any, spool: Any) -> None:
    page = connected(open_window())
    page.evaluate(
        """() => {
          window.tones = 0;
          const start = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
        }"""
    )
    button = page.locator("#sound")
    expect(button).to_have_text("Turn sound on")
    button.click()
    expect(button).to_have_text("Sound is on")
    expect(button).to_have_attribute("aria-pressed", "true")
    before = page.evaluate("window.tones")
    alert_id = hit(served.house, spool)
    expect(page.locator(f"#alert-{alert_id}")).to_be_visible()
    assert page.evaluate("window.tones") == before + 2
    button.click()
    expect(button).to_have_text("Turn sound on")


@pytest.mark.parametrize(("system", "first", "other"), [("light", "Night", "Day"), ("dark", "Day", "Night")])
def test_colours_follow_the_system_until_they_are_chosen(
    served: Any, open_window: Any, system: str, first: str, other: str
) -> None:
    page = open_window(color_scheme=system).enter("patrol", "/patrol")
    ground = "getComputedStyle(document.body).backgroundColor"
    at_first = page.evaluate(ground)
    page.get_by_role("button", name=f"{first} colours").click()
    expect(page.get_by_role("button", name=f"{other} colours")).to_be_visible()
    chosen = page.evaluate(ground)
    assert chosen != at_first
    page.reload()
    assert page.evaluate(ground) == chosen


def test_a_lost_connection_is_said_and_mended_with_nothing_missed(served: Any, open_window: Any, spool: Any) -> None:
    page = connected(open_window())
    expect(page.locator("#connection")).to_be_hidden()
    served.stop()
    expect(page.locator("#connection")).to_have_text(re.compile("Connection lost"))
    alert_id = hit(served.house, spool)
    served.start()
    expect(page.locator(f"#alert-{alert_id}")).to_be_visible()
    expect(page.locator("#connection")).to_have_text("Connected again. The list is complete.")
    expect(page.locator("#announcement")).to_have_text(re.compile("New alert"))


def test_a_tap_that_cannot_be_stored_is_said(served: Any, open_window: Any, spool: Any) -> None:
    alert_id = hit(served.house, spool)
    page = connected(open_window())
    served.stop()
    page.locator(f"#alert-{alert_id}").get_by_role("button", name="Stopped").click()
    expect(page.locator("#notice")).to_have_text("The answer was not stored. Tap it again.")
    assert served.house.centre.alerts.get(alert_id).answer is None


def test_a_page_whose_session_has_ended_says_so(served: Any, open_window: Any, spool: Any) -> None:
    page = connected(open_window())
    alert_id = hit(served.house, spool)
    served.house.centre.accounts.disable("patrol", "admin")
    served.house.publish(AlertChanged(alert_id, "answered"))
    expect(page.locator("#connection")).to_contain_text("Your session has ended")


@pytest.mark.parametrize("width", [360, 390, 1024])
def test_answers_are_large_enough_for_gloves(served: Any, open_window: Any, spool: Any, width: int) -> None:
    hit(served.house, spool)
    page = connected(open_window(width, 800))
    boxes = [button.bounding_box() for button in page.locator(".tap").all()]
    assert len(boxes) == len(Outcome)
    assert min(box["height"] for box in boxes) >= 56
    assert min(box["width"] for box in boxes) >= 56


def test_the_log_is_verified_at_a_touch(served: Any, open_window: Any) -> None:
    window = open_window()
    page = window.enter("oversight", "/oversight")
    page.get_by_role("link", name="Verify the whole log now").click()
    expect(page.get_by_text("The log is whole.")).to_be_visible()
    assert window.faults == []


def test_a_list_is_filled_and_published_by_hand(served: Any, open_window: Any) -> None:
    window = open_window()
    page = window.enter("list-manager", "/lists")
    page.get_by_label("Name").fill("Burglary vehicles")
    page.get_by_label("Owner").fill("DI Drawn")
    page.get_by_label("Purpose").fill("Find vehicles used in burglary")
    page.get_by_label("Authority reference").fill(served.house.grants.lists("Burglary vehicles"))
    page.get_by_role("button", name="Make the list").click()
    page.get_by_text("Import a file").click()
    rows = b"vrm,reason,owner,expires,authority\nAB12CDE,Burglary,o,2026-12-31,a\nLD70XYZ,,o,2026-12-31,a\n"
    page.get_by_label("CSV file").set_input_files({"name": "l.csv", "mimeType": "text/csv", "buffer": rows})
    page.get_by_role("button", name="Import the file").click()
    expect(page.get_by_text("1 added")).to_be_visible()
    expect(page.get_by_text("reason is empty")).to_be_visible()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("version 1, Mon 23 Nov 2026")).to_be_visible()
    assert window.faults == []
