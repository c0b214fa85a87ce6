"""One entry of the log: an act and its time, and its one exact form in bytes.

An entry is a JSON object in the canonical form of RFC 8785 with exactly the keys `act`, `actor`, `at`, `authority`,
`commitments`, `details`, `objects`, `operation`, `purpose` and `recipients`. `at` is UTC to the millisecond, as
`2026-11-23T02:14:05.123Z`. `authority` is text or null, `operation` one of the six of governance.acts or null,
`recipients` a list of text. `objects` maps text to text; `details` maps text to text, a finite number (a whole one of
at most 2^53 - 1), true, false or null; `commitments` maps text to 64 hexadecimal digits (governance.commitments). An
entry has at most 65,535 bytes. Its place in the tree is its index; it does not hold that itself.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from governance.acts import Act, Detail, Operation
from governance.errors import BadAct
from governance.merkle.tiles import MAX_ENTRY_BYTES
from governance.signed import canonical

__all__ = ["Detail", "Draft", "Entry", "draft_of", "read_entry", "time_of", "to_ms"]

_TIME_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_START = re.compile(
    rb'\{"act":"(?:[^"\\]|\\.)*+","actor":"(?:[^"\\]|\\.)*+","at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)",'
)
_TIME_BYTES: Final = 24
_FIELDS: Final = frozenset(
    (
        *("act", "actor", "at", "authority", "commitments"),
        *("details", "objects", "operation", "purpose", "recipients"),
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in its place in the log. at is UTC, to the millisecond."""

    index: int
    at: datetime
    act: Act


@dataclass(frozen=True, slots=True)
class Draft:
    """An act in bytes but for its time, which it is given when it is written."""

    act: Act
    before: bytes
    after: bytes

    def to_bytes(self, at: datetime) -> bytes:
        """The entry. at is UTC, to the millisecond."""
        return b"".join((self.before, _time_text(at).encode(), self.after))


def to_ms(at: datetime) -> datetime:
    """A moment as entries hold it: UTC, to the millisecond."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def draft_of(act: Act) -> Draft:
    """Everything of an entry but its time. Raises BadAct where the entry would be too long."""
    before = b"".join((b'{"act":', canonical(act.act), b',"actor":', canonical(act.actor), b',"at":"'))
    rest = canonical(
        {
            "authority": act.authority,
            "commitments": act.commitments,
            "details": act.details,
            "objects": act.objects,
            "operation": act.operation,
            "purpose": act.purpose,
            "recipients": act.recipients,
        }
    )
    after = b'",' + rest[1:]
    if (size := len(before) + _TIME_BYTES + len(after)) > MAX_ENTRY_BYTES:
        raise BadAct(f"{act.act} by {act.actor} takes {size} bytes, over the limit of {MAX_ENTRY_BYTES}")
    return Draft(act, before, after)


def read_entry(data: bytes, index: int) -> Entry:
    """Read an entry that stands at this index. Raises ValueError, which says in words what is wrong with it."""
    try:
        fields = json.loads(data)
        if not isinstance(fields, dict) or fields.keys() != _FIELDS:
            raise ValueError("its fields are not the log's")
        at, operation, recipients = fields.pop("at"), fields.pop("operation"), fields.pop("recipients")
        if not isinstance(at, str) or not _TIME_FORM.fullmatch(at):
            raise ValueError(f"its time is {at!r}")
        if not isinstance(recipients, list):
            raise ValueError("its recipients are not a list")
        operation = None if operation is None else Operation(operation)
        act = Act(**fields, operation=operation, recipients=tuple(recipients))
        entry = Entry(index, datetime.fromisoformat(at), act)
        same = draft_of(act).to_bytes(entry.at) == data
    except (ValueError, TypeError, RecursionError, BadAct) as error:
        raise ValueError(f"it is not an entry of this log: {error}") from error
    if not same:
        raise ValueError("it is not an entry of this log: not in canonical form")
    return entry


def time_of(data: bytes) -> str | None:
    """The time of an entry as it is written, without reading the rest; None where it does not begin as entries do."""
    match = _START.match(data)
    return match[1].decode() if match else None


def _time_text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
