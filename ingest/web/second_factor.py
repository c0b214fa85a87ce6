"""The second factor: its code after the password, and setting it up, for oneself or because a role asks for it."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from governance import totp
from governance.roles import Permission
from governance.second_factor import Standing
from ingest.accounts import Offer, Session
from ingest.errors import BadInput, IngestError, SignInRefused
from ingest.web.entrance import HOME, inside, own_path
from ingest.web.errors import NotSignedIn
from ingest.web.failures import SECOND_FACTOR, form_page
from ingest.web.session import Visit, centre_of, needs, set_cookie
from ingest.web.templating import page

router = APIRouter(default_response_class=Response, include_in_schema=False)

SET_UP: Final = f"{SECOND_FACTOR}/set-up"

Unfinished = Annotated[Visit, Depends(needs(Permission.OWN_ACCOUNT, logged=False, unfinished=True))]
Code = Annotated[str, Form(max_length=100)]
Next = Annotated[str, Form(max_length=500)]


@router.get(SECOND_FACTOR)
def ask(request: Request, visit: Unfinished, next: str = HOME) -> Response:
    session = session_of(request, visit)
    if session.standing is Standing.CODE_NEEDED:
        return _code_page(request, own_path(next))
    elsewhere = SET_UP if session.standing is Standing.SET_UP_NEEDED else "/own-account"
    return RedirectResponse(elsewhere, HTTPStatus.SEE_OTHER)


@router.post(SECOND_FACTOR)
def give(request: Request, visit: Unfinished, code: Code, next: Next = HOME) -> Response:
    session = session_of(request, visit)
    if session.standing is not Standing.CODE_NEEDED:
        return RedirectResponse(SECOND_FACTOR, HTTPStatus.SEE_OTHER)
    try:
        token = centre_of(request).accounts.second_factors.give(session, code)
    except SignInRefused as error:
        return _code_page(request, own_path(next), error)
    return inside(request, token, own_path(next))


@router.get(SET_UP)
def begin(request: Request, visit: Unfinished) -> Response:
    session = session_of(request, visit)
    if session.standing is Standing.CODE_NEEDED:
        return RedirectResponse(SECOND_FACTOR, HTTPStatus.SEE_OTHER)
    return _set_up_page(request, session, centre_of(request).accounts.second_factors.offer(session.person))


@router.post(SET_UP)
def set_up(
    request: Request,
    visit: Unfinished,
    offer: Annotated[str, Form(max_length=1_000)],
    code: Code,
    proof: Code = "",
) -> Response:
    session, factors = session_of(request, visit), centre_of(request).accounts.second_factors
    offered = factors.offered(session.person, offer)
    try:
        done = factors.set_up(session, offered, code, proof)
    except (BadInput, SignInRefused) as error:
        return _set_up_page(request, session, offered, error)
    response = page(request, "recovery-codes.html", person=session.person, codes=done.codes, first=True)
    set_cookie(response, done.token)
    return response


def session_of(request: Request, visit: Visit) -> Session:
    """The visit's session as it is now. Raises NotSignedIn where it has ended meanwhile."""
    session = centre_of(request).accounts.visit(visit.token)
    if session is None:
        raise NotSignedIn("your session has ended: sign in again")
    return session


def _code_page(request: Request, next: str, error: IngestError | None = None) -> Response:
    return form_page(request, "second-factor.html", error, next=next, leave=True)


def _set_up_page(request: Request, session: Session, offer: Offer, error: IngestError | None = None) -> Response:
    """The page with the QR code. The frame of a session that is not open has no links in it."""
    name, opened = session.person.name, session.standing is Standing.OPEN
    return form_page(
        request,
        "set-up.html",
        error,
        person=session.person if opened else None,
        leave=not opened,
        replaces=opened and centre_of(request).accounts.second_factors.held(session.person.account_id) is not None,
        offer=offer.sealed,
        qr=Markup(totp.qr_svg(offer.secret, name)),  # noqa: S704 - segno's own drawing, of nothing but squares
        secret=totp.as_text(offer.secret),
        account=name,
        issuer=totp.ISSUER,
    )
