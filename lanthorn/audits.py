"""`lanthorn audit`: searches given to somebody else to check, samples that oversight opens, and figures by person."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ingest.search.audits import Found
from ingest.search.samples import Kind
from lanthorn import search_words as words
from lanthorn.centre_session import AsJson, Server, User, print_found, signed_in
from lanthorn.console import err, out
from lanthorn.search_request import moment_of
from lanthorn.settings import SettingsOption

app = typer.Typer(
    help="Checks of how reads are searched. An auditor draws searches by lot, gives each to somebody other than who"
    " made it, and they record what they find. The centre must be running; every step is in its log under your name.",
    no_args_is_help=True,
)
sample_app = typer.Typer(
    help="Samples: oversight sees no mark unless it opens a sample formally: announced first, then drawn by lot.",
    no_args_is_help=True,
)
app.add_typer(sample_app, name="sample")

AuditId = Annotated[str, typer.Argument(metavar="AUDIT", help="The audit's id: lanthorn audit list.")]
SampleId = Annotated[str, typer.Argument(metavar="SAMPLE", help="The sample's id: lanthorn audit sample list.")]
MostDrawn = Annotated[int, typer.Option(min=1, help="How many to draw, at most.")]


@app.command("list")
def list_audits(
    user: User,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that have no finding yet.")] = False,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show the latest audits: to whom each was given and what they found. Not what was asked for."""
    with signed_in(user, server, settings) as centre:
        found = [one for one in centre.call("GET", "/api/audits") if not (waiting and one["finding"])]
    print_found(found, words.audits(found), as_json=as_json)
    if not found and not as_json:
        err.print("none; `lanthorn audit draw` draws some")


@app.command("draw")
def draw(
    number: MostDrawn, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Draw searches by lot, of those that were never drawn. The seed is in the log: anybody can draw again."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("POST", "/api/audits", json={"number": number})
    print_found(found, words.audits(found), as_json=as_json)
    if not found and not as_json:
        err.print("none: every search that is still kept was drawn before")


@app.command("assign")
def assign(
    audit: AuditId,
    auditor: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Who may audit, and did not make the search.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Give an audit to somebody other than who made the search."""
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/audits/{audit}/assign", json={"auditor": auditor})
    out.print(f"audit {audit}: with {auditor}", markup=False)


@app.command("show")
def show(
    audit: AuditId, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Show the search that was given to you to audit, with what it asked for and on what grounds."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", f"/api/audits/{audit}")
    made = found["search"]
    lines = [*words.audits([found["audit"]]), words.search(made), *words.question(made["question"])]
    print_found(found, lines, as_json=as_json)


@app.command("find")
def find(
    audit: AuditId,
    finding: Annotated[Found, typer.Argument(metavar="FINDING", help="in-order, not-justified or cannot-tell.")],
    said: Annotated[str, typer.Option("--words", help="What you found, in words without the mark.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Record what you found in the audit that was given to you. It is recorded once, and in the log."""
    with signed_in(user, server, settings) as centre:
        centre.call("POST", f"/api/audits/{audit}/finding", json={"finding": finding.value, "words": said})
    out.print(f"audit {audit}: {finding.value}", markup=False)


@app.command("figures")
def figures(
    user: User,
    days: Annotated[int, typer.Option(min=1, max=366, help="Of so many days before now.")] = 28,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Show how each person searched: made, refused, without result, repeated, audited. No mark and no reference."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", "/api/search-figures", query={"days": days})
    print_found(found, words.figures(found), as_json=as_json)
    if not found and not as_json:
        err.print("nobody searched")


@sample_app.command("announce")
def announce(
    kind: Annotated[Kind, typer.Argument(metavar="KIND", help="searches or alerts.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence. It goes into the log.")],
    number: MostDrawn,
    start: Annotated[str, typer.Option("--from", help="Of what was made from then on: 2026-11-01, or with a time.")],
    until: Annotated[str, typer.Option(help="Up to then, which is past; a date is to its end.")],
    user: User,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Say what is going to be drawn. The service commits itself to its seed in the log, so that nobody can choose."""
    now = datetime.now(UTC)
    times = {
        "starts_at": moment_of("--from", start, now, ends=False).isoformat(),
        "ends_at": moment_of("--until", until, now, ends=True).isoformat(),
    }
    new = {"kind": kind.value, "reason": reason, "number": number, **times}
    with signed_in(user, server, settings) as centre:
        made = centre.call("POST", "/api/samples", json=new)
    print_found(made, words.samples([made]), as_json=as_json)


@sample_app.command("open")
def open_sample(
    sample: SampleId,
    word: Annotated[str, typer.Option(help="A word of your own, of 8 characters or more: your part of the draw.")],
    user: User,
    as_json: AsJson = False,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Draw the sample that was announced, and show it with its marks."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("POST", f"/api/samples/{sample}/open", json={"word": word})
    print_found(found, words.opened(found), as_json=as_json)


@sample_app.command("show")
def show_sample(
    sample: SampleId, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Look at an open sample again. That is in the log too."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", f"/api/samples/{sample}")
    print_found(found, words.opened(found), as_json=as_json)


@sample_app.command("list")
def list_samples(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show the latest samples, without what they show."""
    with signed_in(user, server, settings) as centre:
        found = centre.call("GET", "/api/samples")
    print_found(found, words.samples(found), as_json=as_json)
    if not found and not as_json:
        err.print("none")
