"""`lanthorn witness`: run by the overseer, on the overseer's own machine, to see that the log only ever grows."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import httpx2
import typer

from governance.merkle.tiles import Read
from governance.witness import DEFAULT_NAME, Alarm, LogAway, Look, Witness
from ingest.clock import system_clock
from ingest.contract.card.words import counted
from lanthorn.console import err, out

TOKEN_VARIABLE: Final = "LANTHORN_TOKEN"  # noqa: S105 - the name of a variable

TIMEOUT_S: Final = 30.0
ALARM_EXIT: Final = 2

_log = logging.getLogger(__name__)


def witness(
    log: Annotated[
        str,
        typer.Option(
            metavar="DIR|URL",
            help="The log's folder or a copy of it, or the URL that its checkpoint and tile/ are under, such as"
            f" https://CENTRE/api/log; a session's token is taken from {TOKEN_VARIABLE} in the environment.",
        ),
    ],
    state: Annotated[Path, typer.Option(help="The witness's own folder: its key and what it saw.")],
    vkey: Annotated[str, typer.Option(metavar="KEY", help="The log's verifier key; needed the first time.")] = "",
    name: Annotated[
        str,
        typer.Option(help=f"The name that cosignatures carry, yours for ever; the first time, or {DEFAULT_NAME}."),
    ] = "",
    every: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How often to look.")] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
) -> None:
    """Watch a log without trusting who keeps it: check that it only grows, and cosign each checkpoint that does.

    Exit code 0: in order. 1: nothing was looked at: the log could not be reached, or what was given is wrong. 2: ALARM:
    a fork, a rollback, or a log that cannot be verified. The evidence, two checkpoints that the log itself signed, is
    then in the state folder.
    """
    watching = Witness.open(state, name or None, vkey or None, system_clock)
    pause = Event()
    with reader(log, os.environ.get(TOKEN_VARIABLE, "")) as read:
        while True:
            try:
                say(watching.look(read))
            except LogAway as error:
                if once:
                    raise
                _log.warning("%s; looking again in %g s", error, every)
            except Alarm as alarm:
                sound(alarm)
                raise typer.Exit(ALARM_EXIT) from alarm
            if once:
                return
            pause.wait(every)


@contextmanager
def reader(log: str, token: str) -> Iterator[Read]:
    """What reads the log's checkpoint and tiles, from a folder or from a URL."""
    if not log.startswith(("http://", "https://")):
        yield lambda path: (Path(log) / path).read_bytes()
        return
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx2.Client(timeout=TIMEOUT_S, headers=headers) as client:

        def read(path: str) -> bytes:
            url = f"{log.rstrip('/')}/{path}"
            try:
                response = client.get(url)
            except httpx2.HTTPError as error:
                raise OSError(f"no answer from {url}: {error}") from error
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(url)
            if not response.is_success:
                hint = f" (set {TOKEN_VARIABLE})" if response.status_code == HTTPStatus.UNAUTHORIZED else ""
                raise OSError(f"{url} answered {response.status_code}{hint}")
            return response.content

        yield read


def say(look: Look) -> None:
    """What one look found, for a person."""
    if look.before == look.head:
        out.print(f"{counted(look.head.size, 'entry', 'entries')}, nothing new", markup=False)
    else:
        entries, new = counted(look.head.size, "entry", "entries"), look.head.size - look.before.size
        out.print(f"{entries}, {new} new: in order, cosigned", markup=False)
        out.print(f"  {look.head}", markup=False)


def sound(alarm: Alarm) -> None:
    """The alarm, for a person."""
    for line in (
        "ALARM: THE LOG IS NOT WHAT IT WAS",
        str(alarm),
        f"The evidence is in {alarm.evidence}: keep it safe, and the whole state folder with it.",
        "Do not accept what the log says now. Ask who keeps it, and tell whom you answer to.",
    ):
        err.print(line, style="bold red", markup=False)
