"""What the patrol page shows, on both engines: nothing that waits is dropped without being counted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from governance.log import Log
from governance.roles import Role
from ingest.accounts import Person
from ingest.alerts import Alerts
from ingest.board import A_PAGE, ANSWERED_SHOWN, MOST_CARDS, WAITING_FOR, Board
from ingest.contract.base import new_id
from ingest.contract.messages import Outcome
from ingest.database.recorded import recorded
from ingest.errors import NotFound
from ingest.hub import Hub
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists
from tests.ingest.granting import Grants

ALICE = Person(new_id(), "alice", "Alice Archer", frozenset({Role.PATROL}))


@pytest.fixture
def alerts(engine: Engine, log: Log, clock: Any) -> Alerts:
    return Alerts(engine, log, clock, Hub())


@pytest.fixture
def board(engine: Engine, clock: Any) -> Board:
    return Board(engine, clock)


@pytest.fixture
def see(alerts: Alerts, engine: Engine, log: Log, spool: Any, clock: Any) -> Callable[..., UUID]:
    """A hit on an entry, a new one unless it is given, taken now."""

    def make(entry_id: UUID | None = None) -> UUID:
        message = spool.hit(new_id(), entry_id or new_id())
        with recorded(engine, log) as (connection, acts):
            alerts.take_hit(connection, acts, message, clock())
        return UUID(str(message.body.hit_id))

    return make


def test_all_that_waits_is_shown_however_much_is_answered(
    board: Board, alerts: Alerts, see: Callable[..., UUID], clock: Any
) -> None:
    waiting = see()
    for _ in range(ANSWERED_SHOWN + 3):
        clock.forward(seconds=1)
        alerts.answer(see(), Outcome.STOPPED, ALICE)
    shown = board.now()
    assert waiting in {record.alert_id for record in shown.records}
    assert len(shown.records) == ANSWERED_SHOWN + 1
    assert (shown.older_waiting, shown.older_answered) == (0, 3)


def test_what_has_waited_too_long_is_counted_and_kept_among_the_older(
    board: Board, see: Callable[..., UUID], clock: Any
) -> None:
    vehicle = new_id()
    gone = see()
    clock.forward(seconds=1)
    old = see(vehicle)
    clock.forward(seconds=WAITING_FOR.total_seconds() - 2)
    assert board.now().older_waiting == 0
    clock.forward(seconds=1)
    again = see(vehicle)
    shown = board.now()
    assert [record.alert_id for record in shown.records] == [again, old], "all sightings of a vehicle stay together"
    assert shown.older_waiting == 1
    records, total = board.older(answered=False, start=0)
    assert ([record.alert_id for record in records], total) == ([again, old, gone], 3)


def test_more_vehicles_than_a_page_shows_are_counted_and_the_risky_are_kept(
    board: Board, see: Callable[..., UUID], clock: Any, engine: Engine, log: Log, grants: Grants
) -> None:
    lists = Lists(engine, log, clock, grants.authorities)
    made = lists.create("Burglary", "Find vehicles used in burglaries", "DI 1", grants.lists("Burglary"), "manager")
    draft = EntryDraft("AB12CDE", "Seen", "", "", ("Violent",), "DC 2", clock() + timedelta(days=7), "AO-7")
    risky = see(lists.add(made.list_id, draft, "manager").entry_id)
    for _ in range(MOST_CARDS + 1):
        clock.forward(seconds=1)
        see()
    shown = board.now()
    assert len(shown.records) == MOST_CARDS
    assert risky in {record.alert_id for record in shown.records}
    assert shown.older_waiting == 2


def test_the_cards_of_an_entry_are_what_waits_and_what_was_answered_together(
    board: Board, alerts: Alerts, see: Callable[..., UUID], clock: Any
) -> None:
    vehicle = new_id()
    see()
    early = see(vehicle)
    alerts.answer(early, Outcome.MISREAD, ALICE)
    clock.forward(minutes=1)
    first, second = see(vehicle), see(vehicle)
    alerts.answer(second, Outcome.STOPPED, ALICE, also=[first])
    clock.forward(minutes=1)
    later = see(vehicle)

    def ids(alert_id: UUID) -> set[UUID]:
        return {record.alert_id for record in board.entry(alert_id).records}

    assert ids(first) == ids(second) == {first, second, later}
    assert ids(early) == {early, later}
    assert ids(later) == {later}
    assert board.entry(later).before[vehicle].outcome is Outcome.STOPPED
    assert board.now().before[vehicle].outcome is Outcome.STOPPED
    with pytest.raises(NotFound):
        board.entry(new_id())


def test_older_alerts_come_a_page_at_a_time(board: Board, alerts: Alerts, see: Callable[..., UUID], clock: Any) -> None:
    made = []
    for _ in range(A_PAGE + 2):
        made.append(see())
        clock.forward(seconds=1)
    alerts.answer(made[0], Outcome.STOPPED, ALICE)
    first, total = board.older(answered=False, start=0)
    rest, _ = board.older(answered=False, start=A_PAGE)
    assert total == A_PAGE + 1
    assert [record.alert_id for record in (*first, *rest)] == made[:0:-1]
    assert [record.alert_id for record in board.older(answered=True, start=0)[0]] == made[:1]
