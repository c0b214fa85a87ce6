"""A row of the database that the log commits to, as a line of rows.jsonl.

A line is the canonical JSON object (RFC 8785) with `kind` and `id`, which name the row, and `holds`: what its content
gives as it stands in the database now. For an entry of a list, an alert and the question of a search that is the
salted commitment (governance.commitments) over the whole content; for an answer, which holds nothing personal, the
SHA-256 over what was answered. `holds` is null where content and salt were erased. Lines are in ascending order of kind
and id.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from governance.errors import BadExport
from governance.signed import canonical
from governance.unreadable import why_unreadable

_ANSWER: Final = b"lanthorn answer v1\n"
_ANSWERED: Final = ("outcome", "via", "answered_by", "answered_at")


@dataclass(frozen=True, slots=True, order=True)
class RowKey:
    """Which row: its kind, as receipts of disposal name it, and its id."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in the database: what its content gives, None where that was erased."""

    key: RowKey
    holds: str | None

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read a line. Raises ValueError for anything but its one exact form."""
        fields: Any = json.loads(line)
        made = cls(RowKey(str(fields["kind"]), str(fields["id"])), fields["holds"])
        if made.to_line() != line:
            raise ValueError("it is not in the form in which rows are written")
        return made

    def to_line(self) -> bytes:
        """The line, its newline included."""
        return canonical({"kind": self.key.kind, "id": self.key.id, "holds": self.holds}) + b"\n"


def held_by_answer(alert: str, answered: Mapping[str, Any]) -> str:
    """What an answer's row must give: the SHA-256, in hexadecimal, over the alert's id and what was answered."""
    said = {"alert": alert, **{name: answered.get(name) for name in _ANSWERED}}
    return hashlib.sha256(_ANSWER + canonical(said)).hexdigest()


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of an export, in order. Raises BadExport, which names the line."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield Row.parse(line)
                except (ValueError, KeyError, TypeError, RecursionError) as error:
                    raise BadExport(f"{path.name}, line {number}: {why_unreadable(error)}") from error
    except OSError as error:
        raise BadExport(f"{path} cannot be read: {error.strerror or error}") from error
