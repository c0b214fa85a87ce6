"""The overseer's page: what was used, on what grounds, with what result, and the log. No mark, no picture."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from governance.errors import LogDamaged
from governance.log import Entry, Log
from governance.roles import Permission
from ingest.web.figures import figures
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/oversight", include_in_schema=False)

ENTRIES_SHOWN: Final = 25


@router.get("")
def oversight(
    request: Request,
    visit: Annotated[Visit, Depends(needs(Permission.SEE_OVERSIGHT_FIGURES, Permission.READ_LOG))],
) -> Response:
    centre = centre_of(request)
    return page(
        request,
        "oversight.html",
        person=visit.person,
        periods=figures(centre.engine, centre.clock()),
        lists=centre.lists.all(),
        devices=centre.devices.overview() if visit.may(Permission.SEE_DEVICES) else None,
        log=_latest(centre.log),
        may_verify=visit.may(Permission.VERIFY_LOG),
    )


@router.get("/verification")
def verification(request: Request, visit: Annotated[Visit, Depends(needs(Permission.VERIFY_LOG))]) -> Response:
    """Check the whole log now: as a part of the page where htmx asks, otherwise as a page of its own."""
    alone = request.headers.get("hx-request") != "true"
    return page(
        request,
        "verification-page.html" if alone else "verification.html",
        person=visit.person,
        result=centre_of(request).log.verify(),
    )


def _latest(log: Log) -> dict[str, object]:
    """The newest entries, newest first, and the checkpoint; what is wrong where the log cannot be read."""
    entries: list[Entry] = []
    said: dict[str, object] = {"size": None, "checkpoint": None, "entries": entries, "damage": ""}
    try:
        said |= {"size": log.size, "checkpoint": log.checkpoint}
        entries.extend(log.read(start=max(0, log.size - ENTRIES_SHOWN)))
    except LogDamaged as error:
        said["damage"] = str(error)
    entries.reverse()
    return said
