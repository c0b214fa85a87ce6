"""One vehicle of interest before it is taken: what must be there, and in what form. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.contract.card.words import expiry
from ingest.errors import EntryRefused
from ingest.marks_in_text import mark_in, names_mark

LONGEST_TEXT: Final = 500
LONGEST_NAME: Final = 80
LONGEST_MARKER: Final = 40
MOST_WARNINGS: Final = 8

LONGEST_DAYS: Final = 366
"""For how long a vehicle may be listed where the settings say nothing: twelve months, a leap year's included. A list is
reviewed long before (28 days is usual: NASPLE), and reads themselves are kept for twelve months at most."""

_VRM: Final = re.compile(r"[A-Z0-9]{2,12}")
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_BRITISH_DATE: Final = re.compile(r"(?P<day>\d\d?)/(?P<month>\d\d?)/(?P<year>\d{4})")


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A vehicle of interest as somebody wants it listed. marker, action and risk_warnings may be empty."""

    vrm: str
    reason: str
    marker: str
    action: str
    risk_warnings: tuple[str, ...]
    owner: str
    expires_at: datetime
    authority: str


def checked(draft: EntryDraft, now: datetime, longest_days: int = LONGEST_DAYS) -> EntryDraft:
    """Give the draft in the form that is kept: the mark in capitals without spaces, texts without stray white space.

    An entry may expire at the end of the day (UTC) that is longest_days from now, and no later. Raises EntryRefused,
    with every fault.
    """
    faults: list[str] = []
    vrm = mark_of(draft.vrm)
    if not _VRM.fullmatch(vrm):
        faults.append("vrm is empty" if not vrm else f"vrm {draft.vrm[:40]!r} is not 2 to 12 letters A-Z and digits")
    kept = replace(
        draft,
        vrm=vrm,
        reason=_text("reason", draft.reason, LONGEST_TEXT, faults, needed=True),
        marker=_text("marker", draft.marker, LONGEST_MARKER, faults),
        action=_text("action", draft.action, LONGEST_TEXT, faults),
        risk_warnings=tuple(
            warning for each in draft.risk_warnings if (warning := _text("risk_warnings", each, LONGEST_NAME, faults))
        ),
        owner=_text("owner", draft.owner, LONGEST_NAME, faults, needed=True),
        authority=_text("authority", draft.authority, LONGEST_NAME, faults, needed=True),
    )
    faults += [
        f"{name} {names_mark(mark)}"
        for name, text in (("owner", kept.owner), ("authority", kept.authority))
        if (mark := mark_in(text))
    ]
    if len(kept.risk_warnings) > MOST_WARNINGS:
        faults.append(f"risk_warnings has {len(kept.risk_warnings)} warnings; {MOST_WARNINGS} is the most")
    if draft.expires_at.tzinfo is None:
        faults.append("expires has no time zone")
    elif draft.expires_at <= now:
        faults.append(f"expires at {expiry(draft.expires_at)}, which is in the past")
    elif draft.expires_at > (latest := _latest(now, longest_days)):
        faults.append(
            f"expires at {expiry(draft.expires_at)}; {expiry(latest)} is the latest ({longest_days} days from now)."
            " List it until then, and again after its review"
        )
    if faults:
        raise EntryRefused(*faults)
    return kept


def mark_of(text: str) -> str:
    """A mark as it is kept, however somebody typed it: in capitals, without spaces."""
    return "".join(text.split()).upper()


def expiry_of(text: str) -> datetime:
    """Read an expiry: a date (2026-12-31 or 31/12/2026: to the end of that day, UTC), or a time with its zone.

    Raises ValueError, which says what is accepted.
    """
    text = text.strip()
    try:
        if match := _ISO_DATE.fullmatch(text) or _BRITISH_DATE.fullmatch(text):
            year, month, day = match.groups() if match.re is _ISO_DATE else match.group("year", "month", "day")
            return datetime(int(year), int(month), int(day), tzinfo=UTC) + timedelta(days=1)
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"expires {text[:40]!r} is not a date (2026-12-31, 31/12/2026) or a time (2026-12-31T18:00Z)")


def _latest(now: datetime, longest_days: int) -> datetime:
    last_day = (now.astimezone(UTC) + timedelta(days=longest_days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return last_day + timedelta(days=1)


def _text(name: str, value: str, longest: int, faults: list[str], *, needed: bool = False) -> str:
    text = " ".join(value.split())
    if needed and not text:
        faults.append(f"{name} is empty; no vehicle is listed without it")
    if len(text) > longest:
        faults.append(f"{name} has {len(text)} characters; {longest} is the most")
    if not text.isprintable():
        faults.append(f"{name} holds characters that cannot be shown")
    return text
