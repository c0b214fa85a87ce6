"""What every command that goes through the centre's API shares: who signs in, where, and how its answer is printed."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from lanthorn.asking import USER_VARIABLE, ask_password, ask_user
from lanthorn.centre_client import CentreClient
from lanthorn.console import out
from lanthorn.settings import read_settings

User = Annotated[
    str,
    typer.Option(
        "--user", envvar=USER_VARIABLE, help="Your account's name.", default_factory=ask_user, show_default="asked for"
    ),
]
Server = Annotated[
    str, typer.Option("--server", envvar="LANTHORN_SERVER", help="The centre's address; without it, the settings' one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def signed_in(user: str, server: str, settings: Path | None) -> Iterator[CentreClient]:
    """A session with the centre as a named person."""
    with CentreClient.sign_in(server or read_settings(settings).address, user, ask_password(user)) as centre:
        yield centre


def print_found(found: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Print what the centre gave: as JSON, or in these lines."""
    if as_json:
        out.print_json(json.dumps(found))
        return
    for line in lines:
        out.print(line, markup=False, highlight=False)
