"""A car uses a list where its authority holds, and stops by itself where it does not: each reason by its name."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from edge.authorities import DeviceAuthorities
from edge.counters import Counters
from edge.lists import Lists
from edge.lists_in_force import LOOK_EVERY, ListsInForce
from governance.authority.states import Step
from hardware.frames import Position
from hardware.position import fixed_position
from ingest.contract import topics
from tests.governance.authority.drawn import BEFORE, END, FORCE, ID, INSIDE, INSPECTOR, LIST, START, Court, request

TRUST, CASE = topics.trust(FORCE), topics.authority(FORCE, ID)
LIST_ID, AUTHORITY_ID = UUID(LIST), UUID(ID)
MARK = "LT23CGK"
ELSEWHERE = (51.6, 0.0)


class Driver:
    """Where the car is; a test drives it."""

    def __init__(self) -> None:
        self.where: tuple[float, float] | None = INSIDE

    def at(self, moment: datetime) -> Position | None:
        return None if self.where is None else fixed_position(*self.where).at(moment)


class Car:
    """A device that holds a list and the authority that it stands on; what a test changes, it changes before open."""

    def __init__(self, folder: Path, clock: Any, bodies: Any) -> None:
        self.folder, self.clock, self.bodies = folder, clock, bodies
        self.counters = Counters()
        self.court = Court.sitting()
        self.driver = Driver()
        self.device = "car-1"
        self.required = True
        self.ticks = 0.0
        self.asked: dict[str, Any] = {}
        self.open_lists: list[Lists] = []
        self.lists: Lists
        self.authorities: DeviceAuthorities

    def open(self, *, pinned: bool = True) -> ListsInForce:
        """Start, with what is on the disk."""
        self.lists = Lists.open(self.folder / "lists.db", FORCE, self.clock, self.counters)
        self.open_lists.append(self.lists)
        self.authorities = DeviceAuthorities.open(
            self.folder / "authorities",
            self.court.anchor.public.text if pinned else None,
            force=FORCE,
            device=self.device,
            clock=self.clock,
            counters=self.counters,
            position=self.driver,
            clock_error_ms=lambda: 0.0,
            unknown_error_s=0,
        )
        return ListsInForce(
            self.lists,
            self.authorities,
            self.clock,
            self.counters,
            required=self.required,
            monotonic=lambda: self.ticks,
        )

    def fed(self, authority_id: UUID | None = AUTHORITY_ID, *, pinned: bool = True) -> ListsInForce:
        """Start, and take a list with its authority from the centre."""
        in_force = self.open(pinned=pinned)
        self.take_list(authority_id)
        self.authorities.take(TRUST, self.court.trust_bytes())
        self.authorities.take(CASE, self.court.decided(request(**self.asked)).to_bytes())
        in_force.look()
        return in_force

    def take_list(
        self, authority_id: UUID | None = AUTHORITY_ID, version: int = 1, marks: tuple[str, ...] = (MARK,)
    ) -> None:
        entries = [self.bodies.entry(mark) for mark in marks]
        manifest, chunks = self.bodies.chunks(entries, list_id=LIST_ID, version=version, authority_id=authority_id)
        self.lists.take(topics.list_manifest(FORCE, LIST_ID), manifest.model_dump_json().encode())
        for number, chunk in enumerate(chunks):
            self.lists.take(topics.list_chunk(FORCE, LIST_ID, version, number), chunk)

    def matches(self, in_force: ListsInForce) -> int:
        return len(in_force.look_up(self.bodies.read(MARK), self.clock.now()))


@pytest.fixture
def car(tmp_path: Path, clock: Any, bodies: Any) -> Iterator[Car]:
    made = Car(tmp_path, clock, bodies)
    yield made
    for lists in made.open_lists:
        lists.close()


def test_a_list_is_used_while_its_authority_holds_here(car: Car) -> None:
    in_force = car.fed()
    assert car.matches(in_force) == 1
    assert (in_force.stopped(), len(in_force.manifests())) == ({}, 1)
    assert car.counters.value("acts_not_authorised") == 0, "asking again and again is not counted"


def test_a_scope_may_name_the_list_by_its_name(car: Car) -> None:
    car.asked = {"scope": {"kind": "anpr-list", "lists": ["Stolen vehicles"]}}
    assert car.matches(car.fed()) == 1


def without_position(car: Car) -> None:
    car.driver.where = None


def elsewhere(car: Car) -> None:
    car.driver.where = ELSEWHERE


def another_device(car: Car) -> None:
    car.device = "car-3"


def another_list(car: Car) -> None:
    car.asked = {"scope": {"kind": "anpr-list", "lists": ["Theft"]}}


def too_early(car: Car) -> None:
    car.clock.at = START - timedelta(seconds=1)


def too_late(car: Car) -> None:
    car.clock.at = END


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_position, "it holds for a place, and nobody can say where the device is"),
        (elsewhere, "this is outside its place"),
        (another_device, "it does not name the device car-3"),
        (another_list, "it does not cover 'Stolen vehicles'"),
        (too_early, "it does not hold before"),
        (too_late, "it ended at"),
    ],
)
def test_it_is_not_used_where_its_authority_does_not_hold(car: Car, change: Callable[[Car], None], says: str) -> None:
    change(car)
    in_force = car.fed()
    assert car.matches(in_force) == 0
    assert in_force.stopped()[LIST_ID].startswith("AUTH-2026-0007: ")
    assert says in in_force.stopped()[LIST_ID]


def test_a_list_without_an_authority_is_not_used(car: Car) -> None:
    in_force = car.fed(None)
    assert (car.matches(in_force), in_force.stopped()) == (0, {LIST_ID: "it names no authority"})


def test_a_list_whose_authority_is_not_there_yet_is_not_used_until_it_is(car: Car) -> None:
    in_force = car.open()
    car.take_list()
    assert in_force.look()
    assert in_force.stopped() == {LIST_ID: "its authority has not reached this car"}
    car.authorities.take(TRUST, car.court.trust_bytes())
    car.authorities.take(CASE, car.court.decided(request()).to_bytes())
    assert in_force.look()
    assert not in_force.look(), "nothing has changed since"
    assert car.matches(in_force) == 1


def test_without_a_trust_key_no_list_is_used(car: Car) -> None:
    in_force = car.fed(pinned=False)
    assert car.matches(in_force) == 0
    assert "it is not enrolled" in in_force.stopped()[LIST_ID]


def test_a_suspension_stops_it_once_it_arrives_and_a_restart_does_not_bring_it_back(car: Car) -> None:
    in_force = car.fed()
    suspended = car.court.then(car.court.decided(request()), Step.SUSPEND, INSPECTOR, BEFORE)
    car.authorities.take(CASE, suspended.to_bytes())
    assert in_force.look()
    assert (car.matches(in_force), car.matches(car.open())) == (0, 0)
    assert car.counters.value("lists_stopped") == 2
    assert "it is suspended" in in_force.stopped()[LIST_ID]


def test_offline_it_ends_by_the_cars_own_clock_and_a_clock_put_back_brings_nothing_back(car: Car) -> None:
    in_force = car.fed()
    car.clock.at = END - timedelta(milliseconds=1)
    assert car.matches(in_force) == 1
    car.clock.at = END + LOOK_EVERY
    assert car.matches(in_force) == 0
    car.clock.at = END - timedelta(hours=2)
    assert car.matches(in_force) == 0
    assert car.matches(car.open()) == 0, "not by a restart either"


def test_no_answer_is_older_than_ten_seconds_by_either_clock(car: Car) -> None:
    in_force = car.fed()
    car.driver.where = ELSEWHERE
    car.ticks += LOOK_EVERY.total_seconds() - 0.1
    assert car.matches(in_force) == 1
    car.ticks += 0.1
    assert car.matches(in_force) == 0
    car.driver.where = INSIDE
    car.clock.pass_s(LOOK_EVERY.total_seconds())
    assert car.matches(in_force) == 1, "and back in it, by the clock that tells the time"


def test_a_withdrawn_list_stops_nothing_and_says_nothing(car: Car) -> None:
    in_force = car.fed()
    car.take_list(None, version=2, marks=())
    assert in_force.look()
    assert (car.matches(in_force), in_force.stopped()) == (0, {})
    (manifest,) = in_force.manifests()
    assert (manifest.version, manifest.entries) == (2, 0)


def test_a_version_under_another_authority_waits_for_that_one(car: Car, bodies: Any) -> None:
    in_force = car.fed()
    car.take_list(UUID("019a0000-0000-7000-8000-000000000002"), version=2)
    in_force.look()
    assert (car.matches(in_force), list(in_force.stopped())) == (0, [LIST_ID])


def test_where_the_settings_do_not_ask_for_one_every_list_is_used(car: Car, caplog: pytest.LogCaptureFixture) -> None:
    car.required = False
    assert car.matches(car.fed(None)) == 1
    assert "edge.authorities.required is false" in caplog.text
