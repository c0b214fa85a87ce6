"""A session that ends while somebody writes: what they wrote is kept on the page and can be sent again."""

import re
from html import unescape
from typing import Any

import pytest

from tests.ingest.web.conftest import OWN_SITE

TYPED = {"title": 'Vehicles "used" in <burglary>', "necessity": "\nOne line\nand another", "kind": "anpr-list"}


@pytest.fixture
def ended(house: Any) -> Any:
    """A browser whose session has ended."""
    client = house.browser("list-manager")
    house.clock.forward(hours=2)
    return client


def kept(html: str) -> dict[str, str]:
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', html, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def test_what_was_typed_is_kept_but_no_secret(ended: Any) -> None:
    answer = ended.post("/authorities/new", data=TYPED | {"passphrase": "lamp oil", "code": "123456"})
    assert answer.status_code == 401
    assert kept(answer.text) == TYPED
    assert '<form method="post" action="/authorities/new">' in answer.text
    assert 'href="/sign-in" target="_blank"' in answer.text


def test_a_form_without_fields_and_a_page_ask_for_a_sign_in(ended: Any) -> None:
    answer = ended.post("/authorities/019a0000-0000-7000-8000-000000000001/submit")
    assert answer.status_code == 401
    assert '<a class="second-button" href="/sign-in">Sign in</a>' in answer.text
    assert ended.get("/authorities", follow_redirects=False).headers["location"] == "/sign-in?next=/authorities"


def test_a_part_of_a_page_brings_back_to_its_page(ended: Any) -> None:
    headers = OWN_SITE | {"HX-Request": "true", "HX-Current-URL": "http://lanthorn.test/search?start=50"}
    answer = ended.get("/search/need", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/search")


def test_another_site_gets_nothing_kept(ended: Any) -> None:
    answer = ended.post("/authorities/new", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "burglary" not in answer.text
