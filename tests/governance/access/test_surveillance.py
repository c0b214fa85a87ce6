"""The rule of directed surveillance: all three of its parts, each boundary, and what never changes it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.access.rules import AccessRules
from governance.access.surveillance import Earlier, Looked, judge, targets_of

RULE = AccessRules.read().surveillance
NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
MS = timedelta(milliseconds=1)
LOOKED = Looked(NOW, "dc-drawn", "CR/1", frozenset({"a"}), until=NOW)


def before(days=1.0, **changes):
    return replace(Earlier(NOW - timedelta(days=days), "dc-drawn", "CR/1", frozenset({"a"})), **changes)


TWICE = [before(2), before(1)]


def test_the_third_search_for_one_vehicle_up_to_now_is_directed():
    finding = judge(LOOKED, TWICE, RULE)
    assert finding.directed
    assert finding.times == 3


@pytest.mark.parametrize(
    ("looked", "earlier", "directed"),
    [
        (LOOKED, [], False),
        (LOOKED, TWICE[:1], False),
        (replace(LOOKED, again=True), [], True),
        (replace(LOOKED, again=True, until=NOW - timedelta(days=1)), [], False),
        (replace(LOOKED, until=NOW + timedelta(days=1)), TWICE, True),
        (replace(LOOKED, until=NOW - RULE.now_margin + MS), TWICE, True),
        (replace(LOOKED, until=NOW - RULE.now_margin), TWICE, False),
        (replace(LOOKED, targets=frozenset()), TWICE, False),
        # One mark among many is still the one that was looked at again and again.
        (replace(LOOKED, targets=frozenset("abcdefgh")), TWICE, True),
        (replace(LOOKED, targets=frozenset("ab")), [before(2), before(1, targets=frozenset("b"))], False),
        (replace(LOOKED, targets=frozenset("b")), TWICE, False),
        (LOOKED, [before(2, targets=frozenset("ax")), before(1, targets=frozenset("ay"))], True),
        # Another person under the same reference, and the same person under another, both count.
        (LOOKED, [before(2, account="ds-other"), before(1, reference="CR/2")], True),
        (LOOKED, [before(2, account="ds-other", reference="CR/2"), before(1)], False),
        (LOOKED, [before(RULE.window_days), before(1)], False),
        (LOOKED, [before(0, made_at=NOW - RULE.window + MS), before(1)], True),
        (LOOKED, [before(-1), before(1)], False),
    ],
)
def test_all_three_must_hold(looked, earlier, directed):
    assert judge(looked, earlier, RULE).directed is directed


@pytest.mark.parametrize(
    ("named", "found", "targets"),
    [
        ("", "", ""),
        ("a", "", "a"),
        ("abcdef", "", "abcdef"),
        ("", "abc", "abc"),
        ("", "abcd", ""),
        ("", "aaaab", "ab"),
        ("x", "abc", "xabc"),
        ("x", "abcd", "x"),
    ],
)
def test_what_a_search_is_about(named, found, targets):
    assert targets_of(named, found, RULE) == frozenset(targets)


names = st.sampled_from("abcdef")
histories = st.lists(
    st.builds(
        Earlier,
        made_at=st.integers(-60 * 24, 60).map(lambda hours: NOW + timedelta(hours=hours)),
        account=st.sampled_from(["dc-drawn", "ds-other"]),
        reference=st.sampled_from(["CR/1", "CR/2"]),
        targets=st.frozensets(names, max_size=4),
    ),
    max_size=12,
)
looks = st.builds(
    Looked,
    made_at=st.just(NOW),
    account=st.just("dc-drawn"),
    reference=st.just("CR/1"),
    targets=st.frozensets(names, max_size=5),
    until=st.integers(-120, 120).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    again=st.booleans(),
)


@given(looks, histories)
def test_the_order_of_the_history_does_not_matter(looked, earlier):
    assert judge(looked, earlier, RULE) == judge(looked, earlier[::-1], RULE)


@given(looks, histories, histories)
def test_more_history_never_takes_a_stop_away(looked, earlier, more):
    if judge(looked, earlier, RULE).directed:
        assert judge(looked, earlier + more, RULE).directed


@given(looks, histories)
def test_it_is_directed_only_where_all_three_hold(looked, earlier):
    finding = judge(looked, earlier, RULE)
    assert finding.directed == (finding.about_one and finding.repeated and finding.forward)
    assert 1 <= finding.times <= len(earlier) + 1


@given(looks, histories)
def test_searches_of_others_for_other_things_count_for_nothing(looked, earlier):
    theirs = [replace(one, account="ds-other", reference="CR/2") for one in earlier]
    assert judge(looked, theirs, RULE).times == 1
