"""`lanthorn demo`: everything on this machine with one command, through the same parts as in earnest."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from edge.identity import Identity
from governance.roles import Role
from hardware.camera_live import without_password
from ingest.contract.card.words import counted
from ingest.settings import DeviceSettings
from lanthorn.console import err, step
from lanthorn.demo_agent import DemoAgent
from lanthorn.demo_authority import DemoAuthority, demo_authority
from lanthorn.demo_list import DEMO_LIST_OWNER, demo_list
from lanthorn.demo_source import check_list, check_source
from lanthorn.devices import enrol_agent
from lanthorn.embedded.ports import free_ports
from lanthorn.errors import LanthornError, NotStarted
from lanthorn.service import Service, listen, wait_for_signal
from lanthorn.settings import BrokerSection, ServiceSection, Settings, edge_settings
from lanthorn.street.footage import draw_street

USUAL_PORT: Final = 8080

OTHER_PORT: Final = "choose another with --port, or --port 0 for any that is free"

DEMO: Final = "system:demo"
"""Who does what the demo does by itself, for the log."""

LINK_VALID: Final = timedelta(hours=12)
LINK_USES: Final = 100
"""A demo's links may be opened again and again until it stops; a real one is good once."""

PEOPLE: Final = (
    ("patrol", "PC Patrol (demo)", Role.PATROL, "patrol officer", "alerts as they come, to answer with one tap"),
    ("lists", "List Manager (demo)", Role.LIST_MANAGER, "list manager", "vehicle-of-interest lists"),
    ("oversight", "Overseer (demo)", Role.OVERSIGHT, "oversight", "figures and the log, without marks or pictures"),
    ("admin", "Administrator (demo)", Role.ADMIN, "administrator", "devices, messages set aside, accounts"),
    (
        "authorising",
        "Authorising Officer (demo)",
        Role.AUTHORISING_OFFICER,
        "authorising officer",
        "requests to decide",
    ),
    (
        "investigator",
        "Investigator (demo)",
        Role.INVESTIGATOR,
        "investigator",
        "searches of what was read, for a reason",
    ),
    ("auditor", "Auditor (demo)", Role.AUDITOR, "auditor", "searches drawn by lot, to be looked into"),
    (
        "footage",
        "Footage Officer (demo)",
        Role.FOOTAGE,
        "footage officer",
        "authorities; no page for footage is built yet",
    ),
)
"""One account for each role: name, display name, role, and what the printed link is for."""


def demo(
    source: Annotated[
        str, typer.Option(help="Your own picture, folder, video, stream or camera in place of the drawn street.")
    ] = "",
    voi_list: Annotated[
        Path | None, typer.Option("--list", help="Your own vehicle-of-interest list (CSV) in place of the drawn one.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Keep everything in this folder; without it, it is erased at the end.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help=f"Where the pages are; 0: any free port. Without it {USUAL_PORT}, if it is free."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when the footage has been played once.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Play your own footage again and again, as the drawn street is.")
    ] = False,
) -> None:
    """Run everything on this machine, play footage, and print a sign-in link for each role. Ctrl-C stops it all.

    Nothing is reachable from another machine. Without --source the demo draws its own street footage: no real street,
    person or vehicle is in it.
    """
    if source:
        check_source(source)
    if voi_list is not None:
        check_list(voi_list)
    pages_port = _port(port)
    err.print("[bold]Lanthorn demo[/bold]: everything runs on this machine, on loopback only.")
    with ExitStack() as stack:
        folder = stack.enter_context(_folder(state))
        footage = source or str(_drawn_footage())
        settings = _settings(folder, pages_port)
        service = stack.enter_context(Service(settings))
        with step("Making an account for each role, and the list"):
            links = _accounts(service)
            authority, entries = _fill_list(service, settings, voi_list, anywhere=bool(source))
        with step("Enrolling the edge agent"):
            _enrol_agent(service, settings)
        agent = DemoAgent(_settings_file(folder, settings, bool(source)), footage, again=again or not (once or source))
        with step("Starting the edge agent"):
            agent.start()
        stack.callback(agent.stop)
        _print_ready(links, agent.display_link, bool(source), voi_list is not None, entries, footage, authority)
        wait_for_signal(also=lambda: agent.finished)
        if agent.finished and agent.failed:
            raise LanthornError(f"the edge agent ended early; the last that it said:\n  {agent.last_words()}")
        if agent.finished and not once:
            err.print("Everything has been played; the pages stay open. Ctrl-C stops everything.")
            wait_for_signal()


@contextmanager
def _folder(state: Path | None) -> Iterator[Path]:
    if state is not None:
        state.mkdir(parents=True, exist_ok=True)
        yield state.absolute()
        err.print(f"Everything is kept in {state}", markup=False)
    else:
        with tempfile.TemporaryDirectory(prefix="lanthorn-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def _drawn_footage() -> Path:
    """The drawn street, from the last time where there was one."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lanthorn"
    path = cache / f"street-{FOOTAGE_VERSION}.mp4"
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{os.getpid()}-{path.name}")
    columns = (TextColumn("  Drawing the street footage (once)"), BarColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("", total=None)
            draw_street(part, on_progress=lambda done, total: progress.update(task, completed=done, total=total))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    err.print("  [green]✓[/green] Drew the street footage")
    return path


FOOTAGE_VERSION: Final = 1
"""Counts up whenever the drawing changes, so that old footage is not played."""


_DRAWN_PLACE: Final = (
    'position = { kind = "fixed", latitude_deg = 51.50735, longitude_deg = -0.12776, accuracy_m = 25 }\n'
)


def _port(asked: int | None) -> int:
    """The port that was asked for. Raises NotStarted where another program has it, before anything is started.

    Where none was asked for, the usual one, or 0 (any) where that is taken: a demo is not worth an error about it.
    """
    try:
        listen("127.0.0.1", USUAL_PORT if asked is None else asked, OTHER_PORT).close()
    except NotStarted:
        if asked is not None:
            raise
        return 0
    return USUAL_PORT if asked is None else asked


def _settings(folder: Path, port: int) -> Settings:
    return Settings(
        force="demo",
        state_dir=folder,
        service=ServiceSection(port=port),
        broker=BrokerSection(embedded_port=free_ports(1)[0]),
        devices=DeviceSettings(require_signatures=True),
        edge={"device": "car-1", "camera": {"source": ".", "paced": True}, "display": {"port": 0}},
    )


def _settings_file(folder: Path, settings: Settings, own_source: bool) -> Path:
    """The settings as a file, so that the agent, and anybody at another terminal, can use them.

    The drawn street has a place, which is drawn too. Nobody says where your own footage was taken: no place is claimed.
    """
    place = "" if own_source else _DRAWN_PLACE
    path = folder / "lanthorn.toml"
    path.write_text(
        f"force = {json.dumps(settings.force)}\n"
        f"state_dir = {json.dumps(str(folder))}\n\n"
        f"[service]\nport = {settings.service.port}\n\n"
        f"[broker]\nembedded_port = {settings.broker.embedded_port}\n\n"
        "[devices]\nrequire_signatures = true\n\n"
        '[edge]\ndevice = "car-1"\n\n'
        "[edge.authorities]\nunknown_clock_error_s = 0\n\n"
        f'[edge.camera]\nsource = "."\npaced = true\n{place}\n'
        "[edge.display]\nport = 0\n"
    )
    return path


def _accounts(service: Service) -> list[tuple[str, str, str]]:
    """Make the accounts that are not there yet; give (who, link, what for) for each."""
    accounts = service.centre.accounts
    there = {account.name for account in accounts.list()}
    links = []
    for name, display_name, role, who, what in PEOPLE:
        if name not in there:
            accounts.create(name, display_name, {role}, secrets.token_urlsafe(24), DEMO)
        token = accounts.make_link(name, LINK_VALID, LINK_USES, DEMO, second_factor=True)
        links.append((who, f"{service.address}/enter?token={token}", what))
    return links


def _enrol_agent(service: Service, settings: Settings) -> None:
    """Enrol the agent as in earnest, with a code and over HTTP, unless it is enrolled from the last time."""
    agent = edge_settings(settings)
    if Identity.load(agent.state_dir, agent.device, agent.force) is None:
        code = service.centre.enrolment.make_code(agent.device, DEMO)
        enrol_agent(agent, service.address, code.text)


def _fill_list(
    service: Service, settings: Settings, voi_list: Path | None, *, anywhere: bool
) -> tuple[DemoAuthority, int]:
    """Make the list under an authority, or go on with the one that is there; give the authority and the entries."""
    lists = service.centre.lists
    name = voi_list.stem[:80] if voi_list else "Demo vehicles of interest"
    found = next((known for known in lists.all() if known.name == name), None)
    device = edge_settings(settings).device
    authority = demo_authority(service.centre, name, device, found.authority if found else "", anywhere=anywhere)
    if found is None:
        purpose = "Show how an alert reaches an officer"
        found = lists.create(name, purpose, DEMO_LIST_OWNER, authority.reference, DEMO)
    elif found.authority != authority.reference:
        lists.put_under(found.list_id, authority.reference, DEMO)
    if voi_list:
        with voi_list.open("rb") as file:
            report = lists.import_csv(found.list_id, file, DEMO)
    else:
        report = lists.import_csv(found.list_id, demo_list(datetime.now(UTC)), DEMO)
    for refusal in report.refusals:
        err.print(f"  list, line {refusal.line}: {refusal.reason}", markup=False, style="yellow")
    manifest = lists.publish(found.list_id, DEMO)
    return authority, manifest.entries


def _print_ready(
    links: list[tuple[str, str, str]],
    display_link: str,
    own_source: bool,
    own_list: bool,
    entries: int,
    footage: str,
    authority: DemoAuthority,
) -> None:
    err.print()
    err.print("[bold green]Ready.[/bold green] Open any of these; each signs you in as that role:")
    err.print()
    width = max(len(who) for who, _, _ in links) + 2
    for who, link, what in (("the car's display", display_link, "the car's own screen, made in the car"), *links):
        err.print(f"  {who:<{width}}{link}\n  {'':<{width}}{what}", markup=False)
    err.print()
    drawn = "street footage that this program has drawn (no real street, person or car)"
    playing = without_password(footage) if own_source else drawn
    err.print(f"Playing {playing}.", markup=False)
    err.print(
        f"The list stands on {authority.reference}, granted by the authorising officer, who signs with the passphrase"
        f" {authority.passphrase}",
        markup=False,
    )
    err.print(
        f"On the list: {counted(entries, 'vehicle')}. One browser holds one person: use a private window for a second."
    )
    if own_source and not own_list:
        err.print("The list holds drawn marks only; give your own with --list FILE.csv to get alerts.", style="yellow")
    err.print("[bold]Ctrl-C stops everything.[/bold]")
    err.print()
