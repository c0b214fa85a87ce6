"""What the card says, in which order, and that nothing from a list or a camera can become markup."""

import re
from datetime import timedelta
from typing import Any, Protocol

import pytest

from ingest.contract import card
from ingest.contract.card import AlertView, AnswerView
from ingest.contract.messages import ImageRole, Outcome, WireCharacter

TAGS = re.compile(r"<[^>]+>")


class ViewMaker(Protocol):
    def __call__(self, **changes: Any) -> AlertView: ...


def words_of(html: str) -> str:
    return " ".join(TAGS.sub(" ", html).split())


def test_risk_comes_before_the_mark_and_the_mark_before_the_rest(make_view: ViewMaker) -> None:
    text = words_of(card.card(make_view()))
    order = [
        "Risk",
        "Firearms",
        "A B 1 2 C D E",
        "80 %",
        "ACT: stop vehicle",
        "Used in a burglary",
        "Action",
        "03:04:05",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "part",
    [
        "3rd character, read as 1: 82 %",
        "Read as ABI2CDE; the layout of UK marks allows only AB12CDE.",
        "Mon 23 Nov 2026",
        "51.50735, \N{MINUS SIGN}0.12776",
        "own position (gps), within 5 m",
        "car-7, camera front",
        "7 frames read",
        "Burglary vehicles, version 14",
        "entry of DC 4411, until the end of 19 December 2026",
        "AO-2026-118",
    ],
)
def test_a_card_says(make_view: ViewMaker, part: str) -> None:
    assert part in words_of(card.card(make_view()))


def test_the_time_keeps_its_utc_instant_in_the_title(make_view: ViewMaker) -> None:
    assert 'title="2026-11-23 03:04:05.678 UTC"' in card.card(make_view())


def test_without_risk_warnings_the_card_does_not_promise_safety(make_view: ViewMaker) -> None:
    text = words_of(card.card(make_view(risk_warnings=())))
    assert text.startswith("The list gives no risk warning. That does not mean there is no risk.")


def test_each_answer_is_one_button(make_view: ViewMaker) -> None:
    html = card.card(make_view())
    assert re.findall(r'name="outcome" value="(\w+)"', html) == [outcome.value for outcome in Outcome]
    assert 'action="/patrol/alerts/1/answers"' in html


def test_who_may_not_answer_sees_no_button(make_view: ViewMaker) -> None:
    assert "<form" not in card.card(make_view(answer_url=None))


def test_the_answer_that_counts_is_shown_and_the_earlier_one_kept(make_view: ViewMaker) -> None:
    seen = make_view().captured_at
    html = card.card(
        make_view(
            answers=(
                AnswerView(Outcome.EN_ROUTE, seen + timedelta(seconds=9), "PC Drawn"),
                AnswerView(Outcome.STOPPED, seen + timedelta(seconds=90), "PC Drawn"),
            )
        )
    )
    text = words_of(html)
    assert "Stopped at 03:05:35 by PC Drawn" in text
    assert "Before that: En route at 03:04:14 by PC Drawn." in text
    assert re.findall(r'value="(\w+)"[^>]*aria-pressed="true"', html) == ["stopped"]


def test_a_picture_that_has_not_come_is_said_in_its_place(make_view: ViewMaker) -> None:
    html = card.card(make_view(plate_patch_url=None))
    assert "The plate patch has not come yet." in html
    assert '<img class="picture overview" src="/pictures/overview"' in html


def test_a_picture_that_the_device_never_made_is_not_waited_for(make_view: ViewMaker) -> None:
    html = card.card(make_view(overview_url=None, expected=frozenset({ImageRole.PLATE_PATCH})))
    assert "The device made no overview picture." in html
    assert "has not come yet" not in html


def test_a_caution_is_read_before_the_reason(make_view: ViewMaker) -> None:
    text = words_of(card.card(make_view(caution="Removed from the list at 02:11.")))
    assert text.index("Removed from the list") < text.index("ACT: stop vehicle")


def test_texts_that_the_list_does_not_give_leave_no_hole(make_view: ViewMaker) -> None:
    html = card.card(make_view(marker="", action="", reason="", owner="", authority="", list_name="", expires_at=None))
    assert 'class="marker"' not in html
    text = words_of(html)
    for part in ("The list gives no reason.", "The list asks for none.", "A list that is not known here, version 14"):
        assert part in text


def test_a_sure_reading_asks_for_no_check(make_view: ViewMaker) -> None:
    html = card.card(make_view(characters=(WireCharacter(char="A", confidence=0.99),)))
    assert "Check against the picture" not in html
    assert 'class="weak"' not in html


@pytest.mark.parametrize(
    "field", ["marker", "reason", "action", "list_name", "owner", "authority", "device", "as_read"]
)
def test_text_from_elsewhere_is_never_markup(make_view: ViewMaker, field: str) -> None:
    html = card.card(make_view(**{field: "<script>alert(1)</script>"}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_risk_warning_is_never_markup(make_view: ViewMaker) -> None:
    assert "<img src=x" not in card.card(make_view(risk_warnings=("<img src=x onerror=alert(1)>",)))


def test_nothing_in_a_card_needs_inline_script_or_style(make_view: ViewMaker) -> None:
    html = card.head("/card") + card.controls() + card.feed([make_view()], "/stream")
    assert not re.search(r"\s(style|on\w+)=", html)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", html)


def test_the_feed_puts_what_waits_first_and_folds_what_is_answered(make_view: ViewMaker) -> None:
    seen = make_view().captured_at
    answered = make_view(alert_id="done", entry_id="1", answers=(AnswerView(Outcome.MISREAD, seen, "PC Drawn"),))
    older = make_view(alert_id="older", entry_id="2", captured_at=seen - timedelta(minutes=5))
    newer = make_view(alert_id="newer", entry_id="3")
    html = card.feed([older, answered, newer], "/stream")
    assert re.findall(r'<li class="alert" id="alert-(\w+)"', html) == ["newer", "older", "done"]
    assert html.count("<details") == 1


def test_sightings_of_one_vehicle_are_one_card_that_says_how_often_and_when(make_view: ViewMaker) -> None:
    seen = make_view().captured_at
    sightings = [
        make_view(
            alert_id=str(number),
            captured_at=seen + timedelta(minutes=number),
            confidence=0.7 + number / 10,
            page_url=f"/patrol/alerts/{number}",
        )
        for number in range(3)
    ]
    html = card.feed(sightings, "/stream")
    assert re.findall(r'<li class="alert" id="alert-(\w+)"', html) == ["0"], "known by its first sighting"
    text = words_of(html)
    assert "90 % likely to be the listed vehicle" in text
    assert "Seen 3 times: last at 03:06:05 , first at 03:04:05 ." in text
    assert "The 2 earlier sightings 03:05:05 Mon 23 Nov 2026, 80 % likely" in text
    assert 'href="/patrol/alerts/1"' in html
    assert "Your answer, for all 3 sightings" in text
    assert re.findall(r'name="sighting" value="(\w+)"', html) == ["2", "1", "0"]


def test_a_card_says_what_was_answered_before(make_view: ViewMaker) -> None:
    seen = make_view().captured_at
    answered = make_view(alert_id="1", answers=(AnswerView(Outcome.NO_FURTHER_ACTION, seen, "PC Drawn"),))
    again = make_view(alert_id="2", captured_at=seen + timedelta(hours=1))
    text = words_of(card.card(card.card_with("2", [answered, again])))
    assert "Earlier sightings were answered: No further action at 03:04:05 on Mon 23 Nov 2026 by PC Drawn." in text


def test_a_feed_counts_what_it_does_not_show_and_says_where_it_is(make_view: ViewMaker) -> None:
    html = card.feed([make_view()], "/stream", card.Older(1, "/older", 340, "/answered"))
    assert '<a href="/older">1 older alert waits for an answer</a>' in html
    assert '<a href="/answered">340 older, answered</a>' in html
    assert "older" not in card.feed([make_view()], "/stream")


@pytest.mark.parametrize("event", [card.alert_event, card.changed_event])
def test_an_event_has_what_waits_of_the_entry_and_the_card_of_its_alert(make_view: ViewMaker, event: Any) -> None:
    seen = make_view().captured_at
    first, second = (AnswerView(Outcome.STOPPED, seen + timedelta(hours=n), "PC Drawn") for n in (1, 2))
    sightings = [
        make_view(alert_id="1", answers=(first,)),
        make_view(alert_id="2", answers=(second,)),
        make_view(alert_id="3"),
    ]
    cards = r'<li class="alert" id="alert-(\w+)"'
    assert re.findall(cards, event("3", sightings).decode()) == ["3"]
    assert re.findall(cards, event("1", sightings).decode()) == ["3", "1"]


def test_an_event_keeps_each_line_on_a_data_line(make_view: ViewMaker) -> None:
    view = make_view(reason="two\nlines\r\nand a third")
    event = card.alert_event(view.alert_id, [view]).decode()
    lines = event.rstrip("\n").split("\n")
    assert lines[0] == "event: alert"
    assert all(line.startswith("data: ") for line in lines[1:])
    assert event.endswith("\n\n")


def test_events_have_the_names_that_the_script_takes(make_view: ViewMaker) -> None:
    script = (card.STATIC / "live.js").read_text()
    events = [
        card.sync_event([make_view()]),
        card.alert_event("1", [make_view()]),
        card.changed_event("1", [make_view()]),
        card.beat_event(),
        card.closed_event("Signed out."),
    ]
    for event in events:
        name = event.decode().split("\n")[0].removeprefix("event: ")
        assert re.search(rf"^    {name}\(", script, re.MULTILINE), name
