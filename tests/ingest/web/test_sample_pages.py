"""The overseer's samples: announced, opened with a word, shown for their time; and not a mark before or after."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from governance.roles import Role
from ingest.contract.messages import Outcome
from ingest.search.question import Grounds, Question
from ingest.search.samples import OPEN_FOR

MARK = "AB12CDE"
FORM = {
    "kind": "searches",
    "reason": "quarterly look at searches",
    "number": "3",
    "start": "2026-11-20T00:00",
    "until": "2026-11-23T03:04",
}
WORD = {"word": "shutter lamp"}


@pytest.fixture
def overseer(house: Any) -> Any:
    return house.browser("oversight")


@pytest.fixture(scope="module")
def refused(shared_house: Any) -> Any:
    """The overseer's browser in a house where every form of these tests is refused."""
    return shared_house.browser("oversight")


@pytest.fixture
def searched(house: Any) -> None:
    now = house.clock()
    question = Question(now - timedelta(days=7), now - timedelta(days=1), (MARK,))
    house.centre.searches.ask(question, Grounds("crime", "CR/4411/26", "DI Drawn"), house.person("investigator"))
    house.clock.forward(minutes=1)


def announced(client: Any, **changes: str) -> str:
    answer = client.post("/samples", data=FORM | changes)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.usefixtures("searched")
def test_a_sample_is_announced_opened_and_shown_and_each_step_is_logged(house: Any, overseer: Any) -> None:
    path = announced(overseer, until="2026-11-23T03:05")
    before = overseer.get(path).text
    assert "It is announced, and not open yet: nothing was drawn." in before
    assert MARK not in before
    assert "CR/4411/26" not in before
    assert overseer.post(f"{path}/open", data=WORD).headers["location"] == path
    text = words_of(overseer.get(path).text)
    for words in (
        "Shown until Thu 24 Dec 2026",
        "1 drawn of 1 that there were; 3 asked for",
        f"Asked for {MARK}",
        "by investigator, on behalf of DI Drawn",
        "Investigate a crime",
        "CR/4411/26",
        "up to 90 days old",
    ):
        assert words in text
    acts = [act for act in house.acts() if act.act.startswith("sample.")]
    assert [act.act for act in acts] == ["sample.announce", "sample.open", "sample.view"]
    assert {(act.actor, act.purpose) for act in acts} == {("oversight", "quarterly look at searches")}
    assert all(MARK not in str(act) for act in house.acts())


@pytest.mark.usefixtures("searched")
def test_the_list_says_who_why_and_until_when_and_holds_no_mark(house: Any, overseer: Any) -> None:
    path = announced(overseer, until="2026-11-23T03:05")
    assert "quarterly look at searches oversight" in words_of(overseer.get("/samples").text)
    assert "up to 3 not yet" in words_of(overseer.get("/samples").text)
    overseer.post(f"{path}/open", data=WORD)
    html = overseer.get("/samples").text
    assert "1 of 1 Mon 23 Nov 2026 oversight Thu 24 Dec 2026" in words_of(html)
    assert MARK not in html
    assert f'href="{path}"' in html


@pytest.mark.usefixtures("searched")
def test_a_sample_shows_nothing_once_its_time_is_over(house: Any, overseer: Any) -> None:
    path = announced(overseer, until="2026-11-23T03:05")
    overseer.post(f"{path}/open", data=WORD)
    house.clock.forward(days=OPEN_FOR.days)
    later = house.browser("oversight")
    html = later.get(path).text
    assert "shows nothing any more" in html
    assert MARK not in html
    assert "CR/4411/26" not in html
    assert "Thu 24 Dec 2026 over" in words_of(later.get("/samples").text)
    assert house.acts("sample.view") == []


def test_a_sample_of_alerts_has_marks_and_answers_and_no_picture(house: Any, overseer: Any, alert_id: UUID) -> None:
    house.centre.alerts.answer(alert_id, Outcome.EN_ROUTE, house.person("patrol"))
    house.clock.forward(seconds=5)
    house.centre.alerts.answer(alert_id, Outcome.MISREAD, house.person("patrol"))
    house.clock.forward(minutes=1)
    path = announced(overseer, kind="alerts", until="2026-11-23T03:05")
    overseer.post(f"{path}/open", data=WORD)
    html = overseer.get(path).text
    text = words_of(html)
    assert MARK in text
    assert "Stolen. Used in a burglary Burglary vehicles AO-2026-118" in text
    assert "En route, then Misread" in text
    assert "<img" not in html
    assert "/pictures/" not in html


def test_a_sample_of_nothing_says_so(overseer: Any) -> None:
    path = announced(overseer)
    overseer.post(f"{path}/open", data=WORD)
    assert "There was nothing to draw in that time." in overseer.get(path).text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"reason": " "}, "reason", "Say why you open a sample"),
        ({"reason": "x" * 501}, "reason", "The reason has up to 500"),
        ({"reason": "a\x00look"}, "reason", "that can be shown"),
        ({"number": "0"}, "number", "A sample has 1 to 50"),
        ({"number": "51"}, "number", "A sample has 1 to 50"),
        ({"number": "some"}, "number", "A sample has 1 to 50"),
        ({"kind": "faces"}, "kind", "Choose searches or alerts"),
        ({"start": "soon"}, "start", "Give a date and a time"),
        ({"until": ""}, "until", "Give a date and a time"),
        ({"start": "0001-01-01T00:00+14:00"}, "start", "Give a date and a time"),
        ({"start": "2026-11-23T03:04"}, "start", "The time begins before it ends"),
        ({"until": "2026-11-23T03:05"}, "until", "Choose a time that is over"),
    ],
)
def test_an_announcement_that_is_refused_says_so_at_its_field_and_keeps_what_was_typed(
    shared_house: Any, refused: Any, changes: dict[str, str], field: str, said: str
) -> None:
    typed = FORM | {"reason": "a quarterly look"} | changes
    before = len(shared_house.acts("sample.announce"))
    answer = refused.post("/samples", data=typed)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-fault"', answer.text) == [field]
    assert re.search(rf'<p class="bad" id="{field}-fault">[^<]*{said}', answer.text)
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true" aria-describedby="{field}-fault', answer.text)
    assert f'href="#{field}"' in answer.text
    assert f">{typed['reason']}</textarea>" in answer.text
    for kept in ("number", "start", "until"):
        assert f'name="{kept}"' in answer.text
        assert f'value="{typed[kept]}"' in answer.text
    assert len(shared_house.acts("sample.announce")) == before


def test_every_fault_of_a_form_is_said_at_once(refused: Any) -> None:
    answer = refused.post("/samples", data={})
    assert set(re.findall(r'id="(\w+)-fault"', answer.text)) == {"reason", "number", "kind", "start", "until"}


@pytest.mark.parametrize("word", ["", "short", "a\x00 word of my own"])
def test_a_word_that_is_refused_stays_in_its_field(shared_house: Any, refused: Any, word: str) -> None:
    path = announced(refused)
    answer = refused.post(f"{path}/open", data={"word": word})
    assert answer.status_code == 422
    assert 'id="word-fault">Give 8 to 500 characters' in answer.text
    assert f'id="word" name="word" type="text" value="{word}"' in answer.text
    assert shared_house.acts("sample.open") == []


def test_a_sample_is_opened_once(house: Any, overseer: Any) -> None:
    path = announced(overseer)
    overseer.post(f"{path}/open", data=WORD)
    again = overseer.post(f"{path}/open", data={"word": "another word"})
    assert again.status_code == 409
    assert "This sample is open already" in again.text
    assert len(house.acts("sample.open")) == 1


def test_a_sample_that_is_not_there_is_not_found(refused: Any) -> None:
    assert refused.get(f"/samples/{uuid4()}").status_code == 404
    assert refused.post(f"/samples/{uuid4()}/open", data=WORD).status_code == 404


@pytest.mark.usefixtures("searched")
def test_nobody_but_the_overseer_sees_a_sample(house: Any, overseer: Any) -> None:
    path = announced(overseer, until="2026-11-23T03:05")
    overseer.post(f"{path}/open", data=WORD)
    for role in sorted(set(Role) - {Role.OVERSIGHT}):
        client = house.browser(role)
        for answer in (client.get("/samples"), client.get(path), client.post(f"{path}/open", data=WORD)):
            assert answer.status_code == 403
            assert MARK not in answer.text
