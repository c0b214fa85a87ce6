"""The application: every router, the guards round them, and what answers when something goes wrong."""

from typing import Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from ingest.centre import Centre
from ingest.contract import card
from ingest.web import (
    account_care,
    api_alerts,
    api_audit,
    api_authorities,
    api_devices,
    api_lists,
    api_log,
    api_retention,
    api_search,
    api_service,
    audit_pages,
    authority_keys,
    authority_pages,
    authority_requests,
    authority_steps,
    entrance,
    failures,
    health,
    home,
    item_pages,
    list_pages,
    oversight,
    own_account,
    patrol,
    pictures,
    retention_pages,
    sample_pages,
    search_pages,
    second_factor,
    service,
)
from ingest.web.guards import ConfinedPages, Gate
from ingest.web.refusals import Refusals
from ingest.web.templating import CARD_URL, STATIC

ROUTERS: Final = (
    entrance.router,
    second_factor.router,
    own_account.router,
    account_care.router,
    home.router,
    patrol.router,
    pictures.router,
    list_pages.router,
    search_pages.router,
    authority_keys.router,  # before the pages, whose path for one authority fits any word
    authority_requests.router,
    authority_steps.router,
    authority_pages.router,
    retention_pages.router,
    item_pages.router,
    audit_pages.router,
    sample_pages.router,
    oversight.router,
    service.router,
    health.router,
    api_service.router,
    api_lists.router,
    api_retention.router,
    api_log.router,
    api_alerts.router,
    api_search.router,
    api_audit.router,
    api_authorities.router,
    api_devices.router,
)

PUBLIC: Final = frozenset(
    {
        "/sign-in",
        "/sign-in/provider",
        "/sign-in/return",
        "/enter",
        "/health/live",
        "/api/sign-in",
        "/api/devices/enrol",
        "/api/devices/renew",
    }
)
"""The only routes that ask for no session: a device has none, and shows a code or a signature.
tests/ingest/web/test_permissions.py fails for any other.
"""


def create_app(centre: Centre) -> FastAPI:
    """Make the application for one centre. It holds nothing of its own but which refusals it wrote down lately."""
    app = FastAPI(title="Lanthorn", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.centre = centre
    app.state.refusals = Refusals(centre.log, centre.clock, centre.counters)
    failures.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount(CARD_URL, StaticFiles(directory=card.STATIC))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(Gate)
    app.add_middleware(ConfinedPages)  # added last, so outermost: the Gate's answers get the headers as well
    return app
