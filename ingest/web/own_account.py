"""The own account: who one is here, the password, the second factor and its recovery codes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from governance.errors import PasswordRefused
from governance.roles import Permission
from governance.second_factor import needs_second_factor
from ingest.accounts import How, Session
from ingest.errors import Conflict, SignInRefused
from ingest.web.failures import form_page
from ingest.web.second_factor import Code, session_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(default_response_class=Response, include_in_schema=False)

Oneself = Annotated[Visit, Depends(needs(Permission.OWN_ACCOUNT, logged=False))]
Password = Annotated[str, Form(max_length=2_000)]


@router.get("/own-account")
def own_account(request: Request, visit: Oneself) -> Response:
    return _page(request, session_of(request, visit))


@router.post("/own-account/password")
def change_password(
    request: Request, visit: Oneself, new: Password, again: Password, current: Password = ""
) -> Response:
    session = session_of(request, visit)
    try:
        if new != again:
            raise PasswordRefused("the two new passwords differ: type the same one twice")
        centre_of(request).accounts.change_password(session, current, new)
    except (SignInRefused, PasswordRefused, Conflict) as error:
        return _page(request, session, error)
    return _page(request, session, done="Your password is changed. Wherever else you were signed in, you are not now.")


@router.post("/own-account/recovery-codes")
def new_recovery_codes(request: Request, visit: Oneself, code: Code) -> Response:
    session = session_of(request, visit)
    try:
        codes = centre_of(request).accounts.second_factors.renew_codes(session, code)
    except SignInRefused as error:
        return _page(request, session, error)
    return page(request, "recovery-codes.html", person=session.person, codes=codes, first=False)


def _page(request: Request, session: Session, error: Exception | None = None, *, done: str = "") -> Response:
    return form_page(
        request,
        "own-account.html",
        error,
        person=session.person,
        done=done,
        held=centre_of(request).accounts.second_factors.held(session.person.account_id),
        needed=needs_second_factor(session.person.roles),
        provided=session.how is How.PROVIDER,
        by_link=session.how is How.LINK,
    )
