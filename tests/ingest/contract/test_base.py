"""Times are UTC with milliseconds whatever the zone they came in, and ids sort by when they were made."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contract.base import format_utc_ms, new_id, to_utc_ms

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=zones))  # noqa: DTZ001 - the bounds are naive
def test_a_time_keeps_its_instant_to_the_millisecond(at: datetime) -> None:
    kept = to_utc_ms(at)
    assert kept.tzinfo is UTC
    assert timedelta(0) <= at - kept < timedelta(milliseconds=1)
    assert to_utc_ms(kept) == kept
    assert datetime.fromisoformat(format_utc_ms(at)) == kept


def test_a_time_is_written_with_milliseconds_and_z() -> None:
    at = datetime(2026, 11, 23, 4, 4, 5, 678_999, tzinfo=timezone(timedelta(hours=1)))
    assert format_utc_ms(at) == "2026-11-23T03:04:05.678Z"


def test_a_time_that_leaves_the_calendar_in_utc_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        to_utc_ms(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))


def test_ids_are_version_7_and_come_in_order() -> None:
    made = [new_id() for _ in range(100)]
    assert {each.version for each in made} == {7}
    assert sorted(made) == made
