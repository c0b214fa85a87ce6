"""Signing in at the force's own provider: a real one, and what is refused when anything about it is wrong."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyotp
import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from governance.roles import Role
from ingest.oidc.provider import AWAY
from ingest.settings import SignInSettings
from ingest.web.entrance import FLOW_COOKIE
from ingest.web.session import COOKIE
from lanthorn.embedded.ports import free_ports
from tests.ingest.sign_in_provider import SECRET, SignInProvider

PAGES = "https://centre.test"


@pytest.fixture(scope="module")
def started(sign_in_provider: SignInProvider) -> SignInProvider:
    sign_in_provider.start(PAGES)
    return sign_in_provider


@pytest.fixture
def provider(started: SignInProvider) -> Iterator[SignInProvider]:
    yield started
    started.tamper = lambda _, said: said


@pytest.fixture
def house(make_house: Any, provider: SignInProvider) -> Any:
    house = make_house(sign_in=provider.settings(PAGES), oidc_secret=SecretStr(SECRET))
    house.clock.now = datetime.now(UTC)
    return house


def at_provider(address: str, name: str) -> str:
    """Sign in there as a person does, and give where the browser is sent back to."""
    with httpx2.Client(follow_redirects=False) as person:
        answer = person.get(address)
        while answer.is_redirect and not answer.headers["location"].startswith(PAGES):
            answer = person.get(answer.url.join(answer.headers["location"]))
            if answer.status_code == 200 and "<form" in answer.text:
                answer = person.post(answer.url, data={"name": name})
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])


def begin(client: Any, path: str = "/sign-in/provider") -> str:
    answer = client.get(path)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def sign_in(client: Any, name: str, path: str = "/sign-in/provider") -> Any:
    return client.get(at_provider(begin(client, path), name))


def words_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def refused(house: Any) -> list[str]:
    return [act.purpose for act in house.acts("account.sign-in-refused")]


def test_the_page_offers_both_ways(house: Any) -> None:
    page = house.stranger().get("/sign-in?next=/patrol").text
    assert 'href="/sign-in/provider?next=/patrol"' in page
    assert 'name="password"' in page


def test_a_person_of_the_provider_comes_in_with_the_role_that_it_gives(house: Any) -> None:
    client = house.stranger()
    answer = sign_in(client, "pc.lamp")
    assert (answer.status_code, answer.headers["location"]) == (303, "/patrol")
    assert client.get("/patrol").status_code == 200
    (made,) = [each for each in house.centre.accounts.list() if each.provided]
    assert (made.name, made.display_name, made.roles) == ("pc.lamp", "PC Lamp", {Role.PATROL})
    (act,) = [act for act in house.acts("account.sign-in") if act.actor == "pc.lamp"]
    assert act.details == {"how": "provider", "second_factor": "none"}


def test_one_goes_on_to_the_page_that_was_asked_for_and_nowhere_else(house: Any) -> None:
    assert (
        sign_in(house.stranger(), "pc.lamp", "/sign-in/provider?next=/own-account").headers["location"]
        == "/own-account"
    )
    assert (
        sign_in(house.stranger(), "pc.lamp", "/sign-in/provider?next=//evil.example").headers["location"] == "/patrol"
    )


def test_the_flow_is_a_code_with_pkce_state_and_nonce_and_its_cookie_is_out_of_reach(house: Any) -> None:
    answer = house.stranger().get("/sign-in/provider")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert all(len(asked[name][0]) == 43 for name in ("state", "nonce", "code_challenge"))
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{FLOW_COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert asked["state"][0] not in cookie


def test_the_same_person_keeps_the_account_and_follows_the_provider(house: Any, provider: SignInProvider) -> None:
    first = house.stranger()
    sign_in(first, "pc.lamp")
    provider.people["pc.lamp"]["claims"].update(
        name="Sgt Lamp", preferred_username="sgt.lamp", roles=["met-authorising"]
    )
    provider.start(PAGES)
    sign_in(house.stranger(), "pc.lamp")
    (account,) = [each for each in house.centre.accounts.list() if each.provided]
    assert (account.name, account.display_name, account.roles) == ("pc.lamp", "Sgt Lamp", {Role.AUTHORISING_OFFICER})
    (changed,) = house.acts("account.roles")
    assert changed.details == {"roles": "authorising-officer", "before": "patrol"}
    assert first.get("/patrol").headers["location"].startswith("/second-factor"), "the new role needs one at once"
    provider.people["pc.lamp"]["claims"].update(name="PC Lamp", preferred_username="pc.lamp", roles=["met-patrol"])
    provider.start(PAGES)


def test_a_name_that_is_taken_links_nobody(house: Any) -> None:
    house.centre.accounts.create("pc.lamp", "Another Lamp", {Role.ADMIN}, None, "system:test")
    sign_in(house.stranger(), "pc.lamp")
    (made,) = [each for each in house.centre.accounts.list() if each.provided]
    assert re.fullmatch(r"pc\.lamp-[0-9a-f]{8}", made.name)
    assert made.roles == {Role.PATROL}


@pytest.mark.parametrize("name", ["clerk", "nobody"])
def test_who_has_no_role_here_is_told_so_and_gets_no_account(house: Any, name: str) -> None:
    answer = sign_in(house.stranger(), name)
    assert answer.status_code == 403
    assert "it gives you no role in Lanthorn" in words_of(answer)
    assert f"{COOKIE}=" not in answer.headers["set-cookie"]
    assert not any(each.provided for each in house.centre.accounts.list())
    assert refused(house) == ["no role"]


def test_who_has_lost_the_role_loses_the_open_session_too(house: Any, provider: SignInProvider) -> None:
    client = house.stranger()
    sign_in(client, "pc.lamp")
    provider.people["pc.lamp"]["claims"]["roles"] = ["met-canteen"]
    provider.start(PAGES)
    assert sign_in(house.stranger(), "pc.lamp").status_code == 403
    assert client.get("/patrol").status_code == 303
    provider.people["pc.lamp"]["claims"]["roles"] = ["met-patrol"]
    provider.start(PAGES)


def test_a_closed_account_stays_closed(house: Any) -> None:
    sign_in(house.stranger(), "pc.lamp")
    house.centre.accounts.disable("pc.lamp", "admin")
    answer = sign_in(house.stranger(), "pc.lamp")
    assert answer.status_code == 403
    assert "Your account here is closed" in words_of(answer)


def test_an_officer_needs_the_second_factor_here_unless_the_provider_asked_for_one(house: Any) -> None:
    client = house.stranger()
    assert sign_in(client, "ao.wick").headers["location"] == "/second-factor?next=/"
    assert client.get("/lists").headers["location"] == "/second-factor?next=/lists"
    assert client.get("/second-factor").headers["location"] == "/second-factor/set-up"
    vouched = house.stranger()
    assert sign_in(vouched, "ao.brass").headers["location"] == "/"
    assert vouched.get("/lists").status_code == 200
    assert [act.details["second_factor"] for act in house.acts("account.sign-in")][-2:] == ["none", "provider"]


def test_an_answer_to_another_sign_in_is_refused(house: Any) -> None:
    mine, other = house.stranger(), house.stranger()
    begin(mine)
    stolen = at_provider(begin(other), "pc.lamp")
    answer = mine.get(stolen)
    assert answer.status_code == 401
    assert "This answer belongs to another sign-in" in words_of(answer)
    assert house.stranger().get(stolen).status_code == 401, "without the browser's cookie it is worth nothing"
    assert refused(house) == [
        "this answer belongs to another sign-in: begin it again",
        "this sign-in was not begun in this browser, or too long ago: begin it again",
    ]


def test_a_code_is_good_once(house: Any) -> None:
    client = house.stranger()
    back = at_provider(begin(client), "pc.lamp")
    kept = client.cookies[FLOW_COOKIE]
    assert client.get(back).status_code == 303
    again = house.stranger(cookies={FLOW_COOKIE: kept}).get(back)
    assert again.status_code == 401
    assert "does not take its code back" in words_of(again)


def test_a_sign_in_that_took_too_long_is_refused(house: Any) -> None:
    client = house.stranger()
    back = at_provider(begin(client), "pc.lamp")
    house.clock.forward(minutes=10)
    assert "too long ago" in words_of(client.get(back))


@pytest.mark.parametrize("change", [{"iss": "https://evil.example"}, {"iss": None}, {"code": None}, {"code": "x"}])
def test_an_answer_that_was_changed_is_refused(house: Any, change: dict[str, str | None]) -> None:
    client = house.stranger()
    back = urlsplit(at_provider(begin(client), "pc.lamp"))
    given = {name: values[0] for name, values in parse_qs(back.query).items()} | change
    answer = client.get(back.path, params={name: value for name, value in given.items() if value is not None})
    assert answer.status_code == 401
    assert f"{COOKIE}=" not in answer.headers["set-cookie"]


def test_what_the_provider_refuses_is_said_in_words(house: Any) -> None:
    answer = sign_in(house.stranger(), "not a person of the provider")
    assert answer.status_code == 401
    assert "The sign-in provider let nobody in (access_denied)" in words_of(answer)
    assert "nobody of that name" not in answer.text, "what a query says is not shown"


def resigned(token: str, **changes: Any) -> str:
    """A token with other claims and its old signature."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | changes
    return f"{header}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.{signature}"


def test_a_token_that_was_changed_on_its_way_is_refused(house: Any, provider: SignInProvider) -> None:
    def tamper(path: str, said: Any) -> Any:
        return said | {"id_token": resigned(said["id_token"], roles=["met-authorising"])} if path == "/token" else said

    provider.tamper = tamper
    answer = sign_in(house.stranger(), "pc.lamp")
    assert answer.status_code == 401
    assert "its signature is not good" in words_of(answer)


def test_a_token_of_another_sign_in_is_refused(house: Any, provider: SignInProvider) -> None:
    seen: list[str] = []

    def tamper(path: str, said: Any) -> Any:
        if path == "/token":
            seen.append(said["id_token"])
            return said | {"id_token": seen[0]}
        return said

    provider.tamper = tamper
    assert sign_in(house.stranger(), "ao.brass").status_code == 303
    answer = sign_in(house.stranger(), "pc.lamp")
    assert answer.status_code == 401
    assert "it belongs to another sign-in" in words_of(answer)


def test_a_token_that_has_expired_is_refused(house: Any) -> None:
    house.clock.forward(hours=2)
    answer = sign_in(house.stranger(), "pc.lamp")
    assert answer.status_code == 401
    assert "it has expired" in words_of(answer)


def test_a_client_that_is_set_up_wrongly_is_told_apart(make_house: Any, provider: SignInProvider) -> None:
    house = make_house(sign_in=provider.settings(PAGES), oidc_secret=SecretStr("another"))
    house.clock.now = datetime.now(UTC)
    answer = sign_in(house.stranger(), "pc.lamp")
    assert answer.status_code == 503
    assert "does not know this service by its name and secret" in words_of(answer)


def test_the_providers_new_keys_are_asked_for(house: Any, provider: SignInProvider) -> None:
    assert sign_in(house.stranger(), "pc.lamp").status_code == 303
    provider.start(PAGES)
    assert sign_in(house.stranger(), "pc.lamp").status_code == 303


def test_while_the_provider_is_away_local_accounts_go_on(house: Any, provider: SignInProvider) -> None:
    provider.stop()
    house.centre.accounts.create("pc1", "PC One", {Role.PATROL}, "lamp oil shutter", "system:test")
    client = house.stranger()
    answer = client.get("/sign-in/provider")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "The sign-in provider does not answer" in words_of(answer)
    assert client.post("/sign-in", data={"name": "pc1", "password": "lamp oil shutter"}).status_code == 303
    provider.start(PAGES)
    assert house.stranger().get("/sign-in/provider").status_code == 503, "it is not asked again at once"
    house.clock.now += AWAY
    assert sign_in(house.stranger(), "pc.lamp").status_code == 303


def test_an_issuer_that_is_not_the_one_described_is_refused(make_house: Any, provider: SignInProvider) -> None:
    settings = provider.settings(PAGES, issuer=provider.issuer + "/")
    house = make_house(sign_in=settings, oidc_secret=SecretStr(SECRET))
    answer = house.stranger().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "is not the description of that issuer" in words_of(answer)


def test_without_a_provider_there_is_none(make_house: Any) -> None:
    house = make_house()
    assert "/sign-in/provider" not in house.stranger().get("/sign-in").text
    assert house.stranger().get("/sign-in/provider").status_code == 404
    assert house.stranger().get("/sign-in/return").status_code == 404


def test_local_accounts_can_be_switched_off(make_house: Any, provider: SignInProvider) -> None:
    oidc = provider.settings(PAGES).oidc
    house = make_house(sign_in=SignInSettings(local_accounts=False, oidc=oidc), oidc_secret=SecretStr(SECRET))
    house.clock.now = datetime.now(UTC)
    house.centre.accounts.create("pc1", "PC One", {Role.PATROL}, "lamp oil shutter", "system:test")
    client = house.stranger()
    assert 'name="password"' not in client.get("/sign-in").text
    given = {"name": "pc1", "password": "lamp oil shutter"}
    assert client.post("/sign-in", data=given).status_code == 401
    assert client.post("/api/sign-in", json=given).status_code == 401
    assert sign_in(house.stranger(), "pc.lamp").status_code == 303


def test_signing_out_offers_to_sign_out_there_too(house: Any) -> None:
    client = house.stranger()
    sign_in(client, "pc.lamp")
    answer = client.post("/sign-out")
    assert answer.status_code == 200
    assert "You are signed out of Lanthorn" in words_of(answer)
    assert re.search(r'href="http://127\.0\.0\.1:\d+/session/end\?client_id=lanthorn&amp;', answer.text)
    assert client.get("/patrol").status_code == 303


@pytest.mark.browser
def test_the_whole_way_in_a_browser(
    make_house: Any, browser: Browser, provider: SignInProvider, make_served: Any
) -> None:
    port = free_ports(1)[0]
    pages = f"http://127.0.0.1:{port}"
    provider.start(pages)
    house = make_house(sign_in=provider.settings(pages), oidc_secret=SecretStr(SECRET))
    house.clock.now = datetime.now(UTC)
    make_served(house, port)
    context = browser.new_context()
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{pages}/lists")
    page.get_by_role("link", name="Use your force's account").click()
    page.get_by_label("Name").fill("ao.wick")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your second factor")
    page.get_by_text("I cannot scan it").click()
    secret = page.locator("dd.secret").inner_text().replace(" ", "")
    page.get_by_label("Code from the app").fill(pyotp.TOTP(secret).at(house.clock.now))
    page.get_by_role("button", name="Set it up").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Supt Wick")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign out there too").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(pages)}/sign-in"))
    context.close()
    provider.start(PAGES)
