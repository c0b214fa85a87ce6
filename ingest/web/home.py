"""The first page: where this person may go, and what is not built yet for a role of theirs."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from governance.roles import Permission, Role
from ingest.contract.card.words import LONDON
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(include_in_schema=False)

NOT_BUILT: Final = {
    Role.FOOTAGE: ("Footage", "there is no page for uploading and finding footage yet. It is planned."),
}


@router.get("/")
def home(request: Request, visit: Annotated[Visit, Depends(needs(Permission.OWN_ACCOUNT, logged=False))]) -> Response:
    missing = dict(NOT_BUILT[role] for role in sorted(visit.person.roles) if role in NOT_BUILT)
    return page(
        request,
        "home.html",
        person=visit.person,
        part_of_day=part_of_day(centre_of(request).clock()),
        not_built=missing,
        waiting=_waiting(request, visit),
    )


def _waiting(request: Request, visit: Visit) -> int:
    """How many authorities wait for an officer, for whoever is one."""
    return len(centre_of(request).authorities.queue()) if visit.may(Permission.DECIDE_AUTHORITIES) else 0


def part_of_day(now: datetime) -> str:
    """The word for a greeting in London: a shift that begins at 3 in the morning has its evening behind it."""
    hour = now.astimezone(LONDON).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
