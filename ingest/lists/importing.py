"""Reads a whole file before anything is changed: counts, refuses, sets the good rows aside on disk, in bounded memory.

What is in memory is the set of marks; the rows that were taken wait in a file without a name, which goes when the
import ends.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO, BinaryIO, Final

from ingest.errors import ImportRefused
from ingest.lists.csv_file import rows_of
from ingest.lists.drafts import EntryDraft

BATCH_ROWS: Final = 2_000
REFUSALS_SHOWN: Final = 1_000
"""Refusals that a report gives one by one; all of them are counted."""

_FIELDS: Final = ("vrm", "reason", "marker", "action", "risk_warnings", "owner", "authority")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: the line where it begins, the header's being 1, and every fault."""

    line: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What became of each row. refused and duplicates are apart; refusals holds the first REFUSALS_SHOWN of both."""

    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    blank: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    sha256: str = ""

    @property
    def not_shown(self) -> int:
        """How many refusals and duplicates are counted but not in refusals."""
        return self.refused + self.duplicates - len(self.refusals)

    def note(self, line: int, reason: str) -> None:
        if len(self.refusals) < REFUSALS_SHOWN:
            self.refusals.append(Refusal(line, reason))


@contextmanager
def staged(
    stream: BinaryIO, listed: set[str], now: datetime, max_rows: int
) -> Iterator[tuple[Iterator[list[EntryDraft]], ImportReport]]:
    """Read the file to its end and give its good rows in batches, with the report. Raises ImportRefused."""
    report = ImportReport()
    first_seen: dict[str, int] = {}
    hashed = _Hashed(stream)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as aside:
        for number, row in enumerate(rows_of(io.BufferedReader(hashed), now), start=1):
            if number > max_rows:
                raise ImportRefused(
                    f"the file has more than {max_rows} rows: divide it, or raise lists.import_max_rows"
                )
            if row.fault:
                report.refused += 1
                report.note(row.line, row.fault)
            elif row.draft is None:
                report.blank += 1
            elif (line := first_seen.setdefault(row.draft.vrm, row.line)) != row.line:
                report.duplicates += 1
                report.note(row.line, f"the same mark is in line {line}")
            elif row.draft.vrm in listed:
                report.duplicates += 1
                report.note(row.line, "the mark is on the list already")
            else:
                report.accepted += 1
                _write(aside, row.draft)
        report.sha256 = hashed.digest.hexdigest()
        aside.seek(0)
        yield _batches(aside), report


def _write(aside: IO[str], draft: EntryDraft) -> None:
    values = [getattr(draft, name) for name in _FIELDS]
    values.append(draft.expires_at.isoformat())
    aside.write(json.dumps(values, ensure_ascii=False) + "\n")


def _batches(aside: IO[str]) -> Iterator[list[EntryDraft]]:
    while lines := list(islice(aside, BATCH_ROWS)):
        yield [_read(line) for line in lines]


def _read(line: str) -> EntryDraft:
    *values, expires_at = json.loads(line)
    given = dict(zip(_FIELDS, values, strict=True))
    given["risk_warnings"] = tuple(given["risk_warnings"])
    return EntryDraft(**given, expires_at=datetime.fromisoformat(expires_at))


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
