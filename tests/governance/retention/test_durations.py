"""Lengths of time: calendar months, month ends, leap days, and that a later start never ends earlier."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.retention.durations import END_OF_TIME, Duration


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P12M", "2026-11-23T03:04:05.678", "2027-11-23T03:04:05.678"),
        ("P1Y", "2026-11-23T03:04:05.678", "2027-11-23T03:04:05.678"),
        ("P12M", "2027-02-28T10:00", "2028-02-28T10:00"),
        ("P12M", "2028-02-29T10:00", "2029-03-01T00:00"),  # the end of 28 February: there is no 29th
        ("P12M", "2028-02-29T00:00", "2029-03-01T00:00"),
        ("P4Y", "2028-02-29T10:00", "2032-02-29T10:00"),
        ("P1M", "2026-01-28T23:00", "2026-02-28T23:00"),
        ("P1M", "2026-01-29T01:00", "2026-03-01T00:00"),
        ("P1M", "2026-01-31T01:00", "2026-03-01T00:00"),
        ("P1M", "2026-02-28T01:00", "2026-03-28T01:00"),
        ("P1M", "2026-03-31T12:00", "2026-05-01T00:00"),
        ("P6M", "2026-08-31T12:00", "2027-03-01T00:00"),
        ("P1M", "2026-12-31T12:00", "2027-01-31T12:00"),
        ("P31D", "2026-03-20T01:30", "2026-04-20T01:30"),  # the clocks go forward on 29 March: not in UTC
        ("PT24H", "2026-10-24T23:30", "2026-10-25T23:30"),  # and back on 25 October
        ("P31D", "2028-02-01T00:00", "2028-03-03T00:00"),
        ("P4W", "2026-01-01T00:00", "2026-01-29T00:00"),
        ("PT0S", "2026-01-01T00:00", "2026-01-01T00:00"),
        ("P1Y2M3DT4H5M6S", "2026-01-01T00:00", "2027-03-04T04:05:06"),
    ],
)
def test_when_a_time_ends(text: str, start: str, end: str) -> None:
    assert Duration.parse(text).after(utc(start)) == utc(end)


def test_a_time_of_another_zone_counts_as_its_instant() -> None:
    summer = timezone(timedelta(hours=1))
    start = datetime(2026, 9, 1, 0, 30, tzinfo=summer)  # still 31 August in UTC
    assert Duration.parse("P1M").after(start) == utc("2026-10-01T00:00")


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "12M", "P-1D", "P1.5D", "P1DT", "P1H", "p1d", "P1D ", "P1M1Y"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P12M", "12 months"),
        ("P10Y", "10 years"),
        ("P1M", "1 month"),
        ("P31D", "31 days"),
        ("PT24H", "24 hours"),
        ("PT36H", "1 day 12 hours"),
        ("PT0S", "no time"),
        ("PT90M", "1 hour 30 minutes"),
    ],
)
def test_a_length_in_words(text: str, words: str) -> None:
    assert Duration.parse(text).words == words


def test_what_lies_beyond_the_calendar_is_its_end() -> None:
    assert Duration.parse("P9999Y").after(utc("2026-01-01")) == END_OF_TIME
    assert Duration.parse("P999999D").after(utc("9990-01-01")) == END_OF_TIME
    assert Duration.parse("P12M").after(utc("9999-06-01")) == END_OF_TIME
    assert Duration.parse("P9999Y").latest_start(utc("2026-01-01")) is None


months = st.builds(lambda number: Duration.parse(f"P{number}M"), st.integers(0, 40))
mixed = st.builds(
    lambda number, days, hours: Duration.parse(f"P{number}M{days}DT{hours}H"),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)


@given(months | mixed, moments, moments)
def test_a_later_start_never_ends_earlier(length: Duration, one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))
    assert length.after(early) <= length.after(late)
    assert length.after(early) >= early


@given(months | mixed, moments, moments)
def test_the_latest_start_decides_a_whole_range(length: Duration, end: datetime, start: datetime) -> None:
    latest = length.latest_start(end)
    assert latest is not None
    assert (length.after(start) <= end) == (start <= latest)
    assert length.after(latest) <= end < length.after(latest + timedelta(milliseconds=1))


@given(st.integers(1, 48), moments)
def test_months_are_never_longer_than_to_the_end_of_the_corresponding_date(number: int, start: datetime) -> None:
    end = Duration.parse(f"P{number}M").after(start)
    passed = (end.year - start.year) * 12 + end.month - start.month
    assert passed == number or (passed == number + 1 and end.day == 1 and end.time() == datetime.min.time())
