"""Times and spans as a refusal says them to a person. In UTC: a verifier's machine may know no other clock."""

from datetime import UTC, datetime, timedelta
from typing import Final

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def time_in_words(at: datetime) -> str:
    """A time to the minute.

    >>> time_in_words(datetime(2026, 7, 1, 17, 30, 59, tzinfo=UTC))
    '1 July 2026, 17:30 UTC'
    """
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def span_in_words(span: timedelta) -> str:
    """A span of whole hours: in days from four on, where it is so many whole days.

    >>> [span_in_words(timedelta(hours=hours)) for hours in (1, 72, 95, 96)]
    ['1 hour', '72 hours', '95 hours', '4 days']
    """
    if span > 3 * _DAY and not span % _DAY:
        return f"{span // _DAY} days"
    hours = span // _HOUR
    return f"{hours} hour{'s' * (hours != 1)}"
