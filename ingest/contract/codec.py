"""Messages to bytes and back. JSON for all; a picture is its JSON header, then the JPEG itself, never base64."""

import gzip
import hashlib
import struct
import zlib

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ingest.contract.messages import Envelope, ImageMessage, ListEntry, Message

MAX_PAYLOAD_BYTES = 1_000_000
"""The largest payload that either side sends: well above a capture record's pictures (about 28 KB)."""

MAX_CHUNK_JSON_BYTES = 16_000_000
"""The largest list chunk after decompression: a bound against a compressed bomb."""

_PICTURE_MAGIC = b"LTP1"
_HEADER_LENGTH = struct.Struct(">I")
_message: TypeAdapter[Message] = TypeAdapter(Message)
_entries: TypeAdapter[list[ListEntry]] = TypeAdapter(list[ListEntry])


class BadMessage(ValueError):
    """A payload that is not a message of this contract. Says what is wrong; keep the payload aside, do not retry."""


def encode(message: Message, picture: bytes | None = None) -> bytes:
    """Give the payload of a message. An ImageMessage needs its picture, and no other may have one."""
    if isinstance(message, ImageMessage) != (picture is not None):
        fault = "needs a picture" if picture is None else "has no place for a picture"
        raise ValueError(f"a message of kind {message.kind} {fault}")
    body = message.model_dump_json().encode()
    if picture is None:
        return body
    return b"".join((_PICTURE_MAGIC, _HEADER_LENGTH.pack(len(body)), body, picture))


def decode(payload: bytes) -> tuple[Message, bytes | None]:
    """Give the message and, for an ImageMessage, its picture. Raises BadMessage for anything else.

    A picture whose length or SHA-256 is not what its header says is refused.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise BadMessage(f"{len(payload)} bytes is over the limit of {MAX_PAYLOAD_BYTES}")
    picture: bytes | None = None
    body = payload
    if payload.startswith(_PICTURE_MAGIC):
        start = len(_PICTURE_MAGIC) + _HEADER_LENGTH.size
        if len(payload) < start:
            raise BadMessage("the picture's header is cut short")
        (length,) = _HEADER_LENGTH.unpack_from(payload, len(_PICTURE_MAGIC))
        body, picture = payload[start : start + length], payload[start + length :]
    try:
        message = _message.validate_json(body)
    except ValidationError as error:
        raise BadMessage(in_words(error)) from error
    if isinstance(message, ImageMessage) != (picture is not None):
        raise BadMessage(f"kind {message.kind} {'has no picture' if picture is None else 'came with a picture'}")
    if isinstance(message, ImageMessage) and picture is not None:
        if len(picture) != message.body.size_bytes:
            raise BadMessage(f"the picture has {len(picture)} bytes, its header says {message.body.size_bytes}")
        if hashlib.sha256(picture).hexdigest() != message.body.sha256:
            raise BadMessage("the picture's SHA-256 is not the one in its header")
    return message, picture


class _EnvelopeOnly(Envelope):
    model_config = ConfigDict(extra="ignore")


def read_envelope(payload: bytes) -> Envelope | None:
    """Give the envelope of a payload that decode refuses, where that much of it can be read.

    With it the centre can say which number it has set aside, so that the device does not send it for ever.
    """
    body = payload
    if payload.startswith(_PICTURE_MAGIC):
        start = len(_PICTURE_MAGIC) + _HEADER_LENGTH.size
        if len(payload) < start:
            return None
        (length,) = _HEADER_LENGTH.unpack_from(payload, len(_PICTURE_MAGIC))
        body = payload[start : start + length]
    try:
        return _EnvelopeOnly.model_validate_json(body)
    except ValidationError:
        return None


def encode_entries(entries: list[ListEntry]) -> bytes:
    """Give a chunk of a list: gzip of a JSON array, the same bytes for the same entries."""
    return gzip.compress(_entries.dump_json(entries), mtime=0)


def decode_entries(payload: bytes) -> list[ListEntry]:
    """Read a chunk of a list. Raises BadMessage for anything else, and for one that unpacks to too much."""
    unpack = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        text = unpack.decompress(payload, MAX_CHUNK_JSON_BYTES)
        if not unpack.eof:
            raise BadMessage("the list chunk is cut short or unpacks to more than the limit")
        return _entries.validate_json(text)
    except zlib.error as error:
        raise BadMessage(f"the list chunk is not gzip: {error}") from error
    except ValidationError as error:
        raise BadMessage(in_words(error)) from error


def in_words(error: ValidationError) -> str:
    """Say where the first fault is and what is wrong, and how many more there are. Never what the payload held."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the message"
    more = error.error_count() - 1
    return f"{where}: {first['msg']}" + (f" (and {more} more)" if more else "")
