"""The tier of a search: at each boundary, on leap days, and everywhere in between."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.access.rules import AccessRules
from governance.access.tiers import Gone, begins_at, tier_for

RULES = AccessRules.read()
RECENT, OLDER = RULES.tiers
NOW = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
MS = timedelta(milliseconds=1)
times = st.integers(0, 80 * 366 * 86_400_000).map(lambda ms: datetime(2020, 1, 1, tzinfo=UTC) + ms * MS)


def named(start, now=NOW):
    tier = tier_for(start, now, RULES.tiers)
    return "gone" if isinstance(tier, Gone) else tier.name


@pytest.mark.parametrize(
    ("start", "tier"),
    [
        (NOW + timedelta(days=1), "recent"),
        (NOW, "recent"),
        (NOW - timedelta(days=90) + MS, "recent"),
        (NOW - timedelta(days=90), "recent"),
        (NOW - timedelta(days=90) - MS, "older"),
        (NOW - timedelta(days=91), "older"),
        (datetime(2025, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC), "older"),
        (datetime(2025, 11, 23, 3, 4, 5, 677_000, tzinfo=UTC), "gone"),
    ],
)
def test_each_boundary_belongs_to_the_tier_on_its_younger_side(start, tier):
    assert named(start) == tier


@pytest.mark.parametrize(
    ("now", "earliest"),
    [
        # On a leap day nobody reaches further back than on the day after it.
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2028, 2, 28, 23, 59, tzinfo=UTC), datetime(2027, 2, 28, 23, 59, tzinfo=UTC)),
        (datetime(2028, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
        # A year after a leap day its reads have gone by the end of 28 February.
        (datetime(2029, 2, 28, 12, tzinfo=UTC), datetime(2028, 2, 28, 12, tzinfo=UTC)),
        (datetime(2029, 3, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
        # 1 March 00:30 of a clock in summer time further east is 28 February in UTC.
        (
            datetime(2027, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
        ),
    ],
)
def test_a_year_is_a_calendar_year_in_utc(now, earliest):
    assert begins_at(OLDER, now) == earliest
    assert tier_for(earliest, now, RULES.tiers) is OLDER
    assert tier_for(earliest - MS, now, RULES.tiers) == Gone(earliest)


@given(times, times, times)
def test_what_an_older_start_needs_is_never_less(now, one, other):
    order = ["recent", "older", "gone"]
    early, late = sorted((one, other))
    assert order.index(named(early, now)) >= order.index(named(late, now))


@given(times, times, times)
def test_time_only_closes_what_was_open(start, one, other):
    order = ["recent", "older", "gone"]
    before, after = sorted((one, other))
    assert order.index(named(start, before)) <= order.index(named(start, after))


@given(times)
def test_nothing_over_366_days_is_ever_reached_and_90_days_always_is(now):
    assert named(now - timedelta(days=366) - MS, now) == "gone"
    assert named(now - timedelta(days=364), now) == "older"
    assert named(now - timedelta(days=90), now) == "recent"


def test_each_tier_says_how_firm_it_is():
    assert RECENT.standing["before_days"] == "firm"
    assert set(RECENT.standing) == {"before_days", "serious", "authority", "least_fixed", "longest_hours"}
    assert not RECENT.authority
    assert OLDER.authority
    assert OLDER.serious
