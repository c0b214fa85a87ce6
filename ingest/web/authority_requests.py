"""The form of a request: written, saved as a draft, written anew, put before an officer, taken back, copied."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from governance.authority.fields import LONGEST_REASON
from governance.authority.question import Kind
from governance.authority.states import State
from governance.roles import Permission
from ingest.errors import BadInput, Conflict, StepRefused
from ingest.web.authority_form import (
    DOCUMENT_LABELS,
    WHOLE,
    Written,
    document_rows,
    first_form,
    labels,
    read_form,
    typed_of,
)
from ingest.web.authority_view import authorities_of, draw, draw_one
from ingest.web.outlines import MOST_CHARACTERS, read_outlines, write_outlines
from ingest.web.session import Visit, needs

router = APIRouter(prefix="/authorities", include_in_schema=False)

Requesting = Annotated[Visit, Depends(needs(Permission.REQUEST_AUTHORITIES))]
Copying = Annotated[Visit, Depends(needs(Permission.REQUEST_AUTHORITIES, Permission.SEE_AUTHORITIES))]

OUTLINES_FILE: Final = "outlines_file"


async def typed_in(request: Request) -> dict[str, str]:
    """Every text of the form. A file with outlines takes the place of what was typed as outlines."""
    async with request.form() as form:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get(OUTLINES_FILE)
        if isinstance(file, UploadFile) and file.size:
            typed["outlines"] = _as_typed(await file.read(4 * MOST_CHARACTERS))
    return typed


Typed = Annotated[dict[str, str], Depends(typed_in)]


@router.get("/new")
def new(request: Request, visit: Copying, kind: Kind | None = None, copy: UUID | None = None) -> Response:
    """The choice of a kind; the empty form of one; or the form of an earlier request, without its times."""
    own = authorities_of(request)
    if copy is not None:
        whole = own.show(copy)
        if not whole.request:
            raise Conflict(f"{whole.summary.reference} cannot be copied: {whole.trouble}")
        about, typed = whole.summary, _typed_of(request, whole.request, times=False)
        return _form(request, visit, about.kind, typed, copied=about.reference)
    if kind is not None:
        return _form(request, visit, kind, first_form(own.rules.kinds[kind]))
    return draw(request, visit, "authority-kinds.html", rules=own.rules)


@router.post("/new")
def save_new(request: Request, visit: Requesting, typed: Typed) -> Response:
    """Save a draft. What is wrong is said by its field, and nothing typed is lost."""
    try:
        kind = Kind(typed.get("kind", ""))
    except ValueError as error:
        raise BadInput("the form does not say for which kind of authority it is: begin it anew") from error
    written, own = read_form(kind, typed), authorities_of(request)
    if typed.get("rank", "") not in own.rules.order:
        written.faults = {"rank": "is not said", **written.faults}
    if written.faults:
        return _form(request, visit, kind, typed, written)
    try:
        return _to(own.requests.draft(written.fields, typed["rank"], visit.person))
    except BadInput as error:
        return _form(request, visit, kind, typed, _refused(typed, error))


@router.get("/{authority_id}/edit")
def edit(request: Request, visit: Copying, authority_id: UUID) -> Response:
    """The form of a draft of one's own."""
    found = _draft_of(request, visit, authority_id)
    return _form(request, visit, found.kind, _typed_of(request, found.body), draft=authority_id)


@router.post("/{authority_id}/edit")
def save(request: Request, visit: Requesting, authority_id: UUID, typed: Typed) -> Response:
    """Save a draft anew."""
    kind = _draft_of(request, visit, authority_id).kind
    written = read_form(kind, typed)
    if written.faults:
        return _form(request, visit, kind, typed, written, draft=authority_id)
    try:
        return _to(authorities_of(request).requests.amend(authority_id, written.fields, visit.person))
    except BadInput as error:
        return _form(request, visit, kind, typed, _refused(typed, error), draft=authority_id)


@router.post("/{authority_id}/submit")
def submit(request: Request, visit: Requesting, authority_id: UUID) -> Response:
    """Put a draft before the authorising officers."""
    try:
        return _to(authorities_of(request).requests.submit(authority_id, visit.person))
    except (BadInput, StepRefused) as error:
        return draw_one(request, visit, authority_id, error)


@router.post("/{authority_id}/withdraw")
def withdraw(request: Request, visit: Requesting, authority_id: UUID) -> Response:
    """Take a request back before it is decided."""
    try:
        return _to(authorities_of(request).requests.withdraw(authority_id, visit.person))
    except StepRefused as error:
        return draw_one(request, visit, authority_id, error)


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: Kind
    body: Mapping[str, Any]


def _draft_of(request: Request, visit: Visit, authority_id: UUID) -> _Draft:
    """A draft that this person may write anew. Raises NotFound or StepRefused."""
    whole = authorities_of(request).show(authority_id)
    about = whole.summary
    if about.applicant != visit.person.name:
        raise StepRefused(f"{about.reference} is a request of {about.applicant}: only they can write it anew")
    if about.state is not State.DRAFT or not whole.request:
        raise StepRefused(f"{about.reference} is {about.state}: only a draft can be written anew")
    return _Draft(about.kind, whole.request)


def _typed_of(request: Request, body: Mapping[str, Any], *, times: bool = True) -> dict[str, str]:
    """The form of a stored request, without the borders that the centre fills in by the boroughs' names."""
    typed = typed_of(body, times=times)
    if typed["place"] == "boroughs" and authorities_of(request).requests.knows_boroughs:
        typed["outlines"] = ""
    return typed


def _refused(typed: Mapping[str, str], error: BadInput) -> Written:
    """What only the register can find wrong: a borough that the force's file does not have, or not with that border."""
    field = "boroughs" if typed.get("place") == "boroughs" else WHOLE
    said = str(error).removeprefix("the request's place: ")
    return Written(faults={field: f"cannot be taken: {said}"})


def _form(
    request: Request,
    visit: Visit,
    kind: Kind,
    typed: Mapping[str, str],
    written: Written | None = None,
    *,
    draft: UUID | None = None,
    copied: str = "",
) -> Response:
    """The form. written has what is wrong with it; draft is the one that it writes anew, copied what it began as."""
    faults = {} if written is None else written.faults
    named = {"rank": "Your rank", **labels(kind)}
    error = BadInput("not saved: some of it has to be put right first") if faults else None
    own = authorities_of(request)
    return draw(
        request,
        visit,
        "authority-form.html",
        error,
        typed=typed,
        kind=kind,
        rule=own.rules.kinds[kind],
        ranks=own.rules.order,
        faults=faults,
        summary=[(name, named[name], faults[name]) for name in named if name in faults],
        documents=document_rows(typed),
        part_labels=DOCUMENT_LABELS,
        draft=draft,
        copied=copied,
        knows_boroughs=own.requests.knows_boroughs,
        longest_reason=LONGEST_REASON,
    )


def _as_typed(data: bytes) -> str:
    """A file of outlines as text, latitude first; as it is where it cannot be read, so that the form says why."""
    text = data.decode("utf-8-sig", errors="replace")
    try:
        return write_outlines(read_outlines(text))
    except ValueError:
        return text[: MOST_CHARACTERS + 1]


def _to(authority_id: UUID) -> Response:
    return RedirectResponse(f"/authorities/{authority_id}", HTTPStatus.SEE_OTHER)
