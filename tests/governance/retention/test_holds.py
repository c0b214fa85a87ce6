"""Holds: bounded, reviewed, renewed for a reason, and over by themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.retention.holds import Hold, faults_of, renewed
from governance.retention.rules import RuleSet

NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
RULES = RuleSet.read()
SCRUTINY = RULES.holds["scrutiny"]
HOLD = Hold(
    "h-1", "scrutiny", "Camden panel", "sits on 3 March", NOW, NOW + timedelta(days=120), NOW + timedelta(days=60)
)


def test_a_hold_stands_once_it_is_made_until_its_end() -> None:
    assert all(HOLD.stands(NOW + timedelta(days=days)) for days in (0, 1, 119))
    assert not HOLD.stands(HOLD.ends_at)


def test_a_clock_that_goes_back_takes_no_hold_away() -> None:
    assert HOLD.stands(NOW - timedelta(days=1))


def test_a_hold_within_its_bounds_has_no_fault() -> None:
    assert faults_of(HOLD, SCRUTINY, NOW) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owner": " "}, "say owner"),
        ({"reason": ""}, "say reason"),
        ({"ends_at": NOW}, "would have ended already"),
        ({"ends_at": NOW + timedelta(days=120, milliseconds=1)}, "at most 120 days"),
        ({"review_at": NOW + timedelta(days=121)}, "review"),
        ({"review_at": NOW - timedelta(days=1)}, "review"),
    ],
)
def test_a_hold_outside_them_says_why(change: dict[str, Any], said: str) -> None:
    assert any(said in fault for fault in faults_of(replace(HOLD, **change), SCRUTINY, NOW))


def test_a_kind_that_no_rule_knows_is_refused() -> None:
    assert faults_of(HOLD, None, NOW) == ["there is no hold of the kind 'scrutiny' in the rules"]


def test_a_renewal_counts_and_is_bounded_from_when_it_is_made() -> None:
    later = NOW + timedelta(days=100)
    end = later + timedelta(days=120)
    made, faults = renewed(HOLD, SCRUTINY, later, end, end)
    assert (made.ends_at, made.renewals, faults) == (end, 1, [])
    _, faults = renewed(HOLD, SCRUTINY, later, end + timedelta(days=1), end)
    assert any("at most" in fault for fault in faults)


def test_what_cannot_be_renewed_says_why() -> None:
    fixed = SCRUTINY.model_copy(update={"renewable": False})
    assert any("cannot be renewed" in one for one in renewed(HOLD, fixed, NOW, HOLD.ends_at, HOLD.ends_at)[1])
    over = HOLD.ends_at
    assert any("does not stand" in one for one in renewed(HOLD, SCRUTINY, over, over + timedelta(1), over)[1])
    sooner = HOLD.ends_at - timedelta(days=1)
    assert any("does not shorten" in one for one in renewed(HOLD, SCRUTINY, NOW, sooner, sooner)[1])
