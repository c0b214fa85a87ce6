"""`lanthorn list`: vehicle-of-interest lists, through the centre's API, as a named person."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.contract.card.words import counted, expiry
from ingest.lists.drafts import expiry_of, mark_of
from lanthorn.centre_client import CentreClient
from lanthorn.centre_session import AsJson, Server, User, signed_in
from lanthorn.console import err, out
from lanthorn.errors import LanthornError
from lanthorn.settings import SettingsOption

app = typer.Typer(
    help="Vehicle-of-interest lists: make, fill, show, publish. The centre must be running, and every change is in its"
    " log under your name. Your password is asked for, or taken from LANTHORN_PASSWORD.",
    no_args_is_help=True,
)

ListName = Annotated[str, typer.Argument(metavar="LIST", help="The list's name.")]
Owner = Annotated[str, typer.Option(help="Who answers for it: a unit or a person.")]
Authority = Annotated[
    str,
    typer.Option(
        metavar="AUTH-2026-0001",
        help="The authority that the list stands on: its reference or id. It is of the kind anpr-list, names the list,"
        " and is in force: `lanthorn authority request` asks for one.",
    ),
]
EntryAuthority = Annotated[str, typer.Option(help="What this entry rests on, such as a crime reference.")]

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
    """Make an empty list under an authority that is in force."""
    new = {"name": name, "purpose": purpose, "owner": owner, "authority": authority}
    with signed_in(user, server, settings) as centre:
        centre.call("POST", "/api/lists", json=new)
    out.print(f"{name}: made, empty; add to it, then publish it to the cars", markup=False)


@app.command("add")
def add(
    name: ListName,
    vrm: Annotated[str, typer.Option(help="The registration mark.")],
    reason: Annotated[str, typer.Option(help="Why the vehicle is of interest.")],
    owner: Owner,
    expires: Annotated[str, typer.Option(help="2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00Z.")],
    authority: EntryAuthority,
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
    with signed_in(user, server, settings) as centre:
        entry = centre.call("POST", f"/api/lists/{_id_of(centre, name)}/entries", json=new)
    out.print(f"{entry['vrm']}: on {name} until {_until(entry)}", markup=False)


@app.command("remove")
def remove(
    name: ListName,
    vrm: Annotated[str, typer.Argument(metavar="VRM", help="The registration mark.")],
    why: Annotated[str, typer.Option(help="Why it comes off. It goes into the log.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Take one vehicle off a list. The cars look for it until the next publish."""
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/lists/{_id_of(centre, name)}/removals", json={"vrm": vrm, "why": why})
    out.print(f"{mark_of(vrm)}: off {name}; publish the list, so that the cars know", markup=False)


@app.command("import")
def import_file(
    name: ListName,
    file: Annotated[Path, typer.Argument(help="CSV file (UTF-8) whose first line names the columns.")],
    user: User,
    update: Annotated[
        bool, typer.Option("--update", help="Change what is listed with other content to what the file says.")
    ] = False,
    why: Annotated[str, typer.Option(help="With --update: why it is changed. It goes into the log.")] = "",
    leave_out: Annotated[
        list[str] | None, typer.Option(help="A further column of the file; may be given more than once.")
    ] = None,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Add every good row of a CSV file to a list, and say of each other row, by its line, why not.

    The file is CSV in UTF-8, with commas; its first line names the columns, in any order, in capitals or not:

    - vrm (or mark, registration): the mark, with or without spaces. Needed.

    - reason: why the vehicle is of interest. Needed.

    - owner: who answers for the entry, a unit or a person. Needed.

    - expires (or expiry): 2026-12-31 or 31/12/2026, to the end of that day in UTC; or 2026-12-31T18:00Z. Needed.

    - authority: what the entry rests on, such as a crime reference. Needed.

    - marker: PNC-style, such as WANTED.

    - action: what the officer should do.

    - risk_warnings: such as VIOLENT; several are separated by ;

    Any other column refuses the file, unless --leave-out names it. A mark that is listed with other content is named
    with what differs, and stays as it is without --update. Exit code 1 where a row was refused or left as it was; the
    good rows are on the list all the same.
    """
    if update and not why.strip():
        raise LanthornError("--update needs --why: the entries that it changes are removed for a reason")
    given: dict[str, str | list[str]] = {"update": str(update).lower(), "why": why, "leave_out": leave_out or []}
    try:
        stream = file.open("rb")
    except OSError as error:
        raise LanthornError(f"{file} cannot be read: {error.strerror}") from error
    with stream, signed_in(user, server, settings) as centre:
        path = f"/api/lists/{_id_of(centre, name)}/import"
        report = centre.call("POST", path, form=given, files={"file": (file.name, stream, "text/csv")})
    if as_json:
        out.print_json(json.dumps(report))
    else:
        _show_report(name, report)
    raise typer.Exit(1 if report["refused"] or report["different"] else 0)


@app.command("show")
def show(
    user: User,
    name: Annotated[str, typer.Argument(metavar="[LIST]", help="The list's name; without it, every list.")] = "",
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show every list, or the entries of one that are in force."""
    with signed_in(user, server, settings) as centre:
        if not name:
            _show_lists(centre.call("GET", "/api/lists"), as_json=as_json)
        else:
            _show_entries(list(_entries(centre, _id_of(centre, name))), as_json=as_json)


@app.command("publish")
def publish(name: ListName, user: User, server: Server = "", settings: SettingsOption = None) -> None:
    """Make the entries in force the list's next version, and send it to every car."""
    with signed_in(user, server, settings) as centre:
        version = centre.call("POST", f"/api/lists/{_id_of(centre, name)}/publish")
    if version["new"]:
        said = f"version {version['version']} with {counted(version['entries'], 'entry', 'entries')} goes to the cars"
    else:
        said = f"nothing has changed since version {version['version']}, so no new version was made"
    out.print(f"{name}: {said}", markup=False)


@app.command("authority")
def authority(
    name: ListName,
    reference: Annotated[str, typer.Argument(metavar="AUTH-2026-0001", help="Its reference or id.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Let a list stand on another authority: the one before is over, say. Then publish it again."""
    with signed_in(user, server, settings) as centre:
        path = f"/api/lists/{_id_of(centre, name)}/authority"
        made = centre.call("POST", path, json={"authority": reference})
    out.print(f"{name}: stands on {made['authority']}; publish it, so that the cars know", markup=False)


@app.command("withdraw")
def withdraw(
    name: ListName,
    why: Annotated[str, typer.Option(help="Why the cars are to forget it. It goes into the log.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Take a list off every car, at once and whatever its authority. What is on the list stays at the centre."""
    with signed_in(user, server, settings) as centre:
        made = centre.call("POST", f"/api/lists/{_id_of(centre, name)}/withdraw", json={"why": why})
    out.print(f"{name}: version {made['version']}, without entries, goes to the cars", markup=False)


def _expiry(text: str) -> str:
    try:
        return expiry_of(text).isoformat()
    except ValueError as error:
        raise LanthornError(f"--expires {text!r}: {error}") from error


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


def _show_report(name: str, report: dict[str, Any]) -> None:
    for refusal in report["refusals"]:
        err.print(f"  line {refusal['line']}: {refusal['reason']}", markup=False)
    if report["not_shown"]:
        err.print(f"  and {report['not_shown']} more lines refused")
    done = "changed to the file's" if report["updated"] else "is on the list with another"
    for difference in report["differences"]:
        err.print(f"  line {difference['line']}: {done} {', '.join(difference['columns'])}", markup=False)
    if more := report["updated"] + report["different"] - len(report["differences"]):
        err.print(f"  and {more} more lines that differ")
    if report["different"]:
        err.print("  What is listed stays as it is. To take what the file says: --update --why REASON", markup=False)
    if "risk_warnings" in report["absent"] and report["accepted"]:
        err.print("  The file has no column risk_warnings: what it added carries no warning.")
    out.print(
        f"{name}: {report['accepted']} added, {report['updated']} changed, {report['different']} different and left as"
        f" they are, {report['refused']} refused, {report['duplicates']} there already, {report['blank']} blank",
        markup=False,
    )


def _until(entry: dict[str, Any]) -> str:
    return expiry(datetime.fromisoformat(entry["expires_at"]))


def _show_lists(lists: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(lists))
        return
    for known in lists:
        version = f"version {known['version']}" if known["version"] else "not published"
        version += ", withdrawn from the cars" if known["withdrawn"] else ""
        entries = counted(known["entries"], "entry", "entries")
        out.print(
            f"{known['name']}  ({version}; {entries}; {known['owner']}; {known['authority']})\n    {known['purpose']}",
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
            f"  (until {_until(entry)}, {entry['authority']})",
            markup=False,
        )
