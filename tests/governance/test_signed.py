"""Signed documents: canonical form, round trips, and that nothing can be changed in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import BadDocument
from governance.keys import PrivateKey
from governance.signed import MAX_DOCUMENT_BYTES, Signed, canonical

KEY = PrivateKey.new()
BODY = {"b": "é", "a": [1, 2.5, None, True], "z": {"y": "x"}}

# RFC 8785 section 3.2.2: the sample and its canonical form.
SAMPLE = (
    r'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
    r'"string":"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
)
SAMPLE_CANONICAL = (
    r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    r'"string":"€$\u000f\nA' + r"'" + r'B\"\\\\\"/"}'
)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda each: not 2**53 <= abs(each) < 1e21)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_the_sample_of_rfc_8785() -> None:
    assert canonical(json.loads(SAMPLE)).decode() == SAMPLE_CANONICAL


@given(plain)
def test_the_canonical_form_is_a_fixed_point(value: object) -> None:
    once = canonical(value)
    assert canonical(json.loads(once)) == once


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), plain, max_size=4))
def test_a_document_reads_back(body: dict[str, object]) -> None:
    signed = Signed.make("authority", body, KEY)
    again = Signed.parse(signed.to_bytes(), "authority")
    assert again.to_bytes() == signed.to_bytes()
    assert again.signed_by(KEY.public)
    assert again.digest == signed.digest


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {"a": object()}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(BadDocument):
        canonical(value)


@pytest.mark.parametrize("value", [2.0**53, -(2.0**60), 9e20])
def test_what_would_not_read_back_is_not_signed(value: float) -> None:
    with pytest.raises(BadDocument):
        Signed.make("authority", {"value": value}, KEY)


def test_every_single_changed_bit_is_found() -> None:
    whole = Signed.make("authority", BODY, KEY).to_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        try:
            assert not Signed.parse(bytes(changed), "authority").signed_by(KEY.public), place
        except BadDocument:
            continue


def test_a_document_of_one_kind_does_not_pass_for_another() -> None:
    signed = Signed.make("authority", BODY, KEY)
    with pytest.raises(BadDocument, match="not 'trust'"):
        Signed.parse(signed.to_bytes(), "trust")
    moved = Signed("trust", signed.body, signed.signatures)
    assert not moved.signed_by(KEY.public)


def test_another_key_did_not_sign_it() -> None:
    assert not Signed.make("authority", BODY, KEY).signed_by(PrivateKey.new().public)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"body":{},"kind":"authority"}',
        b'{"body":[],"kind":"authority","signatures":[]}',
        b'{"body":{},"kind":"authority","signatures":[{"key":"a","signature":"AAAA"}]}',
        b'{ "body":{},"kind":"authority","signatures":[]}',
        b'{"body":{},"kind":"authority","signatures":[],"more":1}',
        b'{"body":{"a":1,"a":2},"kind":"authority","signatures":[]}',
        b"\xff",
        b"[" * 100_000,
        b" " * (MAX_DOCUMENT_BYTES + 1),
    ],
    ids=range(13),
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadDocument):
        Signed.parse(data, "authority")
