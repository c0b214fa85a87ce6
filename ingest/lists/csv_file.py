"""A list as a CSV file: its rows one by one, each a draft or what is wrong with it, with its line number.

A column that nobody knows refuses the file: it may be a mistyped risk_warnings, and a vehicle whose warnings are lost
in silence is a danger. A force whose files carry more columns names them, and they are left out.
"""

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Final, Protocol, TextIO

from ingest.errors import EntryRefused, ImportRefused
from ingest.lists.drafts import LONGEST_DAYS, EntryDraft, checked, expiry_of

NEEDED: Final = ("vrm", "reason", "owner", "expires", "authority")
COLUMNS: Final = ("vrm", "reason", "marker", "action", "risk_warnings", "owner", "expires", "authority")
OPTIONAL: Final = tuple(name for name in COLUMNS if name not in NEEDED)

_OTHER_NAMES: Final = {"mark": "vrm", "registration": "vrm", "expiry": "expires", "expires_at": "expires"}
_LONGEST_NAME: Final = 40
"""Characters of an unknown column's name that a message repeats."""

_NEAR: Final = 0.6
"""How much of a name must agree for it to be offered (difflib's ratio, and its own default)."""

_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f]")
_SPREADSHEET: Final = ("PK\x03\x04", "\udcd0\udccf\x11")
"""How an .xlsx and an .xls file begin, as surrogateescape shows their bytes."""

_SAVE: Final = 'save it as "CSV UTF-8 (Comma delimited)" and import it again'


@dataclass(frozen=True, slots=True)
class Row:
    """One row. line is where it begins, the header's line being 1. A row with neither draft nor fault is blank."""

    line: int
    draft: EntryDraft | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file whose first line has been read. absent names the columns that it does not have and need not have."""

    absent: tuple[str, ...]
    rows: Iterator[Row]


def read_list(
    file: BinaryIO, now: datetime, *, leave_out: Collection[str] = (), longest_days: int = LONGEST_DAYS
) -> ListFile:
    """Read the first line, and give the rows after it as they are asked for. leave_out names further columns.

    Raises ImportRefused for a file that is not a list, here or while its rows are read, as soon as that shows.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(_lines(text), strict=True)
    try:
        columns = _columns(_header(reader), {_name(each) for each in leave_out})
    except BaseException:
        text.detach()  # the file is the caller's to close
        raise
    rows = _rows(reader, text, columns, now, longest_days)
    return ListFile(tuple(name for name in OPTIONAL if name not in columns), rows)


class _Reader(Protocol):
    """What csv.reader gives; its own type has no public name."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _header(reader: _Reader) -> list[str]:
    try:
        return next(cells for cells in reader if _filled(cells))
    except StopIteration:
        raise ImportRefused(f"the file is empty: its first line names the columns {', '.join(COLUMNS)}") from None
    except csv.Error as error:
        raise _not_csv(reader.line_num, error) from error


def _rows(
    reader: _Reader, text: io.TextIOWrapper, columns: Sequence[str], now: datetime, longest_days: int
) -> Iterator[Row]:
    begins = reader.line_num + 1
    try:
        for cells in reader:
            yield _row(begins, cells, columns, now, longest_days)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _not_csv(reader.line_num, error) from error
    finally:
        text.detach()


def _not_csv(line: int, error: csv.Error) -> ImportRefused:
    return ImportRefused(f"the file is not CSV at line {line}: {error}")


def _lines(text: TextIO) -> Iterator[str]:
    """The file's lines. Raises ImportRefused at the first that is not UTF-8, and says what the file looks like."""
    for number, line in enumerate(text, start=1):
        if number == 1 and line.startswith(_SPREADSHEET):
            raise ImportRefused(f"the file is a spreadsheet's own, not CSV: open it there, {_SAVE}")
        if number == 1 and "\x00" in line:
            raise ImportRefused(
                f'the file is not UTF-8 text: it looks like UTF-16, which Excel calls "Unicode Text": {_SAVE}'
            )
        if not line.isascii() and (found := _NOT_UTF8.search(line)):
            byte = ord(found[0]) - 0xDC00
            if _CONTROL.search(line):
                raise ImportRefused(
                    f"the file is not text: line {number} has bytes that no text has. Is it the right file?"
                )
            raise ImportRefused(
                f"the file is not UTF-8 text: see line {number}. It looks like Latin-1 or Windows-1252, where the byte"
                f" {byte:02X} is {bytes([byte]).decode('cp1252', 'replace')!r}: {_SAVE}"
            )
        yield line


def _filled(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _name(cell: str) -> str:
    """A column's name in our form: risk_warnings for "Risk Warnings", vrm for "Mark"."""
    name = re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")
    return _OTHER_NAMES.get(name, name)


def _columns(header: list[str], left_out: Collection[str]) -> list[str]:
    if known := sorted(set(COLUMNS) & set(left_out)):
        raise ImportRefused(f"{', '.join(known)} is a column of a list: it cannot be left out")
    columns = [_name(cell) for cell in header]
    faults = []
    if doubled := sorted({name for name in columns if name in COLUMNS and columns.count(name) > 1}):
        faults.append(f"the first line names {', '.join(doubled)} twice")
    if absent := [name for name in NEEDED if name not in columns]:
        faults.append(f"the first line does not name {', '.join(absent)}; it names {', '.join(header)[:300]!r}")
    if unknown := [
        _unknown(cell) for cell, name in zip(header, columns, strict=True) if name and name not in {*COLUMNS, *left_out}
    ]:
        faults.append(
            f"the first line names {', '.join(unknown)}, which no list has: name it rightly, or say that this column is"
            " to be left out"
        )
    if faults:
        raise ImportRefused("; ".join(faults))
    return columns


def _unknown(cell: str) -> str:
    """A column that nobody knows, with the name that it may have been meant to be."""
    near = difflib.get_close_matches(_name(cell), (*COLUMNS, *_OTHER_NAMES), n=1, cutoff=_NEAR)
    return f"{cell.strip()[:_LONGEST_NAME]!r}" + (f" (did you mean {near[0]}?)" if near else "")


def _row(line: int, cells: list[str], columns: Sequence[str], now: datetime, longest_days: int) -> Row:
    if not _filled(cells):
        return Row(line)
    if len(cells) != len(columns):
        return Row(line, fault=f"{len(cells)} fields, but the first line names {len(columns)}")
    faults: list[str] = []
    for number, (name, cell) in enumerate(zip(columns, cells, strict=True), start=1):
        if not name and cell.strip():
            faults.append(f"field {number} has something in it, but the first line does not name it")
    value = dict(zip(columns, cells, strict=True))
    expires_at = now + timedelta(days=1)  # in place of one that cannot be read, so that the rest is checked
    try:
        if value["expires"].strip():
            expires_at = expiry_of(value["expires"])
        else:
            faults.append("expires is empty; no vehicle is listed without it")
    except ValueError as error:
        faults.append(str(error))
    draft = EntryDraft(
        vrm=value["vrm"],
        reason=value["reason"],
        marker=value.get("marker", ""),
        action=value.get("action", ""),
        risk_warnings=tuple(value.get("risk_warnings", "").split(";")),
        owner=value["owner"],
        expires_at=expires_at,
        authority=value["authority"],
    )
    try:
        draft = checked(draft, now, longest_days)
    except EntryRefused as error:
        faults += error.reasons
    return Row(line, fault="; ".join(faults)) if faults else Row(line, draft)
