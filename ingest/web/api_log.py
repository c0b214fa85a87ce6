"""The log as C2SP tlog-tiles over HTTP: its checkpoint and its tiles, for witnesses and for copies.

These calls are not written into the log themselves: they show entries that hold no personal data, to a person who may
read them all, and a witness that made the log grow by looking would never see it still.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from governance.merkle.tiles import Tile, tile_at
from governance.roles import Permission
from ingest.errors import NotFound
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/log", tags=["log"])

Reader = Annotated[Visit, Depends(needs(Permission.READ_LOG, logged=False))]

_BYTES: Final = "application/octet-stream"


@router.get("/key")
def key(request: Request, _visit: Reader) -> PlainTextResponse:
    """The verifier key of the log's checkpoints (C2SP signed-note)."""
    return PlainTextResponse(centre_of(request).log.verifier.text + "\n")


@router.get("/checkpoint")
def checkpoint(request: Request, _visit: Reader) -> PlainTextResponse:
    """The newest checkpoint (C2SP tlog-checkpoint)."""
    return PlainTextResponse(centre_of(request).log.signed_checkpoint)


@router.get("/tile/{path:path}", response_class=Response)
def tile(request: Request, path: str, _visit: Reader) -> Response:
    """A tile or a bundle of entries (C2SP tlog-tiles). What no checkpoint covers yet is not there."""
    log = centre_of(request).log
    found = Tile.of_path(f"tile/{path}")
    if found is None or found.width > tile_at(found.level, found.index, log.checkpoint.head.size).width:
        raise NotFound("there is no such tile in the log")
    try:
        return Response((log.path / found.path).read_bytes(), media_type=_BYTES)
    except FileNotFoundError:
        raise NotFound("there is no such tile in the log; the full one has taken its place") from None
