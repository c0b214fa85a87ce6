"""The one table from what went wrong to what the asker is told: a status, and in words what was wrong and what to do.

An API call, and a tap on a card, is told in JSON ({"detail": …}), a page in a page. A browser's EventSource can read
neither, so a stream that may not go on says so in an event.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from governance.errors import (
    BadAct,
    BadCertificateRequest,
    BadRules,
    GovernanceError,
    LogBusy,
    LogDamaged,
    LogWriteFailed,
    PasswordRefused,
    WrongPassphrase,
)
from ingest import errors as ingest_errors
from ingest.accounts import Person
from ingest.contract import card
from ingest.web import errors
from ingest.web.templating import page

RETRY_AFTER_S: Final = 5
"""When to try again after a server of ours was away: its back-off is of this order."""

SECOND_FACTOR: Final = "/second-factor"
"""The page where a session that waits for its second factor is given it."""

STATUSES: Final[dict[type[Exception], HTTPStatus]] = {
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.MayNot: HTTPStatus.FORBIDDEN,
    errors.FromElsewhere: HTTPStatus.FORBIDDEN,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ingest_errors.TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    ingest_errors.SignInRefused: HTTPStatus.UNAUTHORIZED,
    ingest_errors.MayNotEnter: HTTPStatus.FORBIDDEN,
    ingest_errors.EnrolmentRefused: HTTPStatus.FORBIDDEN,
    ingest_errors.NotFound: HTTPStatus.NOT_FOUND,
    ingest_errors.Conflict: HTTPStatus.CONFLICT,
    ingest_errors.SearchRefused: HTTPStatus.FORBIDDEN,
    ingest_errors.BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    ingest_errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    ingest_errors.PictureDamaged: HTTPStatus.BAD_GATEWAY,
    ingest_errors.NotAuthorised: HTTPStatus.FORBIDDEN,
    WrongPassphrase: HTTPStatus.FORBIDDEN,
    PasswordRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    LogWriteFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    LogDamaged: HTTPStatus.SERVICE_UNAVAILABLE,
    BadAct: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadRules: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadCertificateRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""By the most particular class that fits. What is not here is a fault of ours: 500."""

TITLES: Final = {
    HTTPStatus.UNAUTHORIZED: "You are not signed in",
    HTTPStatus.FORBIDDEN: "You may not do this",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "That cannot be done here",
    HTTPStatus.CONFLICT: "It is there already",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "That is too much at once",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That cannot be taken as it is",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.BAD_GATEWAY: "This is not what was stored",
    HTTPStatus.SERVICE_UNAVAILABLE: "A part of the service is away",
}
_OURS: Final = "Something failed that should not have. Nothing more was done. It has been written down for repair."
_LOG_AWAY: Final = "The log cannot be written, and what cannot be logged is not done. Tell whoever runs the service."
_LOG_BUSY: Final = "More is being done than the log can keep up with. Nothing was done: try again in a few seconds."

_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_SECRET: Final = ("pass", "code", "token")
"""In the name of a field whose value is drawn on no page."""

_log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Give the application the answers of this file."""

    async def known(request: Request, error: Exception) -> Response:
        if isinstance(error, errors.NotSignedIn) and request.method == "POST":
            return answer_refusal(request, error, await _typed(request))
        return answer_refusal(request, error)

    for kind in (ingest_errors.IngestError, GovernanceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, known)


def answer_refusal(request: Request, error: Exception, typed: Sequence[tuple[str, str]] = ()) -> Response:
    """The response to a request that ended in this error. typed are the fields of a form whose sender's session has
    ended: the page keeps them, to be sent again.
    """
    status, said = status_of(error), words_of(error)
    headers = _headers(request, error, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s %s: %s: %s", request.method, _pattern(request), type(error).__name__, said)
    if request.url.path.startswith("/api/") or request.headers.get("hx-request") == "true":
        return JSONResponse({"detail": said, **_reasons(error)}, status, headers)
    if "text/event-stream" in request.headers.get("accept", "") and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Response(card.closed_event(f"Alerts have stopped: {said}."), media_type="text/event-stream")
    if isinstance(error, errors.NotSignedIn) and _is_navigation(request):
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", HTTPStatus.SEE_OTHER)
    if isinstance(error, ingest_errors.SecondFactorNeeded) and _is_navigation(request):
        return RedirectResponse(f"{SECOND_FACTOR}?next={quote(request.url.path)}", HTTPStatus.SEE_OTHER)
    return page(
        request,
        "failure.html",
        person=getattr(request.state, "person", None),
        status=status,
        headers=headers,
        title=TITLES.get(status, "Something failed"),
        said=said,
        reasons=_reasons(error).get("reasons", ()),
        sign_in=isinstance(error, errors.NotSignedIn),
        typed=typed,
    )


def form_page(
    request: Request, template: str, error: Exception | None, /, *, person: Person | None = None, **values: object
) -> Response:
    """A page with a form; where the form was refused, once more, with the status and in words (said) why."""
    status = HTTPStatus.OK if error is None else status_of(error)
    headers = {} if error is None else _headers(request, error, status)
    said = "" if error is None else words_of(error)
    return page(request, template, person=person, status=status, headers=headers, said=said, **values)


def status_of(error: Exception) -> HTTPStatus:
    """The status of the most particular class that STATUSES knows."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    if isinstance(error, RequestValidationError):
        in_path = error.errors()[0]["loc"][0] == "path"
        return HTTPStatus.NOT_FOUND if in_path else HTTPStatus.UNPROCESSABLE_ENTITY
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR


def words_of(error: Exception) -> str:
    """What to say. A validation error names the field and the fault, never the value: it may be a mark."""
    if isinstance(error, HTTPException):
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return "this address only takes what a form sends: open the page with the form"
        return str(error.detail)
    if isinstance(error, RequestValidationError):
        faults = error.errors()
        if faults[0]["loc"][0] == "path":
            return "there is nothing under this address: it does not hold an id, or not all of one"
        return "; ".join(f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in faults)
    if isinstance(error, LogBusy):
        return _LOG_BUSY
    if isinstance(error, (LogWriteFailed, LogDamaged)):
        return _LOG_AWAY
    return str(error) if status_of(error) != HTTPStatus.INTERNAL_SERVER_ERROR else _OURS


def _reasons(error: Exception) -> dict[str, list[str]]:
    if isinstance(error, ingest_errors.SecondFactorNeeded):
        return {"needs": [error.standing.value]}
    if isinstance(error, ingest_errors.SearchRefused):
        return {"reasons": list(error.reasons), "rules": list(error.rules)}
    several = (ingest_errors.EntryRefused, ingest_errors.QuestionRefused)
    return {"reasons": list(error.reasons)} if isinstance(error, several) else {}


def _headers(request: Request, error: Exception, status: HTTPStatus) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException):
        headers.update(error.headers or {})
    if isinstance(error, ingest_errors.TooManyTries):
        headers["Retry-After"] = str(error.wait_s)
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, errors.NotSignedIn):
        if request.url.path.startswith("/api/"):
            headers["WWW-Authenticate"] = "Bearer"
        elif request.headers.get("hx-request") == "true":
            open_page = urlsplit(request.headers.get("hx-current-url", "")).path
            headers["HX-Redirect"] = f"/sign-in?next={quote(open_page)}" if open_page else "/sign-in"
    if isinstance(error, ingest_errors.SecondFactorNeeded) and request.headers.get("hx-request") == "true":
        headers["HX-Redirect"] = SECOND_FACTOR
    return headers


async def _typed(request: Request) -> list[tuple[str, str]]:
    """The fields of a form as they were typed, in order; no file, and nothing that is secret."""
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return []
    form = await request.form()
    return [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and not any(word in name for word in _SECRET)
    ]


def _is_navigation(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _pattern(request: Request) -> str:
    """The route's pattern: the path itself may hold what a log line must not."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "a path that no route has"))
