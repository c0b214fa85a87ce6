"""The officers' signing keys: an officer makes their own here, an administrator says which are trusted and until when.

An administrator types or pastes the fingerprint that the officer gave them. The page does not show them that of a key
that is not trusted yet: who reads it off the page and types it in again has compared nothing.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.errors import BadDocument, PasswordRefused
from governance.roles import Permission
from ingest.errors import BadInput, Conflict, NotFound
from ingest.web.authority_form import read_local
from ingest.web.authority_view import authorities_of, draw, signer_of
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/authorities/keys", include_in_schema=False)

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_AUTHORITIES))]
Deciding = Annotated[Visit, Depends(needs(Permission.DECIDE_AUTHORITIES))]
Trusting = Annotated[Visit, Depends(needs(Permission.TRUST_KEYS))]
Text = Annotated[str, Form(max_length=2_000)]

_NO_RANK: Final = "choose the officer's rank"


@router.get("")
def keys(request: Request, visit: Seeing) -> Response:
    """The keys, without their private halves."""
    return _page(request, visit)


@router.post("")
def make(
    request: Request, visit: Deciding, new: Text = "", again: Text = "", back: Annotated[UUID | None, Form()] = None
) -> Response:
    """Make one's own key. back is the authority from whose page this was asked."""
    try:
        if new != again:
            raise PasswordRefused("the two passphrases differ: type the same one twice")
        authorities_of(request).keys.make(new, visit.person)
    except PasswordRefused as error:
        return _page(request, visit, error, faults={"new" if new == again else "again": str(error)})
    except Conflict as error:
        return _page(request, visit, error)
    return RedirectResponse(
        "/authorities/keys" if back is None else f"/authorities/{back}#decide", HTTPStatus.SEE_OTHER
    )


@router.post("/trust")
def trust(request: Request, visit: Trusting, fingerprint: Text = "", rank: Text = "", until: Text = "") -> Response:
    """Put an officer's key on the trust list, with their rank."""
    own, typed = authorities_of(request), {"fingerprint": fingerprint, "rank": rank, "until": until}
    if not own.rules.knows(rank):
        return _page(request, visit, BadInput(_NO_RANK), typed, {"rank": _NO_RANK})
    try:
        ends_at = _until(until, centre_of(request).clock())
    except BadInput as error:
        return _page(request, visit, error, typed, {"until": str(error)})
    try:
        own.keys.trust(fingerprint, rank, visit.person, ends_at)
    except (BadInput, Conflict, NotFound) as error:
        return _page(request, visit, error, typed, {"fingerprint": str(error)})
    return RedirectResponse("/authorities/keys", HTTPStatus.SEE_OTHER)


@router.post("/{key_id}/retire")
def retire(request: Request, visit: Trusting, key_id: str, compromised: Annotated[bool, Form()] = False) -> Response:
    """End the trust in a key."""
    try:
        authorities_of(request).keys.retire(key_id, visit.person, compromised=compromised)
    except (Conflict, NotFound) as error:
        return _page(request, visit, error)
    return RedirectResponse("/authorities/keys", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    visit: Visit,
    error: Exception | None = None,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    """The page; faults are sentences by the field that they are about."""
    own = authorities_of(request)
    body, trouble = None, ""
    try:
        body = own.keys.trusted().body
    except BadDocument as damaged:
        trouble = str(damaged)
    return draw(
        request,
        visit,
        "authority-keys.html",
        error,
        typed=typed or {},
        keys=own.keys.all(),
        anchor=own.keys.anchor,
        number=None if body is None else body.number,
        issued_at=body.issued_at if body is not None and body.keys else None,
        trouble=trouble,
        faults=faults or {},
        signer=signer_of(own, visit),
        ranks=own.rules.order,
        now=centre_of(request).clock(),
        may_trust=visit.may(Permission.TRUST_KEYS),
    )


def _until(text: str, now: datetime) -> datetime | None:
    try:
        until = read_local(text) if text.strip() else None
    except ValueError as error:
        raise BadInput(f"the last day {error}") from error
    if until is not None and until <= now:
        raise BadInput("the last day has passed already: give a later one")
    return until
