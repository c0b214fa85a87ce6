"""Accounts on both engines: who gets in, who does not, and what is written down of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from governance.errors import PasswordRefused
from governance.log import Log
from governance.roles import Role
from ingest.accounts import FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, Accounts, wait_after
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.errors import BadInput, Conflict, NotFound, SignInRefused, TooManyTries

PASSWORD = "three random words"


def acts(log: Log) -> list[str]:
    return [entry.act.act for entry in log.read()]


def test_the_right_password_opens_a_session(accounts: Accounts, log: Log) -> None:
    person = accounts.person(accounts.sign_in("alice", PASSWORD))
    assert person is not None
    assert (person.name, person.display_name) == ("alice", "Alice Archer")
    assert person.roles == {Role.PATROL, Role.FOOTAGE}
    assert acts(log) == ["account.create", "account.sign-in"]


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("a\x00b", "x"), ("", "")])
def test_all_that_is_wrong_gets_the_same_answer(accounts: Accounts, log: Log, name: str, password: str) -> None:
    with pytest.raises(SignInRefused, match="do not open an account"):
        accounts.sign_in(name, password)
    last = list(log.read())[-1].act
    assert last.act == "account.sign-in-refused"
    assert last.objects == ({"account": "alice"} if name == "alice" else {}), "an unknown name may be a password"


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_after_some_failures_even_the_right_password_has_to_wait(accounts: Accounts, clock: Any, name: str) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused, match="do not open"):
            accounts.sign_in(name, "wrong")
    with pytest.raises(TooManyTries) as caught:
        accounts.sign_in(name, PASSWORD)
    assert caught.value.wait_s == FIRST_WAIT.total_seconds() + 1
    clock.now += FIRST_WAIT
    if name == "alice":
        assert accounts.sign_in(name, PASSWORD)
        with pytest.raises(SignInRefused, match="do not open"):
            accounts.sign_in(name, "wrong")  # a good sign-in forgives: this is the first failure again


@pytest.mark.parametrize(
    ("failures", "wait"),
    [(0, timedelta(0)), (FREE_TRIES - 1, timedelta(0)), (FREE_TRIES, FIRST_WAIT), (FREE_TRIES + 1, 2 * FIRST_WAIT)]
    + [(FREE_TRIES + more, LONGEST_WAIT) for more in (5, 50, 5_000)],
)
def test_the_wait_doubles_to_a_limit(failures: int, wait: timedelta) -> None:
    assert wait_after(failures) == wait


def test_failures_are_forgotten_after_a_day(accounts: Accounts, engine: Engine, clock: Any) -> None:
    for name in ("a", "b"):
        with pytest.raises(SignInRefused):
            accounts.sign_in(name, "wrong")
    clock.forward(days=2)
    with pytest.raises(SignInRefused):
        accounts.sign_in("c", "wrong")
    with read_transaction(engine) as connection:
        assert len(connection.execute(select(schema.sign_in_failure)).all()) == 1


def test_a_session_ends_when_it_is_not_used(accounts: Accounts, clock: Any) -> None:
    token = accounts.sign_in("alice", PASSWORD)
    for _ in range(3):
        clock.forward(minutes=59)
        assert accounts.person(token) is not None
    clock.forward(minutes=60)
    assert accounts.person(token) is None


def test_a_session_ends_after_a_shift_however_it_is_used(accounts: Accounts, clock: Any) -> None:
    token = accounts.sign_in("alice", PASSWORD)
    for _ in range(23):
        clock.forward(minutes=30)
        assert accounts.person(token) is not None
    clock.forward(minutes=30)
    assert accounts.person(token) is None


def test_signing_out_ends_the_session_and_only_it(accounts: Accounts, log: Log) -> None:
    one, other = accounts.sign_in("alice", PASSWORD), accounts.sign_in("alice", PASSWORD)
    accounts.sign_out(one)
    accounts.sign_out(one)
    accounts.sign_out("no such token")
    assert accounts.person(one) is None
    assert accounts.person(other) is not None
    assert acts(log).count("account.sign-out") == 1


def test_no_token_or_password_is_in_the_database(accounts: Accounts, engine: Engine) -> None:
    token = accounts.sign_in("alice", PASSWORD)
    link = accounts.make_link("alice", timedelta(hours=1), 1, "system:demo")
    with read_transaction(engine) as connection:
        held = str([connection.execute(select(table)).all() for table in schema.metadata.sorted_tables])
    assert "alice" in held
    assert not any(secret in held for secret in (token, link, PASSWORD))


def test_a_link_lets_in_as_often_as_it_says(accounts: Accounts, log: Log) -> None:
    link = accounts.make_link("alice", timedelta(hours=1), 2, "system:demo")
    for _ in range(2):
        person = accounts.person(accounts.enter(link))
        assert person is not None
        assert person.name == "alice"
    with pytest.raises(SignInRefused, match="link is not good any more"):
        accounts.enter(link)
    assert acts(log) == ["account.create", "account.link", "account.sign-in", "account.sign-in"]


def test_a_link_that_is_old_or_made_up_lets_nobody_in(accounts: Accounts, clock: Any) -> None:
    link = accounts.make_link("alice", timedelta(minutes=5), 1, "system:demo")
    clock.forward(minutes=5)
    for token in (link, "made up", ""):
        with pytest.raises(SignInRefused):
            accounts.enter(token)


@pytest.mark.parametrize(("valid_for", "uses"), [(timedelta(0), 1), (timedelta(1), 0), (timedelta(1), 100_000)])
def test_a_link_of_no_use_is_refused(accounts: Accounts, valid_for: timedelta, uses: int) -> None:
    with pytest.raises(BadInput):
        accounts.make_link("alice", valid_for, uses, "system:demo")


def test_an_account_without_a_password_is_entered_by_link_only(accounts: Accounts) -> None:
    accounts.create("demo-patrol", "Demo", [Role.PATROL], None, "system:demo")
    with pytest.raises(SignInRefused):
        accounts.sign_in("demo-patrol", "")
    assert accounts.person(accounts.enter(accounts.make_link("demo-patrol", timedelta(1), 1))) is not None


def test_a_closed_account_opens_nothing_any_more(accounts: Accounts, log: Log) -> None:
    token = accounts.sign_in("alice", PASSWORD)
    link = accounts.make_link("alice", timedelta(hours=1), 1, "system:demo")
    accounts.disable("alice", "admin")
    assert accounts.person(token) is None
    with pytest.raises(SignInRefused):
        accounts.enter(link)
    with pytest.raises(SignInRefused):
        accounts.sign_in("alice", PASSWORD)
    with pytest.raises(NotFound):
        accounts.make_link("alice", timedelta(hours=1), 1, "system:demo")
    with pytest.raises(NotFound):
        accounts.disable("alice", "admin")
    assert [each.disabled_at is not None for each in accounts.list()] == [True]
    assert "account.disable" in acts(log)


@pytest.mark.parametrize("name", ["", "Alice", "a b", "-a", "a" * 64, "a\x00", "é"])
def test_a_name_that_is_not_one_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadInput, match="account name"):
        accounts.create(name, "Somebody", [Role.PATROL], PASSWORD, "admin")


def test_other_accounts_that_may_not_be_made(accounts: Accounts) -> None:
    with pytest.raises(Conflict, match="already"):
        accounts.create("alice", "Another", [Role.PATROL], PASSWORD, "admin")
    with pytest.raises(BadInput, match="needs a role"):
        accounts.create("bob", "Bob", [], PASSWORD, "admin")
    with pytest.raises(BadInput, match="display name"):
        accounts.create("bob", " ", [Role.PATROL], PASSWORD, "admin")
    with pytest.raises(PasswordRefused):
        accounts.create("bob", "Bob", [Role.PATROL], "short", "admin")
    assert [each.name for each in accounts.list()] == ["alice"]
