"""The patrol page: alerts as they come, one tap to answer each."""

import logging
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from governance.roles import Permission, may
from ingest.centre import Centre
from ingest.contract import card
from ingest.contract.messages import Outcome
from ingest.errors import Unavailable
from ingest.hub import Change, Resync, Subscription
from ingest.web.alert_view import view_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/patrol", include_in_schema=False)

SHOWN: Final = 50
"""Alerts on the page: a night's work for one car."""

ENDED: Final = "Your session has ended, and new alerts do not arrive here. Load the page again to sign in."

_log = logging.getLogger(__name__)


Seeing = Annotated[Visit, Depends(needs(Permission.SEE_ALERTS))]
Answering = Annotated[Visit, Depends(needs(Permission.SEE_ALERTS, Permission.ANSWER_ALERTS))]


class _Ended(Exception):
    """The session that a stream was opened in is over, or its person has lost the permission."""


@router.get("")
def patrol(request: Request, visit: Seeing) -> Response:
    return page(
        request,
        "patrol.html",
        person=visit.person,
        controls=card.controls(),
        feed=card.feed(_recent(centre_of(request), visit), "/patrol/stream"),
    )


@router.get("/stream")
async def stream(request: Request, visit: Seeing) -> Response:
    """Everything now, then each change as it comes, for as long as the session lasts."""
    return StreamingResponse(
        events(centre_of(request), visit),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/alerts/{alert_id}")
def one_alert(request: Request, visit: Seeing, alert_id: UUID) -> Response:
    record = centre_of(request).alerts.get(alert_id)
    return page(request, "alert.html", person=visit.person, card=card.card(view_of(record, visit)))


@router.post("/alerts/{alert_id}/answers")
def answer(request: Request, visit: Answering, alert_id: UUID, outcome: Annotated[Outcome, Form()]) -> Response:
    alerts = centre_of(request).alerts
    alerts.answer(alert_id, outcome, visit.person)
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/patrol/alerts/{alert_id}", HTTPStatus.SEE_OTHER)
    return HTMLResponse(card.card(view_of(alerts.get(alert_id), visit)))


async def events(centre: Centre, visit: Visit, beat_s: float = card.BEAT_S) -> AsyncIterator[bytes]:
    """The stream's events, until the session or the centre ends.

    It subscribes before it reads, so that nothing falls between; what comes twice is shown once. Before each event it
    asks whether the session still stands, which also counts as use: a page that is open in a car on duty is in use. At
    the centre's end it stops without a word, and the page connects anew when the centre is back.
    """
    with centre.hub.subscribe() as changes:
        change: Change | None = Resync()
        while True:
            try:
                yield await to_thread.run_sync(_event, centre, visit, change)
                change = await _next(changes, beat_s)
            except _Ended:
                yield card.closed_event(ENDED)
                return
            except StopAsyncIteration:
                return
            except Unavailable as error:
                _log.warning("a page's stream of alerts is broken off: %s", error)
                return


async def _next(changes: Subscription, beat_s: float) -> Change | None:
    try:
        return await changes.next(beat_s)
    except TimeoutError:
        return None


def _event(centre: Centre, visit: Visit, change: Change | None) -> bytes:
    """The event of a change, or of a silence. Raises _Ended where the person may not see alerts any more."""
    person = centre.accounts.person(visit.token)
    if person is None or not may(person.roles, Permission.SEE_ALERTS):
        raise _Ended
    if change is None:
        return card.beat_event()
    if isinstance(change, Resync):
        return card.sync_event(_recent(centre, visit))
    view = view_of(centre.alerts.get(change.alert_id), visit)
    return card.alert_event(view) if change.what == "raised" else card.changed_event(view)


def _recent(centre: Centre, visit: Visit) -> list[card.AlertView]:
    return [view_of(record, visit) for record in centre.alerts.recent(SHOWN)]
