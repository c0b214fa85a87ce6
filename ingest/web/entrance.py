"""Signing in, by password or by link, and out."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from ingest.errors import SignInRefused
from ingest.web.failures import status_of
from ingest.web.session import Visit, centre_of, clear_cookie, needs, set_cookie
from ingest.web.templating import page, places_of

router = APIRouter(default_response_class=Response, include_in_schema=False)

HOME: Final = "/"


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = HOME) -> Response:
    return page(request, "sign-in.html", next=own_path(next), name="", said="")


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
        wait = getattr(error, "wait_s", None)
        return page(
            request,
            "sign-in.html",
            status=status_of(error),
            headers={"Retry-After": str(wait)} if wait else None,
            next=own_path(next),
            name=typed,
            said=str(error),
        )
    return _inside(request, token, own_path(next))


@router.get("/enter")
def enter(request: Request, token: str = "") -> Response:
    try:
        session = centre_of(request).accounts.enter(token)
    except SignInRefused as error:
        return page(request, "sign-in.html", status=status_of(error), next=HOME, name="", said=str(error))
    return _inside(request, session, HOME)


@router.post("/sign-out")
def sign_out(request: Request, visit: Annotated[Visit, Depends(needs(Permission.OWN_ACCOUNT))]) -> Response:
    centre_of(request).accounts.sign_out(visit.token)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
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


def _inside(request: Request, token: str, target: str) -> Response:
    """Go to where the person was headed; from the home page, straight on to the only page that they may open."""
    if target == HOME:
        places = places_of(centre_of(request).accounts.person(token))
        target = places[0].path if len(places) == 1 else HOME
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    set_cookie(response, token)
    return response
