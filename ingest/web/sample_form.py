"""The form that announces a sample: as it is first shown, and what was typed, with what is wrong by field. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints

from ingest.contract.base import to_utc_ms
from ingest.contract.card.words import LONDON
from ingest.search.samples import LONGEST_TEXT, MOST_DRAWN, Kind
from ingest.web.search_form import local_time

Text = Annotated[str, StringConstraints(max_length=2_000)]

SHOWN_AT_FIRST: Final = timedelta(days=28)
"""How far back the form begins: the period of the figures on the overseer's page."""

_MINUTES: Final = "%Y-%m-%dT%H:%M"


class Typed(BaseModel):
    """The form as somebody filled it in. Nothing but the longest text is checked here."""

    kind: Text = ""
    reason: Text = ""
    number: Text = ""
    start: Text = ""
    until: Text = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be drawn: up to number of what was made from starts_at up to ends_at, and why."""

    kind: Kind
    reason: str
    number: int
    starts_at: datetime
    ends_at: datetime


def empty(now: datetime) -> Typed:
    """The form as it is first shown: four weeks, to the beginning of this minute, which is past."""
    begins, ends = ((now - span).astimezone(LONDON) for span in (SHOWN_AT_FIRST, timedelta()))
    return Typed(kind=Kind.SEARCHES, number="5", start=begins.strftime(_MINUTES), until=ends.strftime(_MINUTES))


def read(typed: Typed, now: datetime) -> Announcement | dict[str, str]:
    """What was typed; or what is wrong with it, by field."""
    faults: dict[str, str] = {}
    reason = " ".join(typed.reason.split())
    if not reason:
        faults["reason"] = "say why you open a sample: it goes into the log"
    elif len(reason) > LONGEST_TEXT or not reason.isprintable():
        faults["reason"] = f"the reason has up to {LONGEST_TEXT} characters that can be shown"
    number = int(typed.number) if typed.number.isascii() and typed.number.isdecimal() and len(typed.number) < 10 else 0
    if not 1 <= number <= MOST_DRAWN:
        faults["number"] = f"a sample has 1 to {MOST_DRAWN} items"
    if typed.kind not in set(Kind):
        faults["kind"] = "choose searches or alerts"
    start, until = _time("start", typed.start, faults), _time("until", typed.until, faults)
    if start and until and not start < until:
        faults["start"] = "the time begins before it ends"
    if until and until > now:
        faults["until"] = "choose a time that is over: nothing may be added to it later"
    if faults or start is None or until is None:
        return faults
    return Announcement(Kind(typed.kind), reason, number, start, until)


def _time(field: str, text: str, faults: dict[str, str]) -> datetime | None:
    try:
        return to_utc_ms(local_time(text, later=field == "until"))
    except (ValueError, OverflowError):
        faults[field] = "give a date and a time of day, such as 2026-11-23T18:00"
        return None
