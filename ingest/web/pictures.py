"""The pictures of alerts. Each is authorised and logged, and kept out of every cache that others share."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from governance.roles import Permission
from ingest.web.session import PURPOSES, Visit, centre_of, needs, view_act
from ingest.web.shown import loads_with_a_page

router = APIRouter(include_in_schema=False)


@router.get("/pictures/{image_id}")
def picture(
    request: Request,
    visit: Annotated[Visit, Depends(needs(Permission.SEE_PICTURES, logged=False))],
    image_id: UUID,
    shown: str = "",
) -> Response:
    """A picture. What a page showed with its alert is in the log with that page (ingest.web.shown)."""
    centre = centre_of(request)
    if not loads_with_a_page(request, visit, image_id, shown):
        centre.log.append(view_act(request, visit.person.name, PURPOSES[Permission.SEE_PICTURES]))
    found = centre.pictures.get(image_id)
    return Response(found.data, media_type=found.media_type, headers={"Cache-Control": "private, no-store"})
