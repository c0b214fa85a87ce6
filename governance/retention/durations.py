"""Lengths of time as ISO 8601 writes them (P12M, P31D, PT24H), with calendar months and years, added in UTC.

Months and years end on the corresponding date (Dodds v Walker [1981] 1 WLR 1027): P1M from 30 September ends on 30
October. Where the month has no such day, the time ends with the month's last day, that is at 00:00 UTC of the day after
it: P12M from 29 February 2028 ends as 28 February 2029 does. So a later start never ends earlier, which is what lets
one date decide a whole range of items.

All is reckoned in UTC, so summer time moves nothing: a day is 24 hours.
"""

import re
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final, Self

_FORM: Final = re.compile(
    r"P(?!$)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?!$)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_MS: Final = timedelta(milliseconds=1)
END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC, microsecond=999_000)
"""What lies beyond the calendar's end is cut to it."""


@dataclass(frozen=True, slots=True)
class Duration:
    """months calendar months, then exact on top. text is as it was written."""

    text: str
    months: int
    exact: timedelta

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ISO 8601 duration of whole numbers. Raises ValueError."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a duration such as P12M, P31D or PT24H (ISO 8601)")
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        exact = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return cls(text, years * 12 + months, exact)

    def after(self, start: datetime) -> datetime:
        """When the time ends that begins at start (aware). In UTC; never beyond END_OF_TIME."""
        try:
            return min(_months_later(start.astimezone(UTC), self.months) + self.exact, END_OF_TIME)
        except (OverflowError, ValueError):
            return END_OF_TIME

    def latest_start(self, end: datetime) -> datetime | None:
        """The latest start, in whole milliseconds, whose time has ended at end; None where the calendar has none.

        So for every start in whole milliseconds: after(start) <= end exactly where start <= latest_start(end).
        """
        end = end.astimezone(UTC)
        high = end.replace(microsecond=end.microsecond // 1000 * 1000)
        try:
            low = high - self.exact - timedelta(days=31 * self.months + 1)
        except OverflowError:
            low = datetime.min.replace(tzinfo=UTC)
        if self.after(low) > end:
            return None
        while (gap := (high - low) // _MS) > 0:
            middle = low + (gap + 1) // 2 * _MS
            if self.after(middle) <= end:
                low = middle
            else:
                high = middle - _MS
        return low

    @property
    def words(self) -> str:
        """The length in words: "12 months", "31 days", "at once"."""
        years, months = divmod(self.months, 12)
        if self.months == 12:
            years, months = 0, 12
        seconds = int(self.exact.total_seconds())
        if seconds == 24 * 3600:
            parts = [(years, "year"), (months, "month"), (24, "hour")]
        else:
            days, rest = divmod(seconds, 24 * 3600)
            parts = [(years, "year"), (months, "month"), (days, "day"), (rest // 3600, "hour")]
            parts += [(rest % 3600 // 60, "minute"), (rest % 60, "second")]
        said = [f"{number} {name}{'s' if number != 1 else ''}" for number, name in parts if number]
        return " ".join(said) or "no time"


def _months_later(start: datetime, months: int) -> datetime:
    if months == 0:
        return start
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    try:
        return start.replace(year=year, month=month0 + 1)
    except ValueError:
        if year > MAXYEAR:
            raise
        # No such day in that month: its last day ends where the next month begins. December has every day.
        return start.replace(year=year, month=month0 + 2, day=1, hour=0, minute=0, second=0, microsecond=0)
