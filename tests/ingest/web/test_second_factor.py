"""The pages of the second factor and of the own account, and what a session without it may open: nothing else."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute

from governance import totp
from governance.roles import Role
from ingest.web.app import PUBLIC, ROUTERS
from ingest.web.session import COOKIE, Needs

PASSWORD = "lamp oil shutter"
UNFINISHED = {"/second-factor", "/second-factor/set-up", "/sign-out"}
"""What a session that waits for its second factor may use: to give it, or to leave."""

CLOSED = [
    route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.path not in PUBLIC | UNFINISHED
]


class Phone:
    """Takes the secret from the page, as a person does who cannot scan, and gives codes."""

    def __init__(self, house: Any, page: str) -> None:
        self._house = house
        found = re.search(r'<dd class="secret">([A-Z2-7 ]+)</dd>', page)
        assert found is not None
        self.secret = base64.b32decode(found[1].replace(" ", ""))

    def code(self) -> str:
        return totp.code_at(self.secret, totp.step_at(self._house.clock()))


def words_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def offer_in(page: str) -> str:
    found = re.search(r'name="offer" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def waiting(house: Any, name: str = "admin") -> Any:
    """A browser that came in by a link, without a second factor."""
    client = house.stranger()
    token = house.centre.accounts.make_link(name, timedelta(minutes=5))
    client.cookies.set(COOKIE, house.centre.accounts.enter(token))
    return client


def set_up(house: Any, client: Any, **more: str) -> tuple[Phone, Any]:
    page = client.get("/second-factor/set-up").text
    phone = Phone(house, page)
    return phone, client.post("/second-factor/set-up", data={"offer": offer_in(page), "code": phone.code(), **more})


def codes_in(answer: Any) -> list[str]:
    return re.findall(r"<li>([0-9a-z-]{29})</li>", answer.text)


def test_only_these_routes_are_open_to_a_session_that_waits() -> None:
    open_to_it = {
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for below in route.dependant.dependencies
        if isinstance(below.call, Needs) and below.call.unfinished
    }
    assert open_to_it == UNFINISHED


@pytest.fixture(scope="module")
def two_that_wait(shared_house: Any) -> list[tuple[str, str]]:
    """The tokens of a session that has to set up, and of one that has to give a code."""
    accounts = shared_house.centre.accounts
    accounts.create("has-one", "Drawn", {Role.ADMIN, Role.PATROL}, None, "system:test")
    session = accounts.visit(shared_house.token("has-one"))
    offer = accounts.second_factors.offer(session.person)
    code = totp.code_at(offer.secret, totp.step_at(shared_house.clock()))
    accounts.second_factors.set_up(session, offer, code)
    return [(name, accounts.enter(accounts.make_link(name, timedelta(minutes=5)))) for name in ("admin", "has-one")]


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: f"{min(route.methods)} {route.path}")
def test_without_it_nothing_else_opens(shared_house: Any, two_that_wait: Any, route: APIRoute) -> None:
    for _, token in two_that_wait:
        client = shared_house.stranger(cookies={COOKIE: token})
        path = route.path_format.format(**dict.fromkeys(route.param_convertors, "01890000-0000-7000-8000-000000000007"))
        answer = client.request(min(route.methods), path, headers={"Authorization": f"Bearer {token}"})
        if min(route.methods) == "GET" and not route.path.startswith("/api/"):
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/second-factor?next=/")
        else:
            assert answer.status_code == 401
            assert "second factor" in answer.text


def test_a_program_is_told_what_is_missing(shared_house: Any, two_that_wait: Any) -> None:
    said = [
        shared_house.stranger().get("/api/me", headers={"Authorization": f"Bearer {token}"}).json()["needs"]
        for _, token in two_that_wait
    ]
    assert said == [["set-up-needed"], ["code-needed"]]


def test_an_administrator_sets_it_up_first_and_is_then_inside(house: Any) -> None:
    house.centre.accounts.create("boss", "The Boss", {Role.ADMIN}, PASSWORD, "system:test")
    client = house.stranger()
    answer = client.post("/sign-in", data={"name": "boss", "password": PASSWORD, "next": "/service"})
    assert answer.headers["location"] == "/second-factor?next=/service"
    assert client.get(answer.headers["location"]).headers["location"] == "/second-factor/set-up"
    page = client.get("/second-factor/set-up")
    assert "a password alone is not enough" in words_of(page)
    assert "<svg" in page.text
    assert 'href="/service"' not in page.text
    _, done = set_up(house, client)
    assert done.status_code == 200
    assert len(codes_in(done)) == 10
    assert client.get("/service").status_code == 200


def test_next_time_the_code_is_asked_for_and_leads_on(house: Any) -> None:
    phone, _ = set_up(house, waiting(house))
    house.clock.forward(seconds=60)
    client = waiting(house)
    assert client.get("/service").headers["location"] == "/second-factor?next=/service"
    assert "six digits" in words_of(client.get("/second-factor?next=/service"))
    wrong = client.post("/second-factor", data={"code": "000000", "next": "/service"})
    assert wrong.status_code == 401
    assert "The code is not good" in words_of(wrong)
    assert "000000" not in wrong.text
    right = client.post("/second-factor", data={"code": f" {phone.code()[:3]} {phone.code()[3:]} ", "next": "/service"})
    assert right.headers["location"] == "/service"
    assert client.get("/service").status_code == 200
    assert client.get("/second-factor").headers["location"] == "/own-account"


def test_no_link_leads_from_here_to_elsewhere(house: Any) -> None:
    phone, _ = set_up(house, waiting(house))
    house.clock.forward(seconds=60)
    client = waiting(house)
    assert "evil.example" not in client.get("/second-factor?next=https://evil.example").text
    answer = client.post("/second-factor", data={"code": phone.code(), "next": "//evil.example"})
    assert answer.headers["location"] == "/service"


def test_too_many_wrong_codes_have_to_wait(house: Any) -> None:
    set_up(house, waiting(house))
    client = waiting(house)
    for _ in range(5):
        client.post("/second-factor", data={"code": "000000"})
    answer = client.post("/second-factor", data={"code": "000000"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_wrong_first_code_sets_nothing_up_and_shows_the_same_secret_again(house: Any) -> None:
    client = waiting(house)
    page = client.get("/second-factor/set-up").text
    answer = client.post("/second-factor/set-up", data={"offer": offer_in(page), "code": "000000"})
    assert answer.status_code == 422
    assert Phone(house, answer.text).secret == Phone(house, page).secret
    assert client.get("/service").status_code == 303


def test_a_forged_offer_is_refused(house: Any) -> None:
    offer = offer_in(waiting(house, "authorising-officer").get("/second-factor/set-up").text)
    answer = waiting(house).post("/second-factor/set-up", data={"offer": offer, "code": "000000"})
    assert answer.status_code == 422
    assert "not one that was made for you" in answer.text


def test_one_may_leave_without_giving_it(house: Any) -> None:
    client = waiting(house)
    assert client.post("/sign-out").headers["location"] == "/sign-in"


def test_a_phone_is_replaced_with_a_code_of_the_old_one(house: Any) -> None:
    client = waiting(house)
    old, done = set_up(house, client)
    house.clock.forward(seconds=60)
    assert "Use another phone" in client.get("/own-account").text
    _, refused = set_up(house, client, proof="000000")
    assert refused.status_code == 401
    _, replaced = set_up(house, client, proof=old.code())
    assert len(codes_in(replaced)) == 10
    assert not set(codes_in(replaced)) & set(codes_in(done))


def test_new_recovery_codes_need_a_code(house: Any) -> None:
    client = waiting(house)
    phone, done = set_up(house, client)
    house.clock.forward(seconds=60)
    assert client.post("/own-account/recovery-codes", data={"code": "000000"}).status_code == 401
    made = client.post("/own-account/recovery-codes", data={"code": phone.code()})
    assert len(codes_in(made)) == 10
    assert not set(codes_in(made)) & set(codes_in(done))
    assert "10 recovery codes are left" in client.get("/own-account").text


def test_who_has_lost_the_phone_comes_in_by_a_recovery_code(house: Any) -> None:
    _, done = set_up(house, waiting(house))
    client = waiting(house)
    answer = client.post("/second-factor", data={"code": codes_in(done)[0]})
    assert answer.headers["location"] == "/service"
    assert "9 recovery codes are left" in client.get("/own-account").text


def test_an_administrator_resets_anothers_and_not_the_own(house: Any) -> None:
    set_up(house, waiting(house, "authorising-officer"))
    admin = house.browser("admin")
    ids = {each.name: each.account_id for each in house.centre.accounts.list()}
    path = f"/accounts/{ids['authorising-officer']}/reset-second-factor"
    assert path in admin.get("/service").text
    assert path not in house.browser("oversight").get("/service").text
    assert house.browser("oversight").post(path).status_code == 403
    assert admin.post(path).headers["location"] == "/service#accounts"
    assert admin.post(path).status_code == 404
    (act,) = house.acts("account.second-factor-reset")
    assert (act.actor, act.objects["account"]) == ("admin", "authorising-officer")
    set_up(house, admin)
    own = f"/accounts/{ids['admin']}/reset-second-factor"
    assert own not in admin.get("/service").text
    assert admin.post(own).status_code == 409


def test_the_own_password_is_changed(house: Any) -> None:
    house.centre.accounts.create("pc1234", "PC Drawn", {Role.PATROL}, PASSWORD, "system:test")
    client = house.stranger()
    client.post("/sign-in", data={"name": "pc1234", "password": PASSWORD})
    given = {"current": PASSWORD, "new": "wick brass chimney", "again": "wick brass chimney"}
    for wrong, status in (({"current": "no"}, 401), ({"again": "another"}, 422), ({"new": "x", "again": "x"}, 422)):
        answer = client.post("/own-account/password", data=given | wrong)
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
        assert "wick brass chimney" not in answer.text
    assert "Your password is changed" in client.post("/own-account/password", data=given).text
    assert house.stranger().post("/sign-in", data={"name": "pc1234", "password": PASSWORD}).status_code == 401


def test_a_program_signs_in_with_the_code(house: Any) -> None:
    house.centre.accounts.create("boss", "The Boss", {Role.ADMIN}, PASSWORD, "system:test")
    given = {"name": "boss", "password": PASSWORD}
    first = house.stranger().post("/api/sign-in", json=given)
    assert (first.status_code, first.json()["needs"]) == (401, ["set-up-needed"])
    phone, _ = set_up(house, waiting(house, "boss"))
    house.clock.forward(seconds=60)
    second = house.stranger().post("/api/sign-in", json=given)
    assert (second.status_code, second.json()["needs"]) == (401, ["code-needed"])
    wrong = house.stranger().post("/api/sign-in", json=given | {"code": "000000"})
    assert (wrong.status_code, "needs" in wrong.json()) == (401, False)
    token = house.stranger().post("/api/sign-in", json=given | {"code": phone.code()}).json()["token"]
    assert house.stranger().get("/api/me", headers={"Authorization": f"Bearer {token}"}).json()["name"] == "boss"
