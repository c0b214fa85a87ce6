"""`lanthorn retention`: what is kept, why and until when; disposal; holds and classes; changes of the rules."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from ingest.contract.card.words import counted
from ingest.lists.drafts import expiry_of
from lanthorn import retention_words as words
from lanthorn.centre_session import AsJson, Server, User, print_found, signed_in
from lanthorn.console import out
from lanthorn.errors import LanthornError
from lanthorn.settings import SettingsOption

app = typer.Typer(
    help="What is kept, on what ground and until when; what must go; holds; the rules. The centre must be running, and"
    " what changes anything is in its log under your name. Your password is asked for, or is in LANTHORN_PASSWORD.",
    no_args_is_help=True,
)
hold_app = typer.Typer(help="Holds: what is held does not go, for as long as the hold stands.", no_args_is_help=True)
class_app = typer.Typer(help="Classes of single items: what belongs to a case is kept for it.", no_args_is_help=True)
change_app = typer.Typer(help="Changes of the rules: shown first, authorised, waiting, then in force by themselves.")
app.add_typer(hold_app, name="hold")
app.add_typer(class_app, name="class")
app.add_typer(change_app, name="change")

ItemId = Annotated[str, typer.Argument(metavar="ID", help="The id of a read, alert, picture, list entry or message.")]
HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id: lanthorn retention hold list.")]
RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="Rules as TOML, like governance/retention/rules.toml.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the set of rules.")]
Why = Annotated[str, typer.Option("--why", help="Why, in a sentence that names nobody: it goes into the log.")]
Until = Annotated[str, typer.Option("--until", help="2026-12-31 (to the end of that day, UTC) or 2026-12-31T18:00Z.")]
Review = Annotated[str, typer.Option("--review", help="When its owner looks at it again; without it, at its end.")]


@app.command("plan")
def plan(
    user: User,
    days: Annotated[int, typer.Option(min=0, max=3_660, help="What must be gone within so many days.")] = 0,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show what is held, what must be gone by then, what is on hold, and what is late. Changes nothing."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", f"/api/retention?ahead_days={days}")
    print_found(found, words.overview(found, days), as_json=as_json)


@app.command("run")
def run(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Dispose now of what must go, instead of at the next round. Exit code 1 where something could not go."""
    with signed_in(user, server, settings) as centre:
        done = centre.call("POST", "/api/retention/run")
    print_found(done, words.run(done), as_json=as_json)
    raise typer.Exit(1 if done["failed"] else 0)


@app.command("clock")
def clock(
    today: Annotated[str, typer.Option(help="Today's date in London, YYYY-MM-DD, by another clock than the centre's.")],
    why: Why,
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Say that the centre's clock is right after a jump, such as after weeks switched off: disposal then goes on."""
    with signed_in(user, server, settings) as centre:
        confirmed = centre.call("POST", "/api/retention/clock", json={"today": today, "why": why})
    out.print(f"the clock is confirmed at {confirmed['now']}: disposal goes on by it", markup=False)


@app.command("explain")
def explain(
    item: ItemId, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Say why an item is still here, until when and under which rule; or when it went, and with which receipt."""
    with signed_in(user, server, settings) as centre:
        stories = centre.call("GET", f"/api/retention/items/{item}")
    print_found(stories, words.stories(stories), as_json=as_json)


@app.command("late")
def late(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show what should have gone and has not, and holds whose review is past. Exit code 1 where there is any."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", "/api/retention/late")
    print_found(found, (f"{one['since']}  {one['words']}" for one in found), as_json=as_json)
    raise typer.Exit(1 if found else 0)


@app.command("rules")
def rules(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show the rules in force, how firm each one is, and every set there ever was."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", "/api/retention/rules")
    print_found(found, words.rules(found), as_json=as_json)


@app.command("receipts")
def receipts(
    user: User,
    days: Annotated[int, typer.Option(min=0, max=3_660, help="Of so many days before now.")] = 28,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Write each signed receipt, and the key, into this folder.")
    ] = None,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show the receipts of disposal, or write them out for somebody who verifies them."""
    with signed_in(user, server, settings) as centre:
        found = part = centre.call("GET", f"/api/retention/receipts?days={days}")
        while part["more"]:
            last = part["receipts"][-1]["batch"]
            part = centre.call("GET", f"/api/retention/receipts?days={days}&after={last}")
            found["receipts"] += part["receipts"]
        del found["more"]
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "receipts.pub").write_text(f"{found['key']}\n")
            for one in found["receipts"]:
                (folder / f"{one['batch']}.receipt.json").write_text(one["document"])
        except OSError as error:
            raise LanthornError(f"the receipts cannot be written into {folder}: {error.strerror}") from error
    shown = (
        f"{one['done_at']}  {one['items']:>6} of {one['place']} ({one['class']})  {one['batch']}"
        for one in found["receipts"]
    )
    print_found(found, shown, as_json=as_json)


@hold_app.command("add")
def add_hold(
    items: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of what is to be held.")],
    kind: Annotated[str, typer.Option(help="legal or scrutiny.")],
    owner: Annotated[str, typer.Option(help="Who answers for it: a unit or a person.")],
    why: Why,
    until: Until,
    user: User,
    review: Review = "",
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Hold items. An alert's read, pictures and list entry are held with it."""
    new = {"kind": kind, "owner": owner, "reason": why, "items": items, "ends_at": _time("until", until)}
    if review:
        new["review_at"] = _time("review", review)
    with signed_in(user, server, settings) as centre:
        made = centre.call("POST", "/api/retention/holds", json=new)
    print_found(made, [f"held until {new['ends_at']}: hold {made['hold_id']}"], as_json=as_json)


@hold_app.command("list")
def list_holds(
    user: User,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended as well.")] = False,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show the holds, the soonest to end first."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", f"/api/retention/holds?ended={str(ended).lower()}")
    print_found(found, (words.hold(one) for one in found), as_json=as_json)


@hold_app.command("renew")
def renew_hold(
    hold: HoldId,
    why: Why,
    until: Until,
    user: User,
    review: Review = "",
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Let a hold last longer."""
    new = {"why": why, "ends_at": _time("until", until)}
    if review:
        new["review_at"] = _time("review", review)
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/retention/holds/{hold}/renew", json=new)
    out.print(f"hold {hold}: until {new['ends_at']}", markup=False)


@hold_app.command("end")
def end_hold(hold: HoldId, why: Why, user: User, server: Server = "", settings: SettingsOption = None) -> None:
    """End a hold now. What it kept goes when its rules say so."""
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/retention/holds/{hold}/end", json={"why": why})
    out.print(f"hold {hold}: ended", markup=False)


@class_app.command("add")
def classify(
    item: ItemId,
    name: Annotated[str, typer.Argument(metavar="CLASS", help="A class of the rules, such as evidential-mopi-3.")],
    why: Why,
    user: User,
    since: Annotated[str, typer.Option(help="When its clock started, such as the day on which the case closed.")] = "",
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Give an item, and what belongs with it, one more class; or say when that class's clock started."""
    new = {"item_class": name, "why": why} | ({"clock_at": _time("since", since)} if since else {})
    with signed_in(user, server, settings) as centre:
        together = centre.call("POST", f"/api/retention/items/{item}/classes", json=new)
    kinds = ", ".join(one["kind"] for one in together)
    out.print(f"{name}: given to {counted(len(together), 'item')} that belong together ({kinds})", markup=False)


@class_app.command("remove")
def declassify(
    item: ItemId,
    name: Annotated[str, typer.Argument(metavar="CLASS", help="The class that it was given.")],
    why: Why,
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Take a class off an item and what belongs with it."""
    with signed_in(user, server, settings) as centre:
        centre.call("DELETE", f"/api/retention/items/{item}/classes", json={"item_class": name, "why": why})
    out.print(f"{name}: taken off {item} and what belongs with it", markup=False)


@change_app.command("preview")
def preview(
    file: RulesFile, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Show what a file of rules would delete and what it would keep longer. Changes nothing."""
    text = _text(file)
    with signed_in(user, server, settings) as centre:
        found = centre.call("POST", "/api/retention/changes/preview", json={"file": text})
    digest = hashlib.sha256(text.encode()).hexdigest()
    lines = [*words.preview(found), f'its authority, of the kind retention-change, must name rules_sha256 = "{digest}"']
    print_found(found, lines, as_json=as_json)


@change_app.command("propose")
def propose(
    file: RulesFile,
    why: Why,
    authority: Annotated[str, typer.Option(help="Authority of the kind retention-change for this very file.")],
    user: User,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Propose a file of rules. It waits, and then comes into force by itself, if its authority still allows it."""
    with signed_in(user, server, settings) as centre:
        new = {"file": _text(file), "why": why, "authority": authority}
        made = centre.call("POST", "/api/retention/changes", json=new)
    lines = [*words.preview(made["preview"]), f"set {made['number']} comes into force at {made['starts_at']}"]
    print_found(made, lines, as_json=as_json)


@change_app.command("show")
def show(
    number: Number, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Show one set of rules and what it was shown to change when it was proposed."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", f"/api/retention/rules/{number}")
    print_found(found, [words.version(found), *words.preview(found["preview"])], as_json=as_json)


@change_app.command("withdraw")
def withdraw(number: Number, why: Why, user: User, server: Server = "", settings: SettingsOption = None) -> None:
    """Take a change back before it comes into force."""
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/retention/changes/{number}/withdraw", json={"why": why})
    out.print(f"set {number}: withdrawn", markup=False)


def _time(option: str, text: str) -> str:
    try:
        return expiry_of(text).isoformat()
    except ValueError as error:
        raise LanthornError(f"--{option} {text!r}: {error}") from error


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise LanthornError(f"{file} cannot be read: {error}") from error
