"""Calls that search reads, and that look at, take away and share what a search found."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from governance.roles import Permission
from ingest.search.need import Need, need_of
from ingest.search.question import Box, Circle, Grounds, Question
from ingest.search.reads import FoundRead
from ingest.search.record import Search
from ingest.search.searches import MOST_PAGE_READS, PAGE_READS
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/searches", tags=["searches"])

Searching = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, logged=False))]
Listing = Annotated[Visit, Depends(needs(Permission.SEARCH_READS))]
Looking = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, Permission.SEE_RESULT_PICTURES, logged=False))]
Exporting = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, Permission.EXPORT_READS))]
Sharing = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, Permission.SHARE_READS))]

ZIP = "application/zip"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InBox(_Body):
    """A place between two parallels and two meridians, in degrees of WGS 84."""

    south: float
    west: float
    north: float
    east: float


class InCircle(_Body):
    """A place round a point in degrees of WGS 84."""

    latitude: float
    longitude: float
    radius_m: float


class NewSearch(_Body):
    """What is asked for, and why. Times have a zone; until is not part of the span; * and ? in a mark are wildcards."""

    start: AwareDatetime
    until: AwareDatetime
    marks: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    place: InBox | InCircle | None = None
    purpose: str
    reference: str
    on_behalf_of: str
    authority: str = ""
    surveillance: str = ""
    again: bool = False


class Leaving(_Body):
    """To whom results go, and why."""

    recipients: tuple[str, ...]
    why: str


class ShareWith(_Body):
    """With whose account results are shared, and why."""

    account: str
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A search and some of its results, from the one numbered start (from 0) on."""

    search: Search
    start: int
    reads: tuple[FoundRead, ...]


@router.get("")
def mine(request: Request, visit: Listing) -> list[Search]:
    """The searches whose results the asker may still open."""
    return centre_of(request).searches.mine(visit.person)


@router.get("/need")
def need(request: Request, _visit: Searching, start: AwareDatetime, purpose: str = "") -> Need:
    """What a search that begins at start needs."""
    centre = centre_of(request)
    return need_of(start, purpose, centre.clock(), centre.searches.rules)


@router.post("", status_code=HTTPStatus.CREATED)
def ask(request: Request, visit: Searching, new: NewSearch) -> Search:
    """Make a search. It is recorded; its results are read from the search that this gives."""
    place: Box | Circle | None = None
    if isinstance(new.place, InBox):
        place = Box(**new.place.model_dump())
    elif new.place is not None:
        place = Circle(**new.place.model_dump())
    question = Question(new.start, new.until, new.marks, new.devices, new.cameras, place)
    grounds = Grounds(new.purpose, new.reference, new.on_behalf_of, new.authority, new.surveillance, again=new.again)
    return centre_of(request).searches.ask(question, grounds, visit.person)


@router.get("/{search_id}")
def show(
    request: Request,
    visit: Searching,
    search_id: UUID,
    start: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_PAGE_READS)] = PAGE_READS,
) -> Shown:
    """Some results, newest first."""
    page = centre_of(request).searches.page(search_id, visit.person, start, limit)
    return Shown(page.search, page.start, page.reads)


@router.get("/{search_id}/pictures/{image_id}")
def picture(request: Request, visit: Looking, search_id: UUID, image_id: UUID) -> Response:
    """A picture of one of the results."""
    found = centre_of(request).searches.picture(search_id, image_id, visit.person)
    return Response(found.data, media_type=found.media_type)


@router.post("/{search_id}/export")
def export(request: Request, visit: Exporting, search_id: UUID, leaving: Leaving) -> Response:
    """Every result as a ZIP file: reads.csv, and cover.txt that says who, why, when and its SHA-256."""
    made = centre_of(request).sharing.export(search_id, visit.person, leaving.recipients, leaving.why)
    return Response(made.data, media_type=ZIP, headers=attachment(made.name))


@router.post("/{search_id}/share", status_code=HTTPStatus.NO_CONTENT)
def share(request: Request, visit: Sharing, search_id: UUID, share_with: ShareWith) -> None:
    """Let a colleague who may search open the results."""
    centre_of(request).sharing.share(search_id, visit.person, share_with.account, share_with.why)


def attachment(name: str) -> dict[str, str]:
    """The header that makes a browser save a file under this name, which is plain ASCII."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}
