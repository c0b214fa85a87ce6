"""Nothing is open by accident: every route names what it needs, and refuses everybody else."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount

from governance.roles import Permission, Role, may
from ingest.web.app import PUBLIC, ROUTERS
from ingest.web.session import COOKIE, Needs

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
CLOSED = [route for route in ROUTES if route.path not in PUBLIC]
ENDLESS = "/patrol/stream"


def needed(route: APIRoute) -> list[Permission]:
    return [permission for guard in guards(route.dependant) for permission in guard.permissions]


def guards(dependant: Dependant) -> list[Needs]:
    found = [dependant.call] if isinstance(dependant.call, Needs) else []
    return found + [guard for below in dependant.dependencies for guard in guards(below)]


def name_of(route: APIRoute) -> str:
    return f"{min(route.methods)} {route.path}"


def ask(client: Any, route: APIRoute, **options: Any) -> Any:
    ids = {name: str(uuid4()) for name in route.param_convertors}
    return client.request(min(route.methods), route.path_format.format(**ids), **options)


def test_the_application_has_no_route_that_these_tests_do_not_walk(shared_house: Any) -> None:
    kinds = Counter(type(route).__name__ for route in shared_house.app.routes)
    assert kinds == {"_IncludedRouter": len(ROUTERS), "Mount": 2}
    assert {route.path for route in shared_house.app.routes if isinstance(route, Mount)} == {"/card", "/static"}
    assert all(isinstance(route, APIRoute) for router in ROUTERS for route in router.routes)


def test_what_is_open_to_all_is_there() -> None:
    assert {route.path for route in ROUTES} >= PUBLIC


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_a_route_names_the_permission_that_it_needs(route: APIRoute) -> None:
    assert needed(route), f"{name_of(route)} asks for no permission: use Depends(needs(Permission.…))"


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path in PUBLIC], ids=name_of)
def test_what_is_open_to_all_asks_for_nothing(route: APIRoute) -> None:
    assert not guards(route.dependant)


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_without_a_session_there_is_nothing(shared_house: Any, route: APIRoute) -> None:
    answer = ask(shared_house.stranger(), route)
    if min(route.methods) == "GET" and not route.path.startswith("/api/"):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=/")
    else:
        assert answer.status_code == 401


def allowed(role: Role, route: APIRoute) -> bool:
    return all(may({role}, permission) for permission in needed(route))


# The stream has no end for whoever may read it: test_patrol.py and test_browser.py do.
# Signing out would end the session that the other cases use: test_entrance.py does it.
APART = frozenset({"/sign-out", "/api/sign-out"})
CASES = [
    (role, route)
    for role in Role
    for route in CLOSED
    if route.path not in APART and (route.path != ENDLESS or not allowed(role, route))
]


@pytest.fixture(scope="module")
def signed_in(shared_house: Any) -> dict[Role, tuple[Any, Any]]:
    """A browser and a program for each role."""
    return {role: (shared_house.browser(role), shared_house.caller(role)) for role in Role}


@pytest.mark.parametrize(("role", "route"), CASES, ids=lambda case: case if isinstance(case, Role) else name_of(case))
def test_each_role_gets_what_it_may_have_and_no_more(signed_in: Any, route: APIRoute, role: Role) -> None:
    browser, program = signed_in[role]
    answer = ask(program if route.path.startswith("/api/") else browser, route)
    if allowed(role, route):
        assert answer.status_code not in (401, 403, 500)
    else:
        assert answer.status_code == 403
        assert "permission" in answer.text


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, shared_house: Any) -> Iterator[tuple[Any, str]]:
    """A house in which everybody's session has ended."""
    house = type(shared_house)(tmp_path_factory.mktemp("ended"), shared_house.centre.settings.store)
    house.centre.accounts.create("all", "Drawn all", Role, None, "system:test")
    token = house.token("all")
    house.clock.forward(hours=13)
    yield house, token
    house.centre.close()


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_a_session_that_has_ended_opens_nothing(ended: tuple[Any, str], route: APIRoute) -> None:
    house, token = ended
    answer = ask(house.stranger(cookies={COOKIE: token}), route, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (303, 401)


def test_a_call_does_not_take_the_cookie(shared_house: Any) -> None:
    assert shared_house.browser("list-manager").get("/api/lists").status_code == 401


def test_a_page_does_not_take_a_bearer_token(shared_house: Any) -> None:
    answer = shared_house.caller("list-manager").get("/lists", headers={"Accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dXNlcg==", "Bearer \x00", "Bearer of bad news"])
def test_a_header_that_is_no_token_opens_nothing(shared_house: Any, header: str) -> None:
    answer = shared_house.stranger().get("/api/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
