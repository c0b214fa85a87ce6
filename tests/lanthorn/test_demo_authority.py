"""The demo's authority: granted by the real services, gone on with where the car could use it, and its key opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from governance.authority.question import Refusal, Where
from governance.authority.states import Step
from governance.roles import Role
from ingest.accounts import Person
from ingest.centre import Centre
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, StoreSettings
from lanthorn.demo_authority import demo_authority

NAME = "Demo vehicles of interest"
MATCH = "list.match"
HERE = Where(51.50735, -0.12776, "car-1")
PEOPLE = {"authorising": Role.AUTHORISING_OFFICER, "lists": Role.LIST_MANAGER, "admin": Role.ADMIN}


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    secret = SecretStr("nobody")
    centre = Centre.open(
        CentreSettings(
            force="demo",
            log_path=tmp_path / "log",
            keys_dir=tmp_path / "keys",
            database=DatabaseSettings(url=f"sqlite:///{tmp_path / 'centre.db'}"),
            store=StoreSettings(url="http://127.0.0.1:9", access_key=secret, secret_key=secret),
            broker=BrokerSettings(url="mqtt://127.0.0.1:9"),
        )
    )
    for name, role in PEOPLE.items():
        centre.accounts.create(name, f"{name} (demo)", {role}, None, "system:demo")
    yield centre
    centre.close()


def test_the_list_is_made_under_it_and_the_car_may_use_it(centre: Centre) -> None:
    made = demo_authority(centre, NAME, "car-1")
    about = centre.lists.create(NAME, "Show an alert", "Demo", made.reference, "system:demo")
    assert about.authority == made.reference
    now = centre.clock()
    assert centre.authorities.may(MATCH, NAME, made.reference, now, HERE).allowed
    another = Where(51.50735, -0.12776, "car-2")
    assert centre.authorities.may(MATCH, NAME, made.reference, now, another).refusal is Refusal.DEVICE_NOT_NAMED


def test_a_second_start_goes_on_with_it_and_shows_a_passphrase_that_opens_the_key(centre: Centre) -> None:
    first = demo_authority(centre, NAME, "car-1")
    second = demo_authority(centre, NAME, "car-1", first.reference)
    assert (second.reference, second.passphrase != first.passphrase) == (first.reference, True)
    officer = next(key for key in centre.authorities.keys.all() if key.trusted_until is None)
    assert officer.account == "authorising"
    summary = next(each for each in centre.authorities.all() if each.reference == first.reference)
    assert [each.state for each in centre.authorities.queue()] == ["submitted"], "one waits, not one for each start"
    account = next(account for account in centre.accounts.list() if account.name == "authorising")
    person = Person(account.account_id, account.name, account.display_name, account.roles)
    why = "To show that the car stops at once"
    centre.authorities.steps.take(summary.authority_id, Step.SUSPEND, why, second.passphrase, person)
    assert demo_authority(centre, NAME, "car-1", first.reference).reference != first.reference


def test_footage_of_your_own_needs_one_that_holds_anywhere(centre: Centre) -> None:
    placed = demo_authority(centre, NAME, "car-1")
    anywhere = demo_authority(centre, NAME, "car-1", placed.reference, anywhere=True)
    assert anywhere.reference != placed.reference
    assert centre.authorities.may(MATCH, NAME, anywhere.reference, centre.clock(), Where(device="car-1")).allowed
