"""`lanthorn evaluate matching` and `lanthorn evaluate misreads`: what matching tells of, and how reads go wrong."""

import json
import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import Progress
from rich.table import Table

from edge.errors import BadMisreads
from edge.matching.matcher import Matcher, threshold_of
from edge.matching.simulation import LOWEST, Outcome, Said, Street, Tolerance, kept_its_word, look, tolerance
from edge.matching.weights import Weights
from edge.misreads.known import with_trials
from edge.misreads.measuring import measure, reader_in_use
from edge.misreads.restamp import Restamper
from edge.misreads.table import Misreads, fit
from edge.misreads.trials import Trial, write_trials
from edge.settings import FALSE_STOP_COST
from ingest.contract.card.words import counted
from lanthorn.console import err, out
from models.evaluation.scoring import wilson

COSTS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 9.0, 19.0)
"""Costs of a false stop for which the curve is printed: probabilities from 0.09 to 0.95."""

BINS: Final = (LOWEST, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0 + 1e-9)
NOTHING_MEASURED_EXIT: Final = 2

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
Seed = Annotated[int, typer.Option(help="Of the dice: the same seed gives the same figures.", min=0)]


def matching(
    entries: Annotated[int, typer.Option(help="Marks on the lists.", min=1, max=5_000_000)] = 200_000,
    reads: Annotated[
        int, typer.Option(help="Reads of vehicles on the lists, and as many of others.", min=100, max=10_000_000)
    ] = 30_000,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Print what each cost of a false stop buys: wrong alerts in a million reads, against misreads recovered.

    Vehicles are drawn by chance, in the kinds of mark that are on the road; their reads are drawn passes that the
    measured table was not fitted to, put onto their marks. Exact matches are told at every cost and counted apart.
    """
    try:
        known = with_trials()
    except BadMisreads as error:
        err.print(f"lanthorn: {error}", style="red", markup=False)
        raise typer.Exit(NOTHING_MEASURED_EXIT) from error
    for table, trials in known:
        on = datetime.now(UTC).date()
        seen = _simulate(table, trials, entries, reads, seed, on)
        curve = [tolerance(cost, threshold_of(cost), seen) for cost in sorted({*COSTS, FALSE_STOP_COST})]
        said = kept_its_word(seen, entries, BINS)
        if as_json:
            print(json.dumps(_report(table, curve, said, entries, reads, seed, on)))  # noqa: T201
        else:
            _show(table, curve, said, entries)


def misreads(
    out_file: Annotated[Path, typer.Option("--out", help="The table to write, as JSON.", dir_okay=False)],
    passes: Annotated[int, typer.Option(help="Vehicle passes to draw and read: about 8 a second.", min=1)] = 6_000,
    seed: Seed = 1,
    trials_file: Annotated[
        Path | None, typer.Option("--trials", help="Keep the trials too, as CSV (.csv.gz packs it).", dir_okay=False)
    ] = None,
    processes: Annotated[int, typer.Option(help="Processes that read at once.", min=1, max=256)] = 2,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day for which age identifiers are valid; without it, today."),
    ] = None,
) -> None:
    """Measure how the reader in use misreads plates, on drawn passes, and write the table that matching goes by.

    The same seed and day draw the same passes. Judge a table by passes of another seed.
    """
    day = on.date() if on else datetime.now(UTC).date()
    rows: list[Trial] = []
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("Reading drawn plates", total=passes)
        for piece in measure(passes, seed, day, processes):
            rows += piece
            progress.update(task, advance=len(piece))
    made_by = f"lanthorn evaluate misreads --passes {passes} --seed {seed} --on {day}"
    try:
        table = fit(rows, reader_in_use(), made_by)
    except ValueError as error:
        err.print(f"lanthorn: {error}; draw more passes", style="red", markup=False)
        raise typer.Exit(1) from error
    table.save(out_file)
    if trials_file is not None:
        write_trials(trials_file, rows)
    wrong = sum(row.told and row.read != row.mark for row in rows)
    out.print(
        f"{counted(passes, 'pass', 'passes')}: {table.told:,} told, of which {wrong:,} misread; {out_file} written"
    )


def _simulate(table: Misreads, trials: Sequence[Trial], entries: int, reads: int, seed: int, on: date) -> list[Outcome]:
    matcher = Matcher(Weights(table), LOWEST)
    seen: list[Outcome] = []
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("Drawing the lists", total=2 * reads)
        street = Street(entries, Restamper(trials, table, on), on, seed)
        progress.update(task, description="Reading vehicles")
        for listed, made in ((True, street.listed_reads(reads)), (False, street.other_reads(reads))):
            for number, read in enumerate(made, start=1):
                seen.append(look(street, matcher, read, listed=listed))
                if number % 1_000 == 0:
                    progress.update(task, advance=1_000)
    return seen


def _show(table: Misreads, curve: Sequence[Tolerance], said: Sequence[Said], entries: int) -> None:
    first = curve[0]
    shown = Table(title=f"Misread-aware matching of {counted(entries, 'entry', 'entries')}", title_justify="left")
    for column in ("false stop", "alert from", "recovered", "95 %", "wrong in 1m", "95 %"):
        shown.add_column(column, justify="right", no_wrap=True)
    for each in curve:
        mark = "default " if each.false_stop_cost == FALSE_STOP_COST else ""
        shown.add_row(
            f"{mark}{each.false_stop_cost:g}",
            f"{each.threshold:.0%}",
            f"{each.recovered_share:.1%}",
            "-".join(f"{bound:.1%}" for bound in wilson(each.recovered, each.misread)),
            f"{each.wrong_in_a_million:,.0f}",
            "-".join(f"{1e6 * bound:,.0f}" for bound in wilson(each.wrong, each.unlisted)),
            style="bold" if mark else None,
        )
    out.print(shown)
    out.print(
        "A false stop costs so many listed vehicles let pass; recovered are misread listed vehicles, wrong are alerts"
        " in a million reads of others."
    )
    out.print(
        f"{first.misread:,} of {first.unlisted:,} reads of listed vehicles were misread; of as many reads of other"
        f" vehicles {first.wrong_exactly} were misread into a listed mark exactly, which no cost changes."
    )
    for told in said:
        out.print(
            f"told as {told.low:.0%}-{min(told.high, 1):.0%}: {counted(told.matches, 'match', 'matches')},"
            f" {told.said:.0%} on average, {told.right:.0%} right"
        )
    out.print(f"Table: {table.told:,} told passes, {table.characters:,} characters; {table.made_by}")


def _report(
    table: Misreads,
    curve: Sequence[Tolerance],
    said: Sequence[Said],
    entries: int,
    reads: int,
    seed: int,
    on: date,
) -> dict[str, Any]:
    return {
        "entries": entries,
        "reads_of_listed": reads,
        "reads_of_others": reads,
        "misreads": curve[0].misread,
        "wrong_exactly": curve[0].wrong_exactly,
        "default_cost": FALSE_STOP_COST,
        "curve": [
            {
                "false_stop_cost": each.false_stop_cost,
                "threshold": round(each.threshold, 4),
                "recovered": each.recovered,
                "recovered_share": round(each.recovered_share, 4),
                "recovered_interval": [round(bound, 4) for bound in wilson(each.recovered, each.misread)],
                "wrong": each.wrong,
                "wrong_in_a_million": round(each.wrong_in_a_million, 1),
                "wrong_interval": [round(1e6 * bound, 1) for bound in wilson(each.wrong, each.unlisted)],
            }
            for each in curve
        ],
        "probabilities": [
            {
                "from": told.low,
                "to": min(told.high, 1.0),
                "matches": told.matches,
                "said": round(told.said, 4),
                "right": round(told.right, 4),
            }
            for told in said
        ],
        "table": table.made_by,
        "seed": seed,
        "on": on.isoformat(),
        "command": shlex.join(sys.argv),
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
    }
