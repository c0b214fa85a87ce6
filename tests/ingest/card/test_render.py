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
        "ACT: stop vehicle",
        "Used in a burglary",
        "Action",
        "80 %",
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
    answered = make_view(alert_id="done", answers=(AnswerView(Outcome.MISREAD, seen, "PC Drawn"),))
    older = make_view(alert_id="older", captured_at=seen - timedelta(minutes=5))
    newer = make_view(alert_id="newer")
    html = card.feed([older, answered, newer], "/stream")
    assert re.findall(r'<li class="alert" id="alert-(\w+)"', html) == ["newer", "older", "done"]
    assert html.count("<details") == 1


def test_an_event_keeps_each_line_on_a_data_line(make_view: ViewMaker) -> None:
    event = card.alert_event(make_view(reason="two\nlines\r\nand a third")).decode()
    lines = event.rstrip("\n").split("\n")
    assert lines[0] == "event: alert"
    assert all(line.startswith("data: ") for line in lines[1:])
    assert event.endswith("\n\n")


def test_events_have_the_names_that_the_script_takes(make_view: ViewMaker) -> None:
    script = (card.STATIC / "live.js").read_text()
    events = [
        card.sync_event([make_view()]),
        card.alert_event(make_view()),
        card.changed_event(make_view()),
        card.beat_event(),
        card.closed_event("Signed out."),
    ]
    for event in events:
        name = event.decode().split("\n")[0].removeprefix("event: ")
        assert re.search(rf"^    {name}\(", script, re.MULTILINE), name
