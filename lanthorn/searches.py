"""`lanthorn search`: reads, searched through the centre's API for a purpose, as a named person."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lanthorn import search_words as words
from lanthorn.centre_client import CentreClient
from lanthorn.centre_session import AsJson, Server, User, print_found, signed_in
from lanthorn.console import err, out
from lanthorn.errors import CentreRefused, LanthornError
from lanthorn.search_request import NOW, body_of, marks_in, moment_of, place_of
from lanthorn.settings import SettingsOption

app = typer.Typer(
    help="Searches of reads: what one needs, making one, its results, taking them away, sharing them. The centre must"
    " be running. Every search and every look at its results is in its log under your name before you see it. Your"
    " password is asked for, or taken from LANTHORN_PASSWORD. docs/access.md has the rules.",
    no_args_is_help=True,
)

SHOWN_AT_ONCE = 50
MOST_SHOWN = 200
"""Reads that one call gives (ingest.search.searches)."""

_TIME = "2026-11-23, 2026-11-23T18:00 (London's clocks) or 2026-11-23T18:00Z"
From = Annotated[str, typer.Option("--from", help=f"Reads captured from then on: {_TIME}.")]
SearchId = Annotated[str, typer.Argument(metavar="SEARCH", help="The search's id: lanthorn search list.")]
Why = Annotated[str, typer.Option(help="Why, in a sentence without the mark: it goes into the log.")]
Start = Annotated[int, typer.Option(min=0, help="The number of the first read to show; the newest is 0.")]
Limit = Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="How many reads to show.")]


@app.command("need")
def need(
    start: From,
    user: User,
    purpose: Annotated[str, typer.Option(help="Whether this purpose is enough.")] = "",
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Say what a search that begins then would need: which tier, which purposes, which authority. Searches nothing."""
    begins = moment_of("--from", start, datetime.now(UTC), ends=False)
    with signed_in(user, server, settings) as centre:
        found = _need(centre, begins, purpose)
    print_found(found, words.need(found), as_json=as_json)


@app.command("make")
def make(
    purpose: Annotated[str, typer.Option(help="Why, by its name, such as crime; an unknown name is told the others.")],
    reference: Annotated[str, typer.Option(help="The crime, incident or operation.")],
    on_behalf_of: Annotated[str, typer.Option("--for", help="On whose behalf; your own name where it is you.")],
    start: From,
    until: Annotated[str, typer.Option(help=f"Up to then: {_TIME}; a date is to its end; {NOW} is up to now.")],
    user: User,
    vrm: Annotated[list[str] | None, typer.Option(help="A mark; * and ? are wildcards. May be given again.")] = None,
    marks_file: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Marks, one a line; - is standard input. What is typed on a command line stays in the shell's history"
            " and can be seen by others on this machine; a file or standard input does not.",
        ),
    ] = "",
    device: Annotated[list[str] | None, typer.Option(help="Only by this device. May be given again.")] = None,
    camera: Annotated[list[str] | None, typer.Option(help="Only by this camera. May be given again.")] = None,
    near: Annotated[str, typer.Option(metavar="LATITUDE,LONGITUDE", help="Only round here, with --within-m.")] = "",
    within_m: Annotated[float | None, typer.Option(metavar="METRES", help="How far from --near.")] = None,
    box: Annotated[str, typer.Option(metavar="SOUTH,WEST,NORTH,EAST", help="Only in this box, in degrees.")] = "",
    authority: Annotated[str, typer.Option(metavar="AUTH-2026-0001", help="For reads that need one.")] = "",
    surveillance: Annotated[str, typer.Option(help="The reference of a directed surveillance authority.")] = "",
    again: Annotated[bool, typer.Option("--again", help="You mean to make this search again.")] = False,
    limit: Limit = SHOWN_AT_ONCE,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Make a search of reads and show the newest. First it says what reads of that age need.

    A search that is refused is in the log as well. Exit code 1 where it is refused, with what to do.
    """
    now = datetime.now(UTC)
    begins = moment_of("--from", start, now, ends=False)
    ends = moment_of("--until", until, now, ends=True)
    body = body_of(
        begins,
        ends,
        [*(vrm or []), *marks_in(marks_file)],
        place_of(near, within_m, box),
        devices=device or [],
        cameras=camera or [],
        purpose=purpose,
        reference=reference,
        on_behalf_of=on_behalf_of,
        authority=authority,
        surveillance=surveillance,
        again=again,
    )
    with signed_in(user, server, settings) as centre:
        for line in words.need(_need(centre, begins, purpose)):
            err.print(line, markup=False)
        made = _made(centre, body)
        shown = _page(centre, made["search_id"], 0, limit)
    print_found(shown, words.reads(shown), as_json=as_json)


@app.command("list")
def list_searches(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show the searches that you made or were given, whose results may still be opened."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", "/api/searches")
    print_found(found, map(words.search, found), as_json=as_json)
    if not found and not as_json:
        err.print("none")


@app.command("show")
def show(
    search: SearchId,
    user: User,
    start: Start = 0,
    limit: Limit = SHOWN_AT_ONCE,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show some results of a search, newest first."""
    with signed_in(user, server, settings) as centre:
        shown = _page(centre, search, start, limit)
    print_found(shown, words.reads(shown), as_json=as_json)


@app.command("export")
def export(
    search: SearchId,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The file to write; it must not be there yet.")],
    recipients: Annotated[list[str], typer.Option("--to", help="Who gets it. May be given again.")],
    why: Why,
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Take every result away as a ZIP for named recipients: reads.csv, and a cover sheet with its SHA-256.

    The file is made first, for nobody but you to read, so that nothing is in the log as given and then not written.
    """
    try:
        written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LanthornError(f"{file} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(written, "wb") as stream, signed_in(user, server, settings) as centre:
            given = {"recipients": recipients, "why": why}
            stream.write(centre.fetch(f"/api/searches/{search}/export", given))
    except BaseException:
        file.unlink()
        raise
    out.print(f"{file}: for {'; '.join(recipients)}", markup=False)


@app.command("share")
def share(
    search: SearchId,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A colleague's account that may search reads.")],
    why: Why,
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Let a colleague who may search open the results."""
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/searches/{search}/share", json={"account": account, "why": why})
    out.print(f"{account} can open the results of {search} now", markup=False)


def _need(centre: CentreClient, begins: datetime, purpose: str) -> dict[str, Any]:
    found: dict[str, Any] = centre.call(
        "GET", "/api/searches/need", query={"start": begins.isoformat(), "purpose": purpose}
    )
    return found


def _made(centre: CentreClient, body: dict[str, Any]) -> dict[str, Any]:
    try:
        made: dict[str, Any] = centre.call("POST", "/api/searches", json=body)
    except CentreRefused as refused:
        if options := words.options_for(refused.rules):
            raise CentreRefused(f"{refused}. Nothing was searched. Give: {options}", refused.rules) from refused
        raise
    return made


def _page(centre: CentreClient, search: str, start: int, limit: int) -> dict[str, Any]:
    found: dict[str, Any] = centre.call("GET", f"/api/searches/{search}", query={"start": start, "limit": limit})
    return found
