import logging
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters

from governance import passwords
from governance.errors import PasswordRefused
from governance.passwords import check_password, hash_password, needs_rehash

GOOD = "lantern kettle gravel"


@pytest.fixture(scope="module")
def stored():
    return hash_password(GOOD)


def test_the_right_password_is_right_and_a_wrong_one_is_not(stored):
    assert check_password(stored, GOOD)
    assert not check_password(stored, GOOD + "s")
    assert not check_password(stored, "")


def test_the_hash_is_argon2id_with_the_named_parameters(stored):
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not needs_rehash(stored)


def test_a_hash_with_weaker_parameters_is_to_be_made_anew():
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD))


def test_two_hashes_of_one_password_differ(stored):
    assert hash_password(GOOD) != stored


def test_an_unknown_account_is_never_right_and_takes_a_hash_of_the_same_cost(stored):
    assert not check_password(None, GOOD)
    assert extract_parameters(passwords._NOBODY) == extract_parameters(stored)


def test_a_damaged_hash_lets_nobody_in_and_is_reported(caplog):
    with caplog.at_level(logging.WARNING):
        assert not check_password("not a hash", GOOD)
    assert "damaged" in caplog.text
    assert GOOD not in caplog.text


@pytest.mark.parametrize("password", ["", "eleven char", "é" * 11])
def test_a_short_password_is_refused(password):
    with pytest.raises(PasswordRefused, match="use 12 or more"):
        hash_password(password)


@pytest.mark.parametrize("password", ["x" * 1_025, "é" * 513])
def test_a_password_of_more_bytes_than_the_limit_is_refused(password):
    with pytest.raises(PasswordRefused, match="1024 or fewer"):
        hash_password(password)


def test_no_composition_is_asked_for():
    assert check_password(hash_password("aaaaaaaaaaaa"), "aaaaaaaaaaaa")


def test_the_longest_password_is_whole():
    longest = "x" * 1_024
    stored = hash_password(longest)
    assert check_password(stored, longest)
    assert not check_password(stored, longest + "x")


def test_accents_may_be_composed_either_way():
    typed = "café crème brûlée"
    assert check_password(hash_password(unicodedata.normalize("NFD", typed)), unicodedata.normalize("NFC", typed))


def test_text_that_utf8_cannot_hold_is_a_wrong_password(stored):
    assert not check_password(stored, "\ud800")
