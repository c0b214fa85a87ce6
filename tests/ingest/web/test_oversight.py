"""The overseer's page: figures, lists, devices and the log, and not one mark, picture or place."""

import re
from typing import Any
from uuid import UUID

import pytest

from governance.acts import Act
from ingest.contract.messages import Outcome
from ingest.web.figures import figures


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_no_mark_reason_place_or_picture_is_on_the_page(house: Any, alert_id: UUID) -> None:
    house.centre.alerts.answer(alert_id, Outcome.MISREAD, house.person("patrol"))
    html = house.browser("oversight").get("/oversight").text
    for secret in ("AB12CDE", "AB12 CDE", "Used in a burglary", "Stop and detain", "Firearms", "51.5", "/pictures/"):
        assert secret not in html


def test_figures_count_alerts_by_their_last_answer(house: Any, alert_id: UUID, spool: Any) -> None:
    record = house.centre.alerts.get(alert_id)
    officer = house.person("patrol")
    second = spool.hit(record.list_id, record.entry_id)
    third = spool.hit(record.list_id, record.entry_id)
    for message in (second, third, spool.read("LD70XYZ")):
        house.take(message)
    house.centre.alerts.answer(alert_id, Outcome.EN_ROUTE, officer)
    house.clock.forward(seconds=5)
    house.centre.alerts.answer(alert_id, Outcome.MISREAD, officer)
    house.centre.alerts.answer(second.body.hit_id, Outcome.STOPPED, officer)

    day, month, everything = figures(house.centre.engine, house.clock())

    assert (day.reads, day.alerts, day.answered, day.waiting) == (4, 3, 2, 1)
    assert {outcome: count for outcome, count in day.outcomes.items() if count} == {
        Outcome.MISREAD: 1,
        Outcome.STOPPED: 1,
    }
    assert day.misread_share == 0.5
    assert (month.alerts, everything.alerts) == (3, 3)


def test_figures_of_a_period_leave_out_what_was_before(house: Any, alert_id: UUID) -> None:
    house.centre.alerts.answer(alert_id, Outcome.MISREAD, house.person("patrol"))
    house.clock.forward(hours=25)
    day, month, everything = figures(house.centre.engine, house.clock())
    assert (day.reads, day.alerts, day.answered, day.misread_share) == (0, 0, 0, None)
    assert (month.alerts, everything.alerts) == (1, 1)
    house.clock.forward(days=28)
    assert [period.alerts for period in figures(house.centre.engine, house.clock())] == [0, 0, 1]


def test_an_answer_whose_alert_has_not_come_is_not_counted(house: Any, spool: Any) -> None:
    house.take(spool.answer(UUID(int=7)))
    assert figures(house.centre.engine, house.clock())[-1].answered == 0


def test_the_page_shows_lists_with_owner_and_authority(house: Any, alert_id: UUID) -> None:
    page = house.browser("oversight").get("/oversight").text
    assert f'<a href="/authorities/{house.grants.id_of("AUTH-2026-0001")}">AUTH-2026-0001</a>' in page
    text = words_of(page)
    assert "Burglary vehicles Find vehicles used in burglary 1 version 1, Mon 23 Nov 2026" in text
    assert "DI Drawn AUTH-2026-0001" in text


def test_the_page_names_what_is_missing_of_a_device(house: Any, spool: Any) -> None:
    house.take(spool.read())
    spool.seq = 4
    house.take(spool.read())
    text = words_of(house.browser("oversight").get("/oversight").text)
    assert "3: 2 to 4" in text


def test_an_authorising_officer_sees_no_devices(house: Any, spool: Any) -> None:
    house.take(spool.read())
    text = words_of(house.browser("authorising-officer").get("/oversight").text)
    assert "The log" in text
    assert "car-7" not in text


def test_the_log_is_shown_newest_first_with_its_checkpoint(house: Any) -> None:
    client = house.browser("oversight")
    house.centre.log.integrate()
    html = client.get("/oversight").text
    log = house.centre.log
    assert str(log.checkpoint.head) in html
    assert log.size > log.checkpoint.head.size > 0
    numbers = [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', html)]
    assert numbers == list(range(log.size - 1, log.size - 1 - len(numbers), -1))
    assert "page.view" in html


def test_the_whole_log_can_be_gone_through(house: Any) -> None:
    client, log = house.browser("oversight"), house.centre.log
    log.append(*(Act("pc", "page.view", "patrol duty", details={"page": f"/{number}"}) for number in range(60)))
    seen, address = [], "/oversight"
    while address:
        html = client.get(address).text
        seen += [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', html)]
        older = re.search(r'href="(\?before=\d+)#log">Older entries', html)
        address = f"/oversight{older[1]}" if older else ""
    assert seen == list(range(seen[0], -1, -1))
    newer = re.search(r'href="(\?before=\d+)#log">Newer entries', client.get("/oversight?before=5").text)
    assert newer
    assert 'th scope="row">29</th>' in client.get(f"/oversight{newer[1]}").text


def test_details_are_in_words(house: Any) -> None:
    details = {"captured_at": "2026-07-01T13:59:43.207+00:00", "more": False, "share": 0.7577231797721055, "by": None}
    house.centre.log.append(Act("pc", "alert.raise", "patrol duty", objects={"alert": "a"}, details=details))
    text = words_of(house.browser("oversight").get("/oversight").text)
    for words in ("captured at: Wed 1 Jul 2026, 14:59:43", "more: no", "share: 0.758", "by: none"):
        assert words in text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_whole_log_is_said_in_words(house: Any, headers: dict[str, str]) -> None:
    answer = house.browser("oversight").get("/oversight/verification", headers=headers)
    assert "The log is whole." in answer.text
    assert ("<html" in answer.text) is not bool(headers)


def test_a_log_that_was_changed_is_said_with_the_place(house: Any, tmp_path: Any) -> None:
    client = house.browser("oversight")
    house.centre.log.integrate()
    (path,) = (tmp_path / "log" / "tile" / "entries").rglob("*.p/*")
    path.write_bytes(path.read_bytes().replace(b"account.create", b"account.cheat!", 1))
    answer = client.get("/oversight/verification")
    assert "The log is not what was written." in answer.text
    assert re.search(r"entry \d+: in tile/entries/000\.p/", answer.text)


def test_a_log_that_lost_its_end_shows_nothing_and_says_so(house: Any, tmp_path: Any) -> None:
    client = house.browser("oversight")
    path = tmp_path / "log" / "pending"
    path.write_bytes(path.read_bytes()[:-50])
    answer = client.get("/oversight")
    assert answer.status_code == 503
    assert "cannot be logged is not done" in answer.text


def test_a_log_that_is_not_the_one_that_it_was_is_said_wherever_it_is_looked_at(house: Any) -> None:
    house.centre.settling.trouble = "the log has 3 entries, and the database was written beside one of 8"
    overseer = house.browser("oversight")
    for path in ("/oversight", "/oversight/verification"):
        assert "The log has 3 entries, and the database was written beside one of 8." in overseer.get(path).text
    verified = house.caller("oversight").get("/api/log/verify").json()
    assert verified["whole"] is False
    assert "the log has 3 entries" in verified["problems"][0]
    assert "the log has 3 entries" in words_of(house.browser("admin").get("/service").text)
