"""The auditor's pages: searches drawn by lot, each given to somebody other than who made it, and what they found.

The page of an audit shows what was asked for to the auditor whom it was given to, until they have said what they found:
that is an act of its own in the log (ingest.search.audits). Everybody else who may audit sees what the log holds.
"""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.access.rules import AccessRules
from governance.roles import Permission
from ingest.errors import BadInput, Conflict
from ingest.search.audits import LONGEST_WORDS, MOST_DRAWN, Found
from ingest.web import audit_view
from ingest.web.audit_view import FINDINGS_A_PAGE
from ingest.web.failures import status_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/audits", include_in_schema=False)

Auditing = Annotated[Visit, Depends(needs(Permission.AUDIT_SEARCHES))]
Text = Annotated[str, Form(max_length=2_000)]

USUAL_DRAW: Final = 5

FINDINGS: Final = {
    Found.IN_ORDER: "In order",
    Found.NOT_JUSTIFIED: "Not justified",
    Found.CANNOT_TELL: "Cannot tell",
}
EXPLAINED: Final = {
    Found.IN_ORDER: "The reference exists, it is about this vehicle or place, and the purpose fits.",
    Found.NOT_JUSTIFIED: "There is no such case, or it does not explain this search.",
    Found.CANNOT_TELL: "What you would need to see is not there. Say what is missing.",
}


@router.get("")
def audits(request: Request, visit: Auditing, start: int = 0) -> Response:
    return _all(request, visit, start=max(0, start))


@router.post("")
def draw(request: Request, visit: Auditing, number: Text = "") -> Response:
    try:
        centre_of(request).audits.draw(_whole(number), visit.person)
    except BadInput as error:
        return _all(request, visit, typed={"number": number}, faults={"number": str(error)})
    # Elsewhere, so that loading the page again does not draw again.
    return RedirectResponse("/audits#waiting", HTTPStatus.SEE_OTHER)


@router.get("/{audit_id}")
def audit(request: Request, visit: Auditing, audit_id: UUID) -> Response:
    return _one(request, visit, audit_id)


@router.post("/{audit_id}/take")
def take(request: Request, visit: Auditing, audit_id: UUID) -> Response:
    try:
        centre_of(request).audits.assign(audit_id, visit.person.name, visit.person)
    except (BadInput, Conflict) as error:
        return _one(request, visit, audit_id, refused=error)
    return _to(audit_id)


@router.post("/{audit_id}/assign")
def assign(request: Request, visit: Auditing, audit_id: UUID, auditor: Text = "") -> Response:
    try:
        centre_of(request).audits.assign(audit_id, auditor.strip(), visit.person)
    except BadInput as error:
        return _one(request, visit, audit_id, typed={"auditor": auditor}, faults={"auditor": str(error)})
    except Conflict as error:
        return _one(request, visit, audit_id, refused=error)
    return _to(audit_id)


@router.post("/{audit_id}/finding")
def find(request: Request, visit: Auditing, audit_id: UUID, finding: Text = "", words: Text = "") -> Response:
    typed = {"finding": finding, "words": words}
    faults = {} if finding in FINDINGS else {"finding": "choose what you found"}
    if not words.strip():
        faults["words"] = "say in words what you found: what you looked at, and what it shows"
    if faults:
        return _one(request, visit, audit_id, typed=typed, faults=faults)
    try:
        centre_of(request).audits.find(audit_id, Found(finding), words, visit.person)
    except BadInput as error:
        return _one(request, visit, audit_id, typed=typed, faults={"words": str(error)})
    except Conflict as error:
        return _one(request, visit, audit_id, refused=error)
    return _to(audit_id)


def tier_words(rules: AccessRules) -> dict[str, str]:
    """How old the reads were that a search asked for, by the name of its tier."""
    return {tier.name: tier.words for tier in rules.tiers}


def _to(audit_id: UUID) -> Response:
    return RedirectResponse(f"/audits/{audit_id}", HTTPStatus.SEE_OTHER)


def _whole(text: str) -> int:
    """A whole number as it was typed; 0, which is never one to draw, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _all(
    request: Request,
    visit: Visit,
    *,
    start: int = 0,
    typed: Mapping[str, str] = MappingProxyType({"number": str(USUAL_DRAW)}),
    faults: Mapping[str, str] | None = None,
) -> Response:
    centre = centre_of(request)
    rules = centre.searches.rules
    days = rules.keeping.question_days
    queue = audit_view.queue(centre.engine, visit.person.name, centre.clock() - timedelta(days=days), start)
    ends = start + len(queue.found)
    return page(
        request,
        "audits.html",
        person=visit.person,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        queue=queue,
        before=max(0, start - FINDINGS_A_PAGE) if start else None,
        after=ends if ends < queue.found_count else None,
        purposes=rules.purposes,
        tiers=tier_words(rules),
        findings=FINDINGS,
        kept_days=days,
        most_drawn=MOST_DRAWN,
        typed=typed,
        faults=faults or {},
    )


def _one(
    request: Request,
    visit: Visit,
    audit_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    refused: BadInput | Conflict | None = None,
) -> Response:
    centre = centre_of(request)
    line = audit_view.one(centre.engine, audit_id)
    mine = line.audit.finding is None and line.audit.auditor == visit.person.name
    rules = centre.searches.rules
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else status_of(refused) if refused else HTTPStatus.OK
    return page(
        request,
        "audit.html",
        person=visit.person,
        status=status,
        audit=line.audit,
        drawn_by=line.drawn_by,
        made=line.search,
        mine=mine,
        question=centre.audits.show(audit_id, visit.person)[1].question if mine else None,
        own=line.search.account == visit.person.name,
        known=audit_view.background(centre.engine, line),
        purposes=rules.purposes,
        tiers=tier_words(rules),
        findings=FINDINGS,
        explained=EXPLAINED,
        longest=LONGEST_WORDS,
        typed=typed or {},
        faults=faults or {},
        refused="" if refused is None else str(refused),
    )
