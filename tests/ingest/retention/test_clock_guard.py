"""A clock that cannot be right: nothing goes by it until it is set right, or somebody says that it is."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.log import Log
from ingest.database import schema
from ingest.errors import BadInput, ClockDoubted
from ingest.retention.clock_guard import ClockGuard
from ingest.settings import RetentionSettings
from tests.ingest.cars import START

FURTHEST = timedelta(days=3)


class Ticks:
    """A steady clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def start(engine: Engine, log: Log, clock: Any, ticks: Ticks) -> Any:
    """Starts a process: a guard over the same database, whose steady clock begins somewhere else."""

    def start() -> ClockGuard:
        ticks.now += 12_345
        return ClockGuard(engine, log, clock, FURTHEST, ticks)

    return start


@pytest.mark.parametrize(
    ("passed", "set_to", "good"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(minutes=15), timedelta(minutes=15), True),
        (timedelta(days=40), timedelta(days=40), True),
        (timedelta(0), FURTHEST, True),
        (timedelta(0), FURTHEST + timedelta(seconds=1), False),
        (timedelta(days=40), timedelta(days=40) + FURTHEST + timedelta(seconds=1), False),
        (timedelta(0), timedelta(days=3_653), False),
        (timedelta(hours=1), timedelta(minutes=20), True),
        (timedelta(0), -timedelta(minutes=40), False),
        (timedelta(0), -FURTHEST - timedelta(seconds=1), False),
        (timedelta(days=40), timedelta(0), False),
    ],
    ids=[
        "at once", "a round later", "running for weeks", "as far as is allowed", "further", "further, after weeks",
        "ten years ahead", "slower than it was", "40 minutes back", "far back", "it stands still",
    ],
)  # fmt: skip
def test_the_clock_of_a_process_that_runs(
    start: Any, clock: Any, ticks: Ticks, passed: timedelta, set_to: timedelta, good: bool
) -> None:
    guard = start()
    guard.check()
    ticks.now += passed.total_seconds()
    clock.now = START + set_to
    assert (guard.state().doubt == "") is good
    if good:
        guard.check()
    else:
        with pytest.raises(ClockDoubted, match="nothing is disposed of"):
            guard.check()


@pytest.mark.parametrize(
    ("away", "good"),
    [(timedelta(days=2), True), (timedelta(days=30), False), (-timedelta(days=30), False)],
    ids=["a weekend", "a month", "a month back"],
)
def test_the_clock_of_a_process_that_starts(start: Any, clock: Any, away: timedelta, good: bool) -> None:
    start().check()
    clock.now = START + away
    assert (start().state().doubt == "") is good


def test_a_doubt_stays_and_is_not_forgotten_by_a_start(start: Any, clock: Any) -> None:
    start().check()
    clock.now = START + timedelta(days=400)
    for _ in range(3):
        with pytest.raises(ClockDoubted):
            start().check()
    clock.now = START + timedelta(hours=1)
    start().check()


def test_one_process_learns_from_another(start: Any, clock: Any, ticks: Ticks) -> None:
    """The one that was idle for weeks counts from what the other found good."""
    idle, busy = start(), start()
    idle.check()
    for _ in range(10):
        clock.forward(days=2)
        ticks.now += timedelta(days=2).total_seconds()
        busy.check()
    idle.check()


def test_a_person_confirms_a_clock_that_is_right(start: Any, clock: Any, log: Log) -> None:
    start().check()
    clock.now = datetime.fromisoformat("2027-06-30T23:30:00+00:00")  # summer time: in London the next day has begun
    guard = start()
    with pytest.raises(BadInput, match="says 2027-07-01, and you say that it is 2027-06-30"):
        guard.confirm(date(2027, 6, 30), "The centre was in a store room", "admin")
    with pytest.raises(BadInput, match="why"):
        guard.confirm(date(2027, 7, 1), " ", "admin")
    assert guard.state().doubt
    guard.confirm(date(2027, 7, 1), "The centre was in a store room", "admin")
    start().check()
    *_, act = (entry.act for entry in log.read())
    assert (act.act, act.actor, act.purpose) == ("retention.confirm-clock", "admin", "The centre was in a store room")
    assert act.details == {"now": "2027-06-30T23:30:00.000Z", "known": "2026-11-23T03:04:05.678Z"}


def test_a_clock_set_ahead_disposes_of_nothing(house: Any, clock: Any) -> None:
    """Not by the scheduler, not by hand, and no waiting set of rules comes into force early."""
    house.retention = house.open(settings=RetentionSettings())
    read = house.read()
    house.retention.round()
    clock.forward(days=4_000)
    for round_ in (house.retention.round, house.retention.run):
        with pytest.raises(ClockDoubted):
            round_()
    assert house.has(schema.read, read)
    assert house.retention.clock.state().doubt
