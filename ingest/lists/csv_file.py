"""A list as a CSV file: its rows one by one, each a draft or what is wrong with it, with its line number."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from ingest.errors import EntryRefused, ImportRefused
from ingest.lists.drafts import EntryDraft, checked, expiry_of

NEEDED: Final = ("vrm", "reason", "owner", "expires", "authority")
COLUMNS: Final = ("vrm", "reason", "marker", "action", "risk_warnings", "owner", "expires", "authority")

_OTHER_NAMES: Final = {"mark": "vrm", "registration": "vrm", "expiry": "expires", "expires_at": "expires"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row. line is where it begins, the header's line being 1. A row with neither draft nor fault is blank."""

    line: int
    draft: EntryDraft | None = None
    fault: str = ""


def rows_of(file: BinaryIO, now: datetime) -> Iterator[Row]:
    """Give each row after the header. Raises ImportRefused for a file that is not a list, as soon as that shows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header: list[str] = []
        while not _filled(header):
            header = next(reader)
        columns = _columns(header)
        begins = reader.line_num + 1
        for cells in reader:
            yield _row(begins, cells, columns, now)
            begins = reader.line_num + 1
    except StopIteration:
        raise ImportRefused(f"the file is empty: its first line names the columns {', '.join(COLUMNS)}") from None
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"the file is not UTF-8 text (after line {reader.line_num}): save it as CSV UTF-8 and import it again"
        ) from error
    except csv.Error as error:
        raise ImportRefused(f"the file is not CSV at line {reader.line_num}: {error}") from error
    finally:
        text.detach()


def _filled(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _columns(header: list[str]) -> list[str]:
    columns = []
    for cell in header:
        name = re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")
        columns.append(_OTHER_NAMES.get(name, name))
    if doubled := sorted({name for name in columns if name in COLUMNS and columns.count(name) > 1}):
        raise ImportRefused(f"the first line names {', '.join(doubled)} twice")
    if absent := [name for name in NEEDED if name not in columns]:
        raise ImportRefused(f"the first line does not name {', '.join(absent)}; it names {', '.join(header)[:300]!r}")
    return columns


def _row(line: int, cells: list[str], columns: list[str], now: datetime) -> Row:
    if not _filled(cells):
        return Row(line)
    if len(cells) != len(columns):
        return Row(line, fault=f"{len(cells)} fields, but the first line names {len(columns)}")
    value = dict(zip(columns, cells, strict=True))
    faults: list[str] = []
    expires_at = datetime.max.replace(tzinfo=now.tzinfo)  # in place of one that cannot be read, so the rest is checked
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
        draft = checked(draft, now)
    except EntryRefused as error:
        faults += error.reasons
    return Row(line, fault="; ".join(faults)) if faults else Row(line, draft)
