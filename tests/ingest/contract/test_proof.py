"""The proof beside a message: its three properties, all of them or none, each in its form."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contract.codec import BadMessage
from ingest.contract.proof import KEY, PREVIOUS, SIGNATURE, Proof, read_proof

PROOF = Proof("0123456789abcdef", b"\x01" * 32, b"\x02" * 64)


@given(
    key=st.binary(min_size=8, max_size=8),
    previous=st.binary(min_size=32, max_size=32),
    signature=st.binary(min_size=64, max_size=64),
)
def test_what_is_written_is_read(key: bytes, previous: bytes, signature: bytes) -> None:
    proof = Proof(key.hex(), previous, signature)
    assert read_proof(proof.to_properties()) == proof
    assert read_proof([("other", "x"), *proof.to_properties(), ("another", "y")]) == proof


@pytest.mark.parametrize("properties", [[], [("other", "x")]])
def test_none_of_the_three_is_no_proof(properties: Sequence[tuple[str, str]]) -> None:
    assert read_proof(properties) is None


@pytest.mark.parametrize("left_out", range(3))
def test_a_part_is_refused(left_out: int) -> None:
    properties = [each for place, each in enumerate(PROOF.to_properties()) if place != left_out]
    with pytest.raises(BadMessage, match="is not there"):
        read_proof(properties)


@pytest.mark.parametrize("name", [KEY, PREVIOUS, SIGNATURE])
@pytest.mark.parametrize("change", [str.upper, lambda text: text[:-1], lambda text: text + "0", lambda _text: ""])
def test_another_form_is_refused(name: str, change: object) -> None:
    assert callable(change)
    properties = [(each, change("ab" + value[2:]) if each == name else value) for each, value in PROOF.to_properties()]
    with pytest.raises(BadMessage, match="not of its form"):
        read_proof(properties)


def test_a_property_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadMessage, match="there twice"):
        read_proof([*PROOF.to_properties(), (KEY, PROOF.key)])


@given(st.lists(st.tuples(st.sampled_from([KEY, PREVIOUS, SIGNATURE, "x"]), st.text(max_size=140))))
def test_whatever_comes_is_read_or_refused(properties: list[tuple[str, str]]) -> None:
    try:
        proof = read_proof(properties)
    except BadMessage:
        return
    assert proof is None or set(proof.to_properties()) <= set(properties)
