"""Reads a whole file before anything is changed: counts, refuses, sets the good rows aside on disk, in bounded memory.

What is in memory is the set of marks; the rows that were taken wait in a file without a name, which goes when the
import ends.

A mark that is on the list already is compared with what the file says of it. The same is a duplicate, and harmless.
Anything else is a difference: it is reported by line and field, and taken only where the person asks for updates. A
column that the file does not have says nothing: it makes no difference, and an update keeps what the list has.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import IO, BinaryIO, Final
from uuid import UUID

from ingest.contract.base import to_utc_ms
from ingest.errors import ImportRefused
from ingest.lists.csv_file import Row, read_list
from ingest.lists.drafts import LONGEST_DAYS, EntryDraft

BATCH_ROWS: Final = 2_000
REFUSALS_SHOWN: Final = 1_000
"""Lines of one kind that a report gives one by one; all of them are counted."""

COMPARED: Final = {
    "reason": "reason",
    "marker": "marker",
    "action": "action",
    "risk_warnings": "risk_warnings",
    "owner": "owner",
    "expires_at": "expires",
    "authority": "authority",
}
"""The fields of an entry that a file may change, and the columns that they come from."""

_FIELDS: Final = ("vrm", "reason", "marker", "action", "risk_warnings", "owner", "authority")


@dataclass(frozen=True, slots=True)
class Listed:
    """What is on the list of a mark now."""

    entry_id: UUID
    draft: EntryDraft


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that is taken. replaces is the entry that it takes the place of, where it is an update."""

    draft: EntryDraft
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: the line where it begins, the header's being 1, and every fault."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A row whose mark is on the list with other content: its line, and the columns that differ."""

    line: int
    columns: tuple[str, ...]


@dataclass(slots=True)
class ImportReport:
    """What became of each row.

    accepted counts new entries, updated those that took another's place, different those that would have and were not
    asked to, duplicates those that say what the list or an earlier line says. refusals can be mended in the file,
    differences taken by an update; repeats need nothing. Each holds the first REFUSALS_SHOWN of its kind. absent names
    the columns that the file does not have.
    """

    accepted: int = 0
    updated: int = 0
    different: int = 0
    refused: int = 0
    duplicates: int = 0
    blank: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    repeats: list[Refusal] = field(default_factory=list)
    absent: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def not_shown(self) -> int:
        """How many refusals are counted but not in refusals."""
        return self.refused - len(self.refusals)

    def refuse(self, line: int, reason: str) -> None:
        """Count a row that is wrong."""
        self.refused += 1
        if len(self.refusals) < REFUSALS_SHOWN:
            self.refusals.append(Refusal(line, reason))

    def repeat(self, line: int, reason: str) -> None:
        """Count a row that says nothing new."""
        self.duplicates += 1
        if len(self.repeats) < REFUSALS_SHOWN:
            self.repeats.append(Refusal(line, reason))

    def differ(self, line: int, columns: tuple[str, ...], *, update: bool) -> None:
        """Count a row that differs from the list, whether it is taken or not."""
        if update:
            self.updated += 1
        else:
            self.different += 1
        if len(self.differences) < REFUSALS_SHOWN:
            self.differences.append(Difference(line, columns))


Find = Callable[[Sequence[str]], Mapping[str, Listed]]
"""Gives what is on the list of these marks; a mark that is not on it is left out."""


@contextmanager
def staged(
    stream: BinaryIO,
    find: Find,
    now: datetime,
    max_rows: int,
    *,
    update: bool = False,
    leave_out: Collection[str] = (),
    longest_days: int = LONGEST_DAYS,
) -> Iterator[tuple[Iterator[list[Taken]], ImportReport]]:
    """Read the file to its end and give its good rows in batches, with the report. Raises ImportRefused."""
    hashed = _Hashed(stream)
    file = read_list(io.BufferedReader(hashed), now, leave_out=leave_out, longest_days=longest_days)
    report = ImportReport(absent=file.absent)
    first_seen: dict[str, tuple[int, bytes]] = {}
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as aside:
        while rows := list(islice(file.rows, BATCH_ROWS)):
            count += len(rows)
            if count > max_rows:
                raise ImportRefused(
                    f"the file has more than {max_rows} rows: divide it, or raise lists.import_max_rows"
                )
            new = [row for row in rows if _is_first(row, first_seen, report)]
            listed = find([row.draft.vrm for row in new if row.draft])
            for row in new:
                if row.draft and (taken := _taken(row.line, row.draft, listed, report, update=update)):
                    _write(aside, taken)
        report.sha256 = hashed.digest.hexdigest()
        aside.seek(0)
        yield _batches(aside), report


def _is_first(row: Row, first_seen: dict[str, tuple[int, bytes]], report: ImportReport) -> bool:
    """Whether a row is the first of its mark in the file; where it is not, or is none, it is counted."""
    if row.fault:
        report.refuse(row.line, row.fault)
        return False
    if row.draft is None:
        report.blank += 1
        return False
    content = hashlib.blake2b(repr(row.draft).encode(), digest_size=16).digest()
    line, first = first_seen.setdefault(row.draft.vrm, (row.line, content))
    if line == row.line:
        return True
    if content == first:
        report.repeat(row.line, f"the same as line {line}")
    else:
        report.refuse(row.line, f"line {line} has the same mark and says something else of it: leave one of the two")
    return False


def _taken(
    line: int, draft: EntryDraft, listed: Mapping[str, Listed], report: ImportReport, *, update: bool
) -> Taken | None:
    """What to do with a good row: add it, put it in the place of what is listed, or only report it."""
    known = listed.get(draft.vrm)
    if known is None:
        report.accepted += 1
        return Taken(draft)
    silent = {name: getattr(known.draft, name) for name, column in COMPARED.items() if column in report.absent}
    draft = replace(draft, expires_at=to_utc_ms(draft.expires_at), **silent)  # in milliseconds, as it is kept
    differing = tuple(column for name, column in COMPARED.items() if getattr(draft, name) != getattr(known.draft, name))
    if not differing:
        report.repeat(line, "on the list already, just so")
        return None
    report.differ(line, differing, update=update)
    return Taken(draft, known.entry_id) if update else None


def _write(aside: IO[str], taken: Taken) -> None:
    values = [getattr(taken.draft, name) for name in _FIELDS]
    values += [taken.draft.expires_at.isoformat(), taken.replaces.hex if taken.replaces else None]
    aside.write(json.dumps(values, ensure_ascii=False) + "\n")


def _batches(aside: IO[str]) -> Iterator[list[Taken]]:
    while lines := list(islice(aside, BATCH_ROWS)):
        yield [_read(line) for line in lines]


def _read(line: str) -> Taken:
    *values, expires_at, replaces = json.loads(line)
    given = dict(zip(_FIELDS, values, strict=True))
    given["risk_warnings"] = tuple(given["risk_warnings"])
    draft = EntryDraft(**given, expires_at=datetime.fromisoformat(expires_at))
    return Taken(draft, UUID(replaces) if replaces else None)


class _Hashed(io.RawIOBase):
    """The stream, with the SHA-256 of what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # RawIOBase gives a memoryview
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.digest.update(data)
        return len(data)
