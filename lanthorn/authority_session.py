"""What every `lanthorn authority` command shares: how an authority is found and printed."""

import json
from typing import Annotated, Any

import typer

from lanthorn.centre_client import CentreClient
from lanthorn.console import err, out
from lanthorn.errors import LanthornError

Reference = Annotated[
    str, typer.Argument(metavar="AUTHORITY", help="Its reference, such as AUTH-2026-0007, or its id.")
]
Reason = Annotated[str, typer.Option(help="Why, in a sentence: at least four different words. It is signed.")]


def path_of(centre: CentreClient, reference: str) -> str:
    """The call's path of an authority by its reference or id. Raises LanthornError where there is none."""
    known = centre.call("GET", "/api/authorities")
    for each in known:
        if reference in (each["reference"], each["authority_id"]):
            return f"/api/authorities/{each['authority_id']}"
    raise LanthornError(f"there is no authority {reference!r}; `lanthorn authority list` shows those that there are")


def print_line(summary: dict[str, Any]) -> None:
    """One authority in a list."""
    waits = f"; waits for {summary['waits_for']}" if summary["waits_for"] else ""
    lapses = f"; lapses {summary['confirm_by'][:16]}Z unless confirmed" if summary["confirm_by"] else ""
    out.print(
        f"{summary['reference']}  {summary['state']:<9}  {summary['kind']}: {summary['title']}\n"
        f"    {summary['starts_at'][:16]}Z until {summary['ends_at'][:16]}Z, asked for by {summary['applicant']}"
        f"{waits}{lapses}",
        markup=False,
    )


def print_result(whole: dict[str, Any], *, as_json: bool) -> None:
    """Where an authority stands after a step, and what it lacks."""
    if as_json:
        out.print_json(json.dumps(whole))
        return
    print_line(whole["summary"])
    if not whole["verified"]:
        err.print(f"  NOT TO BE RELIED ON: {whole['trouble']}", style="red", markup=False)
    for fault in whole["faults"]:
        err.print(f"  lacking: {fault}", markup=False)
