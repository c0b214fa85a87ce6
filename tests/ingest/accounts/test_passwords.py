"""Changing one's own password, on both engines."""

from datetime import timedelta

import pytest

from governance.errors import PasswordRefused
from governance.log import Log
from governance.roles import Role
from ingest.accounts import FREE_TRIES, Accounts, Identity, Session
from ingest.errors import Conflict, SignInRefused, TooManyTries

PASSWORD, NEW = "three random words", "four other random words"


def session_of(accounts: Accounts, token: str) -> Session:
    session = accounts.visit(token)
    assert session is not None
    return session


def test_the_new_one_opens_and_the_old_one_does_not_and_others_are_out(accounts: Accounts, log: Log) -> None:
    here, there = accounts.sign_in("alice", PASSWORD), accounts.sign_in("alice", PASSWORD)
    accounts.change_password(session_of(accounts, here), PASSWORD, NEW)
    assert accounts.person(here) is not None
    assert accounts.person(there) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in("alice", PASSWORD)
    assert accounts.sign_in("alice", NEW)
    (act,) = [entry.act for entry in log.read() if entry.act.act == "account.password"]
    assert (act.actor, act.objects, act.details) == ("alice", {"account": "alice"}, {"how": "password"})


def test_the_current_one_is_asked_for_and_guessing_it_is_slow(accounts: Accounts) -> None:
    here = session_of(accounts, accounts.sign_in("alice", PASSWORD))
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused, match="the current password is not right"):
            accounts.change_password(here, "wrong", NEW)
    with pytest.raises(TooManyTries):
        accounts.change_password(here, PASSWORD, NEW)


def test_who_came_by_a_link_has_forgotten_it(accounts: Accounts) -> None:
    link = accounts.make_link("alice", timedelta(minutes=15))
    accounts.change_password(session_of(accounts, accounts.enter(link)), "", NEW)
    assert accounts.sign_in("alice", NEW)


def test_one_that_is_too_short_is_refused(accounts: Accounts) -> None:
    here = session_of(accounts, accounts.sign_in("alice", PASSWORD))
    with pytest.raises(PasswordRefused):
        accounts.change_password(here, PASSWORD, "short")
    assert accounts.sign_in("alice", PASSWORD)


def test_an_account_of_the_provider_has_no_password_and_no_link_here(accounts: Accounts) -> None:
    identity = Identity("https://force.example", "1", "bob", "Bob", frozenset({Role.PATROL}), False)
    here = session_of(accounts, accounts.enter_from_provider(identity))
    with pytest.raises(SignInRefused):
        accounts.change_password(here, "", NEW)
    with pytest.raises(Conflict, match="is the sign-in provider's"):
        accounts.make_link("bob", timedelta(minutes=15))
