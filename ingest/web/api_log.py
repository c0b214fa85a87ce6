"""The log as C2SP tlog-tiles over HTTP: its checkpoint and its tiles, for witnesses and for copies; and handed over.

Looking at tiles is not written into the log itself: they show entries that hold no personal data, to a person who may
read them all, and a witness that made the log grow by looking would never see it still.
"""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict

from governance.merkle.tiles import Tile, tile_at
from governance.roles import Permission
from ingest.disclosure import Disclosed, Use
from ingest.disclosure import Request as HandOver
from ingest.errors import NotFound
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/log", tags=["log"])

Reader = Annotated[Visit, Depends(needs(Permission.READ_LOG, logged=False))]

Disclosing = Annotated[Visit, Depends(needs(Permission.DISCLOSE_LOG))]

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


class ToDisclose(BaseModel):
    """To whom the log goes, for which of the four uses, why, and which entries: logged from start up to until."""

    model_config = ConfigDict(extra="forbid")

    recipient: str
    use: Use
    why: str
    start: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.post("/disclose", status_code=HTTPStatus.CREATED, response_class=Response)
def disclose(request: Request, visit: Disclosing, asked: ToDisclose) -> Response:
    """Hand the log over as one file, a ZIP. That it was handed over, and to whom, is in the log before."""
    wanted = HandOver(asked.recipient, asked.use, asked.why, asked.start, asked.until)
    made: Disclosed = centre_of(request).disclosures.disclose(wanted, visit.person.name)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.data, HTTPStatus.CREATED, headers, media_type="application/zip")
