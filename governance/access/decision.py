"""Whether a search of reads may be made as it was asked: purpose, reference, tier, width. Pure.

What it cannot know, an authority's own word and whether the search is directed surveillance, is asked apart. Every
fault is given, not only the first, each with what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from governance.access.rules import AccessRules, Tier
from governance.access.tiers import Gone, begins_at, tier_for

LONDON: Final = ZoneInfo("Europe/London")
"""Whose clocks the people who read a refusal go by."""

WILDCARDS: Final = frozenset("*?")
"""In a mark: * stands for any characters or none, ? for exactly one."""


class Reason(StrEnum):
    """Why a search was refused, for a program to count and a test to name."""

    UNKNOWN_PURPOSE = "unknown-purpose"
    NO_REFERENCE = "no-reference"
    NOT_ON_BEHALF = "not-on-behalf"
    NO_TIME = "no-time"
    TOO_OLD = "too-old"
    NOT_SERIOUS = "not-serious"
    NO_AUTHORITY = "no-authority"
    NOT_AUTHORISED = "not-authorised"
    TOO_FEW_CHARACTERS = "too-few-characters"
    NOTHING_NAMED = "nothing-named"
    TOO_LONG = "too-long"
    DIRECTED_SURVEILLANCE = "directed-surveillance"


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason for no. words say what is wrong and what to do, and never name a mark."""

    reason: Reason
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as somebody asks for it. marks are in capitals without spaces and may hold wildcards; narrowed says
    whether it names a device or a place; until is not part of the span.
    """

    purpose: str
    reference: str
    on_behalf_of: str
    authority: str
    marks: Sequence[str]
    narrowed: bool
    start: datetime
    until: datetime


def tier_of(asked: Asked, now: datetime, rules: AccessRules) -> Tier | tuple[Fault, ...]:
    """The tier that the search falls into, or every reason why it may not be made."""
    faults = list(_grounds(asked, rules))
    if asked.start >= asked.until or asked.start >= now:
        faults.append(Fault(Reason.NO_TIME, "the time asked for has not begun, or ends before it begins: change it"))
        return tuple(faults)
    tier = tier_for(asked.start, now, rules.tiers)
    if isinstance(tier, Gone):
        faults.append(
            Fault(
                Reason.TOO_OLD,
                f"reads of that age are gone: begin the search on {in_words(tier.earliest)}, or later",
            )
        )
        return tuple(faults)
    faults += _tier_faults(asked, tier, rules, now)
    faults += _width_faults(asked, tier)
    return tuple(faults) or tier


def fixed_characters(mark: str) -> int:
    """How many characters of a mark are not wildcards."""
    return sum(char not in WILDCARDS for char in mark)


def is_pattern(mark: str) -> bool:
    """Whether a mark holds a wildcard."""
    return not WILDCARDS.isdisjoint(mark)


def _grounds(asked: Asked, rules: AccessRules) -> list[Fault]:
    faults = []
    if asked.purpose not in rules.purposes:
        faults.append(Fault(Reason.UNKNOWN_PURPOSE, f"choose a purpose: one of {', '.join(rules.purposes)}"))
    if not asked.reference:
        faults.append(Fault(Reason.NO_REFERENCE, "give the reference of the crime, incident or operation"))
    if not asked.on_behalf_of:
        faults.append(Fault(Reason.NOT_ON_BEHALF, "say on whose behalf you search; your own name where it is you"))
    return faults


def _tier_faults(asked: Asked, tier: Tier, rules: AccessRules, now: datetime) -> list[Fault]:
    faults = []
    purpose = rules.purposes.get(asked.purpose)
    shorter = f"; or begin on {in_words(begins_at(rules.tiers[0], now))}, or later"
    if tier.serious and purpose is not None and not purpose.serious:
        serious = ", ".join(known.words.lower() for known in rules.purposes.values() if known.serious)
        faults.append(
            Fault(Reason.NOT_SERIOUS, f"reads {tier.words} may be searched only for one of: {serious}{shorter}")
        )
    if tier.authority and not asked.authority:
        faults.append(
            Fault(
                Reason.NO_AUTHORITY,
                f"reads {tier.words} need an authority of the kind anpr-search: ask an authorising officer for one and"
                f" give its reference{shorter}",
            )
        )
    return faults


def _width_faults(asked: Asked, tier: Tier) -> list[Fault]:
    faults = []
    few = [mark for mark in asked.marks if is_pattern(mark) and fixed_characters(mark) < tier.least_fixed]
    if few:
        faults.append(
            Fault(
                Reason.TOO_FEW_CHARACTERS,
                f"a mark with wildcards needs {tier.least_fixed} known characters or more for reads {tier.words}",
            )
        )
    if not asked.marks and not asked.narrowed:
        faults.append(Fault(Reason.NOTHING_NAMED, "name a mark, a device or a place: nobody searches everything"))
    open_start = any(mark[:1] in WILDCARDS for mark in asked.marks)
    if (not asked.marks or open_start) and asked.until - asked.start > timedelta(hours=tier.longest_hours):
        faults.append(
            Fault(
                Reason.TOO_LONG,
                f"a search that gives no beginning of a mark looks at everybody who passed: {tier.longest_hours} hours"
                f" is the most for reads {tier.words}; shorten it, or give how the mark begins",
            )
        )
    return faults


def in_words(at: datetime) -> str:
    """The next whole hour by London's clocks, so that it still holds by the time that somebody has typed it."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    local = hour.astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M} by London's clocks"
