"""`lanthorn evaluate`: how well the models do on labelled pictures, and matching on simulated traffic."""

import json
import platform
import shlex
import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from hardware.errors import BadPicture
from hardware.pictures import load_picture
from ingest.contract.card.words import counted
from lanthorn.console import err, out
from lanthorn.evaluate_matching import matching, misreads
from models.errors import BadImage, BadLabels
from models.evaluation.labels import NOVELTY, Label, read_labels
from models.evaluation.scoring import Outcome, Tally, Verdict, by_kind, judge, percentile, tally
from models.opening import open_plate_reader
from models.plates.reading import PlateReader

VIDEO_SUFFIXES: Final = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm"})
"""Labels of a video are not for this command, which reads single pictures; `lanthorn edge run` reads videos."""

BAD_LABELS_EXIT: Final = 2

app = typer.Typer(help="Measure the models and the matching of their reads.", no_args_is_help=True)
app.command("matching")(matching)
app.command("misreads")(misreads)


@dataclass(slots=True)
class Evaluation:
    """What came of one run. Times are of the reader alone, without decoding the file, in milliseconds."""

    outcomes: list[Outcome] = field(default_factory=list)
    extra_reads: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)
    skipped: int = 0


@app.command("plates")
def plates(
    images: Annotated[Path, typer.Option(help="Folder of pictures.", file_okay=False, exists=True)],
    labels: Annotated[
        Path,
        typer.Option(help="What they show: CSV (file,text,kind,box_xyxy,note) or a .properties file of picture=MARK."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    threads: Annotated[int, typer.Option(help="CPU threads of the reader.", min=1)] = 2,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day for which age identifiers are valid; without it, today."),
    ] = None,
) -> None:
    """Count exact reads, misreads and missed marks, with a 95 % interval, by kind, and the time an image takes.

    A picture that cannot be used is named, and its marks count as missed. Marks of the kind "novelty" show no
    registration and are left out of the headline. Extra reads are what was read beside the labelled marks.
    """
    try:
        listed = read_labels(labels)
    except BadLabels as error:
        err.print(f"lanthorn: {error}", style="red", markup=False)
        raise typer.Exit(BAD_LABELS_EXIT) from error
    today = on.date() if on else datetime.now(UTC).date()
    reader = open_plate_reader(threads, today=lambda: today)
    result = run(reader, images, listed)
    for file, why in result.unreadable:
        err.print(f"lanthorn: {file}: not read, its marks count as missed: {why}", style="red", markup=False)
    if result.skipped:
        err.print(
            f"lanthorn: left out: {counted(result.skipped, 'label')} of videos or of other folders", style="yellow"
        )
    if not result.outcomes:
        err.print(f"lanthorn: no label of {labels} names a picture of {images}; check --images", style="red")
        raise typer.Exit(BAD_LABELS_EXIT)
    if as_json:
        print(json.dumps(report(result, reader.digests, today)))  # noqa: T201
    else:
        _show(result)


def run(reader: PlateReader, images: Path, labels: Sequence[Label]) -> Evaluation:
    """Read every labelled picture once and judge it."""
    result = Evaluation()
    for file, of_file in _by_file(labels).items():
        path = picture_path(images, file)
        if path is None:
            result.skipped += len(of_file)
            continue
        try:
            picture = load_picture(path)
            started = time.perf_counter()
            readings = reader.read(picture)
        except (BadPicture, BadImage) as error:
            result.unreadable.append((str(file), str(error)))
            result.outcomes += [Outcome(label, Verdict.MISSED) for label in of_file]
            continue
        result.times_ms.append((time.perf_counter() - started) * 1000)
        outcomes, extra = judge(of_file, readings)
        result.outcomes += outcomes
        result.extra_reads += [(str(file), text) for text in extra]
    return result


def picture_path(images: Path, file: PurePosixPath) -> Path | None:
    """Say where a label's picture should be, or None where the label is not of this folder.

    A label names its picture from the folder given, or from the one above it ("uk_stills/1.jpg" with the folder
    uk_stills given): labels of the folders beside are then left out. Videos are left out always.
    """
    if file.suffix.lower() in VIDEO_SUFFIXES:
        return None
    first = file.parts[0]
    if len(file.parts) == 1 or (images / first).is_dir():
        return images / file
    return images.joinpath(*file.parts[1:]) if images.resolve().name == first else None


def report(result: Evaluation, digests: Mapping[str, str], on: date) -> dict[str, Any]:
    """Give the figures as one object, ready for JSON."""
    return {
        **_figures(headline(result.outcomes)),
        "median_ms": _rounded(statistics.median(result.times_ms) if result.times_ms else None),
        "p95_ms": _rounded(percentile(result.times_ms, 0.95)),
        "by_kind": {kind: _figures(counts) for kind, counts in by_kind(result.outcomes).items()},
        "left_out_of_headline": [NOVELTY],
        "images": len(result.times_ms),
        "extra_reads": [{"file": file, "read": text} for file, text in result.extra_reads],
        "misreads": [
            {"file": str(o.label.file), "text": o.label.text, "read": o.read}
            for o in result.outcomes
            if o.verdict is Verdict.MISREAD
        ],
        "unreadable": [{"file": file, "reason": why} for file, why in result.unreadable],
        "skipped_labels": result.skipped,
        "on": on.isoformat(),
        "command": shlex.join(sys.argv),
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "models": dict(digests),
    }


def headline(outcomes: Iterable[Outcome]) -> Tally:
    """Count all marks but novelty plates, which show no registration."""
    return tally(outcome for outcome in outcomes if outcome.label.kind != NOVELTY)


def _by_file(labels: Iterable[Label]) -> dict[PurePosixPath, list[Label]]:
    files: dict[PurePosixPath, list[Label]] = {}
    for label in labels:
        files.setdefault(label.file, []).append(label)
    return files


def _figures(counts: Tally) -> dict[str, Any]:
    return {
        "exact": counts.exact,
        "misread": counts.misread,
        "missed": counts.missed,
        "total": counts.total,
        "read_rate": round(counts.read_rate, 4),
        "interval": [round(bound, 4) for bound in counts.interval],
    }


def _show(result: Evaluation) -> None:
    table = Table(title="Plates read", title_justify="left")
    table.add_column("kind", no_wrap=True)
    for column in ("exact", "misread", "missed", "total", "rate", "95 % interval"):
        table.add_column(column, justify="right", no_wrap=True)
    for kind, counts in by_kind(result.outcomes).items():
        table.add_row(f"{kind} (apart)" if kind == NOVELTY else kind, *_cells(counts))
    table.add_section()
    table.add_row("all", *_cells(headline(result.outcomes)), style="bold")
    out.print(table)
    if result.times_ms:
        p95 = percentile(result.times_ms, 0.95)
        median = statistics.median(result.times_ms)
        pictures = counted(len(result.times_ms), "picture")
        out.print(f"{pictures}; median {median:.0f} ms, 95th percentile {p95:.0f} ms a picture")
    unreadable = counted(len(result.unreadable), "picture")
    out.print(f"{counted(len(result.extra_reads), 'extra read')}; {unreadable} could not be read")


def _cells(counts: Tally) -> list[str]:
    low, high = counts.interval
    numbers = [str(counts.exact), str(counts.misread), str(counts.missed), str(counts.total)]
    return [*numbers, f"{counts.read_rate:.1%}", f"{low:.1%}-{high:.1%}"]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
