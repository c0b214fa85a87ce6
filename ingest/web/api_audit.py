"""Calls for those who check how reads are searched: audits, samples that oversight opens, figures by person."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from governance.roles import Permission
from ingest.search import figures
from ingest.search.audits import MOST_DRAWN, Audit, Found
from ingest.search.figures import PersonFigures
from ingest.search.record import Search
from ingest.search.samples import MOST_DRAWN as MOST_SAMPLED
from ingest.search.samples import Kind, Opened, Sample
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api", tags=["audit"])

Auditing = Annotated[Visit, Depends(needs(Permission.AUDIT_SEARCHES, logged=False))]
Sampling = Annotated[Visit, Depends(needs(Permission.OPEN_SAMPLES, logged=False))]
Counting = Annotated[Visit, Depends(needs(Permission.SEE_OVERSIGHT_FIGURES))]

USUAL_DAYS = 28


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Draw(_Body):
    """How many searches to draw."""

    number: int = Field(ge=1, le=MOST_DRAWN)


class Assign(_Body):
    """Whose account an audit is given to."""

    auditor: str


class Finding(_Body):
    """What an auditor found, and in words."""

    finding: Found
    words: str


class Announce(_Body):
    """A sample that is going to be drawn: of what, why, how many, and from when up to when."""

    kind: Kind
    reason: str
    number: int = Field(ge=1, le=MOST_SAMPLED)
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class Word(_Body):
    """The overseer's own part of the draw."""

    word: str


class AuditedSearch(BaseModel):
    """An audit with the search that it is of."""

    audit: Audit
    search: Search


@router.get("/audits")
def audits(request: Request, _visit: Annotated[Visit, Depends(needs(Permission.AUDIT_SEARCHES))]) -> list[Audit]:
    """The latest audits, without what was asked for."""
    return centre_of(request).audits.all()


@router.post("/audits", status_code=HTTPStatus.CREATED)
def draw(request: Request, visit: Auditing, how_many: Draw) -> list[Audit]:
    """Draw searches by lot."""
    return centre_of(request).audits.draw(how_many.number, visit.person)


@router.get("/audits/{audit_id}")
def audit(request: Request, visit: Auditing, audit_id: UUID) -> AuditedSearch:
    """The search that was given to the asker to audit."""
    found, search = centre_of(request).audits.show(audit_id, visit.person)
    return AuditedSearch(audit=found, search=search)


@router.post("/audits/{audit_id}/assign", status_code=HTTPStatus.NO_CONTENT)
def assign(request: Request, visit: Auditing, audit_id: UUID, to: Assign) -> None:
    """Give an audit to somebody other than who made the search."""
    centre_of(request).audits.assign(audit_id, to.auditor, visit.person)


@router.post("/audits/{audit_id}/finding", status_code=HTTPStatus.NO_CONTENT)
def finding(request: Request, visit: Auditing, audit_id: UUID, said: Finding) -> None:
    """Record what was found, once."""
    centre_of(request).audits.find(audit_id, said.finding, said.words, visit.person)


@router.get("/samples")
def samples(request: Request, _visit: Annotated[Visit, Depends(needs(Permission.OPEN_SAMPLES))]) -> list[Sample]:
    """The latest samples, without what they show."""
    return centre_of(request).samples.all()


@router.post("/samples", status_code=HTTPStatus.CREATED)
def announce(request: Request, visit: Sampling, new: Announce) -> Sample:
    """Say what is going to be drawn. The service commits itself to its seed in the log."""
    return centre_of(request).samples.announce(
        new.kind, new.reason, new.number, new.starts_at, new.ends_at, visit.person
    )


@router.post("/samples/{sample_id}/open")
def open_sample(request: Request, visit: Sampling, sample_id: UUID, own: Word) -> Opened:
    """Draw and show."""
    return centre_of(request).samples.open(sample_id, own.word, visit.person)


@router.get("/samples/{sample_id}")
def sample(request: Request, visit: Sampling, sample_id: UUID) -> Opened:
    """Look at an open sample again."""
    return centre_of(request).samples.show(sample_id, visit.person)


@router.get("/search-figures")
def search_figures(
    request: Request, _visit: Counting, days: Annotated[int, Query(ge=1, le=366)] = USUAL_DAYS
) -> list[PersonFigures]:
    """How each person searched in the days that are past."""
    centre = centre_of(request)
    now = centre.clock()
    return figures.by_person(centre.engine, centre.searches.rules, now - timedelta(days=days), now)
