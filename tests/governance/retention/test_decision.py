"""The decision: every rule of it by table, and what must hold for any item at any time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.retention.decision import Decision, Item, State, decide
from governance.retention.holds import Hold
from governance.retention.rules import RuleSet, Since

RULES = RuleSet.read()
NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = 366 * DAY


def ago(span: timedelta) -> datetime:
    return NOW - span


def item(*classes: str, capture: timedelta | None = DAY, **more: Any) -> Item:
    times = {} if capture is None else {Since.CAPTURE: ago(capture)}
    return Item(classes, {**times, **more.pop("times", {})}, **more)


def hold(start: timedelta = DAY, end: timedelta = DAY, kind: str = "legal") -> Hold:
    return Hold("h-1", kind, "DPS", "complaint 7", ago(start), NOW + end, NOW + end)


@pytest.mark.parametrize(
    ("asked", "state", "decided_by"),
    [
        (item("anpr-read"), State.MAY_GO, "anpr-read"),
        (item("anpr-read", capture=YEAR), State.OVERDUE, "anpr-read"),
        (item("anpr-read", capture=YEAR, holds=[hold()]), State.HELD, "anpr-read"),
        (item("anpr-read", capture=YEAR, holds=[hold(end=-DAY, start=2 * DAY)]), State.OVERDUE, "anpr-read"),
        (item("anpr-read", capture=YEAR, holds=[hold(start=-DAY, end=2 * DAY)]), State.HELD, "anpr-read"),
        (item("anpr-hit", times={Since.ALERT: ago(30 * DAY)}), State.KEPT, "anpr-hit"),
        (item("anpr-hit", times={Since.ALERT: ago(31 * DAY)}), State.MAY_GO, "anpr-hit"),
        # several classes: the longest keep wins
        (item("anpr-read", "bwv-non-evidential", capture=40 * DAY), State.MAY_GO, "anpr-read"),
        (item("anpr-read", "evidential-mopi-3", capture=YEAR), State.KEPT, "evidential-mopi-3"),
        (
            item("anpr-read", "evidential-mopi-3", capture=9 * YEAR, class_times={"evidential-mopi-3": ago(7 * YEAR)}),
            State.MAY_GO,
            "evidential-mopi-3",
        ),
        (item("anpr-read", "evidential-mopi-4", capture=YEAR, times={Since.RECORDED: ago(DAY)}), State.KEPT, ""),
        # what nobody knows is kept
        (item("anpr-read", capture=None), State.KEPT, "anpr-read"),
        (item("no-such-class", capture=9 * YEAR), State.KEPT, "no-such-class"),
        (item(capture=9 * YEAR), State.KEPT, ""),
        # an event ends it early, or too late to matter
        (item("face-watchlist", times={Since.BUILT: ago(timedelta(hours=2))}), State.MAY_GO, "face-watchlist"),
        (
            item("face-watchlist", times={Since.BUILT: ago(timedelta(hours=2))}, events={"deployment": ago(DAY / 24)}),
            State.OVERDUE,
            "face-watchlist",
        ),
        (item("face-watchlist", times={Since.BUILT: ago(DAY)}), State.OVERDUE, "face-watchlist"),
        (item("face-template-no-alert", capture=timedelta(0)), State.OVERDUE, "face-template-no-alert"),
        # a device whose clock is 40 minutes ahead
        (item("anpr-read", capture=-timedelta(minutes=40)), State.KEPT, "anpr-read"),
        # to the millisecond, on both sides
        (item("bwv-non-evidential", capture=31 * DAY), State.OVERDUE, "bwv-non-evidential"),
        (item("bwv-non-evidential", capture=31 * DAY - timedelta(milliseconds=1)), State.MAY_GO, "bwv-non-evidential"),
    ],
)
def test_what_becomes_of_an_item(asked: Item, state: State, decided_by: str) -> None:
    decision = decide(asked, RULES, NOW)
    assert decision.state is state
    assert decided_by in ("", decision.decided_by)
    assert decision.reasons


def test_an_open_case_is_said() -> None:
    decision = decide(item("anpr-read", "evidential-mopi-3", capture=YEAR), RULES, NOW)
    assert (decision.keep_until, decision.go_by) == (None, None)
    assert any("case-closed) has not started" in reason for reason in decision.reasons)
    assert any("the longest keep wins: evidential-mopi-3" in reason for reason in decision.reasons)


def test_the_reasons_say_how_firm_a_rule_is_and_who_holds() -> None:
    decision = decide(item("uncategorised", holds=[hold()]), RULES, NOW)
    assert decision.reasons[0].startswith("a legal hold of DPS stands until 2026-11-24")
    assert "uncategorised (assumed): deleted by 31 days from capture" in decision.reasons[1]


def test_the_longest_hold_is_the_one_that_is_named() -> None:
    long = replace(hold(), hold_id="h-2", ends_at=NOW + 5 * DAY)
    assert decide(item("anpr-read", holds=[hold(), long]), RULES, NOW).hold == long


def test_lateness_counts_from_the_end_of_the_hold() -> None:
    over = hold(start=50 * DAY, end=-2 * DAY)
    decision = decide(item("bwv-non-evidential", capture=60 * DAY, holds=[over]), RULES, NOW)
    assert decision.late_since == over.ends_at
    assert decide(item("bwv-non-evidential", capture=60 * DAY), RULES, NOW).late_since == ago(29 * DAY)


def test_reviews_come_again_and_again() -> None:
    closed = {"evidential-mopi-3": ago(8 * 366 * DAY)}
    decision = decide(item("evidential-mopi-3", class_times=closed), RULES, NOW)
    assert decision.review_at is not None
    assert NOW < decision.review_at <= NOW + 5 * YEAR


def test_a_lead_takes_what_must_soon_be_gone_and_nothing_that_is_kept() -> None:
    soon = decide(item("bwv-non-evidential", capture=31 * DAY - timedelta(minutes=10)), RULES, NOW)
    assert not soon.due(NOW)
    assert soon.due(NOW, timedelta(minutes=15))
    kept = decide(item("anpr-hit", times={Since.ALERT: ago(31 * DAY - timedelta(minutes=10))}), RULES, NOW)
    assert not kept.due(NOW, timedelta(days=400))


def test_a_clock_that_goes_back_only_keeps() -> None:
    asked = item("bwv-non-evidential", capture=31 * DAY)
    assert decide(asked, RULES, NOW).due(NOW)
    assert not decide(asked, RULES, NOW - timedelta(hours=1)).due(NOW - timedelta(hours=1))


def test_leap_day_and_month_ends() -> None:
    leap = Item(["anpr-read"], {Since.CAPTURE: datetime(2028, 2, 29, 10, tzinfo=UTC)})
    assert decide(leap, RULES, NOW).go_by == datetime(2029, 3, 1, tzinfo=UTC)
    summer = Item(["bwv-non-evidential"], {Since.CAPTURE: datetime(2026, 3, 20, 1, 30, tzinfo=UTC)})
    assert decide(summer, RULES, NOW).go_by == datetime(2026, 4, 20, 1, 30, tzinfo=UTC)


# ---- for any item at any time --------------------------------------------------------------------------------------

spans = st.integers(-2 * 24 * 60, 15 * 366 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
names = st.sampled_from([*RULES.rules, "no-such-class"])
holds = st.builds(
    lambda start, length: Hold("h", "legal", "o", "r", ago(start), ago(start) + length, ago(start)),
    spans,
    st.integers(1, 500).map(lambda days: timedelta(days=days)),
)
items = st.builds(
    Item,
    st.lists(names, max_size=4),
    st.dictionaries(st.sampled_from(list(Since)), spans.map(ago)),
    st.dictionaries(names, spans.map(ago), max_size=2),
    st.dictionaries(st.just("deployment"), spans.map(ago)),
    st.lists(holds, max_size=3),
)
ORDER = [State.KEPT, State.MAY_GO, State.OVERDUE]


def free(asked: Item) -> Item:
    return replace(asked, holds=())


@given(items, spans, spans)
def test_nothing_goes_too_early_or_under_a_hold(asked: Item, at: timedelta, lead: timedelta) -> None:
    now = NOW + at
    decision = decide(asked, RULES, now)
    if not decision.due(now, abs(lead)):
        return
    assert not any(one.stands(now) for one in asked.holds)
    for name in asked.classes:
        rule = RULES.rules[name]
        start = asked.class_times.get(name, asked.times.get(rule.since))
        assert start is not None
        assert rule.keep_at_least is None or rule.keep_at_least.after(start) <= now
        assert rule.delete_by is not None


@given(items, spans)
def test_nothing_is_kept_past_its_time_without_saying_why(asked: Item, at: timedelta) -> None:
    now = NOW + at
    decision: Decision = decide(asked, RULES, now)
    ends = []
    for name in asked.classes:
        rule = RULES.rules.get(name)
        start = None if rule is None else asked.class_times.get(name, asked.times.get(rule.since))
        ends.append(None if rule is None or start is None or rule.delete_by is None else rule.delete_by.after(start))
    past = bool(ends) and all(end is not None and end <= now for end in ends)
    if past:
        assert decision.state in (State.OVERDUE, State.HELD)
        assert (decision.state is State.HELD) == any(one.stands(now) for one in asked.holds)
    assert len(decision.reasons) >= max(1, len(set(asked.classes)))


@given(items, spans, spans)
def test_without_holds_time_moves_an_item_one_way_only(asked: Item, one: timedelta, other: timedelta) -> None:
    early, late = sorted((NOW + one, NOW + other))
    states = [decide(free(asked), RULES, at).state for at in (early, late)]
    assert ORDER.index(states[0]) <= ORDER.index(states[1])


@given(items, names, spans)
def test_one_more_class_never_makes_an_item_go_sooner(asked: Item, name: str, at: timedelta) -> None:
    if not asked.classes:
        return
    now = NOW + at
    more = replace(asked, classes=[*asked.classes, name])
    assert decide(asked, RULES, now).due(now) or not decide(more, RULES, now).due(now)
