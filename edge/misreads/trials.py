"""Drawn vehicle passes whose mark is known, read as the car reads them: where misreads are measured.

A pass is one plate under one set of conditions, seen in one to MOST_FRAMES pictures, each read by the reader in use;
the vote (edge.voting) and the bar for telling (edge.evidence) are the car's own. So a trial ends as a read on the wire
does: a text, and for each character how sure the vote is of it; or untold.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import numpy as np

from edge.errors import BadMisreads
from edge.evidence import EvidenceRule, Moment, Verdict, weigh
from edge.voting import vote
from models.drawing.capture import conditions, photograph
from models.drawing.layout import CAR
from models.drawing.plates import PlateStyle, draw_plate
from models.plates.chance import MarksByChance
from models.plates.reading import MarkKind, PlateReader

MOST_FRAMES: Final = 4
"""Pictures of one pass. A patrol car passes a plate in about a dozen frames and reads two or three a second."""

FRAME_S: Final = 0.4
DRAWN_PX_PER_MM: Final = 0.8
TWO_LINES: Final = 0.12
"""Share of plates in two lines: motorcycles, and cars with a square space behind."""

COLUMNS: Final = ("mark", "kind", "read", "read_kind", "confidences", "others")
PLACES: Final = 5
"""Decimals of a confidence in a file: the fifth still tells 0.99999 from 0.9999."""

OTHERS_PLACES: Final = 4
NO_OTHERS: Final = "-"
PACKED: Final = ".gz"


@dataclass(frozen=True, slots=True)
class Trial:
    """One drawn pass. read is what would have been told, with how sure (0-1) each character is; "" where nothing."""

    mark: str
    kind: MarkKind
    read: str
    read_kind: MarkKind | None
    confidences: tuple[float, ...]
    others: tuple[tuple[tuple[str, float], ...], ...] = ()
    """For each character what else it may be, by shape, with what the reader gave it."""

    @property
    def told(self) -> bool:
        return bool(self.read)


def trials(reader: PlateReader, numbers: Iterable[int], seed: int, on: date) -> Iterator[Trial]:
    """Draw the passes of these numbers and read them. The same number, seed, reader and day give the same trial."""
    marks = MarksByChance(on)
    rule = EvidenceRule()
    for each in numbers:
        rng = np.random.default_rng([seed, each])
        mark, kind = marks.draw(rng)
        yield _trial(reader, rule, mark, kind, on, rng)


def _trial(
    reader: PlateReader, rule: EvidenceRule, mark: str, kind: MarkKind, on: date, rng: np.random.Generator
) -> Trial:
    plate = draw_plate(
        mark,
        style=PlateStyle.FRONT if rng.random() < 0.5 else PlateStyle.REAR,
        px_per_mm=DRAWN_PX_PER_MM,
        lines=_lines(mark, rng),
        lettering=CAR,
        badge=bool(rng.random() < 0.25),
    )
    seen = conditions(rng)
    readings = []
    frames = int(rng.integers(1, MOST_FRAMES + 1))
    for _ in range(frames):
        found = reader.read(photograph(plate, seen, rng))
        readings += found[:1]
    if not readings:
        return Trial(mark, kind, "", None, ())
    result = vote(readings, on)
    if weigh(result, Moment.OVER, (frames - 1) * FRAME_S, rule) is not Verdict.TELL:
        return Trial(mark, kind, "", None, ())
    return Trial(
        mark,
        kind,
        result.text,
        result.kind,
        tuple(character.confidence for character in result.characters),
        tuple(tuple((o.char, o.confidence) for o in character.others) for character in result.characters),
    )


def _lines(mark: str, rng: np.random.Generator) -> Literal[1, 2]:
    return 2 if len(mark) > 4 and rng.random() < TWO_LINES else 1


def write_trials(path: Path, rows: Iterable[Trial]) -> None:
    """Write trials as CSV, packed where the name ends in .gz: the same bytes for the same trials."""
    with io.StringIO(newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            sure = " ".join(f"{confidence:.{PLACES}f}" for confidence in row.confidences)
            others = " ".join(
                ",".join(f"{shape}{seen:.{OTHERS_PLACES}f}" for shape, seen in each) or NO_OTHERS for each in row.others
            )
            kind = row.read_kind.value if row.read_kind else ""
            writer.writerow([row.mark, row.kind.value, row.read, kind, sure, others])
        text = file.getvalue().encode("ascii")
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == PACKED else text)


def read_trials(path: Path) -> list[Trial]:
    """Read what write_trials wrote. Raises BadMisreads."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == PACKED else content).decode("ascii")
        rows = csv.DictReader(text.splitlines(), strict=True)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadMisreads(f"{path}, line 1: the columns are {rows.fieldnames}, not {', '.join(COLUMNS)}")
        return [_row(path, rows.line_num, row) for row in rows]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise BadMisreads(f"{path}: cannot be read ({error}); measure it again: lanthorn evaluate misreads") from error


def _row(path: Path, line: int, row: dict[str, str]) -> Trial:
    try:
        confidences = tuple(float(part) for part in row["confidences"].split())
        others = tuple(
            tuple((one[0], float(one[1:])) for one in each.split(",")) if each != NO_OTHERS else ()
            for each in row["others"].split()
        )
        kind, read_kind = MarkKind(row["kind"]), MarkKind(row["read_kind"]) if row["read_kind"] else None
    except ValueError as error:
        raise BadMisreads(f"{path}, line {line}: {error}; measure it again: lanthorn evaluate misreads") from error
    lengths = {len(row["read"]), len(confidences), len(others)}
    if len(lengths) > 1 or not all(0 <= each <= 1 for each in confidences):
        raise BadMisreads(f"{path}, line {line}: not one confidence and one list of others for each character")
    return Trial(row["mark"], kind, row["read"], read_kind, confidences, others)
