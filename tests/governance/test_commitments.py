import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.commitments import SALT_BYTES, commit, new_salt, opens

salts = st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(values, salts)
def test_a_commitment_opens_to_its_value(value, salt):
    assert opens(commit(value, salt), value, salt)


@given(values, values, salts, salts)
def test_it_opens_to_nothing_else(value, other, salt, other_salt):
    assert opens(commit(value, salt), other, salt) == (value == other)
    assert opens(commit(value, salt), value, other_salt) == (salt == other_salt)


def test_the_form_is_the_one_that_the_docstring_describes():
    salt = bytes(range(32))
    assert commit("LT23CGK", salt) == hmac.new(salt, b"lanthorn commitment v1\0LT23CGK", hashlib.sha256).hexdigest()


@pytest.mark.parametrize("commitment", ["", "ab", "é" * 64, "AB" * 32])
def test_what_is_no_commitment_does_not_open(commitment):
    assert not opens(commitment, "LT23CGK", new_salt())


@pytest.mark.parametrize("salt", [b"", b"x" * 31, b"x" * 33])
def test_a_salt_of_another_length_is_refused(salt):
    with pytest.raises(ValueError, match="32"):
        commit("LT23CGK", salt)


def test_salts_are_new_each_time():
    assert len({new_salt() for _ in range(100)}) == 100
