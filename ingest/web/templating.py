"""Pages from templates: one environment, and the frame round every page (who is signed in, and where they may go)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from governance.roles import Permission, may
from ingest.accounts import Person
from ingest.contract import card
from ingest.contract.card.words import local_date, local_time
from ingest.web.act_words import act_in_words

CARD_URL: Final = "/card"
"""Where card.STATIC is served."""

TEMPLATES: Final = Path(__file__).parent / "templates"
STATIC: Final = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Place:
    """A page that has a link in the frame: where it is, what it is for, and what one needs to open it.

    daily: it may be where somebody goes on to straight from signing in.
    """

    path: str
    name: str
    purpose: str
    permissions: tuple[Permission, ...]
    daily: bool = True


PLACES: Final = (
    Place("/patrol", "Alerts", "See alerts as they come and answer them.", (Permission.SEE_ALERTS,)),
    Place("/search", "Search", "Search reads for a purpose and a reference.", (Permission.SEARCH_READS,)),
    Place("/lists", "Lists", "See the lists of vehicles of interest.", (Permission.SEE_LISTS,)),
    Place("/audits", "Audits", "Look at searches of others and say what you found.", (Permission.AUDIT_SEARCHES,)),
    Place(
        "/authorities",
        "Authorities",
        "See each authority, who asked and decided, and what it was used for.",
        (Permission.SEE_AUTHORITIES,),
        daily=False,
    ),
    Place(
        "/retention",
        "Retention",
        "See what is kept, on what ground and until when, what is late, and what has gone.",
        (Permission.SEE_RETENTION,),
        daily=False,
    ),
    Place(
        "/oversight",
        "Oversight",
        "See how the service is used, with what result, and the log that shows it.",
        (Permission.SEE_OVERSIGHT_FIGURES, Permission.READ_LOG),
    ),
    Place("/samples", "Samples", "Open searches or alerts drawn by lot, with a reason.", (Permission.OPEN_SAMPLES,)),
    Place(
        "/service",
        "Service",
        "See devices, messages set aside, the parts of the service and the accounts.",
        (Permission.SEE_DEVICES, Permission.SEE_QUARANTINE, Permission.SEE_HEALTH, Permission.SEE_ACCOUNTS),
    ),
)


def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(card.TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    card.install(environment)
    environment.filters.update(act_in_words=act_in_words, detail=_detail)
    environment.filters.update(number=lambda value: f"{value:,}", instant=datetime.fromisoformat)
    environment.globals.update(card_head_live=card.head(CARD_URL), card_head_still=card.head(CARD_URL, live=False))
    return environment


def _detail(value: object) -> str:
    """A detail of an entry of the log, as people read it: a time by London's clocks, a share in per cent."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, str) and _TIME.fullmatch(value):
        at = datetime.fromisoformat(value)
        return f"{local_date(at)}, {local_time(at)}"
    return str(value)


_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")

_templates: Final = _environment()


def page(
    request: Request,
    template: str,
    /,
    *,
    person: Person | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """Draw a page inside the frame. Without a person the frame has no links and no way to sign out."""
    html = _templates.get_template(template).render(
        here=request.url.path, person=person, places=places_of(person), **values
    )
    return HTMLResponse(html, status, dict(headers or {}))


def places_of(person: Person | None) -> tuple[Place, ...]:
    """Where this person may go."""
    if person is None:
        return ()
    return tuple(place for place in PLACES if all(may(person.roles, permission) for permission in place.permissions))
