"""Which tier a search needs, by the age of the oldest read that it asks for. Pure.

A read belongs to the first tier whose beginning it is not older than. Every span is half-open: a tier that reaches
back 90 days begins at now - 90 days, and a read of exactly that age is still in it; one a millisecond older is not.
Years are calendar years in UTC. On 29 February the year before begins on 1 March, so nobody reaches further back by a
leap day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from governance.access.rules import Tier


@dataclass(frozen=True, slots=True)
class Gone:
    """What is asked for is older than anything that is kept. earliest is from when on there may be reads."""

    earliest: datetime


def tier_for(start: datetime, now: datetime, tiers: Sequence[Tier]) -> Tier | Gone:
    """The tier of a search for reads from start on (aware times; tiers in order of age)."""
    for tier in tiers:
        if start >= begins_at(tier, now):
            return tier
    return Gone(begins_at(tiers[-1], now))


def begins_at(tier: Tier, now: datetime) -> datetime:
    """The capture time of the oldest read that a tier reaches, in UTC."""
    now = now.astimezone(UTC)
    if tier.before_days is not None:
        return now - timedelta(days=tier.before_days)
    year = now.year - (tier.before_years or 0)
    if (now.month, now.day) == (2, 29) and not _is_leap(year):
        return datetime(year, 3, 1, tzinfo=UTC)
    return now.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
