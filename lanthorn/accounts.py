"""`lanthorn account`: who may sign in. Works on the centre's own machine, whether the service runs or not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer

from governance.log import Log, service_signer
from governance.roles import Role
from governance.sealing import Sealer
from ingest.accounts import SEALED_FOR, SEALING_KEY_FILE, Accounts
from ingest.clock import system_clock
from ingest.database.engine import open_engine
from ingest.database.unfinished import settle
from lanthorn.asking import ask_password
from lanthorn.console import out
from lanthorn.settings import Settings, SettingsOption, database_url, read_settings
from lanthorn.state_folder import make_private

app = typer.Typer(
    help="Make and close accounts, on the centre's own machine. Every act is in the log.", no_args_is_help=True
)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Account name: lower case letters, digits, dots and hyphens.")],
    role: Annotated[list[Role], typer.Option(help="What the person may do; may be given more than once.")],
    display_name: Annotated[str, typer.Option(help="Name and rank, as pages show them.")] = "",
    settings: SettingsOption = None,
) -> None:
    """Make an account. The password is asked for, or taken from LANTHORN_PASSWORD; 12 characters or more."""
    password = ask_password(name, new=True)
    with _accounts(read_settings(settings)) as accounts:
        account = accounts.create(name, display_name or name, role, password, by=f"system:{_operator()}")
    out.print(f"{account.name}: {', '.join(sorted(account.roles))}", markup=False)


@app.command("list")
def list_all(settings: SettingsOption = None) -> None:
    """List the accounts and their roles."""
    with _accounts(read_settings(settings)) as accounts:
        for account in accounts.list():
            closed = "  (closed)" if account.disabled_at else ""
            out.print(f"{account.name:<20} {', '.join(sorted(account.roles)):<40}{closed}", markup=False)


@app.command("link")
def link(
    name: Annotated[str, typer.Argument(help="Whose link.")],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it is good.")] = 15,
    settings: SettingsOption = None,
) -> None:
    """Print a sign-in link that is good once: for a first sign-in, or a forgotten password."""
    values = read_settings(settings)
    with _accounts(values) as accounts:
        token = accounts.make_link(name, timedelta(minutes=minutes), 1, by=f"system:{_operator()}")
    out.print(f"{values.address}/enter?token={token}", markup=False)


@app.command("close")
def close(name: Annotated[str, typer.Argument(help="Whose account.")], settings: SettingsOption = None) -> None:
    """Close an account and end its sessions."""
    with _accounts(read_settings(settings)) as accounts:
        accounts.disable(name, by=f"system:{_operator()}")
    out.print(f"{name}: closed", markup=False)


@app.command("reset-second-factor")
def reset_second_factor(
    name: Annotated[str, typer.Argument(help="Whose second factor.")], settings: SettingsOption = None
) -> None:
    """Take a lost second factor away and end the account's sessions. The next sign-in sets up a new one."""
    with _accounts(read_settings(settings)) as accounts:
        accounts.second_factors.reset(name, by=f"system:{_operator()}")
    out.print(f"{name}: has no second factor now", markup=False)


@contextmanager
def _accounts(settings: Settings) -> Iterator[Accounts]:
    make_private(settings.state_dir)
    engine = open_engine(database_url(settings))
    try:
        sealer = Sealer.load_or_make(settings.keys_dir / SEALING_KEY_FILE, SEALED_FOR)
        signer = service_signer(settings.keys_dir, settings.force)
        with Log.open(settings.log_path, system_clock, signer) as log:
            settle(engine, log)
            yield Accounts(engine, log, system_clock, sealer)
    finally:
        engine.dispose()


def _operator() -> str:
    """Who is at this machine's command line, for the log: the operating system's account."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or f"uid-{os.getuid()}"
