"""The overseer's page: what was used, on what grounds, with what result, and the log. No mark, no picture."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

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
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """The figures, and the entries of the log before the one of that number; the newest where none is given."""
    centre = centre_of(request)
    return page(
        request,
        "oversight.html",
        person=visit.person,
        periods=figures(centre.engine, centre.clock()),
        lists=centre.lists.all(),
        devices=centre.devices.overview() if visit.may(Permission.SEE_DEVICES) else None,
        log=_entries(centre.log, before),
        lost=centre.settling.trouble,
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
        lost=centre_of(request).settling.trouble,
    )


def _entries(log: Log, before: int | None) -> dict[str, object]:
    """Entries, newest first, and the checkpoint; what is wrong where the log cannot be read. newer is the number before
    which the entries lie that come after these; None where these are the newest.
    """
    entries: list[Entry] = []
    said: dict[str, object] = {"size": None, "checkpoint": None, "entries": entries, "newer": None, "damage": ""}
    try:
        size = log.size
        end = min(before or size, size)
        start = max(0, end - ENTRIES_SHOWN)
        newer = min(end + ENTRIES_SHOWN, size) if end < size else None
        said |= {"size": size, "checkpoint": log.checkpoint, "newer": newer}
        entries.extend(log.read(start, end - start))
    except LogDamaged as error:
        said["damage"] = str(error)
    entries.reverse()
    return said
