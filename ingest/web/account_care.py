"""What administrators do with other people's accounts on the pages. The rest is `lanthorn account`."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from ingest.errors import NotFound
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.post("/accounts/{account_id}/reset-second-factor")
def reset_second_factor(
    request: Request, account_id: UUID, visit: Annotated[Visit, Depends(needs(Permission.MANAGE_ACCOUNTS))]
) -> Response:
    accounts = centre_of(request).accounts
    name = next((each.name for each in accounts.list() if each.account_id == account_id), None)
    if name is None:
        raise NotFound("there is no such account")
    accounts.second_factors.reset(name, visit.person.name)
    return RedirectResponse("/service#accounts", HTTPStatus.SEE_OTHER)
