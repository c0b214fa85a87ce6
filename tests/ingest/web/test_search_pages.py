"""The pages of searches: the form, what it says is needed, its refusals, and what was found."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from governance.authority.question import Kind

FORM = {
    "marks": "ab12 cde",
    "start": "2026-11-20T10:00",
    "until": "2026-11-23T02:00",
    "purpose": "crime",
    "reference": "CR/4411/26",
    "on_behalf_of": "DI Drawn",
}


@pytest.fixture
def investigator(house: Any) -> Any:
    return house.browser("investigator")


@pytest.fixture
def seen(house: Any, spool: Any) -> Any:
    """Two reads of one vehicle, and one of another."""
    for hours, vrm in ((2, "AB12CDE"), (3, "AB12CDE"), (4, "LD70XYZ")):
        house.take(spool.read(vrm, captured_at=house.clock() - timedelta(hours=hours)))
    return house


def asked(client: Any, **changes: str) -> Any:
    return client.post("/search", data=FORM | changes)


def test_a_search_is_asked_recorded_and_shown(seen: Any, investigator: Any) -> None:
    answer = asked(investigator)
    assert answer.status_code == 303
    (act,) = seen.acts("reads.search")
    assert answer.headers["location"] == f"/search/{act.objects['search']}"
    html = investigator.get(answer.headers["location"]).text
    assert "<h1>2 reads</h1>" in html
    assert html.count('class="mark">AB12 CDE<') == 2
    assert "LD70" not in html
    for words in ("Investigate a crime, CR/4411/26", "on behalf of DI Drawn", "1 to 2 of 2"):
        assert words in html
    assert [act.act for act in seen.acts()][-2:] == ["reads.search", "reads.view-results"]


def test_a_search_that_finds_nothing_says_so(house: Any, investigator: Any) -> None:
    answer = asked(investigator)
    assert "No read was found" in investigator.get(answer.headers["location"]).text


def test_the_form_begins_with_the_last_week_and_lists_what_can_still_be_opened(seen: Any, investigator: Any) -> None:
    first = investigator.get("/search").text
    assert 'value="2026-11-16T03:04"' in first
    assert 'value="2026-11-23T03:05"' in first
    assert "Searches that you can still open" not in first
    address = asked(investigator).headers["location"]
    again = investigator.get("/search").text
    assert address in again
    assert "AB12CDE" in again


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"purpose": ""}, 403, "Choose a purpose"),
        ({"reference": " "}, 403, "Give the reference"),
        ({"start": "2026-06-01T10:00"}, 403, "ask an authorising officer"),
        ({"start": "2020-01-01T10:00"}, 403, "are gone"),
        ({"marks": "AB*"}, 403, "3 known characters"),
        ({"marks": ""}, 403, "nobody searches everything"),
        ({"marks": "!!"}, 422, "Mark 1 is not"),
        ({"start": "soon"}, 422, "The start of the time is a date"),
        ({"latitude": "51.5"}, 422, "each a number"),
        ({"latitude": "51.5", "longitude": "0", "radius": "99999"}, 422, "up to 20000 m"),
        ({"reference": "see AB12 CDE"}, 422, "holds a mark"),
        ({"again": "yes", "until": "2026-11-23T04:00"}, 403, "directed surveillance"),
    ],
)
def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(
    house: Any, investigator: Any, changes: dict[str, str], status: int, said: str
) -> None:
    answer = asked(investigator, **changes)
    assert answer.status_code == status
    assert "Not searched." in answer.text
    assert said in answer.text
    assert 'value="DI Drawn"' in answer.text
    assert house.acts("reads.search") == []


def test_the_stop_for_surveillance_opens_the_field_that_it_asks_for(house: Any, investigator: Any) -> None:
    closed, stopped = investigator.get("/search").text, asked(investigator, again="yes", until="2026-11-23T04:00").text
    panel = r"<details class=\"panel\"( open)?>\s*<summary>If you follow one vehicle"
    assert [re.search(panel, html)[1] for html in (closed, stopped)] == [None, " open"]  # type: ignore[index]
    assert asked(investigator, surveillance="DSA/7", until="2026-11-23T04:00").status_code == 303


@pytest.mark.parametrize(
    ("start", "purpose", "said"),
    [
        ("2026-11-20T10:00", "", "up to 90 days old need"),
        ("2026-06-01T10:00", "", "an authority of the kind anpr-search"),
        ("2026-06-01T10:00", "crime", "The purpose that you chose is not enough."),
        ("2026-06-01T10:00", "serious-crime", "an authority of the kind anpr-search"),
        ("2020-06-01T10:00", "", "are gone"),
        ("", "", "Choose when the search begins"),
        ("soon", "<b>", "Choose when the search begins"),
    ],
)
def test_the_form_says_what_the_dates_need(house: Any, investigator: Any, start: str, purpose: str, said: str) -> None:
    answer = investigator.get("/search/need", params={"start": start, "purpose": purpose})
    assert said in answer.text
    assert ("not enough" in answer.text) is ("not enough" in said)
    assert "<html" not in answer.text


def test_an_authority_opens_the_older_reads(seen: Any, investigator: Any, spool: Any) -> None:
    seen.take(spool.read(captured_at=seen.clock() - timedelta(days=150)))
    scope = {"kind": Kind.ANPR_SEARCH, "investigations": ["OP DRAWN"], "oldest_days": 300}
    granted = seen.grants.grant(Kind.ANPR_SEARCH, scope=scope)
    older = {"start": "2026-06-20T10:00", "purpose": "serious-crime", "reference": "OP DRAWN", "authority": granted}
    answer = asked(investigator, **older)
    assert answer.status_code == 303
    html = investigator.get(answer.headers["location"]).text
    assert "<h1>3 reads</h1>" in html
    assert granted in html
    assert asked(investigator, **older | {"reference": "OP OTHER"}).status_code == 403


def test_results_are_for_who_searched(seen: Any, investigator: Any) -> None:
    address = asked(investigator).headers["location"]
    seen.centre.accounts.create("other", "Drawn other", {"investigator"}, None, "system:test")
    other = seen.browser("other")
    assert other.get(address).status_code == 404
    wrong = investigator.post(f"{address}/share", data={"account": "patrol", "share_why": "to look"})
    assert wrong.status_code == 422
    assert "may not search reads" in wrong.text
    assert 'value="to look"' in wrong.text
    shared = investigator.post(f"{address}/share", data={"account": "other", "share_why": "to look"})
    assert "other can open these results now." in shared.text
    assert other.get(address).status_code == 200
    assert "shared by investigator" in other.get("/search").text
    (act,) = seen.acts("reads.share")
    assert (act.operation, act.recipients) == ("disclosure", ("other",))


def test_results_are_taken_away_as_a_file(seen: Any, investigator: Any) -> None:
    address = asked(investigator).headers["location"]
    nobody = investigator.post(f"{address}/export", data={"recipients": "", "why": "the file"})
    assert nobody.status_code == 422
    assert "say who gets the file".capitalize() in nobody.text
    answer = investigator.post(f"{address}/export", data={"recipients": "CPS\r\nDS Drawn", "why": "the file"})
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].startswith('attachment; filename="reads-')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["cover.txt", "reads.csv"]
        assert b"CPS; DS Drawn" in archive.read("cover.txt")
    (act,) = seen.acts("reads.export")
    assert (act.operation, act.recipients, act.purpose) == ("disclosure", ("CPS", "DS Drawn"), "the file")


def test_a_long_result_comes_in_parts(seen: Any, investigator: Any, spool: Any) -> None:
    for minutes in range(60):
        seen.take(spool.read(captured_at=seen.clock() - timedelta(hours=5, minutes=minutes)))
    address = asked(investigator).headers["location"]
    first, second = investigator.get(address).text, investigator.get(f"{address}?start=50").text
    assert "1 to 50 of 62" in first
    assert 'href="?start=50">Older reads' in first
    assert "51 to 62 of 62" in second
    assert 'href="?start=0">Newer reads' in second
    assert "Older reads" not in second


def test_a_picture_of_a_result_is_shown_and_logged(make_house: Any, store_settings: Any, spool: Any) -> None:
    house = make_house(store_settings)
    data = b"\xff\xd8 stands for a picture of this test \xff\xd9"
    read = spool.read(captured_at=house.clock() - timedelta(hours=2))
    image = spool.image(read.body.read_id, data=data)
    house.take(read)
    house.take(image, data)
    investigator = house.browser("investigator")
    address = asked(investigator).headers["location"]
    one = f"{address}/reads/{read.body.read_id}"
    assert f'href="{one}">1 picture' in investigator.get(address).text
    html = investigator.get(one).text
    assert "<h1>AB12 CDE</h1>" in html
    assert f'src="{address}/pictures/{image.body.image_id}"' in html
    assert f'href="{address}"' in html
    assert [act.objects["read"] for act in house.acts("reads.view-results")[1:]] == [str(read.body.read_id)]
    assert investigator.get(f"{address}/reads/{uuid4()}").status_code == 404
    shown = investigator.get(f"{address}/pictures/{image.body.image_id}")
    assert (shown.content, shown.headers["cache-control"]) == (data, "private, no-store")
    (act,) = house.acts("reads.view-picture")
    assert act.objects["image"] == str(image.body.image_id)
    assert act.operation == "consultation"
    assert investigator.get(f"{address}/pictures/{uuid4()}").status_code == 404


@pytest.mark.browser
def test_by_keyboard_alone_and_with_no_mark_in_any_address(served: Any, open_window: Any, spool: Any) -> None:
    served.house.take(spool.read(captured_at=served.house.clock() - timedelta(hours=2)))
    page = open_window().enter("investigator", "/search")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.focus("#marks")
    page.keyboard.type("AB12CDE")
    page.fill("#start", "2026-06-01T10:00")
    page.focus("#purpose")
    page.keyboard.type("Investigate a crime")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "reference"
    page.wait_for_selector("#need .bad")
    page.fill("#start", "2026-11-20T10:00")
    page.fill("#until", "2026-11-23T02:00")
    page.wait_for_selector("#need .bad", state="detached")
    page.focus("#reference")
    page.keyboard.type("CR/1")
    page.keyboard.press("Tab")
    page.keyboard.type("DI Drawn")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.found")
    assert "1 read" in page.inner_text("h1")
    assert any("/search/need?" in address for address in addresses)
    assert [address for address in addresses if "AB12" in address] == []
    UUID(page.url.rsplit("/", 1)[1])
