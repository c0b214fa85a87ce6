"""Marks, times, places, numbers and certainty in words, the same on the car's display and on the centre's pages."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ingest.contract.base import to_utc_ms
from ingest.contract.card.compare import WEAK_BELOW, compare
from ingest.contract.card.plate import Plate, draw
from ingest.contract.card.view import AlertView
from ingest.contract.messages import Outcome, WireCharacter, WirePosition

LONDON: Final = ZoneInfo("Europe/London")

CLOCK_DOUBT_MS: Final = 1_000
"""From this much error on, the card says how far out the device's clock may be: times are shown in whole seconds."""

OUTCOMES: Final = {
    Outcome.EN_ROUTE: "En route",
    Outcome.STOPPED: "Stopped",
    Outcome.NO_FURTHER_ACTION: "No further action",
    Outcome.MISREAD: "Misread",
    Outcome.WRONG_VEHICLE: "Wrong vehicle",
}

_LAST_THREE: Final = frozenset({"current", "prefix", "q"})
_LAYOUTS: Final = {
    "current": re.compile(r"[A-Z]{2}\d{2}[A-Z]{3}"),
    "prefix": re.compile(r"[A-Z]\d{1,3}[A-Z]{3}"),
    "suffix": re.compile(r"[A-Z]{3}\d{1,3}[A-Z]"),
}
_SPACE_AT = re.compile(r"(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])")
_ORDINALS: Final = ("1st", "2nd", "3rd", *(f"{n}th" for n in range(4, 13)))


def groups(vrm: str, mark_kind: str) -> tuple[int, ...]:
    """Where a mark of this kind has its gaps: the index of the first character after each. Empty where it has none.

    >>> groups("AB12CDE", "current"), groups("A123BCD", "prefix"), groups("ABC123D", "suffix")
    ((4,), (4,), (3,))
    """
    if mark_kind == "foreign":
        return ()
    if mark_kind in _LAST_THREE:
        return (len(vrm) - 3,) if len(vrm) > 3 else ()
    changes = tuple(match.start() for match in _SPACE_AT.finditer(vrm))
    return changes[:1] if mark_kind == "suffix" else changes


def spaced(vrm: str, mark_kind: str) -> str:
    """The mark with its gaps: AB12 CDE."""
    gaps = groups(vrm, mark_kind)
    return "".join(f" {char}" if index in gaps else char for index, char in enumerate(vrm))


def plate(view: AlertView) -> Plate:
    """The mark to look for as a plate, with the doubtful characters underlined."""
    if view.is_misread:
        on_the_list = [place for place in compare(view) if place.listed]
        doubtful = [index for index, place in enumerate(on_the_list) if place.doubtful]
        return draw(view.mark, groups(view.mark, kind_of(view.mark)), doubtful)
    return draw(view.vrm, groups(view.vrm, view.mark_kind), weak(view.characters))


def mark(view: AlertView) -> str:
    """The mark to look for, with its gaps."""
    return spaced(view.mark, kind_of(view.mark) if view.is_misread else view.mark_kind)


def kind_of(vrm: str) -> str:
    """Which of the layouts with a gap of its own a mark has, by its letters and figures alone.

    >>> kind_of("AB12CDE"), kind_of("A123BCD"), kind_of("ABC123D"), kind_of("ABZ1234")
    ('current', 'prefix', 'suffix', '')
    """
    return next((kind for kind, layout in _LAYOUTS.items() if layout.fullmatch(vrm)), "")


def misread_in_words(view: AlertView) -> str:
    """What to know before acting on a mark that was not read as it is listed."""
    read = spaced(view.vrm, view.mark_kind)
    return f"Possible match. The camera read {read}, the list has {mark(view)}. Compare both with the picture first."


def spelt(vrm: str) -> str:
    """The mark character by character, so that a screen reader does not make a word of it."""
    return " ".join(vrm)


def local_time(at: datetime) -> str:
    """Wall-clock time in London, with seconds."""
    return at.astimezone(LONDON).strftime("%H:%M:%S")


def local_date(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b %Y}"


def expiry(at: datetime) -> str:
    """When an entry expires, as it was meant: one that expires as a day (UTC) begins was listed to the end of the last.

    >>> expiry(datetime(2027, 1, 1, tzinfo=UTC)), expiry(datetime(2026, 7, 1, 17, 30, tzinfo=UTC))
    ('the end of 31 December 2026', '18:30 on 1 July 2026')
    """
    if at.astimezone(UTC).time() == time():
        last = at.astimezone(UTC).date() - timedelta(days=1)
        return f"the end of {last.day} {last:%B %Y}"
    local = at.astimezone(LONDON)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"


def utc_text(at: datetime) -> str:
    """For the title of a time: the instant itself, in UTC with milliseconds."""
    return to_utc_ms(at).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"


def utc_attribute(at: datetime) -> str:
    """For the datetime attribute of a time."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def percent(probability: float) -> str:
    """A probability in whole per cent. Never rounded up to certainty: 0.998 is "99 %"."""
    return f"{min(99, int(round(probability * 100, 6))) if probability < 1 else 100} %"


def counted(number: int, one: str, more: str = "") -> str:
    """A number of things; more is the plural where it is not one + s.

    >>> counted(1, "frame"), counted(1_200, "frame"), counted(0, "entry", "entries")
    ('1 frame', '1,200 frames', '0 entries')
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def weak(characters: tuple[WireCharacter, ...]) -> tuple[int, ...]:
    """The indices of the characters that need a look."""
    return tuple(index for index, character in enumerate(characters) if character.confidence < WEAK_BELOW)


def weak_in_words(characters: tuple[WireCharacter, ...]) -> list[str]:
    """Each doubtful character by its place: "4th character, read as 8: 71 %"."""
    return [
        f"{_ORDINALS[index]} character, read as {characters[index].char}: {percent(characters[index].confidence)}"
        for index in weak(characters)
    ]


def place(position: WirePosition | None) -> str:
    if position is None:
        return "No position from the device"
    return f"{_degrees(position.latitude_deg)}, {_degrees(position.longitude_deg)}"


def place_source(position: WirePosition | None) -> str:
    if position is None:
        return ""
    accuracy = "accuracy not given" if position.accuracy_m is None else f"within {position.accuracy_m:.0f} m"
    return f"own position ({position.source}), {accuracy}"


def clock_doubt(clock_error_ms: float | None) -> str:
    """What to know about the time; empty where the device's clock is good."""
    if clock_error_ms is None:
        return "The device does not know how far out its clock is."
    if abs(clock_error_ms) < CLOCK_DOUBT_MS:
        return ""
    return f"The device's clock may be out by {abs(clock_error_ms) / 1000:.0f} s."


def reading_note(view: AlertView) -> str:
    """What was done to the characters that the reader gave; empty where nothing was."""
    if view.mark_kind == "foreign":
        return "Not a UK layout: shown as it was read."
    if view.as_read != view.vrm:
        return f"Read as {view.as_read}; the layout of UK marks allows only {view.vrm}."
    return ""


def _degrees(value: float) -> str:
    return f"{value:.5f}".replace("-", "\N{MINUS SIGN}")
