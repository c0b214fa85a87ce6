"""What a search asks for and on what grounds, in the one form in which it is kept. Pure."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from governance.access.decision import WILDCARDS, Asked, is_pattern
from ingest.contract.base import format_utc_ms, to_utc_ms
from ingest.errors import QuestionRefused
from ingest.marks_in_text import mark_in

MOST_MARKS: Final = 20
MOST_DEVICES: Final = 50
LONGEST_TEXT: Final = 80

LARGEST_RADIUS_M: Final = 20_000
"""Within this, and away from the poles, a degree's length varies too little to matter (ingest.search.reads)."""

_MARK: Final = re.compile(r"[A-Z0-9*?]{2,12}")
_DEVICE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Box:
    """A place between two parallels and two meridians, in degrees of WGS 84. It does not cross the date line."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Circle:
    """A place round a point in degrees of WGS 84."""

    latitude: float
    longitude: float
    radius_m: float


Place = Box | Circle


@dataclass(frozen=True, slots=True)
class Question:
    """The reads that are asked for: of any of the marks (* and ? are wildcards), by any of the devices or cameras, at
    the place, captured from start up to but not including until. What is empty does not narrow.
    """

    start: datetime
    until: datetime
    marks: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def exact(self) -> tuple[str, ...]:
        """The marks that are named in full."""
        return tuple(mark for mark in self.marks if not is_pattern(mark))

    @property
    def is_exact(self) -> bool:
        """Whether it asks for nothing but marks named in full."""
        return bool(self.marks) and len(self.exact) == len(self.marks)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why: the purpose by its name, the reference of the crime, incident or operation, on whose behalf, and where they
    are needed the references of an authority and of a directed surveillance authority. again: it is to be made again.
    """

    purpose: str
    reference: str
    on_behalf_of: str
    authority: str = ""
    surveillance: str = ""
    again: bool = False


def checked(question: Question, grounds: Grounds) -> tuple[Question, Grounds]:
    """Give both in the form that is kept. Raises QuestionRefused, with every fault; no fault repeats a mark."""
    faults: list[str] = []
    marks = tuple(dict.fromkeys("".join(mark.split()).upper() for mark in question.marks if mark.strip()))
    if len(marks) > MOST_MARKS:
        faults.append(f"there are {len(marks)} marks: {MOST_MARKS} is the most that one search takes")
    faults += [
        f"mark {number} is not 2 to 12 letters A-Z and digits, with * or ? for what is not known"
        for number, mark in enumerate(marks, 1)
        if not _MARK.fullmatch(mark)
    ]
    devices, cameras = _names("device", question.devices, faults), _names("camera", question.cameras, faults)
    if question.place is not None:
        faults += _place_faults(question.place)
    for name, at in (("start", question.start), ("end", question.until)):
        if at.tzinfo is None:
            faults.append(f"the {name} of the time has no time zone")
    kept = Grounds(
        purpose=_text("purpose", grounds.purpose, faults),
        reference=_text("reference", grounds.reference, faults),
        on_behalf_of=_text("on behalf of", grounds.on_behalf_of, faults),
        authority=_text("authority", grounds.authority, faults),
        surveillance=_text("directed surveillance reference", grounds.surveillance, faults),
        again=grounds.again,
    )
    if any(
        names_a_mark(text, marks) for text in (kept.reference, kept.on_behalf_of, kept.authority, kept.surveillance)
    ):
        faults.append("the reference, or on whose behalf, holds a mark: they go into the log, where no mark is")
    if faults:
        raise QuestionRefused(*faults)
    start, until = to_utc_ms(question.start), to_utc_ms(question.until)
    return Question(start, until, marks, devices, cameras, question.place), kept


def asked(question: Question, grounds: Grounds) -> Asked:
    """What the rules of access need to know."""
    return Asked(
        purpose=grounds.purpose,
        reference=grounds.reference,
        on_behalf_of=grounds.on_behalf_of,
        authority=grounds.authority,
        marks=question.marks,
        narrowed=bool(question.devices or question.cameras) or question.place is not None,
        start=question.start,
        until=question.until,
    )


def names_a_mark(text: str, marks: Sequence[str]) -> bool:
    """Whether a text that goes into the log holds one of these marks, however it is spaced, or what looks like another.

    Marks with wildcards are not sought, nor those of two or three characters, which any text may hold.
    """
    if mark_in(text):
        return True
    plain = "".join(char for char in text.upper() if char.isalnum())
    return any(mark in plain for mark in marks if WILDCARDS.isdisjoint(mark) and len(mark) > 3)


def to_json(question: Question) -> str:
    """The question in the one form that is kept, and that the log holds a commitment to."""
    fields = asdict(question) | {"start": format_utc_ms(question.start), "until": format_utc_ms(question.until)}
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Question:
    """Read what to_json gives."""
    fields = json.loads(text)
    place = fields["place"]
    return Question(
        start=datetime.fromisoformat(fields["start"]),
        until=datetime.fromisoformat(fields["until"]),
        marks=tuple(fields["marks"]),
        devices=tuple(fields["devices"]),
        cameras=tuple(fields["cameras"]),
        place=None if place is None else Circle(**place) if "radius_m" in place else Box(**place),
    )


def _names(kind: str, names: Sequence[str], faults: list[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    if len(kept) > MOST_DEVICES:
        faults.append(f"there are {len(kept)} {kind}s: {MOST_DEVICES} is the most that one search takes")
    if any(not _DEVICE.fullmatch(name) for name in kept):
        faults.append(f"the name of a {kind} is lower case letters, digits and hyphens")
    return kept


def _place_faults(place: Place) -> list[str]:
    # Written so that NaN, which is neither more nor less than anything, is a fault.
    if isinstance(place, Circle):
        if not (-85 <= place.latitude <= 85 and -180 <= place.longitude <= 180):
            return ["the middle of the place is not on the map: latitude, then longitude, in degrees"]
        if not 0 < place.radius_m <= LARGEST_RADIUS_M:
            return [f"the place reaches more than 0 and up to {LARGEST_RADIUS_M} m from its middle"]
        return []
    if not (-90 <= place.south < place.north <= 90 and -180 <= place.west < place.east <= 180):
        return ["the place is no box on the map: south below north, west before east, in degrees"]
    return []


def _text(name: str, value: str, faults: list[str]) -> str:
    text = " ".join(value.split())
    if len(text) > LONGEST_TEXT:
        faults.append(f"{name} has {len(text)} characters: {LONGEST_TEXT} is the most")
    if not text.isprintable():
        faults.append(f"{name} holds characters that cannot be shown")
    return text
