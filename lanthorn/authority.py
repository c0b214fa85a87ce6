"""`lanthorn authority`: ask for authorities, decide on them and follow them, through the centre's API, by name."""

import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from governance.authority.case import Case
from governance.authority.ranks import Rules
from governance.authority.replay import Moment, NotGood, replay
from governance.authority.trust import Trust
from governance.errors import BadDocument
from governance.keys import PublicKey
from governance.signed import canonical
from ingest.contract.card.words import counted
from lanthorn import authority_keys
from lanthorn.asking import ask_passphrase
from lanthorn.authority_session import (
    Reason,
    Reference,
    path_of,
    print_line,
    print_result,
)
from lanthorn.centre_session import AsJson, Server, User, signed_in
from lanthorn.console import err, out
from lanthorn.errors import LanthornError
from lanthorn.settings import SettingsOption

MOST_CORNERS_SHOWN: Final = 20
"""Corners of a place that are shown one by one."""

app = typer.Typer(
    help="Authorities: signed permission to list, search, match, fly, disclose or change retention. Anybody with a"
    " need asks (request); an authorising officer decides (queue, show, decide), and can stop it at any time (suspend,"
    " end). docs/authorities.md has a request to start from. The centre must be running, and every step is in its log"
    " under your name. Your password is asked for, or taken from LANTHORN_PASSWORD.",
    no_args_is_help=True,
)
app.add_typer(authority_keys.app, name="keys")


@app.command("request")
def request(
    file: Annotated[Path, typer.Argument(help="TOML file with the request; docs/authorities.md has an example.")],
    user: User,
    draft: Annotated[bool, typer.Option("--draft", help="Keep it as a draft, to be submitted later.")] = False,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Ask for an authority: the request is checked, kept, and put before the authorising officers."""
    fields = read_request(file)
    rank = fields.pop("rank", None)
    if not isinstance(rank, str):
        raise LanthornError(f'{file}: say your own rank at the top, such as rank = "constable"')
    with signed_in(user, server, settings) as centre:
        whole = centre.call("POST", "/api/authorities", json={"proposal": fields, "rank": rank})
        if not draft:
            whole = centre.call("POST", f"/api/authorities/{whole['summary']['authority_id']}/submit")
    print_result(whole, as_json=as_json)


@app.command("amend")
def amend(
    reference: Reference,
    file: Annotated[Path, typer.Argument(help="TOML file with the request as it is to be.")],
    user: User,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Write a draft of yours anew."""
    fields = read_request(file)
    fields.pop("rank", None)
    with signed_in(user, server, settings) as centre:
        print_result(centre.call("PUT", path_of(centre, reference), json={"proposal": fields}), as_json=as_json)


@app.command("submit")
def submit(
    reference: Reference, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Put a draft of yours before the authorising officers."""
    with signed_in(user, server, settings) as centre:
        print_result(centre.call("POST", f"{path_of(centre, reference)}/submit"), as_json=as_json)


@app.command("withdraw")
def withdraw(
    reference: Reference, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Take a request of yours back before it is decided."""
    with signed_in(user, server, settings) as centre:
        print_result(centre.call("POST", f"{path_of(centre, reference)}/withdraw"), as_json=as_json)


@app.command("list")
def list_authorities(
    user: User,
    state: Annotated[str, typer.Option(help="Only those in this state, such as granted.")] = "",
    kind: Annotated[str, typer.Option(help="Only those of this kind, such as anpr-list.")] = "",
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show the authorities, newest first."""
    asked = "&".join(f"{name}={value}" for name, value in (("state", state), ("kind", kind)) if value)
    with signed_in(user, server, settings) as centre:
        _print_list(centre.call("GET", f"/api/authorities?{asked}"), as_json=as_json)


@app.command("queue")
def queue(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show what waits for an authorising officer: confirmations, decisions, reviews."""
    with signed_in(user, server, settings) as centre:
        _print_list(centre.call("GET", "/api/authorities/queue"), as_json=as_json)


@app.command("show")
def show(
    reference: Reference, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Show one authority in full: the request, each signed step, and what it was used for."""
    with signed_in(user, server, settings) as centre:
        whole = centre.call("GET", path_of(centre, reference))
    print_result(whole, as_json=as_json)
    if as_json:
        return
    for name, value in whole["request"].items():
        said = value if isinstance(value, str) else json.dumps(_shortened(value) if name == "place" else value)
        out.print(f"  {name.replace('_', ' ')}: {said}", markup=False)
    for step in whole["statements"]:
        by = step["by"]
        out.print(f"  {step['at']}  {step['step']} by {by['name']}, {by['rank']}: {step['reason']}", markup=False)
    for use in whole["uses"]:
        out.print(f"  {use['at']}  used to {use['act']} on {use['object']} by {use['by']}", markup=False)
    if whole["uses_in_all"] > len(whole["uses"]):
        out.print(f"  and {whole['uses_in_all'] - len(whole['uses'])} uses before these")


@app.command("decide")
def decide(
    reference: Reference,
    reason: Reason,
    user: User,
    grant: Annotated[bool, typer.Option("--grant/--refuse", help="Grant it, or refuse it.", show_default=False)],
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Grant or refuse a request, with your signature (authorising officers; never your own request).

    The passphrase of your signing key is asked for, or taken from LANTHORN_PASSPHRASE.
    """
    _step(reference, "grant" if grant else "refuse", reason, user, server, settings, as_json=as_json)


def _add_step(name: str, words: str) -> None:
    """Add a command for one signed step."""

    @app.command(name, help=f"{words} With your signature; the passphrase is asked for, or taken from"
                            " LANTHORN_PASSPHRASE.")  # fmt: skip
    def step(
        reference: Reference,
        reason: Reason,
        user: User,
        as_json: AsJson = False,
        server: Server = "",
        settings: SettingsOption = None,
    ) -> None:
        _step(reference, name, reason, user, server, settings, as_json=as_json)


_add_step("confirm", "Confirm a grant that was given by word of mouth, before it lapses.")
_add_step("suspend", "Stop an authority for now.")
_add_step("resume", "Let a suspended authority hold again.")
_add_step("end", "End an authority for good.")
_add_step("review", "Write down a review: one in force goes on, one that is over is closed.")


@app.command("verbal")
def verbal(
    reference: Reference,
    officer: Annotated[str, typer.Option(help="The account of the officer who granted it by word of mouth.")],
    at: Annotated[str, typer.Option(help="When, such as 2026-11-23T03:10Z.")],
    reason: Reason,
    rank: Annotated[str, typer.Option(help="Your own rank.")],
    user: User,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Write down that an officer granted somebody else's request by word of mouth, in an urgent case.

    It holds at once and is marked. It lapses unless an officer confirms it by signature in time (72 hours).
    """
    given = {"officer": officer, "granted_at": at, "reason": reason, "rank": rank}
    with signed_in(user, server, settings) as centre:
        print_result(centre.call("POST", f"{path_of(centre, reference)}/verbal", json=given), as_json=as_json)


@app.command("export")
def export(
    reference: Reference,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the two files go; made where it is not there.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Write an authority's signed documents and the trust list to files that `authority check` verifies offline."""
    with signed_in(user, server, settings) as centre:
        path = path_of(centre, reference)
        case, trust = centre.call("GET", f"{path}/case"), centre.call("GET", "/api/authorities/trust/document")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in (("case.json", case), ("trust.json", trust)):
            (folder / name).write_bytes(canonical(document))
            out.print(str(folder / name), markup=False)
    except OSError as error:
        raise LanthornError(f"{folder} cannot be written: {error.strerror}") from error


@app.command("check")
def check(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="case.json, as `authority export` wrote it.")],
    trust: Annotated[Path, typer.Option("--trust", metavar="FILE", help="trust.json, likewise.")],
    trust_key: Annotated[str, typer.Option(help="The force's trust key, which you had from somewhere else.")],
    force: Annotated[
        str, typer.Option(help="The force's name; without it, that of the list, which the trust key signed.")
    ] = "",
) -> None:
    """Verify an authority offline: every signature, the chain, ranks, and that nobody granted their own.

    Exit code 0: it holds, and its state now is printed. 1: it does not; the reason is printed.
    """
    try:
        trusted = Trust.read(trust.read_bytes(), PublicKey.from_text(trust_key), force or None)
        history = replay(Case.parse(case.read_bytes()), trusted, Rules.read())
    except OSError as error:
        raise LanthornError(f"{error.filename} cannot be read: {error.strerror}") from error
    except (BadDocument, NotGood) as error:
        out.print(f"does not hold: {error}", markup=False)
        raise typer.Exit(1) from error
    for statement in history.statements:
        out.print(f"{statement.at}  {statement.step} by {statement.by.name}, {statement.by.rank}", markup=False)
    state = history.state(Moment.around(datetime.now(UTC)))
    out.print(f"{history.authority.reference} holds together; it is {state}", markup=False)


def read_request(file: Path) -> dict[str, Any]:
    """Read a request's file into what the API takes. Raises LanthornError."""
    try:
        fields = tomllib.loads(file.read_text())
    except OSError as error:
        raise LanthornError(f"{file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LanthornError(f"{file} is not TOML: {error}") from error
    return {name: _plain(value) for name, value in fields.items()}


def _shortened(place: Mapping[str, Any]) -> dict[str, Any]:
    """A place without the corners of long borders, which nobody reads in a terminal: --json has them."""
    outlines = place.get("outlines", [])
    if sum(map(len, outlines)) <= MOST_CORNERS_SHOWN:
        return dict(place)
    corners = [counted(len(outline), "corner") for outline in outlines]
    return {**place, "outlines": f"{counted(len(outlines), 'outline')} of {', '.join(corners)}: --json has them"}


def _plain(value: Any) -> Any:
    """TOML's values as JSON's: times as text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _step(
    reference: str, step: str, reason: str, user: str, server: str, settings: Path | None, *, as_json: bool
) -> None:
    passphrase = ask_passphrase()
    with signed_in(user, server, settings) as centre:
        given = {"step": step, "reason": reason, "passphrase": passphrase}
        print_result(centre.call("POST", f"{path_of(centre, reference)}/steps", json=given), as_json=as_json)


def _print_list(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps(found))
        return
    for summary in found:
        print_line(summary)
    if not found:
        err.print("none")
