"""The patrol page: alerts as they come, one tap to answer each."""

import logging
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from governance.errors import LogDamaged, LogWriteFailed
from governance.roles import Permission, may
from ingest.board import A_PAGE, Sightings
from ingest.centre import Centre
from ingest.contract import card
from ingest.contract.messages import Outcome
from ingest.errors import Unavailable
from ingest.hub import Change, Resync, Subscription
from ingest.web.alert_view import view_of, views_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.shown import record_shown
from ingest.web.templating import page

router = APIRouter(prefix="/patrol", include_in_schema=False)

PAGE: Final = "/patrol"
STREAM: Final = "/patrol/stream"
ONE: Final = "/patrol/alerts/{alert_id}"
OLDER: Final = "/patrol/older"

ENDED: Final = "Your session has ended, and new alerts do not arrive here. Load the page again to sign in."

_log = logging.getLogger(__name__)


# Each handler logs what it shows, by alert (ingest.web.shown).
Seeing = Annotated[Visit, Depends(needs(Permission.SEE_ALERTS, logged=False))]
Answering = Annotated[Visit, Depends(needs(Permission.SEE_ALERTS, Permission.ANSWER_ALERTS))]


class _Ended(Exception):
    """The session that a stream was opened in is over, or its person has lost the permission."""


@router.get("")
def patrol(request: Request, visit: Seeing) -> Response:
    centre = centre_of(request)
    board = centre.board.now()
    record_shown(centre, visit, PAGE, [record.alert_id for record in board.records])
    return page(
        request,
        "patrol.html",
        person=visit.person,
        controls=card.controls(),
        feed=card.feed(views_of(board, visit), STREAM, _older(board)),
    )


@router.get("/older")
def older(request: Request, visit: Seeing, answered: bool = False, start: Annotated[int, Query(ge=0)] = 0) -> Response:
    """All alerts that wait, or all that are answered, a page at a time, the newest first."""
    centre = centre_of(request)
    records, total = centre.board.older(answered=answered, start=start)
    record_shown(centre, visit, OLDER, [record.alert_id for record in records])
    return page(
        request,
        "older-alerts.html",
        person=visit.person,
        answered=answered,
        cards=card.lines(view_of(record, visit) for record in records),
        first=start + 1,
        last=start + len(records),
        total=total,
        newer=max(0, start - A_PAGE) if start else None,
        older=start + A_PAGE if start + A_PAGE < total else None,
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
    centre = centre_of(request)
    record = centre.alerts.get(alert_id)
    record_shown(centre, visit, ONE, [alert_id])
    story = f"/items/{alert_id}" if visit.may(Permission.SEE_RETENTION) else ""
    return page(request, "alert.html", person=visit.person, card=card.card(view_of(record, visit)), story_url=story)


@router.post("/alerts/{alert_id}/answers")
def answer(
    request: Request,
    visit: Answering,
    alert_id: UUID,
    outcome: Annotated[Outcome, Form()],
    sighting: Annotated[list[UUID], Form(max_length=card.MOST_SIGHTINGS)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Answer a card: the alert, and every other sighting that the card showed."""
    centre = centre_of(request)
    centre.alerts.answer(alert_id, outcome, visit.person, also=sighting)
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/patrol/alerts/{alert_id}", HTTPStatus.SEE_OTHER)
    sightings = views_of(centre.board.entry(alert_id), visit)
    return HTMLResponse(card.card(card.card_with(str(alert_id), sightings)))


async def events(centre: Centre, visit: Visit, beat_s: float = card.BEAT_S) -> AsyncIterator[bytes]:
    """The stream's events, until the session or the centre ends.

    It subscribes before it reads, so that nothing falls between; what comes twice is shown once. Before each event it
    asks whether the session still stands, which also counts as use: a page that is open in a car on duty is in use. At
    the centre's end it stops without a word, and the page connects anew when the centre is back.
    """
    watch = _Watch(centre, visit)
    with centre.hub.subscribe() as changes:
        change: Change | None = Resync()
        while True:
            try:
                yield await to_thread.run_sync(watch.event, change)
                change = await _next(changes, beat_s)
            except _Ended:
                yield card.closed_event(ENDED)
                return
            except StopAsyncIteration:
                return
            except (Unavailable, LogWriteFailed, LogDamaged) as error:
                _log.warning("a page's stream of alerts is broken off: %s", error)
                return


async def _next(changes: Subscription, beat_s: float) -> Change | None:
    try:
        return await changes.next(beat_s)
    except TimeoutError:
        return None


class _Watch:
    """One open stream: whose it is, and which alerts the log says that it has shown."""

    def __init__(self, centre: Centre, visit: Visit) -> None:
        self._centre = centre
        self._visit = visit
        self._logged: set[UUID] = set()
        self._began = False

    def event(self, change: Change | None) -> bytes:
        """The event of a change, or of a silence. Raises _Ended where the person may not see alerts any more."""
        person = self._centre.accounts.person(self._visit.token)
        if person is None or not may(person.roles, Permission.SEE_ALERTS):
            raise _Ended
        if change is None:
            return card.beat_event()
        if isinstance(change, Resync):
            board = self._centre.board.now()
            self._record(board)
            return card.sync_event(views_of(board, self._visit), _older(board))
        sightings = self._centre.board.entry(change.alert_id)
        self._record(sightings)
        make = card.alert_event if change.what == "raised" else card.changed_event
        return make(str(change.alert_id), views_of(sightings, self._visit))

    def _record(self, shown: Sightings) -> None:
        """Write down what is shown for the first time in this stream: all of it at the beginning, then what is new."""
        new = [record.alert_id for record in shown.records if record.alert_id not in self._logged]
        if new or not self._began:
            record_shown(self._centre, self._visit, STREAM, new)
        self._logged.update(new)
        self._began = True


def _older(board: Sightings) -> card.Older:
    return card.Older(board.older_waiting, OLDER, board.older_answered, f"{OLDER}?answered=true")
