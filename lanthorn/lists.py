"""`lanthorn list`: vehicle-of-interest lists, through the centre's API, as a named person."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.lists.drafts import expiry_of
from lanthorn.centre_client import CentreClient, ask_password
from lanthorn.console import err, out
from lanthorn.errors import LanthornError
from lanthorn.settings import SettingsOption, read_settings

app = typer.Typer(
    help="Vehicle-of-interest lists: make, fill, show, publish. The centre must be running, and every change is in its"
    " log under your name. Your password is asked for, or taken from LANTHORN_PASSWORD.",
    no_args_is_help=True,
)

ListName = Annotated[str, typer.Argument(metavar="LIST", help="The list's name.")]
User = Annotated[str, typer.Option("--user", envvar="LANTHORN_USER", help="Your account's name.", prompt="Account")]
Server = Annotated[
    str, typer.Option("--server", envvar="LANTHORN_SERVER", help="The centre's address; without it, the settings' one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Owner = Annotated[str, typer.Option(help="Who answers for it: a unit or a person.")]
Authority = Annotated[str, typer.Option(help="Reference of the authority that it rests on.")]

SHOWN_AT_ONCE = 1_000
"""Entries that one call gives."""


@app.command("create")
def create(
    name: ListName,
    purpose: Annotated[str, typer.Option(help="Why the list exists, in a sentence.")],
    owner: Owner,
    authority: Authority,
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Make an empty list."""
    new = {"name": name, "purpose": purpose, "owner": owner, "authority": authority}
    with _signed_in(user, server, settings) as centre:
        centre.call("POST", "/api/lists", json=new)
    out.print(f"{name}: made, empty; add to it, then publish it to the cars", markup=False)


@app.command("add")
def add(
    name: ListName,
    vrm: Annotated[str, typer.Option(help="The registration mark.")],
    reason: Annotated[str, typer.Option(help="Why the vehicle is of interest.")],
    owner: Owner,
    expires: Annotated[str, typer.Option(help="2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00Z.")],
    authority: Authority,
    user: User,
    marker: Annotated[str, typer.Option(help="PNC-style marker, such as WANTED.")] = "",
    action: Annotated[str, typer.Option(help="What the officer should do.")] = "",
    risk: Annotated[list[str] | None, typer.Option(help="A risk warning; may be given more than once.")] = None,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Put one vehicle on a list. The cars have it after the next publish."""
    new = {
        "vrm": vrm,
        "reason": reason,
        "marker": marker,
        "action": action,
        "risk_warnings": risk or [],
        "owner": owner,
        "expires_at": _expiry(expires),
        "authority": authority,
    }
    with _signed_in(user, server, settings) as centre:
        entry = centre.call("POST", f"/api/lists/{_id_of(centre, name)}/entries", json=new)
    out.print(f"{entry['vrm']}: on {name} until {entry['expires_at']}", markup=False)


@app.command("import")
def import_file(
    name: ListName,
    file: Annotated[Path, typer.Argument(help="CSV file (UTF-8) whose first line names the columns.")],
    user: User,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Add every good row of a CSV file to a list, and say of each other row, by its line, why not.

    Columns: vrm (or mark), reason, marker, action, risk_warnings (separated by ;), owner, expires, authority.
    Exit code 1 where a row was refused; the good rows are on the list all the same.
    """
    try:
        stream = file.open("rb")
    except OSError as error:
        raise LanthornError(f"{file} cannot be read: {error.strerror}") from error
    with stream, _signed_in(user, server, settings) as centre:
        path = f"/api/lists/{_id_of(centre, name)}/import"
        report = centre.call("POST", path, files={"file": (file.name, stream, "text/csv")})
    if as_json:
        out.print_json(json.dumps(report))
    else:
        for refusal in report["refusals"]:
            err.print(f"  line {refusal['line']}: {refusal['reason']}", markup=False)
        if report["not_shown"]:
            err.print(f"  and {report['not_shown']} more lines")
        out.print(
            f"{name}: {report['accepted']} added, {report['refused']} refused, {report['duplicates']} there already or"
            f" twice in the file, {report['blank']} blank",
            markup=False,
        )
    raise typer.Exit(1 if report["refused"] else 0)


@app.command("show")
def show(
    user: User,
    name: Annotated[str, typer.Argument(metavar="[LIST]", help="The list's name; without it, every list.")] = "",
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show every list, or the entries of one that are in force."""
    with _signed_in(user, server, settings) as centre:
        if not name:
            _show_lists(centre.call("GET", "/api/lists"), as_json=as_json)
        else:
            _show_entries(list(_entries(centre, _id_of(centre, name))), as_json=as_json)


@app.command("publish")
def publish(name: ListName, user: User, server: Server = "", settings: SettingsOption = None) -> None:
    """Make the entries in force the list's next version, and send it to every car."""
    with _signed_in(user, server, settings) as centre:
        version = centre.call("POST", f"/api/lists/{_id_of(centre, name)}/publish")
    out.print(f"{name}: version {version['version']} with {version['entries']} entries goes to the cars", markup=False)


def _expiry(text: str) -> str:
    try:
        return expiry_of(text).isoformat()
    except ValueError as error:
        raise LanthornError(f"--expires {text!r}: {error}") from error


@contextmanager
def _signed_in(user: str, server: str, settings: Path | None) -> Iterator[CentreClient]:
    with CentreClient.sign_in(server or read_settings(settings).address, user, ask_password(user)) as centre:
        yield centre


def _id_of(centre: CentreClient, name: str) -> str:
    lists = centre.call("GET", "/api/lists")
    found: str | None = next((known["list_id"] for known in lists if known["name"] == name), None)
    if found is None:
        names = ", ".join(known["name"] for known in lists) or "none"
        raise LanthornError(f"there is no list {name!r}; there are: {names}. Make one with `lanthorn list create`")
    return found


def _entries(centre: CentreClient, list_id: str) -> Iterator[dict[str, Any]]:
    start = 0
    while page := centre.call("GET", f"/api/lists/{list_id}?start={start}&limit={SHOWN_AT_ONCE}")["entries"]:
        yield from page
        start += len(page)


def _show_lists(lists: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(lists))
        return
    for known in lists:
        version = f"version {known['version']}" if known["version"] else "not published"
        out.print(
            f"{known['name']}  ({version}; {known['entries']} entries; {known['owner']}; {known['authority']})\n"
            f"    {known['purpose']}",
            markup=False,
        )


def _show_entries(entries: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(entries))
        return
    for entry in entries:
        warnings = f"  RISK: {'; '.join(entry['risk_warnings'])}" if entry["risk_warnings"] else ""
        out.print(
            f"{entry['vrm']:<9} {entry['marker']:<12} {entry['reason']}{warnings}"
            f"  (until {entry['expires_at'][:16]}, {entry['authority']})",
            markup=False,
        )
