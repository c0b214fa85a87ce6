"""`lanthorn log`: check the log of acts against its own entries, copy it, and show the key that verifies it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from governance.fsck import check_folder
from governance.log import Log, service_signer
from governance.log_folder import CHECKPOINT
from governance.merkle.checkpoint import Head
from governance.mirror import copy_log
from ingest.clock import system_clock
from ingest.contract.card.words import counted
from ingest.disclosure import Disclosures, Request, Use
from lanthorn.console import operator, out
from lanthorn.errors import LanthornError
from lanthorn.settings import SettingsOption, read_settings
from lanthorn.verify import (
    AsJson,
    AtLeastOption,
    KeyOption,
    LogOption,
    as_object,
    log_and_key,
    or_say_why_not,
    own_key,
    print_in_words,
    refuse_no_log,
)

app = typer.Typer(
    help="The log of acts, on the centre's own machine or from a copy. The service may run meanwhile.",
    no_args_is_help=True,
)

NO_KEY = "the log's key is not there or cannot be read: start the service once, or give the key with --vkey"


@app.command("fsck")
def fsck(
    log: LogOption = None,
    at_least: AtLeastOption = "",
    vkey: KeyOption = "",
    as_json: AsJson = False,
    settings: SettingsOption = None,
) -> None:
    """Derive the whole tree again from the stored entries and compare every tile, the checkpoint and the journal.

    Exit code 0: all agree. 1: something differs; each place is named. 2: nothing could be checked.
    """
    with or_say_why_not(as_json=as_json):
        path, verifier = log_and_key(log, vkey, settings)
        refuse_no_log(path)
        result = check_folder(path, verifier, Head.parse(at_least) if at_least else None)
    if as_json:
        out.print_json(json.dumps(as_object(path, result)))
    else:
        print_in_words(path, result)
    raise typer.Exit(0 if result.ok else 1)


@app.command("copy")
def copy(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="The copy's folder; made where there is none.")],
    log: Annotated[Path | None, typer.Option("--log", help="The log's folder, where it is not the settings'.")] = None,
    vkey: KeyOption = "",
    settings: SettingsOption = None,
) -> None:
    """Make or bring up to date a static copy of the log: C2SP tlog-tiles, to be served or handed over as it is.

    Takes what is new, tiles first and the checkpoint last, and only where the log still begins with what was copied.
    """
    path, verifier = log_and_key(log, vkey, settings)
    if verifier is None:
        raise LanthornError(NO_KEY)
    if destination.is_dir() and (others := sorted(_others(destination))):
        raise LanthornError(f"{destination} holds {others[0]}, which is no part of a log: choose a folder of its own")
    copied = copy_log(path, destination, verifier)
    out.print(
        f"{destination}: {counted(copied.head.size, 'entry', 'entries')}, {counted(copied.tiles, 'new tile')}",
        markup=False,
    )
    out.print(f"  {copied.head}", markup=False)


@app.command("key")
def key(settings: SettingsOption = None) -> None:
    """Print the verifier key of the log's checkpoints, for overseers, witnesses and whoever verifies a copy."""
    verifier = own_key(read_settings(settings))
    if verifier is None:
        raise LanthornError(NO_KEY)
    out.print(verifier.text, markup=False)


@app.command("disclose")
def disclose(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write.")],
    recipient: Annotated[str, typer.Option("--to", help="Who it is for, such as: Information Commissioner's Office.")],
    use: Annotated[Use, typer.Option(help="Which of the uses of DPA 2018 s.62(4) it is for.")],
    why: Annotated[str, typer.Option(help="The request that it answers.")],
    start: Annotated[
        datetime | None,
        typer.Option("--from", help="Entries logged from this moment on, in UTC."),
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Entries logged before this moment, in UTC.")] = None,
    settings: SettingsOption = None,
) -> None:
    """Hand the log over as one file: entries with their proofs, the checkpoint, and a cover sheet in plain words.

    That it was handed over, to whom and why, is in the log before the file is written. On the centre's machine.
    """
    if file.exists():
        raise LanthornError(f"{file} is there already: it may be what was handed over before. Choose another name")
    values = read_settings(settings)
    wanted = Request(recipient, use, why, _utc(start), _utc(until))
    with Log.open(values.log_path, system_clock, service_signer(values.keys_dir, values.force)) as log:
        made = Disclosures(log, system_clock, values.force).disclose(wanted, operator())
    try:
        file.write_bytes(made.data)
    except OSError as error:
        raise LanthornError(f"{file} cannot be written: {error.strerror or error}") from error
    out.print(f"{file}: {counted(made.entries, 'entry', 'entries')} for {recipient}", markup=False)


def _others(folder: Path) -> set[str]:
    """What lies in a folder beside a copy of a log; a hidden file is one that is being written."""
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    return names - {CHECKPOINT, "tile"}


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
