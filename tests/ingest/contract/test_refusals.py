"""Each kind of payload that is not of the contract is refused, in words that name what is wrong."""

import gzip
import hashlib
import json
import struct
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contract.codec import (
    MAX_CHUNK_JSON_BYTES,
    MAX_PAYLOAD_BYTES,
    BadMessage,
    decode,
    decode_entries,
    encode,
    encode_entries,
)
from ingest.contract.messages import AnswerMessage, ImageMessage, ImageRole, Picture, Status

JPEG = b"\xff\xd8 stands for a picture \xff\xd9"


def image_message(data: bytes = JPEG, **changes: Any) -> ImageMessage:
    about: dict[str, Any] = {
        "image_id": UUID(int=5),
        "read_id": UUID(int=6),
        "role": ImageRole.OVERVIEW,
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": "image/jpeg",
        "width_px": 640,
        "height_px": 480,
        "size_bytes": len(data),
    }
    return ImageMessage(
        id=UUID(int=7),
        device="car-7",
        stream=UUID(int=8),
        seq=1,
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        body=Picture(**(about | changes)),
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seq": 0}, "seq"),
        ({"seq": None}, "seq"),
        ({"device": "Car 7"}, "device"),
        ({"device": "a/b"}, "device"),
        ({"device": ""}, "device"),
        ({"id": "seven"}, "id"),
        ({"made_at": "2026-11-23T03:04:05"}, "timezone"),
        ({"made_at": "yesterday"}, "made_at"),
        ({"made_at": "0001-01-01T00:00:00+14:00"}, "outside the calendar"),
        ({"kind": "telemetry"}, "telemetry"),
        ({"kind": "reads"}, "body"),
        ({"unknown": 1}, "unknown"),
        ({"body": None}, "body"),
    ],
)
def test_a_field_that_is_wrong_is_named(answer_message: AnswerMessage, changes: dict[str, Any], says: str) -> None:
    whole = json.loads(encode(answer_message))
    with pytest.raises(BadMessage, match=says):
        decode(json.dumps(whole | changes).encode())


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"{", b"\xff\xfe", b'"\\ud800"', b"1e999", b"\x00" * 40])
def test_what_is_not_a_message_is_refused(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(payload)


@given(st.binary(max_size=300) | st.binary(max_size=300).map(b"LTP1".__add__))
def test_any_bytes_are_read_or_refused_and_never_more(payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(payload)


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_message_that_breaks_off_is_refused(answer_message: AnswerMessage, cut: int) -> None:
    with pytest.raises(BadMessage):
        decode(encode(answer_message)[:-cut])


def test_a_payload_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadMessage, match="over the limit"):
        decode(b" " * (MAX_PAYLOAD_BYTES + 1))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda sent: sent[:-1], "bytes, its header says"),
        (lambda sent: sent + b"x", "bytes, its header says"),
        (lambda sent: sent[:-1] + b"x", "SHA-256"),
        (lambda sent: sent[:6], "cut short"),
        (lambda sent: sent[:4] + struct.pack(">I", 2**32 - 1) + sent[8:], "Invalid JSON"),
        (lambda sent: b"LTP2" + sent[4:], "Invalid JSON"),
    ],
    ids=["short", "long", "changed", "header cut", "header too long", "other magic"],
)
def test_a_picture_that_is_not_as_its_header_says_is_refused(spoil: Any, says: str) -> None:
    with pytest.raises(BadMessage, match=says):
        decode(spoil(encode(image_message(), JPEG)))


def test_a_picture_without_bytes_and_bytes_without_a_picture_are_refused(answer_message: AnswerMessage) -> None:
    with pytest.raises(BadMessage, match="has no picture"):
        decode(image_message().model_dump_json().encode())
    body = answer_message.model_dump_json().encode()
    with pytest.raises(BadMessage, match="came with a picture"):
        decode(b"LTP1" + struct.pack(">I", len(body)) + body + JPEG)


def test_encode_refuses_the_same_two(answer_message: AnswerMessage) -> None:
    with pytest.raises(ValueError, match="needs a picture"):
        encode(image_message())
    with pytest.raises(ValueError, match="no place for a picture"):
        encode(answer_message, JPEG)


@pytest.mark.parametrize(
    ("chunk", "says"),
    [
        (b"", "cut short"),
        (b"not gzip", "not gzip"),
        (encode_entries([])[:-1], "cut short"),
        (gzip.compress(b"{}"), "valid array"),
        (gzip.compress(b'[{"entry_id": 7}]'), "entry_id"),
        (gzip.compress(b" " * (MAX_CHUNK_JSON_BYTES + 1)), "more than the limit"),
    ],
    ids=["empty", "not gzip", "cut", "not a list", "bad entry", "bomb"],
)
def test_a_list_chunk_that_is_wrong_is_refused(chunk: bytes, says: str) -> None:
    with pytest.raises(BadMessage, match=says):
        decode_entries(chunk)


@pytest.mark.parametrize("changes", [{"made": -1}, {"device": "lists/x"}, {"online": None}, {"more": 1}])
def test_a_status_that_is_wrong_is_refused(changes: dict[str, Any]) -> None:
    whole = {"device": "car-7", "online": True, "at": "2026-11-23T03:04:05Z"}
    Status.model_validate_json(json.dumps(whole))
    with pytest.raises(ValueError, match="validation error"):
        Status.model_validate_json(json.dumps(whole | changes))
