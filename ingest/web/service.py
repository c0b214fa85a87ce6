"""The service itself: its parts, its devices, the messages that were set aside, and who has an account."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from governance.roles import Permission
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(include_in_schema=False)

SET_ASIDE_SHOWN: Final = 100

SEEING: Final = (
    Permission.SEE_HEALTH,
    Permission.SEE_DEVICES,
    Permission.SEE_QUARANTINE,
    Permission.SEE_ACCOUNTS,
)


@router.get("/service")
def service(request: Request, visit: Annotated[Visit, Depends(needs(*SEEING))]) -> Response:
    centre = centre_of(request)
    return page(
        request,
        "service.html",
        person=visit.person,
        health=centre.health(),
        devices=centre.devices.overview(),
        keys=centre.device_keys.all(),
        set_aside=centre.devices.quarantine(SET_ASIDE_SHOWN),
        accounts=centre.accounts.list(),
        may_manage=visit.may(Permission.MANAGE_ACCOUNTS),
    )
