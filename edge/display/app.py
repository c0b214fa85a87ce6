"""The display's routes. edge/display/guard.py stands before all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Protocol
from uuid import UUID

from fastapi import FastAPI, Form, Header, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from edge.display import failures
from edge.display.alerts import OFFICER_LONGEST, ShownAlerts
from edge.display.guard import COOKIE, ENTER, Entry, same
from edge.display.stream import Stream, TooManyScreens
from ingest.contract import card
from ingest.contract.messages import ImageRole, ListManifest, Outcome

_HERE: Final = Path(__file__).parent

LOST: Final = "The agent in this car does not answer. New alerts are not arriving. Trying again."
BACK: Final = "The agent answers again. The list is complete."

_templates: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class Strip:
    """What the strip at the top says of the agent. pending is what is in memory only, as the disk takes nothing.

    stopped has, by its id, why a list that the car holds may not be used now and here.
    """

    connected: bool
    waiting: int
    pending: int
    lists: tuple[ListManifest, ...]
    at: datetime
    stopped: Mapping[UUID, str] = field(default_factory=dict)


class Answers(Protocol):
    """What takes an officer's answer."""

    def __call__(self, hit_ids: Sequence[UUID], outcome: Outcome, officer: str) -> bool:
        """Store the answer for each alert of a card and tell the centre; false where one of them is not there."""
        ...


def make_app(
    device: str,
    alerts: ShownAlerts,
    stream: Stream,
    entry: Entry,
    strip: Callable[[], Strip],
    give_answer: Answers,
    officer_changed: Callable[[], None],
) -> FastAPI:
    """Make the display's routes over the alerts shown."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    failures.install(app)
    app.mount("/card", StaticFiles(directory=card.STATIC), name="card")
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")

    def views() -> Iterable[card.AlertView]:
        officer = alerts.officer
        return [alert.view(officer) for alert in alerts.all()]

    def strip_html() -> str:
        state = strip()
        return _draw("strip.html", strip=state, ages=[age(state.at - one.published_at) for one in state.lists])

    @app.get(ENTER)
    def enter(token: str = "") -> Response:
        if not same(token, entry.token):
            raise HTTPException(403, "This link is not the one that the agent printed at its start. Open that one.")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, entry.cookie, httponly=True, samesite="lax", path="/")
        return answer

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(
            _draw(
                "page.html",
                device=device,
                head=card.head("/card"),
                controls=card.controls(LOST, BACK),
                feed=card.feed(views(), "/stream"),
                strip=strip_html(),
                officer=alerts.officer,
                longest=OFFICER_LONGEST,
            )
        )

    @app.get("/strip")
    def strip_now() -> HTMLResponse:
        return HTMLResponse(strip_html())

    @app.get("/stream")
    async def listen() -> StreamingResponse:
        try:
            events = stream.listen(lambda: card.sync_event(views()))
        except TooManyScreens as error:
            raise HTTPException(503, "Too many screens are open on this display: close one.") from error
        return StreamingResponse(events, media_type="text/event-stream")

    @app.post("/shift")
    def begin_shift(officer: Annotated[str, Form(max_length=OFFICER_LONGEST)]) -> RedirectResponse:
        name = " ".join(officer.split())
        if not name:
            raise HTTPException(422, "Give a call sign, collar number or name.")
        alerts.set_officer(name)
        officer_changed()
        return RedirectResponse("/", 303)

    @app.post("/alerts/{hit_id}/answer")
    def answer(
        hit_id: UUID,
        outcome: Annotated[Outcome, Form()],
        sighting: Annotated[list[UUID], Form(max_length=card.MOST_SIGHTINGS)] = [],  # noqa: B006 - FastAPI copies it
        hx_request: Annotated[str | None, Header()] = None,
    ) -> Response:
        officer = alerts.officer
        if officer is None:
            raise HTTPException(409, "Say who is on shift first: an answer carries a name.")
        if not give_answer(list(dict.fromkeys((hit_id, *sighting))), outcome, officer):
            raise HTTPException(404, "This alert is not on this display any more.")
        alert = alerts.get(hit_id)
        if hx_request is None or alert is None:
            return RedirectResponse("/", 303)
        sightings = [each.view(officer) for each in alerts.of_entry(alert.hit.entry_id)]
        return HTMLResponse(card.card(card.card_with(str(hit_id), sightings)))

    @app.get("/alerts/{hit_id}/pictures/{role}")
    def picture(hit_id: UUID, role: ImageRole) -> Response:
        alert = alerts.get(hit_id)
        if alert is None or role not in alert.pictures:
            raise HTTPException(404, "This picture is not on this display.")
        return Response(alert.pictures[role], media_type="image/jpeg")

    return app


def age(passed: timedelta) -> str:
    """Say how long ago in the largest whole unit; a clock that is behind the centre's gives "just now"."""
    minutes = int(passed.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _draw(name: str, **values: object) -> str:
    return _templates.get_template(name).render(**values)
