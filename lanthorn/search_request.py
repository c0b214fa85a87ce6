"""What somebody typed at the command line, as the search that the centre is asked for. Pure but for the marks' file."""

import re
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from ingest.contract.card.words import LONDON
from lanthorn.errors import LanthornError

NOW: Final = "now"
STANDARD_INPUT: Final = "-"

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETWEEN: Final = re.compile(r"[,;\s]+")


def moment_of(option: str, text: str, now: datetime, *, ends: bool) -> datetime:
    """A time as it was typed, in UTC: now, a date, a date and a time of London's clocks, or one with its own offset.

    A date is where that day of London begins, or where ends is set, where it ends. When the clocks go back an hour
    comes twice: the earlier is meant for a beginning, the later for an end, so that nothing is missed. now is to the
    end of the minute that has begun. Raises LanthornError.
    """
    typed = text.strip()
    try:
        if typed.lower() == NOW:
            return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        if _DATE.fullmatch(typed):
            day = datetime.fromisoformat(typed).date() + timedelta(days=int(ends))
            return datetime.combine(day, time(), LONDON).astimezone(UTC)
        at = datetime.fromisoformat(typed)
        return (at.replace(tzinfo=LONDON, fold=int(ends)) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise LanthornError(
            f"{option} {text[:40]!r} is no time: give 2026-11-23, 2026-11-23T18:00 (London), 2026-11-23T18:00Z or {NOW}"
        ) from error


def place_of(near: str, within_m: float | None, box: str) -> dict[str, float] | None:
    """The place as the API takes it: a circle, a box, or none. Raises LanthornError."""
    if near and box:
        raise LanthornError("give --near with --within-m, or --box, not both: a search is at one place")
    if box:
        south, west, north, east = _numbers("--box", box, "SOUTH,WEST,NORTH,EAST", 4)
        return {"south": south, "west": west, "north": north, "east": east}
    if not near:
        if within_m is not None:
            raise LanthornError("--within-m says how far from where: give --near LATITUDE,LONGITUDE too")
        return None
    if within_m is None:
        raise LanthornError("--near says where, not how far from there: give --within-m METRES too")
    latitude, longitude = _numbers("--near", near, "LATITUDE,LONGITUDE", 2)
    return {"latitude": latitude, "longitude": longitude, "radius_m": within_m}


def marks_in(file: str) -> list[str]:
    """The marks in a file, or in standard input for "-": one a line, or with commas between. Raises LanthornError."""
    if not file:
        return []
    try:
        text = sys.stdin.read() if file == STANDARD_INPUT else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LanthornError(f"--marks-file {file} cannot be read: {error}") from error
    lines = (re.split(r"[,;]", line) for line in text.splitlines())
    return [mark.strip() for line in lines for mark in line if mark.strip()]


def _numbers(option: str, text: str, wanted: str, count: int) -> list[float]:
    try:
        numbers = [float(part) for part in _BETWEEN.split(text.strip())]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise LanthornError(f"{option} {text[:60]!r} is not {wanted}, in degrees such as 51.50,-0.12")
    return numbers


def body_of(
    start: datetime, until: datetime, marks: list[str], place: dict[str, float] | None, **given: Any
) -> dict[str, Any]:
    """The body of POST /api/searches (ingest.web.api_search.NewSearch)."""
    times = {"start": start.isoformat(), "until": until.isoformat()}
    return {**times, "marks": marks, "place": place, **given}
