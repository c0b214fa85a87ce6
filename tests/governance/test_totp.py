"""Codes of a second factor: the standard's vectors, the drift that is allowed, and that a code counts once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import totp

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 23, 3, 4, 15, tzinfo=UTC)
"""The middle of a step."""

VECTORS = [  # RFC 6238 appendix B, the SHA-1 rows; an app shows the last 6 of the 8 digits there
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("at_s", "eight"), VECTORS)
def test_the_vectors_of_rfc_6238(at_s: int, eight: str) -> None:
    now = datetime.fromtimestamp(at_s, UTC)
    assert totp.code_at(SECRET, totp.step_at(now)) == eight[-totp.DIGITS :]
    assert totp.step_of(SECRET, eight[-totp.DIGITS :], now, after=-1) == at_s // totp.STEP_S


@pytest.mark.parametrize(
    ("steps_off", "taken"), [(-3, False), (-2, False), (-1, True), (0, True), (1, True), (2, False), (3, False)]
)
def test_a_phone_may_be_one_step_off(steps_off: int, taken: bool) -> None:
    step = totp.step_at(NOW) + steps_off
    assert totp.step_of(SECRET, totp.code_at(SECRET, step), NOW, after=-1) == (step if taken else None)


def test_a_code_counts_once_and_none_before_it_counts_after_it() -> None:
    now = totp.step_at(NOW)
    codes = {step: totp.code_at(SECRET, step) for step in (now - 1, now, now + 1)}
    assert totp.step_of(SECRET, codes[now], NOW, after=now) is None
    assert totp.step_of(SECRET, codes[now - 1], NOW, after=now) is None
    assert totp.step_of(SECRET, codes[now + 1], NOW, after=now) == now + 1


@given(st.text(max_size=12))
def test_what_is_no_code_is_refused_whatever_it_is(typed: str) -> None:
    right = {totp.code_at(SECRET, totp.step_at(NOW) + off) for off in (-1, 0, 1)}
    assert (totp.step_of(SECRET, typed, NOW, after=-1) is None) == (typed not in right)


@given(st.integers(0, 4_000_000_000))
def test_every_code_is_six_digits_and_good_for_its_moment(at_s: int) -> None:
    now = datetime.fromtimestamp(at_s, UTC) + timedelta(milliseconds=999)
    code = totp.code_at(SECRET, totp.step_at(now))
    assert len(code) == totp.DIGITS
    assert code.isdecimal()
    assert totp.step_of(SECRET, code, now, after=-1) is not None


def test_a_secret_is_160_random_bits_and_can_be_typed() -> None:
    secret = totp.new_secret()
    assert len(secret) == 20
    assert secret != totp.new_secret()
    assert totp.as_text(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_an_app_is_given_all_that_it_needs() -> None:
    assert totp.address(SECRET, "pc.lamp") == (
        "otpauth://totp/Lanthorn:pc.lamp?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lanthorn"
    )
    drawn = totp.qr_svg(SECRET, "pc.lamp")
    assert drawn.startswith("<svg viewBox=")
    assert drawn.endswith("</svg>")
    assert "style" not in drawn, "the pages' policy would not let it through"
