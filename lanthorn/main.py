"""The `lanthorn` command."""

import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module, metadata
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from lanthorn.console import err, out
from lanthorn.errors import EXPECTED

COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "demo": ("lanthorn.demo", "demo"),
        "serve": ("lanthorn.serve", "serve"),
        "edge": ("lanthorn.edge_run", "app"),
        "list": ("lanthorn.lists", "app"),
        "search": ("lanthorn.searches", "app"),
        "audit": ("lanthorn.audits", "app"),
        "retention": ("lanthorn.retention", "app"),
        "authority": ("lanthorn.authority", "app"),
        "account": ("lanthorn.accounts", "app"),
        "device": ("lanthorn.devices", "app"),
        "evaluate": ("lanthorn.evaluate", "app"),
        "log": ("lanthorn.log", "app"),
        "verify": ("lanthorn.verify", "verify"),
        "export": ("lanthorn.export", "export"),
        "witness": ("lanthorn.witness", "witness"),
    }
)
"""Each command's module, and the name in it of its function or of its group of commands."""


class Commands(TyperGroup):
    """Imports a command's module when the command is called: all of them together take a second and more."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands.update({name: TyperCommand(name) for name in COMMANDS})  # for the order, and for "did you mean"

    def get_command(self, ctx: Any, name: str) -> Any:  # typer has these types in a private package
        del ctx
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name]
        found = getattr(import_module(module), attribute)
        command: Any
        if isinstance(found, typer.Typer):
            command = typer.main.get_group(found)
        else:
            alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
            alone.command(name)(found)
            command = typer.main.get_command(alone)
        command.name = name
        return command


app = typer.Typer(
    cls=Commands,
    name="lanthorn",
    help="Police sensor service that can show its working: number plates read at the edge, alerts to patrol cars, and a"
    " log that an overseer can check.\n\nNew here? `lanthorn demo` runs everything on this machine and says what to"
    " open.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        out.print(f"lanthorn {metadata.version('lanthorn')}", markup=False)
        raise typer.Exit


@app.callback()
def _every_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """The commands are in COMMANDS; typer asks for one function at least."""


def main() -> None:
    """Run the command line; an expected error ends as one line and exit code 1, an interrupt as 130."""
    level = os.environ.get("LANTHORN_LOG_LEVEL", "WARNING").upper()
    if level not in logging.getLevelNamesMapping():
        err.print(f"lanthorn: LANTHORN_LOG_LEVEL is {level!r}: give DEBUG, INFO, WARNING or ERROR", markup=False)
        sys.exit(1)
    logging.basicConfig(
        stream=sys.stderr,
        level=level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        app()
    except EXPECTED as error:
        err.print(f"lanthorn: {error}", style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
