"""`lanthorn verify`: whether a log is whole, in words or as JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from governance.log import Head
from governance.verification import Verification, verify_log
from lanthorn.console import out
from lanthorn.errors import LanthornError
from lanthorn.settings import SettingsOption, read_settings


def verify(
    log: Annotated[
        Path | None, typer.Argument(help="The log's file, or a copy of it; without it, the log that the settings name.")
    ] = None,
    at_least: Annotated[
        str,
        typer.Option(metavar="SIZE:HASH", help="A head written down earlier: the log must still begin with it."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    settings: SettingsOption = None,
) -> None:
    """Say whether the log of acts is whole: no entry changed, removed, inserted or cut off.

    Reads the files alone: no service need run, no right to write is needed, and a copy on another machine will do.
    Exit code 0: whole. 1: not whole; each place is named.
    """
    path = log or read_settings(settings).log_path
    result = verify_log(path, parse_head(at_least) if at_least else None)
    if as_json:
        out.print_json(json.dumps(as_object(path, result)))
    else:
        print_in_words(path, result)
    raise typer.Exit(0 if result.ok else 1)


def parse_head(text: str) -> Head:
    """Read SIZE:HASH as `lanthorn verify` prints it. Raises LanthornError for anything else."""
    size, _, digest = text.partition(":")
    if not size.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise LanthornError(f"--at-least {text!r} is not SIZE:HASH, as `lanthorn verify` prints it")
    return Head(size=int(size), hash=digest)


def as_object(path: Path, result: Verification) -> dict[str, object]:
    """The result for a program."""
    return {
        "log": str(path),
        "whole": result.ok,
        "size": result.head.size,
        "head": result.head.hash,
        "problems": [str(finding) for finding in result.problems],
        "problems_left_out": result.problems_left_out,
        "notes": [str(finding) for finding in result.notes],
        "notes_left_out": result.notes_left_out,
    }


def print_in_words(path: Path, result: Verification) -> None:
    """The result for a person."""
    out.print(f"{path}: {result.head.size} entries", markup=False)
    for label, findings, left_out in (
        ("PROBLEM", result.problems, result.problems_left_out),
        ("note", result.notes, result.notes_left_out),
    ):
        for finding in findings:
            out.print(f"  {label}: {finding}", markup=False)
        if left_out:
            out.print(f"  {label}: and {left_out} more")
    if result.ok:
        out.print("The log is whole.")
        out.print("Write this head down somewhere else, and give it next time with --at-least:")
        out.print(f"  {result.head.size}:{result.head.hash}")
    else:
        out.print("The log is NOT whole: it is not what was written.")
