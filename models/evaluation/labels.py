"""Reads label files: what each picture truly shows.

Two forms are known: CSV with the columns file, text, kind, box_xyxy and note, and Java properties of "picture=MARK"
lines (results.properties). A row that cannot be right is an error with its line number, never skipped: a label set
that silently shrinks gives figures that look better than they are.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from models.errors import BadLabels
from models.plates.reading import MarkKind

COLUMNS: Final = ("file", "text", "kind", "box_xyxy", "note")
_NEEDED: Final = ("file", "text", "kind")
NOVELTY: Final = "novelty"
"""The kind of a plate that shows no mark (a name, an advertisement): counted under its kind, not in the headline."""


@dataclass(frozen=True, slots=True)
class Label:
    """One mark in one picture. file is relative, with forward slashes; box is (left, top, right, bottom) in pixels."""

    file: PurePosixPath
    text: str
    kind: str
    box: tuple[float, float, float, float] | None
    line: int


def read_labels(path: Path) -> list[Label]:
    """Give every label of the file, in its sequence. Raises BadLabels."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadLabels(f"{path}: cannot be read ({error.strerror or error}); check the path") from error
    except UnicodeDecodeError as error:
        raise BadLabels(f"{path}: not UTF-8 text ({error}); save it as UTF-8") from error
    labels = list(_properties(path, content) if path.suffix == ".properties" else _csv(path, content))
    if not labels:
        raise BadLabels(f"{path}: holds no labels; each row names a picture and its mark")
    return labels


def _csv(path: Path, content: str) -> Iterator[Label]:
    rows = csv.reader(content.splitlines(), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        absent = [name for name in _NEEDED if name not in header]
        if absent:
            raise BadLabels(f"{path}, line 1: lacks the columns {', '.join(absent)}; the header is {','.join(COLUMNS)}")
        for row in rows:
            yield _row(path, rows.line_num, header, row)
    except csv.Error as error:
        raise BadLabels(f"{path}, line {rows.line_num}: not CSV ({error}); correct the line") from error


def _row(path: Path, line: int, header: list[str], row: list[str]) -> Label:
    if not any(cell.strip() for cell in row):
        raise BadLabels(f"{path}, line {line}: the row is blank; remove it")
    if len(row) != len(header):
        raise BadLabels(f"{path}, line {line}: has {len(row)} columns, the header {len(header)}; correct the row")
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    return Label(
        file=_file(path, line, cells["file"]),
        text=_mark(path, line, cells["text"]),
        kind=_kind(path, line, cells["kind"]),
        box=_box(path, line, cells.get("box_xyxy", "")),
        line=line,
    )


def _properties(path: Path, content: str) -> Iterator[Label]:
    for line, text in enumerate(content.splitlines(), start=1):
        if not text.strip() or text.lstrip().startswith(("#", "!")):
            continue
        file, equals, mark = text.partition("=")
        if not equals:
            raise BadLabels(f"{path}, line {line}: no '='; each line is picture=MARK")
        yield Label(
            _file(path, line, file.strip()), _mark(path, line, mark.strip()), MarkKind.FOREIGN.value, None, line
        )


def _file(path: Path, line: int, cell: str) -> PurePosixPath:
    file = PurePosixPath(cell)
    if not cell or file.is_absolute() or ".." in file.parts:
        raise BadLabels(f"{path}, line {line}: file {cell!r} must be a path inside the folder of pictures")
    return file


def _mark(path: Path, line: int, cell: str) -> str:
    mark = cell.upper().replace(" ", "")
    if not mark or not mark.isascii() or not mark.isalnum():
        raise BadLabels(f"{path}, line {line}: text {cell!r} must be a mark of the characters A-Z and 0-9")
    return mark


def _kind(path: Path, line: int, cell: str) -> str:
    if not cell:
        raise BadLabels(f"{path}, line {line}: kind is empty; name one, such as current, prefix or foreign")
    return cell


def _box(path: Path, line: int, cell: str) -> tuple[float, float, float, float] | None:
    if not cell:
        return None
    try:
        left, top, right, bottom = (float(part) for part in cell.replace(",", " ").replace(";", " ").split())
    except ValueError:
        raise BadLabels(f"{path}, line {line}: box_xyxy {cell!r} must be four numbers: left top right bottom") from None
    if not (left < right and top < bottom):
        raise BadLabels(f"{path}, line {line}: box_xyxy {cell!r} is empty; it is left top right bottom")
    return left, top, right, bottom
