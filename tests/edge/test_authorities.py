"""The device's authorities: taken from the wire, asked with the device's own clock and place, refused without a key."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.authorities import DeviceAuthorities, trust_key
from edge.counters import Counters
from edge.settings import AuthoritySettings
from governance.authority.question import Refusal
from governance.authority.states import Step
from governance.errors import BadKey
from hardware.position import PositionSource, fixed_position
from ingest.contract import topics
from tests.governance.authority.drawn import (
    BEFORE,
    END,
    FORCE,
    ID,
    INSIDE,
    INSPECTOR,
    LIST,
    NOON,
    START,
    Court,
    request,
)

TRUST = topics.trust(FORCE)
CASE = topics.authority(FORCE, ID)


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Device:
    """A device with a court's trust key pinned; a restart opens the same folder again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.court = Court.sitting()
        self.clock = Clock()
        self.counters = Counters()
        self.error_ms: float | None = 0.0
        self.here: PositionSource | None = fixed_position(*INSIDE)

    def open(self, **changes: Any) -> DeviceAuthorities:
        given: dict[str, Any] = {
            "trust_key": self.court.anchor.public.text,
            "force": FORCE,
            "device": "car-1",
            "clock": self.clock,
            "counters": self.counters,
            "position": self.here,
            "clock_error_ms": lambda: self.error_ms,
            "unknown_error_s": 300.0,
            **changes,
        }
        return DeviceAuthorities.open(self.folder, given.pop("trust_key"), **given)

    def fed(self, **changes: Any) -> DeviceAuthorities:
        made = self.open(**changes)
        made.take(TRUST, self.court.trust_bytes())
        made.take(CASE, self.court.decided(request()).to_bytes())
        return made


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "authorities")


def test_it_allows_what_is_signed_here_and_now(device: Device) -> None:
    held = device.fed()
    assert held.may_now("list.match", LIST, ID).authority_id == ID
    assert device.open().may_now("list.match", LIST, "AUTH-2026-0007").allowed
    assert device.counters.value("authorities_taken") == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"device": "car-3"}, Refusal.DEVICE_NOT_NAMED),
        ({"position": None}, Refusal.POSITION_UNKNOWN),
        ({"position": fixed_position(51.6, 0.0)}, Refusal.OUTSIDE_PLACE),
    ],
)
def test_it_refuses_elsewhere_and_others(device: Device, changes: dict[str, Any], refusal: Refusal) -> None:
    assert device.fed(**changes).may_now("list.match", LIST, ID).refusal is refusal
    assert device.counters.value("acts_not_authorised") == 1


def test_it_stops_by_itself_and_the_clocks_error_counts(device: Device) -> None:
    held = device.fed()
    device.error_ms = 40 * 60_000.0
    device.clock.time = END - timedelta(minutes=41)
    assert held.may_now("list.match", LIST, ID).allowed
    device.clock.time = END - timedelta(minutes=40)
    assert held.may_now("list.match", LIST, ID).refusal is Refusal.TOO_LATE


def test_a_clock_that_cannot_say_is_taken_to_be_wrong_by_the_settings(device: Device) -> None:
    held = device.fed()
    device.error_ms = None
    device.clock.time = START + timedelta(seconds=299)
    assert held.may_now("list.match", LIST, ID).refusal is Refusal.TOO_EARLY
    device.clock.time = START + timedelta(seconds=300)
    assert held.may_now("list.match", LIST, ID).allowed


def test_without_a_trust_key_everything_is_refused(device: Device) -> None:
    held = device.fed(trust_key=None)
    assert held.filters() == frozenset()
    assert held.may_now("list.match", LIST, ID).refusal is Refusal.NOT_TRUSTED
    held.forget_old()
    assert not device.folder.exists()


def test_what_is_refused_is_counted_and_changes_nothing(device: Device) -> None:
    held = device.fed()
    suspended = device.court.then(device.court.decided(request()), Step.SUSPEND, INSPECTOR, BEFORE)
    held.take(CASE, suspended.to_bytes())
    held.take(CASE, device.court.decided(request()).to_bytes())
    held.take(CASE, b"nonsense")
    held.take(TRUST, Court.sitting().trust_bytes())
    held.take(CASE, b"")
    assert device.counters.value("authorities_refused") == 3
    assert held.may_now("list.match", LIST, ID).refusal is Refusal.SUSPENDED


def test_what_cannot_be_kept_is_counted(device: Device) -> None:
    held = device.open()
    device.folder.rmdir()
    held.take(TRUST, device.court.trust_bytes())
    assert device.counters.value("authorities_not_stored") == 1


def test_what_was_over_a_day_ago_is_erased(device: Device) -> None:
    held = device.fed()
    device.clock.time = END + timedelta(days=1)
    held.forget_old()
    assert held.may_now("list.match", LIST, ID).refusal is Refusal.TOO_LATE
    device.clock.time += timedelta(milliseconds=1)
    held.forget_old()
    assert held.may_now("list.match", LIST, ID).refusal is Refusal.UNKNOWN


def test_the_topics(device: Device) -> None:
    held = device.open()
    assert held.filters() == {f"lanthorn/v1/{FORCE}/authorities/+", TRUST}
    assert held.is_mine(TRUST)
    assert held.is_mine(CASE)
    assert not held.is_mine(topics.list_manifest(FORCE, ID))


def test_the_settings_key_comes_before_the_enrolments(device: Device) -> None:
    text = device.court.anchor.public.text
    assert trust_key(AuthoritySettings(trust_key=text), None) == text
    assert trust_key(AuthoritySettings(), None) is None
    with pytest.raises(BadKey):
        device.open(trust_key="AAAA")
