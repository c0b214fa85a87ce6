"""One item's whole story: what it is, how it came, what was done with it, why it is still here, or how it went.

Who may keep retention in view sees it without the mark. The mark of an alert is shown to who may see alerts, that of a
list entry to who may see lists; that of a read to nobody here: for that there are searches, with a purpose. No picture
is shown. What the log says is shown to who may read the log.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.errors import BadDocument, LogDamaged
from governance.retention.receipt import Receipt
from governance.roles import Permission
from ingest.centre import Centre
from ingest.errors import BadInput, Conflict, IngestError, NotFound
from ingest.lists.drafts import expiry_of
from ingest.retention.items import MARKABLE, Kind
from ingest.retention.origin import Origin, origin_of
from ingest.retention.story import Story
from ingest.retention.traces import Traces, ids_of, searches_for, traces
from ingest.web import retention_words
from ingest.web.failures import status_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/items", include_in_schema=False)

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_RETENTION))]
Holding = Annotated[Visit, Depends(needs(Permission.SEE_RETENTION, Permission.HOLD_ITEMS))]
Text = Annotated[str, Form(max_length=2_000)]

_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Back:
    """Where the link at the top leads."""

    path: str
    name: str


RETENTION: Final = Back("/retention", "Retention")

MARKS_OF: Final[Mapping[Kind, Permission]] = {Kind.ALERT: Permission.SEE_ALERTS, Kind.ENTRY: Permission.SEE_LISTS}
"""What one must be allowed to see, beside the story, to see the mark in it."""


@router.post("")
def find(_visit: Seeing, id: Text = "") -> Response:
    """Go to an item by its id. It comes by a form, so that a mark typed by mistake is in no address."""
    typed = id.strip()
    if not _ID.fullmatch(typed):
        raise BadInput("that is not an id: 32 digits and letters a to f, with four hyphens. A mark finds nothing here")
    return RedirectResponse(f"/items/{UUID(typed)}", HTTPStatus.SEE_OTHER)


@router.get("/{item_id}")
def item(request: Request, visit: Seeing, item_id: UUID, search: UUID | None = None) -> Response:
    """The story. search is the one from whose results somebody comes, to go back to."""
    back = RETENTION if search is None else Back(f"/search/{search}", "The search's results")
    return _item(request, visit, item_id, back=back)


@router.post("/{item_id}/holds")
def hold(
    request: Request,
    visit: Holding,
    item_id: UUID,
    kind: Text = "",
    owner: Text = "",
    reason: Text = "",
    ends: Text = "",
    review: Text = "",
    sure: Text = "",
) -> Response:
    """Hold the item, and what belongs with it, until the end of a day."""
    marking = centre_of(request).retention.marking
    try:
        if not sure:
            raise BadInput("say that you are sure: tick the box. Nothing was held")
        ends_at = _day("the end", ends)
        review_at = _day("the review", review)
        marking.hold(kind, owner, reason, [item_id], ends_at, visit.person.name, review_at)
    except (BadInput, Conflict) as error:
        typed = {"kind": kind, "owner": owner, "reason": reason, "ends": ends, "review": review}
        return _item(request, visit, item_id, refused=error, typed=typed)
    return RedirectResponse(f"/items/{item_id}", HTTPStatus.SEE_OTHER)


def _item(
    request: Request,
    visit: Visit,
    item_id: UUID,
    refused: IngestError | None = None,
    typed: dict[str, str] | None = None,
    back: Back = RETENTION,
) -> Response:
    centre = centre_of(request)
    stories = centre.retention.explain(item_id)
    origins = {
        story.kind: origin
        for story in stories
        if story.gone is None and (origin := origin_of(centre.engine, story.kind, item_id)) is not None
    }
    logged, damage = None, ""
    if visit.may(Permission.READ_LOG):
        try:
            logged = _traces(centre, item_id, stories, list(origins.values()))
        except LogDamaged as error:
            damage = str(error)
    return page(
        request,
        "item.html",
        person=visit.person,
        status=status_of(refused) if refused else HTTPStatus.OK,
        refused="" if refused is None else str(refused),
        typed=typed or {},
        back=back,
        called=retention_words,
        item_id=item_id,
        stories=stories,
        origins=origins,
        marks={kind for kind, needed in MARKS_OF.items() if visit.may(needed)},
        receipts={story.gone.batch_id: _receipt(centre, story.gone.batch_id) for story in stories if story.gone},
        logged=logged,
        damage=damage,
        now=centre.clock(),
        may_hold=visit.may(Permission.HOLD_ITEMS) and any(_can_be_held(story) for story in stories),
        hold_rules=centre.retention.rules.current().holds,
        may_see_alert=visit.may(Permission.SEE_ALERTS),
    )


def _can_be_held(story: Story) -> bool:
    return story.kind in MARKABLE and story.gone is None and story.leaving is None


def _traces(centre: Centre, item_id: UUID, stories: list[Story], origins: list[Origin]) -> Traces:
    searches = [one for origin in origins for one in searches_for(centre.engine, origin)]
    return traces(centre.log, ids_of(item_id, stories, origins, searches))


def _receipt(centre: Centre, batch_id: UUID) -> Receipt | None:
    """A receipt that its signature holds for; None where there is none yet, or it does not."""
    try:
        return Receipt.read(centre.retention.receipt(batch_id), centre.retention.public_key)
    except (NotFound, BadDocument):
        return None


def _day(name: str, text: str) -> datetime:
    try:
        return expiry_of(text)
    except ValueError as error:
        raise BadInput(f"{name} is a date, such as 2026-12-31") from error
