"""The form of a request: from what was typed to the fields of a proposal, from a stored request back to the form, and
what is wrong, in words and by the field that it is about.

What was typed is one flat table of texts by the names of the form's fields, so that a form which is refused can be
drawn again as it was. Times are typed as they stand on a clock in London and kept in UTC.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from governance.authority.document import ALL_DEVICES, MOST_DOCUMENTS, Proposal
from governance.authority.fields import time_of
from governance.authority.question import Kind
from governance.authority.ranks import KindRule
from ingest.contract.card.words import LONDON
from ingest.marks_in_text import mark_in, names_mark
from ingest.web.authority_words import AIM, SCOPES
from ingest.web.outlines import read_outlines, write_outlines

DOCUMENT_LABELS: Final = {
    "kind": "Kind",
    "title": "Title",
    "version": "Version",
    "sha256": "SHA-256",
    "where": "Reference or address",
}
DOCUMENT_PARTS: Final = tuple(DOCUMENT_LABELS)
TIMES: Final = ("starts_at", "ends_at", "review_at")
WHOLE: Final = "whole"
"""The field that a fault is listed under where it is about no field alone."""

_EMPTY: Final = "is empty"
_BETWEEN: Final = re.compile(r"[\s,;]+")

Typed = Mapping[str, str]


@dataclass(slots=True)
class Written:
    """What a form says: the fields of a proposal, and the faults by field. Good where there is no fault."""

    fields: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def read_form(kind: Kind, typed: Typed) -> Written:
    """Read a form. Every fault is named, so that it can be put right at one go."""
    written = Written({"kind": kind.value, "title": typed.get("title", "")})
    for asked in AIM:
        written.fields[asked.field] = _plain(typed, asked.field)
        if not written.fields[asked.field]:
            written.faults[asked.field] = _EMPTY
    _read_place(typed, written)
    _read_times(typed, written)
    _read_devices(typed, written)
    _read_scope(kind, typed, written)
    _find_marks(kind, typed, written)
    rows = [row for row in range(MOST_DOCUMENTS) if _is_filled(typed, row)]
    written.fields["documents"] = [
        {part: _plain(typed, f"document_{row}_{part}") for part in DOCUMENT_PARTS} for row in rows
    ]
    try:
        Proposal.model_validate(written.fields)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = _field_of(fault["loc"], rows)
            # What was found before says it better, and a fault of the whole follows from one that is named.
            if name != WHOLE or not written.faults:
                written.faults.setdefault(name, _words(name, fault["type"], fault["msg"], fault.get("ctx", {})))
    return written


def typed_of(body: Mapping[str, Any], *, times: bool = True) -> dict[str, str]:
    """The form of a stored request's body. times=False leaves them empty, for a copy."""
    typed = {"title": body["title"], **{asked.field: body[asked.field] for asked in AIM}}
    if times:
        typed |= {name: local_text(time_of(body[name])) for name in TIMES}
    place = body["place"]
    typed |= {"place": place["kind"], "boroughs": "\n".join(place.get("names", ()))}
    typed["outlines"] = write_outlines(place.get("outlines", ()))
    devices = body["devices"]
    typed["which"] = "all" if devices == ALL_DEVICES else "named"
    typed["devices"] = "" if devices == ALL_DEVICES else "\n".join(devices)
    for part in SCOPES[Kind(body["kind"])]:
        value = body["scope"][part.field]
        typed[f"scope_{part.field}"] = "\n".join(value) if part.form == "lines" else str(value)
    for row, document in enumerate(body["documents"]):
        typed |= {f"document_{row}_{part}": document[part] for part in DOCUMENT_PARTS}
    return typed


def first_form(rule: KindRule) -> dict[str, str]:
    """The empty form of a kind: a row for each document that it needs, and nothing chosen for anybody."""
    wanted = sorted(rule.documents)
    typed = {f"document_{row}_kind": kind for row, kind in enumerate(wanted)}
    return typed | ({"which": "named"} if rule.devices == "named" else {})


def labels(kind: Kind) -> dict[str, str]:
    """Every field of a kind's form and what it is called, in the form's order."""
    documents = {
        f"document_{row}_{part}": f"{DOCUMENT_LABELS[part]} of document {row + 1}"
        for row in range(MOST_DOCUMENTS)
        for part in DOCUMENT_PARTS
    }
    return {
        "title": "Title",
        **{asked.field: asked.label for asked in AIM},
        "place": "Place",
        "boroughs": "Boroughs",
        "outlines": "Outlines",
        "starts_at": "Start",
        "ends_at": "End",
        "review_at": "Review",
        "which": "Devices",
        "devices": "Devices",
        **{f"scope_{part.field}": part.label for part in SCOPES[kind]},
        **documents,
        "documents": "Documents",
        WHOLE: "The request",
    }


def document_rows(typed: Typed) -> range:
    """The rows for documents that a form shows: those with anything in them, and one more."""
    used = [row for row in range(MOST_DOCUMENTS) if any(typed.get(f"document_{row}_{part}") for part in DOCUMENT_PARTS)]
    return range(min(MOST_DOCUMENTS, max(used, default=-1) + 2))


def local_text(at: datetime) -> str:
    """A time for an input of the type datetime-local: London's clock, to the minute."""
    return at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")


def read_local(text: str) -> datetime:
    """A time as it stands on a clock in London, in UTC. Raises ValueError for one that is there twice or never."""
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError("is not a day and a time, such as 2026-12-31T18:00") from error
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = (wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise ValueError("falls into the hour in which the clocks change: give a time before or after it")
    return first


def lines_of(text: str) -> list[str]:
    """The lines of a text that have anything in them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _plain(typed: Typed, name: str) -> str:
    """A text as it was meant: browsers send a line's end as two characters."""
    return typed.get(name, "").replace("\r\n", "\n").strip()


def _read_place(typed: Typed, written: Written) -> None:
    kind = typed.get("place", "")
    place: dict[str, Any] = {"kind": kind}
    if kind in ("area", "boroughs"):
        try:
            place["outlines"] = read_outlines(typed.get("outlines", ""))
        except ValueError as error:
            written.faults["outlines"] = str(error)
            place["outlines"] = []
        if kind == "boroughs":
            place["names"] = lines_of(typed.get("boroughs", ""))
            if not place["names"]:
                written.faults["boroughs"] = "names no borough"
        elif not place["outlines"]:
            written.faults.setdefault("outlines", "has no outline: an area needs one")
    elif kind != "force-wide":
        written.faults["place"] = "is not said: an area, boroughs, or the whole force"
    written.fields["place"] = place


def _read_times(typed: Typed, written: Written) -> None:
    read: dict[str, datetime] = {}
    for name in TIMES:
        try:
            read[name] = read_local(typed.get(name, ""))
            written.fields[name] = read[name]
        except ValueError as error:
            written.faults[name] = str(error) if typed.get(name, "").strip() else _EMPTY
    start, end, review = (read.get(name) for name in TIMES)
    if start and end and not start < end:
        written.faults["ends_at"] = "is not after the start"
    if start and review and not start < review:
        written.faults["review_at"] = "is not after the start"
    elif end and review and "ends_at" not in written.faults and not review <= end:
        written.faults["review_at"] = "is after the end"


def _read_devices(typed: Typed, written: Written) -> None:
    which = typed.get("which", "")
    names = [name for name in _BETWEEN.split(typed.get("devices", "")) if name]
    written.fields["devices"] = names if which == "named" and names else ALL_DEVICES
    if which not in ("all", "named"):
        written.faults["which"] = "is not said: named devices, or all"
    elif which == "named" and not names:
        written.faults["devices"] = "names no device"


def _read_scope(kind: Kind, typed: Typed, written: Written) -> None:
    scope: dict[str, Any] = {"kind": kind.value}
    for part in SCOPES[kind]:
        text = _plain(typed, f"scope_{part.field}")
        scope[part.field] = lines_of(text) if part.form == "lines" else text
        if not text:
            written.faults[f"scope_{part.field}"] = _EMPTY
    written.fields["scope"] = scope


def _find_marks(kind: Kind, typed: Typed, written: Written) -> None:
    """What overseers read names no vehicle."""
    scope = (f"scope_{part.field}" for part in SCOPES[kind])
    for name in ("title", *(asked.field for asked in AIM), *scope):
        mark = mark_in(typed.get(name, ""))
        if mark:
            written.faults.setdefault(name, names_mark(mark))


def _is_filled(typed: Typed, row: int) -> bool:
    """Whether a row of the documents says anything. Its kind alone is the form's own suggestion."""
    return any(_plain(typed, f"document_{row}_{part}") for part in DOCUMENT_PARTS if part != "kind")


def _field_of(location: tuple[int | str, ...], rows: list[int]) -> str:
    """The form's name for where in a proposal a fault is."""
    match location:
        case ("place", _, "names", *_):
            return "boroughs"
        case ("place", _, "outlines", *_):
            return "outlines"
        case ("scope", _, str(part), *_):
            return f"scope_{part}"
        case ("documents", int(number), str(part), *_):
            return f"document_{rows[number]}_{part}"
        case (str(name), *_):
            return name
    return WHOLE


def _words(name: str, kind: str, message: str, bounds: Mapping[str, Any]) -> str:
    """A fault as a clause that follows the field's name."""
    if kind == "string_pattern_mismatch" and name == "devices":
        return "has what is no device's name: small letters, digits and hyphens, such as car-1"
    if kind == "string_pattern_mismatch" and name.endswith("sha256"):
        return "is not 64 digits from 0 to 9 and a to f"
    if kind == "string_pattern_mismatch":
        return "has more than one line"
    if kind in ("missing", "string_too_short"):
        return _EMPTY
    if kind == "too_short":
        return f"has an outline of fewer than {bounds['min_length']} corners"
    if kind in ("string_too_long", "too_long"):
        what = "characters" if kind == "string_too_long" else "of them"
        return f"has more than {bounds['max_length']:,} {what}"
    if kind in ("int_parsing", "int_from_float", "float_parsing", "finite_number"):
        return "is not a number" if kind.startswith("f") else "is not a whole number"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"is less than {bounds['ge']:g}" if "ge" in bounds else f"is more than {bounds['le']:g}"
    if kind == "literal_error":
        return "is not one of those that there are"
    return message.removeprefix("Value error, ")
