"""Who is asking, and whether they may: the one dependency that every route outside PUBLIC names.

A page takes the session from a cookie and nothing else; a call under /api takes it from `Authorization: Bearer` and
nothing else. So a page of another site, which can make a browser send the cookie, can reach no API call with it.

The cookie is HttpOnly, SameSite=Lax, Secure, and has the __Host- prefix, so no other host or plain-text page can set
it. Browsers count http://127.0.0.1 and http://localhost as secure (tests/ingest/web/test_browser.py shows Chromium
doing so); anywhere else the pages need TLS, or nobody can stay signed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from fastapi import Request, Response

from governance.log import Act
from governance.roles import Permission, may
from governance.second_factor import Standing
from ingest.accounts import Person
from ingest.centre import Centre
from ingest.errors import SecondFactorNeeded
from ingest.web.errors import MayNot, NotSignedIn
from ingest.web.refusals import Refusals

COOKIE: Final = "__Host-lanthorn"
API: Final = "/api/"
_BEARER: Final = "bearer "

PURPOSES: Final = {
    Permission.SEE_ALERTS: "patrol duty",
    Permission.ANSWER_ALERTS: "patrol duty",
    Permission.SEE_PICTURES: "checking an alert against its pictures",
    Permission.SEE_LISTS: "keeping the lists",
    Permission.CHANGE_LISTS: "keeping the lists",
    Permission.PUBLISH_LISTS: "keeping the lists",
    Permission.SEARCH_READS: "searching reads",
    Permission.SEE_RESULT_PICTURES: "checking a search's results against their pictures",
    Permission.EXPORT_READS: "searching reads",
    Permission.SHARE_READS: "searching reads",
    Permission.AUDIT_SEARCHES: "audit of searches",
    Permission.OPEN_SAMPLES: "oversight",
    Permission.DISCLOSE_LOG: "handing over the log",
    Permission.REQUEST_AUTHORITIES: "asking for an authority",
    Permission.RECORD_VERBAL_GRANTS: "recording a verbal grant",
    Permission.DECIDE_AUTHORITIES: "deciding on authorities",
    Permission.SEE_AUTHORITIES: "following authorities",
    Permission.TRUST_KEYS: "keeping the officers' keys",
    Permission.SEE_RETENTION: "keeping no longer than allowed",
    Permission.HOLD_ITEMS: "keeping what must be kept",
    Permission.RUN_RETENTION: "keeping no longer than allowed",
    Permission.CHANGE_RETENTION: "keeping no longer than allowed",
    Permission.SEE_OVERSIGHT_FIGURES: "oversight",
    Permission.READ_LOG: "oversight",
    Permission.VERIFY_LOG: "verifying the log",
    Permission.SEE_DEVICES: "keeping the service running",
    Permission.MANAGE_DEVICES: "keeping the devices",
    Permission.SEE_QUARANTINE: "keeping the service running",
    Permission.SEE_HEALTH: "keeping the service running",
    Permission.SEE_ACCOUNTS: "keeping the service running",
    Permission.MANAGE_ACCOUNTS: "keeping the accounts",
    Permission.OWN_ACCOUNT: "own account",
}
"""Why a page is opened, as the log has it. A page's first permission decides."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request by a person who may make it."""

    person: Person
    token: str

    def may(self, permission: Permission) -> bool:
        """Whether the person may do this as well."""
        return may(self.person.roles, permission)


class Needs:
    """A dependency that lets a request through for a person with these permissions, and logs what they look at.

    Looking is a GET. It is written to the log before anything is shown; a log that cannot be written shows nothing.
    Changes are logged by the part of the centre that makes them.
    """

    def __init__(self, *permissions: Permission, logged: bool = True, unfinished: bool = False) -> None:
        self.permissions = permissions
        self.unfinished = unfinished
        self._logged = logged

    def __call__(self, request: Request) -> Visit:
        centre = centre_of(request)
        token = token_of(request)
        session = centre.accounts.visit(token) if token else None
        if token is None or session is None:
            raise NotSignedIn("you are not signed in, or your session has ended: sign in again")
        if session.standing is not Standing.OPEN and not self.unfinished:
            raise SecondFactorNeeded(session.standing)
        person = request.state.person = session.person
        missing = [permission for permission in self.permissions if not may(person.roles, permission)]
        if missing:
            route = f"{request.method} {request.scope['route'].path}"
            refusals: Refusals = request.app.state.refusals
            refusals.note(person.name, route, missing[0], PURPOSES[missing[0]])
            raise MayNot(missing)
        if self._logged and request.method == "GET":
            centre.log.append(view_act(request, person.name, PURPOSES[self.permissions[0]]))
        return Visit(person, token)


def needs(*permissions: Permission, logged: bool = True, unfinished: bool = False) -> Callable[[Request], Visit]:
    """The dependency of a route for which all of these permissions are needed. logged=False: not a view to record.

    unfinished=True: a session that waits for its second factor may use it too, to give it or to leave.
    """
    return Needs(*permissions, logged=logged, unfinished=unfinished)


def centre_of(request: Request) -> Centre:
    """The centre that this application shows."""
    return cast(Centre, request.app.state.centre)


def token_of(request: Request) -> str | None:
    """The session's token: from the cookie for a page, from the Authorization header for an API call."""
    if not request.url.path.startswith(API):
        return request.cookies.get(COOKIE)
    header = request.headers.get("authorization", "")
    return header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else None


def set_cookie(response: Response, token: str) -> None:
    """Keep a session in the browser until it is closed or the centre ends it."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")


def clear_cookie(response: Response) -> None:
    """Forget the session in the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def view_act(request: Request, actor: str, purpose: str) -> Act:
    """What was looked at: the route's pattern and the ids in it. Nothing else of the URL, which may hold a mark."""
    objects = {
        name.removesuffix("_id"): str(value)
        for name, value in request.path_params.items()
        if name.endswith("_id") and _is_id(value)
    }
    return Act(actor, "page.view", purpose, objects=objects, details={"page": request.scope["route"].path})


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
