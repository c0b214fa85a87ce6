"""Alerts on both engines: what they show, what the log says of them, and their answers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from governance.commitments import opens
from governance.log import Log
from governance.roles import Role
from ingest.accounts import Person
from ingest.alerts import Alerts, EntryState
from ingest.contract.base import new_id
from ingest.contract.messages import HitMessage, ImageRole, Outcome
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import alert
from ingest.errors import BadInput, NotFound
from ingest.export.content import content_of_alert
from ingest.hub import AlertChanged, Hub
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Entry, Lists, VoiList
from tests.ingest.cars import a_read
from tests.ingest.granting import Grants

ALICE = Person(new_id(), "alice", "Alice Archer", frozenset({Role.PATROL}))


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def alerts(engine: Engine, log: Log, clock: Any, hub: Hub) -> Alerts:
    return Alerts(engine, log, clock, hub)


@pytest.fixture
def lists(engine: Engine, log: Log, clock: Any, grants: Grants) -> Lists:
    return Lists(engine, log, clock, grants.authorities)


@pytest.fixture
def listed(lists: Lists, clock: Any, grants: Grants) -> tuple[VoiList, Entry]:
    made = lists.create("Burglary", "Find vehicles used in burglaries", "DI 1", grants.lists("Burglary"), "manager")
    draft = EntryDraft("AB12CDE", "Seen", "ACT", "Stop", ("Violent",), "DC 2", clock() + timedelta(days=7), "AO-7")
    return made, lists.add(made.list_id, draft, "manager")


@pytest.fixture
def raised(
    alerts: Alerts, engine: Engine, log: Log, clock: Any, spool: Any, listed: tuple[VoiList, Entry]
) -> HitMessage:
    message: HitMessage = spool.hit(listed[0].list_id, listed[1].entry_id, version=3)
    with recorded(engine, log) as (connection, acts):
        assert alerts.take_hit(connection, acts, message, clock())
    return message


def test_an_alert_has_all_that_a_page_shows(
    alerts: Alerts, raised: HitMessage, listed: tuple[VoiList, Entry], clock: Any
) -> None:
    record = alerts.get(raised.body.hit_id)
    entry, read = listed[1], raised.body.read
    assert (record.vrm, record.characters, record.position) == (read.vrm, read.characters, read.position)
    assert (record.reason, record.marker, record.action) == (entry.reason, entry.marker, entry.action)
    assert (record.risk_warnings, record.owner, record.authority) == (("Violent",), "DC 2", "AO-7")
    assert (record.list_name, record.list_version, record.entry_state) == ("Burglary", 3, EntryState.IN_FORCE)
    assert (record.device, record.camera, record.received_at) == ("car-7", "front", clock())
    assert (record.expected, record.pictures, record.answers) == ({ImageRole.OVERVIEW}, {}, ())


def test_the_log_says_why_the_list_existed_and_holds_no_mark(
    raised: HitMessage, listed: tuple[VoiList, Entry], log: Log, engine: Engine
) -> None:
    act = list(log.read())[-1].act
    assert (act.act, act.actor, act.authority) == ("alert.raise", "device:car-7", "AO-7")
    assert act.purpose == "Find vehicles used in burglaries"
    assert act.objects["entry"] == str(listed[1].entry_id)
    assert act.details["list_name"] == "Burglary"
    assert act.details["list_authority"] == listed[0].authority
    assert (act.details["owner"], act.details["list_version"]) == ("DC 2", 3)
    assert raised.body.read.vrm not in str([entry.act for entry in log.read()])
    with read_transaction(engine) as connection:
        row = connection.execute(alert.select()).mappings().one()
    assert opens(act.commitments["alert"], content_of_alert(row), row["salt"])


def take(alerts: Alerts, engine: Engine, log: Log, message: HitMessage, at: Any) -> Any:
    """Take a hit, and give the row of its alert."""
    with recorded(engine, log) as (connection, acts):
        assert alerts.take_hit(connection, acts, message, at)
    with read_transaction(engine) as connection:
        return connection.execute(alert.select().where(alert.c.alert_id == message.body.hit_id)).mappings().one()


def test_a_possible_misread_says_which_mark_it_is_of_and_the_log_commits_to_it(
    alerts: Alerts, engine: Engine, log: Log, clock: Any, spool: Any, listed: tuple[VoiList, Entry]
) -> None:
    made: HitMessage = spool.hit(listed[0].list_id, listed[1].entry_id, read=a_read("A812CDE"))
    body = made.body.model_copy(update={"matched": "misread", "listed": "AB12CDE", "probability": 0.42})
    row = take(alerts, engine, log, made.model_copy(update={"body": body}), clock())

    record = alerts.get(body.hit_id)
    assert (record.vrm, record.listed, record.matched, record.probability) == ("A812CDE", "AB12CDE", "misread", 0.42)
    act = list(log.read())[-1].act
    assert (act.details["made_by"], act.details["probability"]) == ("misread", 0.42)
    assert not {"A812CDE", "AB12CDE"} & {word for word in str(act).replace("'", " ").split()}
    assert opens(act.commitments["alert"], content_of_alert(row), row["salt"])
    for other in ({"listed": "AB12CDF"}, {"matched": "exact"}, {"matched": None, "listed": None}):
        assert not opens(act.commitments["alert"], content_of_alert(dict(row) | other), row["salt"])


def test_an_alert_from_before_matching_was_said_keeps_the_form_that_it_was_committed_to_in(
    alerts: Alerts, raised: HitMessage, engine: Engine
) -> None:
    with read_transaction(engine) as connection:
        row = dict(connection.execute(alert.select()).mappings().one())
    before = content_of_alert(row | {"matched": None, "listed": None})
    assert '"form":"alert v1"' in before
    assert "matched" not in before
    with write_transaction(engine) as connection:
        connection.execute(update(alert).values(matched=None, listed=None))
    record = alerts.get(raised.body.hit_id)
    assert (record.matched, record.listed) == ("exact", "AB12CDE")


def test_a_hit_that_comes_again_makes_no_second_alert(
    alerts: Alerts, raised: HitMessage, engine: Engine, log: Log, clock: Any
) -> None:
    before = log.size
    with recorded(engine, log) as (connection, acts):
        assert not alerts.take_hit(connection, acts, raised, clock())
    assert (len(alerts.recent()), log.size) == (1, before)


def test_an_entry_that_was_removed_or_expired_since_is_said_to_be(
    alerts: Alerts, lists: Lists, raised: HitMessage, listed: tuple[VoiList, Entry], clock: Any
) -> None:
    clock.forward(days=1)
    lists.remove(listed[1].entry_id, "found", "manager")
    record = alerts.get(raised.body.hit_id)
    assert (record.entry_state, record.removed_at, record.reason) == (EntryState.REMOVED, clock(), "Seen")


def test_an_entry_that_has_expired_is_said_to_be(alerts: Alerts, raised: HitMessage, clock: Any) -> None:
    clock.forward(days=7)
    assert alerts.get(raised.body.hit_id).entry_state is EntryState.EXPIRED


def test_a_hit_on_an_entry_that_nobody_knows_is_an_alert_all_the_same(
    alerts: Alerts, engine: Engine, log: Log, spool: Any, clock: Any
) -> None:
    message = spool.hit(new_id(), new_id())
    with recorded(engine, log) as (connection, acts):
        assert alerts.take_hit(connection, acts, message, clock())
    record = alerts.get(message.body.hit_id)
    assert (record.entry_state, record.reason, record.expires_at) == (EntryState.UNKNOWN, "", None)
    assert list(log.read())[-1].act.purpose == "a hit on an entry that the centre does not know"


def test_an_answer_is_stored_logged_and_told(
    alerts: Alerts, raised: HitMessage, log: Log, hub: Hub, clock: Any
) -> None:
    alert_id = raised.body.hit_id

    async def answer() -> object:
        with hub.subscribe() as page:
            alerts.answer(alert_id, Outcome.EN_ROUTE, ALICE)
            return await page.next(20)

    assert asyncio.run(answer()) == AlertChanged(alert_id, "answered")
    clock.forward(minutes=3)
    alerts.answer(alert_id, Outcome.STOPPED, ALICE, clock() - timedelta(minutes=1))
    record = alerts.get(alert_id)
    assert [each.outcome for each in record.answers] == [Outcome.EN_ROUTE, Outcome.STOPPED]
    assert record.answer is not None
    assert record.answer.received_at - record.answer.answered_at == timedelta(minutes=1)
    assert (record.answer.answered_by, record.answer.account, record.answer.via) == ("Alice Archer", "alice", "centre")
    act = list(log.read())[-1].act
    assert (act.act, act.actor, act.details["outcome"]) == ("alert.answer", "alice", "stopped")


def test_one_answer_for_several_sightings_is_an_answer_of_each(
    alerts: Alerts, raised: HitMessage, engine: Engine, log: Log, spool: Any, clock: Any
) -> None:
    body = raised.body
    again, other = spool.hit(body.list_id, body.entry_id), spool.hit(body.list_id, new_id())
    with recorded(engine, log) as (connection, acts):
        for message in (again, other):
            alerts.take_hit(connection, acts, message, clock())
    alerts.answer(again.body.hit_id, Outcome.STOPPED, ALICE, also=[body.hit_id, again.body.hit_id])
    answers = [alerts.get(each).answers for each in (body.hit_id, again.body.hit_id)]
    assert [len(given) for given in answers] == [1, 1]
    assert answers[0][0].answer_id != answers[1][0].answer_id
    assert answers[0][0].answered_at == answers[1][0].answered_at
    acts_of = [entry.act for entry in log.read() if entry.act.act == "alert.answer"]
    assert {act.objects["alert"] for act in acts_of} == {str(body.hit_id), str(again.body.hit_id)}

    before = len(list(log.read()))
    with pytest.raises(BadInput, match="not of one vehicle"):
        alerts.answer(body.hit_id, Outcome.MISREAD, ALICE, also=[other.body.hit_id])
    with pytest.raises(NotFound):
        alerts.answer(body.hit_id, Outcome.MISREAD, ALICE, also=[new_id()])
    assert (len(list(log.read())), len(alerts.get(body.hit_id).answers)) == (before, 1), "all or none"


def test_answers_that_cannot_be(alerts: Alerts, raised: HitMessage, log: Log, clock: Any) -> None:
    before = log.size
    with pytest.raises(NotFound):
        alerts.answer(new_id(), Outcome.STOPPED, ALICE)
    with pytest.raises(BadInput, match="has not come yet"):
        alerts.answer(raised.body.hit_id, Outcome.STOPPED, ALICE, clock() + timedelta(seconds=1))
    assert log.size == before
    with pytest.raises(NotFound):
        alerts.get(new_id())


def test_the_newest_come_first_and_not_too_many(
    alerts: Alerts, engine: Engine, log: Log, spool: Any, clock: Any
) -> None:
    made = []
    for _ in range(4):
        message = spool.hit(new_id(), new_id())
        with recorded(engine, log) as (connection, acts):
            alerts.take_hit(connection, acts, message, clock())
        made.append(message.body.hit_id)
        clock.forward(minutes=1)
    assert [each.alert_id for each in alerts.recent()] == made[::-1]
    assert [each.alert_id for each in alerts.recent(limit=2)] == made[:1:-1]
    assert [each.alert_id for each in alerts.recent(since=clock() - timedelta(minutes=1))] == made[3:]
