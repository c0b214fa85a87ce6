"""People of a sign-in provider, on both engines: one account a person, whatever they are called."""

import threading
from dataclasses import replace

import pytest

from governance.log import Log
from governance.roles import Role
from ingest.accounts import Accounts, Identity
from ingest.errors import MayNotEnter

BOB = Identity("https://force.example", "1", "bob", "Bob Baker", frozenset({Role.PATROL}), False)


def names(accounts: Accounts) -> list[str]:
    return [each.name for each in accounts.list() if each.provided]


def test_the_first_sign_in_makes_the_account_and_the_next_finds_it(accounts: Accounts, log: Log) -> None:
    for identity in (BOB, replace(BOB, name="robert", display_name="Robert Baker")):
        person = accounts.person(accounts.enter_from_provider(identity))
        assert person is not None
        assert (person.name, person.display_name) == ("bob", identity.display_name)
    assert names(accounts) == ["bob"]
    made = [entry.act for entry in log.read() if entry.act.act == "account.create"][-1]
    assert (made.actor, made.details) == ("system:sign-in-provider", {"roles": "patrol", "how": "provider"})


@pytest.mark.parametrize("other", [{"subject": "2"}, {"issuer": "https://other.example"}])
def test_the_same_name_elsewhere_is_another_person(accounts: Accounts, other: dict[str, str]) -> None:
    accounts.enter_from_provider(BOB)
    accounts.enter_from_provider(replace(BOB, **other))
    first, second = names(accounts)
    assert first == "bob"
    assert second.startswith("bob-")


@pytest.mark.parametrize("name", ["", "Bob Baker", "bob@force.example", "-", "é", "x" * 64, "system:demo", "a\x00"])
def test_a_name_that_cannot_be_one_is_replaced(accounts: Accounts, name: str) -> None:
    accounts.enter_from_provider(replace(BOB, name=name, display_name=""))
    (made,) = [each for each in accounts.list() if each.provided]
    assert made.name.startswith("person-")
    assert made.display_name == made.name


def test_a_local_account_is_never_taken_over(accounts: Accounts) -> None:
    accounts.enter_from_provider(replace(BOB, name="alice"))
    (made,) = names(accounts)
    assert made.startswith("alice-")


def test_two_windows_at_once_make_one_account(accounts: Accounts) -> None:
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda: tokens.append(accounts.enter_from_provider(BOB))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 4
    assert names(accounts) == ["bob"]


def test_without_a_role_there_is_no_way_in(accounts: Accounts, log: Log) -> None:
    with pytest.raises(MayNotEnter, match="gives you no role"):
        accounts.enter_from_provider(replace(BOB, roles=frozenset()))
    assert names(accounts) == []
    assert list(log.read())[-1].act.purpose == "no role"
