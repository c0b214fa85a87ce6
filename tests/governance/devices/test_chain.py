"""The arithmetic of a chain, against the words of its description."""

import hashlib
import struct
from uuid import UUID

import pytest

from governance.devices.chain import LARGEST_NUMBER, Link, link_of, sign_link, signed_link, start_of
from governance.keys import PrivateKey

STREAM = UUID("0199c0de-0000-7000-8000-000000000001")
KEY = PrivateKey.new()
PAYLOAD = b'{"drawn": true}'


def test_the_links_are_what_the_description_says() -> None:
    start = hashlib.sha256(b"lanthorn device stream v1\n" + b"\x00\x05car-7" + STREAM.bytes + KEY.public.raw).digest()
    digest = hashlib.sha256(PAYLOAD).digest()
    first = hashlib.sha256(
        b"lanthorn device link v1\n" + start + STREAM.bytes + struct.pack(">Q", 1) + b"\x00\x05reads" + digest
    ).digest()
    assert start_of("car-7", STREAM, KEY.public) == start
    assert link_of(start, STREAM, 1, "reads", digest) == first
    signature = sign_link(KEY, first)
    assert KEY.public.verifies(signature, b"lanthorn device signature v1\n" + first)
    assert signed_link(KEY.public, first, signature)
    assert not signed_link(PrivateKey.new().public, first, signature)


def test_a_known_answer() -> None:
    """Fixed for ever: a change of these figures is a change of the format."""
    start = hashlib.sha256(b"start").digest()
    link = link_of(start, STREAM, 258, "images", hashlib.sha256(b"payload").digest())
    assert link.hex() == "9283f5145ff23bec0d6d90e85b2a3b488fcd50c9bb32e95b87627ed1e4bc1426"


def test_a_link_of_a_payload_has_its_parts() -> None:
    link = Link.of(
        device="car-7",
        stream=STREAM,
        seq=1,
        kind="reads",
        payload=PAYLOAD,
        previous=bytes(32),
        key=KEY.public.id,
        signature=bytes(64),
    )
    assert link.payload_sha256 == hashlib.sha256(PAYLOAD).digest()
    assert link.computed() == link.link
    assert link.same_as(link)


@pytest.mark.parametrize("seq", [0, -1, LARGEST_NUMBER + 1])
def test_a_number_that_no_message_has_is_refused(seq: int) -> None:
    with pytest.raises(ValueError, match="is not the number of a message"):
        link_of(bytes(32), STREAM, seq, "reads", bytes(32))


@pytest.mark.parametrize(("previous", "digest"), [(31, 32), (32, 33), (0, 32)])
def test_a_hash_of_another_length_is_refused(previous: int, digest: int) -> None:
    with pytest.raises(ValueError, match="a hash has 32 bytes"):
        link_of(bytes(previous), STREAM, 1, "reads", bytes(digest))


def test_a_text_that_its_length_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        link_of(bytes(32), STREAM, 1, "x" * 65_536, bytes(32))
