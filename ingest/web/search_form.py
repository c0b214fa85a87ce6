"""The form of a search: what somebody typed as a question and its grounds, and the form as it is first shown. Pure."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, StringConstraints

from ingest.contract.card.words import LONDON
from ingest.errors import QuestionRefused
from ingest.search.question import Circle, Grounds, Question

Text = Annotated[str, StringConstraints(max_length=2_000)]


class Typed(BaseModel):
    """The form as somebody filled it in. Nothing but the longest text is checked here."""

    start: Text = ""
    until: Text = ""
    marks: Text = ""
    devices: Text = ""
    cameras: Text = ""
    latitude: Text = ""
    longitude: Text = ""
    radius: Text = ""
    purpose: Text = ""
    reference: Text = ""
    on_behalf_of: Text = ""
    authority: Text = ""
    surveillance: Text = ""
    again: Text = ""


SHOWN_AT_FIRST: Final = timedelta(days=7)
"""How far back the form begins."""

_BETWEEN: Final = re.compile(r"[,;\n]+")
_MINUTES: Final = "%Y-%m-%dT%H:%M"


def empty(now: datetime) -> Typed:
    """The form as it is first shown: the last week, to the end of the minute that has begun."""
    begins, ends = ((now - span).astimezone(LONDON) for span in (SHOWN_AT_FIRST, -timedelta(minutes=1)))
    return Typed(start=begins.strftime(_MINUTES), until=ends.strftime(_MINUTES))


def read(typed: Typed) -> tuple[Question, Grounds]:
    """What was typed. Raises QuestionRefused, with every fault that can be seen before the marks are looked at."""
    faults: list[str] = []
    start = _time("the start", typed.start, faults, later=False)
    until = _time("the end", typed.until, faults, later=True)
    place = _place(typed, faults)
    if start is None or until is None or faults:
        raise QuestionRefused(*faults)
    marks, devices, cameras = (tuple(_BETWEEN.split(each)) for each in (typed.marks, typed.devices, typed.cameras))
    grounds = Grounds(
        purpose=typed.purpose,
        reference=typed.reference,
        on_behalf_of=typed.on_behalf_of,
        authority=typed.authority,
        surveillance=typed.surveillance,
        again=bool(typed.again),
    )
    return Question(start, until, marks, devices, cameras, place), grounds


def local_time(text: str, *, later: bool) -> datetime:
    """A time of London's clocks as a browser's form gives it. Where an hour comes twice, later says which is meant.

    Raises ValueError for anything else.
    """
    typed = datetime.fromisoformat(text.strip())
    return typed.replace(tzinfo=LONDON, fold=int(later)) if typed.tzinfo is None else typed


def _time(name: str, text: str, faults: list[str], *, later: bool) -> datetime | None:
    try:
        return local_time(text, later=later)
    except ValueError:
        faults.append(f"{name} of the time is a date and a time of day, such as 2026-11-23T18:00")
        return None


def _place(typed: Typed, faults: list[str]) -> Circle | None:
    given = [each.strip() for each in (typed.latitude, typed.longitude, typed.radius)]
    if not any(given):
        return None
    try:
        latitude, longitude, radius_m = map(float, given)
    except ValueError:
        faults.append("a place has a latitude, a longitude and a distance, each a number")
        return None
    return Circle(latitude, longitude, radius_m)
