"""The pictures of alerts. Each is authorised, logged as a view, and kept out of every cache that others share."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from governance.roles import Permission
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(include_in_schema=False)


@router.get("/pictures/{image_id}")
def picture(
    request: Request, _visit: Annotated[Visit, Depends(needs(Permission.SEE_PICTURES))], image_id: UUID
) -> Response:
    found = centre_of(request).pictures.get(image_id)
    return Response(found.data, media_type=found.media_type, headers={"Cache-Control": "private, no-store"})
