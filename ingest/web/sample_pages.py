"""The overseer's samples: announced with a reason, opened with a word, and shown for a time with their marks.

Opening a sample and every look at what it shows are acts of their own in the log (ingest.search.samples). The list, and
a sample that is not open, hold numbers and words alone.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from ingest.errors import BadInput, Conflict, IngestError
from ingest.search.samples import LONGEST_TEXT, MOST_DRAWN, OPEN_FOR, SHORTEST_WORD
from ingest.web import sample_form
from ingest.web.audit_pages import tier_words
from ingest.web.failures import status_of
from ingest.web.sample_form import Announcement, Typed
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/samples", include_in_schema=False)

Sampling = Annotated[Visit, Depends(needs(Permission.OPEN_SAMPLES))]
Text = Annotated[str, Form(max_length=2_000)]


@router.get("")
def samples(request: Request, visit: Sampling) -> Response:
    return _all(request, visit, sample_form.empty(centre_of(request).clock()))


@router.post("")
def announce(request: Request, visit: Sampling, typed: Annotated[Typed, Form()]) -> Response:
    centre = centre_of(request)
    read = sample_form.read(typed, centre.clock())
    if not isinstance(read, Announcement):
        return _all(request, visit, typed, faults=read)
    made = centre.samples.announce(read.kind, read.reason, read.number, read.starts_at, read.ends_at, visit.person)
    return _to(made.sample_id)


@router.get("/{sample_id}")
def sample(request: Request, visit: Sampling, sample_id: UUID) -> Response:
    return _one(request, visit, sample_id)


@router.post("/{sample_id}/open")
def open_sample(request: Request, visit: Sampling, sample_id: UUID, word: Text = "") -> Response:
    try:
        centre_of(request).samples.open(sample_id, word, visit.person)
    except BadInput:
        asked = f"give {SHORTEST_WORD} to {LONGEST_TEXT} characters, whatever you like: nobody can know them before"
        return _one(request, visit, sample_id, typed={"word": word}, faults={"word": asked})
    except Conflict as error:
        return _one(request, visit, sample_id, refused=error)
    return _to(sample_id)


def _to(sample_id: UUID) -> Response:
    return RedirectResponse(f"/samples/{sample_id}", HTTPStatus.SEE_OTHER)


def _all(request: Request, visit: Visit, typed: Typed, faults: Mapping[str, str] | None = None) -> Response:
    centre = centre_of(request)
    return page(
        request,
        "samples.html",
        person=visit.person,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        samples=centre.samples.all(),
        now=centre.clock(),
        most_drawn=MOST_DRAWN,
        longest=LONGEST_TEXT,
        open_days=OPEN_FOR.days,
        typed=typed.model_dump(),
        faults=faults or {},
    )


def _one(
    request: Request,
    visit: Visit,
    sample_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    refused: IngestError | None = None,
) -> Response:
    centre = centre_of(request)
    announced = centre.samples.get(sample_id)
    shown = announced.may_be_shown(centre.clock())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else status_of(refused) if refused else HTTPStatus.OK
    return page(
        request,
        "sample.html",
        person=visit.person,
        status=status,
        sample=announced,
        opened=centre.samples.show(sample_id, visit.person) if shown else None,
        lists={each.list_id: each.name for each in centre.lists.all()} if shown else {},
        purposes=centre.searches.rules.purposes,
        tiers=tier_words(centre.searches.rules),
        open_days=OPEN_FOR.days,
        shortest=SHORTEST_WORD,
        longest=LONGEST_TEXT,
        typed=typed or {},
        faults=faults or {},
        refused="" if refused is None else str(refused),
    )
