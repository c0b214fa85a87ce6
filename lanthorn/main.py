"""The `lanthorn` command."""

import logging
import os
import sys

import typer

from lanthorn import (
    accounts,
    authority,
    demo,
    devices,
    edge_run,
    evaluate,
    export,
    lists,
    log,
    retention,
    serve,
    verify,
    witness,
)
from lanthorn.console import err
from lanthorn.errors import EXPECTED

app = typer.Typer(
    name="lanthorn",
    help="Police sensor service that can show its working: number plates read at the edge, alerts to patrol cars, and a"
    " log that an overseer can check.\n\nNew here? `lanthorn demo` runs everything on this machine and says what to"
    " open.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.add_typer(edge_run.app, name="edge")
app.add_typer(lists.app, name="list")
app.add_typer(retention.app, name="retention")
app.add_typer(authority.app, name="authority")
app.add_typer(accounts.app, name="account")
app.add_typer(devices.app, name="device")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(log.app, name="log")
app.command("verify")(verify.verify)
app.command("export")(export.export)
app.command("witness")(witness.witness)


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
