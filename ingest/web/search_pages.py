"""The pages of searches: the form, what it needs as the dates are chosen, and what was found.

What is asked for travels in the body of a POST, never in an address: addresses end up in histories and in logs. The
results have an address that names the search by its id.
"""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from ingest.errors import BadInput, IngestError, NotFound, QuestionRefused, SearchRefused
from ingest.search.need import need_of
from ingest.search.searches import PAGE_READS
from ingest.web import search_form
from ingest.web.api_search import ZIP, attachment
from ingest.web.failures import status_of
from ingest.web.search_form import Typed
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/search", include_in_schema=False)

# What these show is an act of its own, which names the search: ingest.search.searches.
Searching = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, logged=False))]
Opening = Annotated[Visit, Depends(needs(Permission.SEARCH_READS))]
Looking = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, Permission.SEE_RESULT_PICTURES, logged=False))]
Exporting = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, Permission.EXPORT_READS))]
Sharing = Annotated[Visit, Depends(needs(Permission.SEARCH_READS, Permission.SHARE_READS))]
Text = Annotated[str, Form(max_length=2_000)]

CHOOSE: Final = "Choose when the search begins to see what it needs."


@router.get("")
def form(request: Request, visit: Opening) -> Response:
    return _form(request, visit, search_form.empty(centre_of(request).clock()))


@router.get("/need")
def need(request: Request, _visit: Searching, start: str = "", purpose: str = "") -> Response:
    """What a search that begins then needs: a part of the form, asked for as its dates and purpose are chosen."""
    return page(request, "search-need.html", need=_need(request, start, purpose), choose=CHOOSE)


@router.post("")
def ask(request: Request, visit: Searching, typed: Annotated[Typed, Form()]) -> Response:
    try:
        question, grounds = search_form.read(typed)
        made = centre_of(request).searches.ask(question, grounds, visit.person)
    except (QuestionRefused, SearchRefused) as error:
        return _form(request, visit, typed, refused=error)
    return RedirectResponse(f"/search/{made.search_id}", HTTPStatus.SEE_OTHER)


@router.get("/{search_id}")
def results(request: Request, visit: Searching, search_id: UUID, start: int = 0) -> Response:
    return _results(request, visit, search_id, max(0, start))


@router.get("/{search_id}/reads/{read_id}")
def read(request: Request, visit: Looking, search_id: UUID, read_id: UUID) -> Response:
    """One result with its pictures, as large as they are."""
    made, found = centre_of(request).searches.read(search_id, read_id, visit.person)
    return page(
        request,
        "search-read.html",
        person=visit.person,
        made=made,
        read=found,
        stories=visit.may(Permission.SEE_RETENTION),
    )


@router.get("/{search_id}/pictures/{image_id}")
def picture(request: Request, visit: Looking, search_id: UUID, image_id: UUID) -> Response:
    found = centre_of(request).searches.picture(search_id, image_id, visit.person)
    return Response(found.data, media_type=found.media_type, headers={"Cache-Control": "private, no-store"})


@router.post("/{search_id}/export")
def export(request: Request, visit: Exporting, search_id: UUID, recipients: Text = "", why: Text = "") -> Response:
    try:
        made = centre_of(request).sharing.export(search_id, visit.person, recipients.split("\n"), why)
    except BadInput as error:
        typed = {"recipients": recipients, "why": why}
        return _results(request, visit, search_id, 0, refused=error, typed=typed, panel="export")
    return Response(made.data, media_type=ZIP, headers=attachment(made.name))


@router.post("/{search_id}/share")
def share(request: Request, visit: Sharing, search_id: UUID, account: Text = "", share_why: Text = "") -> Response:
    try:
        centre_of(request).sharing.share(search_id, visit.person, account, share_why)
    except (BadInput, NotFound) as error:
        typed = {"account": account, "share_why": share_why}
        return _results(request, visit, search_id, 0, refused=error, typed=typed, panel="share")
    return _results(request, visit, search_id, 0, done=f"{account.strip()} can open these results now.")


def _form(
    request: Request, visit: Visit, typed: Typed, refused: QuestionRefused | SearchRefused | None = None
) -> Response:
    searches = centre_of(request).searches
    return page(
        request,
        "search.html",
        person=visit.person,
        status=status_of(refused) if refused else HTTPStatus.OK,
        typed=typed.model_dump(),
        refused=() if refused is None else refused.reasons,
        rules=refused.rules if isinstance(refused, SearchRefused) else (),
        need=_need(request, typed.start, typed.purpose),
        choose=CHOOSE,
        purposes=searches.rules.purposes,
        tiers=searches.rules.tiers,
        surveillance=searches.rules.surveillance,
        keeping=searches.rules.keeping,
        mine=searches.mine(visit.person),
    )


def _need(request: Request, start: str, purpose: str) -> object:
    """What a search that begins then needs; None where no time can be read from what was typed."""
    centre = centre_of(request)
    try:
        begins = search_form.local_time(start, later=False)
    except ValueError:
        return None
    return need_of(begins, purpose, centre.clock(), centre.searches.rules)


def _results(
    request: Request,
    visit: Visit,
    search_id: UUID,
    start: int,
    *,
    refused: IngestError | None = None,
    typed: dict[str, str] | None = None,
    panel: str = "",
    done: str = "",
) -> Response:
    searches = centre_of(request).searches
    found = searches.page(search_id, visit.person, start)
    made, known = found.search, searches.rules.purposes.get(found.search.grounds.purpose)
    ends = start + len(found.reads)
    return page(
        request,
        "search-results.html",
        person=visit.person,
        status=status_of(refused) if refused else HTTPStatus.OK,
        made=made,
        purpose=known.words if known else made.grounds.purpose,
        reads=found.reads,
        start=start,
        before=max(0, start - PAGE_READS) if start else None,
        after=ends if ends < made.results else None,
        until=made.ends_at(searches.rules),
        own=made.account == visit.person.name,
        pictures=visit.may(Permission.SEE_RESULT_PICTURES),
        stories=visit.may(Permission.SEE_RETENTION),
        may_export=visit.may(Permission.EXPORT_READS),
        may_share=visit.may(Permission.SHARE_READS),
        refused="" if refused is None else str(refused),
        typed=typed or {},
        panel=panel,
        done=done,
    )
