"""`lanthorn verify`: whether a log is whole, and whether everything in an export holds; in words or as JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from governance.access.rules import AccessRules
from governance.export.layout import KEYS_FILE, LOG_FOLDER, Keys
from governance.export.part import Part
from governance.export.report import as_object as report_as_object
from governance.export.report import in_words as report_in_words
from governance.export.verification import verify as verify_export
from governance.findings import Verification
from governance.fsck import check_folder
from governance.keys import PrivateKey
from governance.log import KEY_FILE, Head, log_signer
from governance.log_folder import CHECKPOINT, JOURNAL
from governance.merkle.notes import Verifier
from ingest.contract.card.words import counted
from ingest.export.rows import check_here
from lanthorn.console import err, out
from lanthorn.errors import EXPECTED, LanthornError
from lanthorn.export import sources
from lanthorn.settings import Settings, SettingsOption, read_settings

LogOption = Annotated[
    Path | None,
    typer.Argument(help="The log's folder, or a copy of it; without it, the log that the settings name."),
]
KeyOption = Annotated[
    str,
    typer.Option(
        "--vkey",
        metavar="KEY",
        help="The log's verifier key, as `lanthorn log key` prints it. Without it the signature of a copy's checkpoint"
        " is not checked, and an export's is checked by the key that it gives itself.",
    ),
]
AtLeastOption = Annotated[
    str,
    typer.Option(metavar="SIZE:ROOT", help="A checkpoint written down earlier: the log must still begin with it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def verify(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]",
            help="An export, a log's folder or a copy of one; without it, the log that the settings name.",
        ),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option("--keys", metavar="FILE", help="For an export: the service's public keys, had from elsewhere."),
    ] = None,
    access_rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--access-rules",
            metavar="FOLDER",
            help="For an export: the force's own rules of access; several may be given.",
        ),
    ] = None,
    database: Annotated[
        bool, typer.Option("--database", help="Hold the rows of the service's own database against its log as well.")
    ] = False,
    at_least: AtLeastOption = "",
    vkey: KeyOption = "",
    as_json: AsJson = False,
    settings: SettingsOption = None,
) -> None:
    """Say what holds: that no entry was changed, removed, put in or cut off, and, of an export, everything else too.

    Of an export (lanthorn export) that is every authority with its signatures and what was done under it, the chains of
    the devices' signatures, the receipts of disposal, and the rows that the log commits to. Reads files alone: no
    service need run, and a copy on another machine will do.

    Exit code 0: all holds. 1: something does not; each place is named. 2: nothing could be checked.
    """
    with or_say_why_not(as_json=as_json):
        head = Head.parse(at_least) if at_least else None
        if path is not None and database:
            raise LanthornError("--database is of the service's own database: give no FOLDER with it")
        if path is not None and ((path / KEYS_FILE).exists() or (path / LOG_FOLDER).is_dir()):
            raise typer.Exit(_export(path, keys, head, access_rules or [], vkey, as_json=as_json))
        if keys is not None or access_rules:
            what = "the service's own log is" if path is None else f"{path} is"
            raise LanthornError(f"--keys and --access-rules are for an export, and {what} none")
        folder, verifier = log_and_key(path, vkey, settings)
        refuse_no_log(folder)
        result = check_folder(folder, verifier, head)
        rows = _rows(read_settings(settings)) if database else None
    if as_json:
        found = as_object(folder, result)
        out.print_json(json.dumps(found if rows is None else {**found, "rows": asdict(rows)}))
    else:
        print_in_words(folder, result)
        if rows is not None:
            _print_rows(rows)
    raise typer.Exit(0 if result.ok and (rows is None or rows.holds) else 1)


@contextmanager
def or_say_why_not(*, as_json: bool) -> Iterator[None]:
    """Where what is done in here cannot be done, say why, to a program in JSON as well, and end with exit code 2."""
    try:
        yield
    except EXPECTED as error:
        err.print(f"lanthorn: nothing was checked: {error}", style="red", markup=False)
        if as_json:
            out.print_json(json.dumps({"checked": False, "why": str(error)}))
        raise typer.Exit(2) from error


def refuse_no_log(folder: Path) -> None:
    """Raise LanthornError where nothing in a folder is of a log."""
    if not any((folder / name).exists() for name in (CHECKPOINT, JOURNAL, "tile")):
        raise LanthornError(f"there is no log at {folder}")


def _export(
    folder: Path, keys: Path | None, at_least: Head | None, access: list[Path], vkey: str, *, as_json: bool
) -> int:
    pinned, rules = None if keys is None else Keys.read(keys), [AccessRules.read(each) for each in access]
    report = verify_export(folder, pinned, at_least, rules, Verifier.parse(vkey) if vkey else None)
    if as_json:
        out.print_json(json.dumps(report_as_object(report)))
    else:
        for line in report_in_words(report):
            out.print(line, markup=False, soft_wrap=True)
    return 0 if report.holds else 1


def _rows(values: Settings) -> Part:
    with sources(values) as found:
        return check_here(found.engine, found.log)


def _print_rows(rows: Part) -> None:
    out.print(f"The database: {counted(rows.checked, 'row')} that the log commits to")
    for label, found in (("PROBLEM", rows.problems), ("note", rows.notes)):
        for each in found:
            out.print(f"  {label}: {each}", markup=False)
    out.print("The rows are what was logged." if rows.holds else "The rows are NOT what was logged.")


def log_and_key(log: Path | None, vkey: str, settings: Path | None) -> tuple[Path, Verifier | None]:
    """Which log is meant, and the key that verifies it: the one given, or the service's own for its own log."""
    given = Verifier.parse(vkey) if vkey else None
    if log is not None:
        return log, given
    values = read_settings(settings)
    return values.log_path, given or own_key(values)


def own_key(settings: Settings) -> Verifier | None:
    """The verifier key of the service's own log; None where the key is not there or not readable."""
    try:
        pem = (settings.keys_dir / KEY_FILE).read_bytes()
    except (FileNotFoundError, PermissionError):
        return None
    return log_signer(settings.force, PrivateKey.from_pem(pem)).verifier


def as_object(path: Path, result: Verification) -> dict[str, object]:
    """The result for a program."""
    return {
        "log": str(path),
        "whole": result.ok,
        "size": result.size,
        "checkpoint": str(result.head),
        "signature_checked": result.signed,
        "problems": [str(finding) for finding in result.problems],
        "problems_left_out": result.problems_left_out,
        "notes": [str(finding) for finding in result.notes],
        "notes_left_out": result.notes_left_out,
    }


def print_in_words(path: Path, result: Verification) -> None:
    """The result for a person."""
    waiting = result.size - result.head.size
    behind = f", {waiting} of them after its checkpoint" if waiting else ""
    out.print(f"{path}: {counted(result.size, 'entry', 'entries')}{behind}", markup=False)
    for label, findings, left_out in (
        ("PROBLEM", result.problems, result.problems_left_out),
        ("note", result.notes, result.notes_left_out),
    ):
        for finding in findings:
            out.print(f"  {label}: {finding}", markup=False)
        if left_out:
            out.print(f"  {label}: and {left_out} more")
    if not result.signed:
        out.print("  note: the checkpoint's signature was not checked: give the log's key with --vkey")
    if result.ok:
        out.print("The log is whole.")
        out.print("Write this checkpoint down somewhere else, and give it next time with --at-least:")
        out.print(f"  {result.head}", markup=False)
    else:
        out.print("The log is NOT whole: it is not what was written.")
