"""Signing in, by password, by link or at the force's own provider, and signing out."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from governance.second_factor import Standing
from ingest.accounts import How
from ingest.errors import IngestError, MayNotEnter, NotFound, ProviderRefused, ProviderUnavailable, SignInRefused
from ingest.oidc.flow import LIFE
from ingest.oidc.provider import RETURN_PATH, Provider
from ingest.web.failures import SECOND_FACTOR, form_page
from ingest.web.session import Visit, centre_of, clear_cookie, needs, set_cookie
from ingest.web.templating import page, places_of

router = APIRouter(default_response_class=Response, include_in_schema=False)

HOME: Final = "/"

FLOW_COOKIE: Final = "__Host-lanthorn-sign-in"
"""Holds a sign-in at the provider while it is under way, sealed (ingest.oidc.flow)."""


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = HOME) -> Response:
    return _page(request, own_path(next))


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=2_000)],
    next: Annotated[str, Form(max_length=500)] = HOME,
) -> Response:
    typed = name.strip().lower()
    try:
        token = centre_of(request).accounts.sign_in(typed, password)
    except SignInRefused as error:
        return _page(request, own_path(next), typed, error)
    return inside(request, token, own_path(next))


@router.get("/enter")
def enter(request: Request, token: str = "") -> Response:
    try:
        session = centre_of(request).accounts.enter(token)
    except SignInRefused as error:
        return _page(request, HOME, error=error)
    return inside(request, session, HOME)


@router.get("/sign-in/provider")
def to_provider(request: Request, next: str = HOME) -> Response:
    target = own_path(next)
    try:
        begun = _provider(request).begin(target)
    except ProviderUnavailable as error:
        return _page(request, target, error=error)
    response = RedirectResponse(begun.address, HTTPStatus.SEE_OTHER)
    life_s = int(LIFE.total_seconds())
    response.set_cookie(FLOW_COOKIE, begun.sealed, max_age=life_s, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get(RETURN_PATH)
def from_provider(request: Request) -> Response:
    accounts = centre_of(request).accounts
    try:
        finished = _provider(request).finish(request.cookies.get(FLOW_COOKIE, ""), request.query_params)
        response = inside(request, accounts.enter_from_provider(finished.identity), finished.target)
    except (ProviderRefused, ProviderUnavailable, MayNotEnter) as error:
        if isinstance(error, ProviderRefused):
            accounts.provided.note_refusal(str(error))
        response = _page(request, HOME, error=error)
    response.delete_cookie(FLOW_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.post("/sign-out")
def sign_out(
    request: Request, visit: Annotated[Visit, Depends(needs(Permission.OWN_ACCOUNT, unfinished=True))]
) -> Response:
    centre = centre_of(request)
    how = centre.accounts.sign_out(visit.token)
    elsewhere = centre.provider.sign_out_address() if how is How.PROVIDER and centre.provider is not None else None
    response: Response
    if elsewhere is None:
        response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    else:
        response = page(request, "signed-out.html", elsewhere=elsewhere)
    clear_cookie(response)
    return response


def own_path(target: str) -> str:
    """The target if it is a path of this site, otherwise the home page: a link must not lead from here to elsewhere.

    >>> own_path("/patrol"), own_path("//evil.example"), own_path("https://evil.example"), own_path("/\\\\evil.example")
    ('/patrol', '/', '/', '/')
    """
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if plain and not parts.scheme and not parts.netloc else HOME


def inside(request: Request, token: str, target: str) -> Response:
    """Go to where the person was headed, by way of the second factor where the session waits for it.

    From the home page one goes straight on to the only page for one's daily work.
    """
    session = centre_of(request).accounts.visit(token)
    if session is not None and session.standing is not Standing.OPEN:
        target = f"{SECOND_FACTOR}?next={quote(target)}"
    elif target == HOME:
        places = [place for place in places_of(session.person if session is not None else None) if place.daily]
        target = places[0].path if len(places) == 1 else HOME
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    set_cookie(response, token)
    return response


def _page(request: Request, next: str, name: str = "", error: IngestError | None = None) -> Response:
    """The page to sign in at, with what went wrong, where something did."""
    centre = centre_of(request)
    return form_page(
        request,
        "sign-in.html",
        error,
        next=next,
        name=name,
        local=centre.settings.sign_in.local_accounts,
        provider=None if centre.provider is None else centre.provider.label,
    )


def _provider(request: Request) -> Provider:
    provider = centre_of(request).provider
    if provider is None:
        raise NotFound("no sign-in provider is set up here: sign in with a name and a password")
    return provider
