"""A device's own authorities: verified with no network, kept over a restart, and stopping by themselves."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from governance.authority.held import CASE_SUFFIX, NEWEST_FILE, HeldAuthorities
from governance.authority.question import Authorised, Refusal, Where
from governance.authority.replay import NotGood
from governance.authority.states import Step
from governance.errors import BadDocument, OlderThanHeld
from governance.keys import PrivateKey
from tests.governance.authority.drawn import (
    BEFORE,
    END,
    FORCE,
    ID,
    INSIDE,
    INSPECTOR,
    LIST,
    NOON,
    RULES,
    START,
    Court,
    request,
)

CAR = Where(*INSIDE, "car-1")
MS = timedelta(milliseconds=1)
Open = Callable[..., HeldAuthorities]


@pytest.fixture
def court() -> Court:
    return Court.sitting()


@pytest.fixture
def reopen(tmp_path: Path, court: Court) -> Open:
    def open_(error: timedelta = timedelta(0)) -> HeldAuthorities:
        return HeldAuthorities.open(tmp_path / "held", court.anchor.public, FORCE, RULES, lambda: error)

    return open_


@pytest.fixture
def held(reopen: Open, court: Court) -> HeldAuthorities:
    held = reopen()
    held.take_trust(court.trust_bytes())
    held.take(court.decided(request()).to_bytes())
    return held


def refusal(held: Authorised, moment: object = NOON, under: str = ID, where: Where = CAR) -> Refusal | None:
    return held.may("list.match", LIST, under, moment, where).refusal


def test_it_answers_by_id_and_by_reference(held: HeldAuthorities) -> None:
    assert held.may("list.match", LIST, ID, NOON, CAR).authority_id == ID
    assert held.may("list.match", LIST, "AUTH-2026-0007", NOON, CAR).allowed
    assert refusal(held, under="AUTH-2026-0008") is Refusal.UNKNOWN
    assert refusal(held, where=Where(51.6, 0.0, "car-1")) is Refusal.OUTSIDE_PLACE
    assert [history.authority.id for history in held.histories()] == [ID]


def test_it_stops_by_itself_at_the_end(held: HeldAuthorities) -> None:
    assert refusal(held, START - MS) is Refusal.TOO_EARLY
    assert refusal(held, END - MS) is None
    assert refusal(held, END) is Refusal.TOO_LATE


def test_a_clock_that_goes_back_does_not_bring_it_back(held: HeldAuthorities, reopen: Open) -> None:
    assert refusal(held, END) is Refusal.TOO_LATE
    assert refusal(held, NOON) is Refusal.TOO_LATE
    assert refusal(reopen(), NOON) is Refusal.TOO_LATE


def test_a_clock_that_was_ahead_does_not_begin_it_early(held: HeldAuthorities) -> None:
    assert refusal(held, NOON) is None
    assert refusal(held, START - MS) is Refusal.TOO_EARLY


def test_a_statement_of_a_later_date_is_the_newest_time(held: HeldAuthorities, court: Court) -> None:
    """The device's clock is an hour behind: the suspension counts at once all the same."""
    held.take(court.then(court.decided(request()), Step.SUSPEND, INSPECTOR, NOON).to_bytes())
    assert refusal(held, NOON - timedelta(hours=1)) is Refusal.SUSPENDED


def test_a_device_40_minutes_off_stops_40_minutes_early(reopen: Open, court: Court) -> None:
    held = reopen(timedelta(minutes=40))
    held.take_trust(court.trust_bytes())
    held.take(court.decided(request()).to_bytes())
    assert refusal(held, START + timedelta(minutes=39)) is Refusal.TOO_EARLY
    assert refusal(held, START + timedelta(minutes=40)) is None
    assert refusal(held, END - timedelta(minutes=40, milliseconds=1)) is None
    assert refusal(held, END - timedelta(minutes=40)) is Refusal.TOO_LATE


def test_it_is_there_after_a_restart(held: HeldAuthorities, reopen: Open) -> None:
    again = reopen()
    assert again.trust_number == 1
    assert refusal(again) is None


def test_without_a_trust_list_nothing_is_allowed(reopen: Open, court: Court) -> None:
    held = reopen()
    held.take(court.decided(request()).to_bytes())
    assert refusal(held) is Refusal.NOT_TRUSTED
    held.take_trust(court.trust_bytes())
    assert refusal(held) is None


def test_an_older_trust_list_is_refused(held: HeldAuthorities, court: Court) -> None:
    old = court.trust_bytes()
    new = court.trust_bytes()
    held.take_trust(new)
    held.take_trust(new)
    with pytest.raises(OlderThanHeld, match="number 2, and number 3"):
        held.take_trust(old)
    court.number -= 1
    court.admit(INSPECTOR, trusted_until=NOON)
    with pytest.raises(OlderThanHeld, match="number 3, and number 3"):
        held.take_trust(court.trust_bytes())


def test_a_trust_list_of_another_key_is_refused(held: HeldAuthorities) -> None:
    with pytest.raises(BadDocument, match="pinned"):
        held.take_trust(Court.sitting().trust_bytes())


def test_a_suspension_that_was_seen_cannot_be_unseen(held: HeldAuthorities, court: Court) -> None:
    granted = court.decided(request())
    suspended = court.then(granted, Step.SUSPEND, INSPECTOR, BEFORE)
    held.take(suspended.to_bytes())
    assert refusal(held) is Refusal.SUSPENDED
    with pytest.raises(OlderThanHeld):
        held.take(granted.to_bytes())
    with pytest.raises(OlderThanHeld):
        held.take(court.then(granted, Step.REVIEW, INSPECTOR, BEFORE).to_bytes())
    held.take(court.then(suspended, Step.RESUME, INSPECTOR, BEFORE).to_bytes())
    assert refusal(held) is None


def test_what_breaks_a_rule_is_not_kept(held: HeldAuthorities, court: Court, tmp_path: Path) -> None:
    with pytest.raises(NotGood):
        held.take(court.then(court.decided(request()), Step.CONFIRM, INSPECTOR, BEFORE).to_bytes())
    with pytest.raises(BadDocument):
        held.take(b"nonsense")
    assert refusal(held) is None
    assert len(list((tmp_path / "held").glob(f"*{CASE_SUFFIX}"))) == 1


def test_a_message_from_nobody_known_does_not_stand_in_the_way(reopen: Open, court: Court) -> None:
    held = reopen()
    held.take_trust(court.trust_bytes())
    held.take(Court.sitting().decided(request()).to_bytes())
    assert refusal(held) is Refusal.NOT_TRUSTED
    held.take(court.decided(request()).to_bytes())
    assert refusal(held) is None


def test_a_compromised_key_takes_its_grants_with_it_and_no_older_case_helps(
    held: HeldAuthorities, court: Court
) -> None:
    granted = court.decided(request())
    held.take(court.then(granted, Step.REVIEW, INSPECTOR, BEFORE).to_bytes())
    court.admit(INSPECTOR, compromised=True)
    held.take_trust(court.trust_bytes())
    assert refusal(held) is Refusal.NOT_TRUSTED_THEN
    with pytest.raises(OlderThanHeld):
        held.take(granted.to_bytes())


@pytest.mark.parametrize("place", range(0, 3_000, 97))
def test_a_file_that_was_changed_on_the_disk_allows_nothing(
    held: HeldAuthorities, reopen: Open, tmp_path: Path, place: int
) -> None:
    path = tmp_path / "held" / f"{ID}{CASE_SUFFIX}"
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1
    path.write_bytes(data)
    assert refusal(reopen()) is not None


def test_a_case_under_another_name_is_not_used(held: HeldAuthorities, reopen: Open, tmp_path: Path) -> None:
    path = tmp_path / "held" / f"{ID}{CASE_SUFFIX}"
    path.rename(path.with_name(f"019a0000-0000-7000-8000-000000000009{CASE_SUFFIX}"))
    assert refusal(reopen()) is Refusal.UNKNOWN


def test_a_spoilt_trust_list_or_time_allows_nothing_by_mistake(
    held: HeldAuthorities, reopen: Open, tmp_path: Path
) -> None:
    for spoilt in ("spoilt", "2026-11-23"):
        (tmp_path / "held" / NEWEST_FILE).write_text(spoilt)
        assert refusal(reopen()) is None
    (tmp_path / "held" / "trust.json").write_text("spoilt")
    assert refusal(reopen()) is Refusal.NOT_TRUSTED


def test_what_ended_long_ago_is_erased(held: HeldAuthorities, tmp_path: Path) -> None:
    assert held.forget(END) == 0
    assert held.forget(END + MS) == 1
    assert refusal(held) is Refusal.UNKNOWN
    assert list((tmp_path / "held").glob(f"*{CASE_SUFFIX}")) == []


def test_a_device_of_another_force_holds_none_of_it(tmp_path: Path, court: Court) -> None:
    other = HeldAuthorities.open(tmp_path, court.anchor.public, "essex", RULES, lambda: timedelta(0))
    with pytest.raises(BadDocument, match="of met, not of essex"):
        other.take_trust(court.trust_bytes())
    assert other.trust_number == 0


def test_the_pinned_key_is_what_counts(tmp_path: Path, court: Court) -> None:
    other = HeldAuthorities.open(tmp_path, PrivateKey.new().public, FORCE, RULES, lambda: timedelta(0))
    with pytest.raises(BadDocument):
        other.take_trust(court.trust_bytes())
