"""One entry of the log: what somebody did and why, and its one exact form in bytes.

The module docstring of governance.log describes the file; this module is that description in code.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from governance.acts import Act, Detail, Operation, is_hash
from governance.errors import BadAct

__all__ = ["EMPTY", "START", "Act", "Detail", "Entry", "Head", "Operation", "canonical", "hash_of", "line_of", "parse"]

ENTRY_DOMAIN: Final = b"lanthorn log entry v1\n"
"""Goes before the body when it is hashed, so that no other hash of ours can be taken for an entry's."""

START: Final = "0" * 64
"""What stands as the previous hash of the first entry, and as the hash of an empty log."""

MAX_LINE_BYTES: Final = 65_536
"""The longest line, its newline included. A bound on what a reader must hold; an act is about 500 bytes."""

_TIME_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_HASH_KEY = b',"hash":"'
_CLOSING = b'"}\n'
_FIELDS = frozenset(
    (
        *("index", "at", "actor", "act", "purpose", "authority", "objects", "details", "commitments"),
        *("operation", "recipients", "previous"),
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in its place in the log. at is UTC, to the millisecond. hash covers all the rest."""

    index: int
    at: datetime
    act: Act
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a log: how many entries it has and the hash of the last. Written down elsewhere, it is a witness."""

    size: int
    hash: str


EMPTY: Final = Head(0, START)


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in the one form that the log uses: keys in order of code points, no spaces, UTF-8, nothing escaped in vain.

    Raises ValueError for a number that is not finite or a text that UTF-8 cannot hold.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def line_of(index: int, at: datetime, act: Act, previous: str) -> tuple[bytes, Entry]:
    """The line of an entry, its newline included, and the entry. Raises BadAct where the line would be too long."""
    at = at.astimezone(UTC)
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    body = canonical(
        {
            "index": index,
            "at": _time_text(at),
            "actor": act.actor,
            "act": act.act,
            "purpose": act.purpose,
            "authority": act.authority,
            "objects": act.objects,
            "details": act.details,
            "commitments": act.commitments,
            "operation": act.operation,
            "recipients": list(act.recipients),
            "previous": previous,
        }
    )
    digest = hash_of(body)
    line = b"".join((body[:-1], _HASH_KEY, digest.encode(), _CLOSING))
    if len(line) > MAX_LINE_BYTES:
        raise BadAct(f"{act.act} by {act.actor} takes {len(line)} bytes, over the limit of {MAX_LINE_BYTES}")
    return line, Entry(index, at, act, previous, digest)


def hash_of(body: bytes) -> str:
    """The hash of an entry's body, in lower-case hexadecimal."""
    return hashlib.sha256(ENTRY_DOMAIN + body).hexdigest()


def parse(line: bytes) -> Entry:
    """Read one line, its newline included. Raises ValueError that says in words what is wrong with it.

    The entry's own hash is checked; its place in the log (index, previous) is for the caller to check.
    """
    if not line.endswith(b"\n"):
        raise ValueError("the line is longer than any entry" if len(line) >= MAX_LINE_BYTES else "the line breaks off")
    cut = len(line) - len(_CLOSING) - 64
    if cut < len(_HASH_KEY) or line[cut - len(_HASH_KEY) : cut] != _HASH_KEY or not line.endswith(_CLOSING):
        raise ValueError("the line does not end in a hash")
    body, written = line[: cut - len(_HASH_KEY)] + b"}", line[cut : cut + 64].decode(errors="replace")
    if hash_of(body) != written:
        raise ValueError("its content does not give its hash: one of the two was changed")
    try:
        entry, again = _read(body, written)
    except (ValueError, TypeError, RecursionError, BadAct) as error:
        raise ValueError(f"it is not an entry of this log: {error}") from error
    if again != line:
        raise ValueError("it is not in the log's canonical form")
    return entry


def _read(body: bytes, written: str) -> tuple[Entry, bytes]:
    fields = json.loads(body)
    if not isinstance(fields, dict) or fields.keys() != _FIELDS:
        raise ValueError("its fields are not the log's")
    index, at, previous = fields.pop("index"), fields.pop("at"), fields.pop("previous")
    if type(index) is not int or index < 0:
        raise ValueError(f"its index is {index!r}")
    if not isinstance(at, str) or not _TIME_FORM.fullmatch(at):
        raise ValueError(f"its time is {at!r}")
    if not is_hash(previous):
        raise ValueError("its previous hash is not a hash")
    if not isinstance(recipients := fields.pop("recipients"), list):
        raise ValueError("its recipients are not a list")
    operation = fields.pop("operation")
    act = Act(**fields, operation=None if operation is None else Operation(operation), recipients=tuple(recipients))
    line, entry = line_of(index, datetime.fromisoformat(at), act, previous)
    return Entry(entry.index, entry.at, entry.act, entry.previous, written), line


def _time_text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
