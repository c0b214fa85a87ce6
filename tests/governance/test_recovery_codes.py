"""Recovery codes: how they look, and how forgivingly they are read."""

import re
from uuid import UUID

import pytest

from governance.recovery_codes import CODES, LETTERS, hash_of, new_codes

ONE, OTHER = UUID(int=1), UUID(int=2)
CODE = "7k2m-9qxd-01ab-cdef-ghjk-mnpq"


def test_ten_that_all_differ_with_120_bits_each() -> None:
    codes = new_codes()
    assert len(set(codes)) == CODES == 10
    assert all(re.fullmatch(f"([{LETTERS}]{{4}}-){{5}}[{LETTERS}]{{4}}", code) for code in codes)
    assert len(LETTERS) ** 24 == 2**120


@pytest.mark.parametrize(
    "typed", [CODE, CODE.upper(), CODE.replace("-", ""), CODE.replace("-", " "), f" {CODE}\n", CODE.replace("01", "oL")]
)
def test_it_may_be_typed_as_people_type(typed: str) -> None:
    assert hash_of(typed, ONE) == hash_of(CODE, ONE)


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "q", CODE.replace("7", "8")])
def test_another_is_another(typed: str) -> None:
    assert hash_of(typed, ONE) != hash_of(CODE, ONE)


def test_a_code_is_one_accounts() -> None:
    assert hash_of(CODE, ONE) != hash_of(CODE, OTHER)
