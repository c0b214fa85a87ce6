"""`lanthorn verify`: whether a log is whole, in words or as JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from governance.findings import Verification
from governance.fsck import check_folder
from governance.keys import PrivateKey
from governance.log import KEY_FILE, Head, log_signer
from governance.merkle.notes import Verifier
from lanthorn.console import out
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
        help="The log's verifier key, as `lanthorn log key` prints it. Without it, and for a copy, the signature of the"
        " checkpoint is not checked.",
    ),
]
AtLeastOption = Annotated[
    str,
    typer.Option(metavar="SIZE:ROOT", help="A checkpoint written down earlier: the log must still begin with it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def verify(
    log: LogOption = None,
    at_least: AtLeastOption = "",
    vkey: KeyOption = "",
    as_json: AsJson = False,
    settings: SettingsOption = None,
) -> None:
    """Say whether the log of acts is whole: no entry changed, removed, inserted or cut off.

    Reads the files alone: no service need run, no right to write is needed, and a copy on another machine will do.
    Exit code 0: whole. 1: not whole; each place is named.
    """
    path, verifier = log_and_key(log, vkey, settings)
    result = check_folder(path, verifier, Head.parse(at_least) if at_least else None)
    if as_json:
        out.print_json(json.dumps(as_object(path, result)))
    else:
        print_in_words(path, result)
    raise typer.Exit(0 if result.ok else 1)


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
    out.print(f"{path}: {result.size} entries{behind}", markup=False)
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
