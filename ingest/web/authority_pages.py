"""The pages of authorities for whoever may see them: all of them, what waits for an officer, one in full, its files."""

from enum import StrEnum
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from governance.authority.question import Kind
from governance.authority.replay import IN_FORCE, NotGood
from governance.authority.states import State
from governance.roles import Permission
from ingest.errors import BadInput, Conflict
from ingest.web.authority_view import authorities_of, draw, draw_one, signer_of
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/authorities", include_in_schema=False)

A_PAGE: Final = 50
"""Each is verified before it is shown: about 4 ms apiece on two cores of 2026."""

OWN: Final = "own"

Chosen = TypeVar("Chosen", bound=StrEnum)

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_AUTHORITIES))]


@router.get("")
def all_authorities(
    request: Request, visit: Seeing, state: str = "", kind: str = "", whose: str = "", start: int = 0
) -> Response:
    """All of them, or those of a state and a kind, or those that one asked for oneself (whose=own); newest first."""
    own, start = authorities_of(request), max(0, start)
    found = own.all(_one_of(State, state), _one_of(Kind, kind))
    if whose == OWN:
        found = [each for each in found if each.applicant == visit.person.name]
    start = min(start, max(0, len(found) - 1) // A_PAGE * A_PAGE)
    shown = found[start : start + A_PAGE]
    return draw(
        request,
        visit,
        "authorities.html",
        found=shown,
        troubles=own.troubles([each.authority_id for each in shown]),
        count=len(found),
        start=start,
        before=max(0, start - A_PAGE) if start else None,
        after=start + A_PAGE if start + A_PAGE < len(found) else None,
        state=state,
        kind=kind,
        whose=whose,
        asks=visit.may(Permission.REQUEST_AUTHORITIES),
        waiting=len(own.queue()),
    )


@router.get("/queue")
def queue(request: Request, visit: Seeing) -> Response:
    """What waits for an authorising officer, most urgent first: to be confirmed, decided, reviewed."""
    own = authorities_of(request)
    waiting = own.queue()
    return draw(
        request,
        visit,
        "authority-queue.html",
        now=centre_of(request).clock(),
        troubles=own.troubles([each.authority_id for each in waiting]),
        confirm=[each for each in waiting if each.waits_for == "confirmation"],
        decide=[each for each in waiting if each.waits_for == "decision"],
        review=[each for each in waiting if each.waits_for == "review" and each.state in IN_FORCE],
        over=[each for each in waiting if each.waits_for == "review" and each.state not in IN_FORCE],
        rules=own.rules,
        signer=signer_of(own, visit),
    )


@router.get("/trust")
def trust(request: Request, _visit: Seeing) -> Response:
    """The signed trust list, byte for byte, as a file."""
    return _file(authorities_of(request).keys.trust_bytes(), "trust.json")


@router.get("/{authority_id}")
def one(request: Request, visit: Seeing, authority_id: UUID, done: str = "") -> Response:
    """One authority in full, verified anew. done is the step that was just taken, where one was."""
    return draw_one(request, visit, authority_id, done=done)


@router.get("/{authority_id}/case")
def case(request: Request, visit: Seeing, authority_id: UUID) -> Response:
    """The signed documents, byte for byte as an overseer verifies them, as a file."""
    own = authorities_of(request)
    try:
        data = own.case(authority_id).to_bytes()
    except NotGood as error:
        return draw_one(request, visit, authority_id, Conflict(f"there is no file that would verify: {error}"))
    return _file(data, f"{own.show(authority_id).summary.reference}.json")


def _one_of(kind: type[Chosen], text: str) -> Chosen | None:
    try:
        return kind(text) if text else None
    except ValueError as error:
        raise BadInput(f"there is no {kind.__name__.lower()} {text[:40]!r} of authorities") from error


def _file(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="application/json", headers=headers)
