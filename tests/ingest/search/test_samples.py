"""Samples that oversight opens: announced, drawn as the log shows, looked at for a time, each look logged."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from governance.access.draw import draw
from governance.commitments import opens
from governance.roles import Role
from ingest.contract.base import new_id
from ingest.database.schema import alert
from ingest.errors import BadInput, Conflict, NotFound
from ingest.search.samples import OPEN_FOR, Kind, Samples

WORD = "shutter lamp"
DAY = timedelta(days=1)


@pytest.fixture
def samples(desk: Any) -> Samples:
    return Samples(desk.engine, desk.log, desk.clock)


@pytest.fixture
def overseer(desk: Any) -> Any:
    return desk.person("overseer-drawn", Role.OVERSIGHT)


def announced(desk: Any, samples: Samples, overseer: Any, kind: Kind = Kind.SEARCHES, number: int = 3) -> Any:
    now = desk.clock()
    return samples.announce(kind, "quarterly look at searches", number, now - DAY, now, overseer)


def test_a_sample_shows_what_was_drawn_and_the_log_proves_the_draw(
    desk: Any, grounds: Any, samples: Samples, overseer: Any
) -> None:
    made = {}
    for n in range(10, 20):
        one = desk.searches.ask(desk.past(f"AB{n}CDE"), grounds, desk.dc)
        made[str(one.search_id)] = one
    desk.clock.forward(seconds=1)
    sample = announced(desk, samples, overseer)
    late = desk.searches.ask(desk.past("LD70XYZ"), grounds, desk.dc)
    opened = samples.open(sample.sample_id, WORD, overseer)
    before, after = desk.acts("sample.announce")[0], desk.acts("sample.open")[0]
    seed, salt = str(after.details["seed"]), bytes.fromhex(str(after.details["salt"]))
    assert opens(before.commitments["seed"], seed, salt)
    drawn = draw(bytes.fromhex(seed), str(after.details["word"]), made, 3)
    assert [after.objects[f"drawn-{place}"] for place in (1, 2, 3)] == drawn
    assert [str(one.search_id) for one in opened.searches] == drawn
    assert [one.question for one in opened.searches] == [made[one].question for one in drawn]
    assert late.search_id not in opened.sample.drawn
    assert after.purpose == "quarterly look at searches"
    assert all("CDE" not in str(entry) for entry in desk.log.read())


def test_a_sample_of_alerts_has_marks_and_answers_and_no_picture(
    desk: Any, samples: Samples, overseer: Any, make_read: Any
) -> None:
    read = make_read()
    row = {
        "alert_id": new_id(),
        "message_id": new_id(),
        "device": "car-7",
        "read_id": read.read_id,
        "list_id": new_id(),
        "list_version": 1,
        "entry_id": new_id(),
        "probability": 0.8,
        "made_at": desk.clock(),
        "received_at": desk.clock(),
        "read": read.model_dump(mode="json"),
        "salt": None,
        "commitment": "0" * 64,
    }
    with desk.engine.begin() as connection:
        connection.execute(insert(alert), row)
    desk.clock.forward(seconds=1)
    sample = announced(desk, samples, overseer, Kind.ALERTS)
    opened = samples.open(sample.sample_id, WORD, overseer)
    (shown,) = opened.alerts
    assert (shown.alert_id, shown.vrm, shown.device) == (row["alert_id"], "AB12CDE", "car-7")
    assert opened.searches == ()
    assert "image" not in str(opened)


def test_a_sample_is_opened_once_and_each_later_look_is_logged(desk: Any, samples: Samples, overseer: Any) -> None:
    sample = announced(desk, samples, overseer)
    assert samples.get(sample.sample_id) == sample
    assert (sample.opened_by, sample.shown_until) == (None, None)
    with pytest.raises(NotFound, match="is not open"):
        samples.show(sample.sample_id, overseer)
    samples.open(sample.sample_id, WORD, overseer)
    opened = samples.get(sample.sample_id)
    assert (opened.opened_by, opened.shown_until) == ("overseer-drawn", desk.clock() + OPEN_FOR)
    with pytest.raises(Conflict, match="open already"):
        samples.open(sample.sample_id, "another word", overseer)
    samples.show(sample.sample_id, overseer)
    assert len(desk.acts("sample.view")) == 1
    desk.clock.forward(days=OPEN_FOR.days)
    assert not opened.may_be_shown(desk.clock())
    with pytest.raises(NotFound, match="31 days"):
        samples.show(sample.sample_id, overseer)
    assert [one.sample_id for one in samples.all()] == [sample.sample_id]


def test_what_a_sample_refuses(desk: Any, samples: Samples, overseer: Any) -> None:
    now = desk.clock()
    for reason, number, start, end, said in (
        (" ", 3, now - DAY, now, "the reason is empty"),
        ("a look", 0, now - DAY, now, "1 to 50 items"),
        ("a look", 51, now - DAY, now, "1 to 50 items"),
        ("a look", 3, now, now, "begins before it ends"),
        ("a look", 3, now - DAY, now + DAY, "is over"),
    ):
        with pytest.raises(BadInput, match=said):
            samples.announce(Kind.SEARCHES, reason, number, start, end, overseer)
    sample = announced(desk, samples, overseer)
    with pytest.raises(BadInput, match="8 to 500 characters"):
        samples.open(sample.sample_id, "short", overseer)
    with pytest.raises(NotFound):
        samples.open(uuid4(), WORD, overseer)
    with pytest.raises(NotFound):
        samples.get(uuid4())
