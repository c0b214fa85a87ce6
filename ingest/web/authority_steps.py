"""What an officer signs on an authority's page, and what somebody writes down of a grant by word of mouth.

The passphrase of the officer's key comes in the body of the one request, opens the key for one signature, and is drawn
on no page again. Whatever else was typed is, where the step is refused, with what was wrong at its field.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from governance.authority.fields import Reason
from governance.authority.ranks import Rules
from governance.authority.states import Step
from governance.errors import WrongPassphrase
from governance.roles import Permission
from ingest.errors import BadInput, Conflict, NotFound, TooManyPassphrases
from ingest.marks_in_text import mark_in, names_mark
from ingest.web.authority_form import read_local
from ingest.web.authority_view import authorities_of, draw_one
from ingest.web.authority_words import STEPS
from ingest.web.session import Visit, needs

router = APIRouter(prefix="/authorities", include_in_schema=False)

Recording = Annotated[Visit, Depends(needs(Permission.RECORD_VERBAL_GRANTS))]
Deciding = Annotated[Visit, Depends(needs(Permission.DECIDE_AUTHORITIES))]
Text = Annotated[str, Form(max_length=20_000)]
Secret = Annotated[str, Form(max_length=2_000)]

REFUSALS: Final = (BadInput, Conflict, NotFound, WrongPassphrase, TooManyPassphrases)
"""What is said on the page itself."""

_REASON: Final[TypeAdapter[str]] = TypeAdapter(Reason)


@router.post("/{authority_id}/steps")
def take(
    request: Request, visit: Deciding, authority_id: UUID, step: Text = "", reason: Text = "", passphrase: Secret = ""
) -> Response:
    """Sign a step."""
    own = authorities_of(request)
    own.show(authority_id)  # an authority that there is not is no refusal of a step
    chosen, why = next((each for each in STEPS if each == step), None), _plain(reason)
    faults = _said({"step": "" if chosen else "choose what you decide", "reason": _fault_of_reason(why)})
    try:
        if chosen is None or faults:
            raise BadInput("; ".join(faults.values()))
        own.steps.take(authority_id, chosen, why, passphrase, visit.person)
    except REFUSALS as error:
        if isinstance(error, (WrongPassphrase, TooManyPassphrases)):
            faults = {"passphrase": str(error)}
        return draw_one(request, visit, authority_id, error, typed={"step": step, "reason": reason}, faults=faults)
    return _to(authority_id, chosen)


@router.post("/{authority_id}/verbal")
def grant_verbally(
    request: Request,
    visit: Recording,
    authority_id: UUID,
    officer: Text = "",
    granted_at: Text = "",
    verbal_reason: Text = "",
    verbal_rank: Text = "",
) -> Response:
    """Write down that an officer granted it by word of mouth."""
    own = authorities_of(request)
    own.show(authority_id)
    why = _plain(verbal_reason)
    at, fault = _read_time(granted_at)
    faults = _said(
        {
            "officer": "" if officer else "choose who granted it",
            "granted_at": fault,
            "verbal_reason": _fault_of_reason(why),
            "verbal_rank": _fault_of_rank(own.rules, verbal_rank),
        }
    )
    try:
        if at is None or faults:
            raise BadInput("; ".join(faults.values()))
        own.steps.grant_verbally(authority_id, officer, at, why, verbal_rank, visit.person)
    except REFUSALS as error:
        typed = {
            "officer": officer,
            "granted_at": granted_at,
            "verbal_reason": verbal_reason,
            "verbal_rank": verbal_rank,
        }
        return draw_one(request, visit, authority_id, error, typed=typed, faults=faults)
    return _to(authority_id, Step.GRANT_VERBALLY)


def _said(faults: dict[str, str]) -> dict[str, str]:
    """The fields that something is wrong with."""
    return {name: fault for name, fault in faults.items() if fault}


def _plain(text: str) -> str:
    """A text as it was meant: browsers send a line's end as two characters."""
    return text.replace("\r\n", "\n").strip()


def _fault_of_reason(text: str) -> str:
    mark = mark_in(text)
    if mark:
        return f"what you wrote {names_mark(mark)}"
    try:
        _REASON.validate_python(text)
    except ValidationError as error:
        return f"the reason {error.errors()[0]['msg'].removeprefix('Value error, ')}"
    return ""


def _fault_of_rank(rules: Rules, rank: str) -> str:
    return "" if rules.knows(rank) else "choose your rank"


def _read_time(text: str) -> tuple[datetime | None, str]:
    """When it was granted; or nothing, and what is wrong with it."""
    try:
        return read_local(text), ""
    except ValueError as error:
        return None, f"when it was granted {error}"


def _to(authority_id: UUID, done: Step) -> Response:
    """To the authority's page, from its top: the browser would keep the place that the form was sent to."""
    return RedirectResponse(f"/authorities/{authority_id}?done={done}#main", HTTPStatus.SEE_OTHER)
