"""The chain of a device's signatures, byte by byte, so that anybody can write a verifier. Pure.

A device numbers its messages in streams, each stream from 1 without a gap, all of one stream under one key (Ed25519).

    start   = SHA-256( "lanthorn device stream v1" 0x0A | text(device) | stream | public key )
    link(n) = SHA-256( "lanthorn device link v1"   0x0A | link(n-1)    | stream | number(n) | text(kind)
                                                        | SHA-256(payload) )
    signed  =          "lanthorn device signature v1" 0x0A | link(n)

link(0) is start. text is the length in bytes as a 16-bit number, then the UTF-8 bytes; stream is the 16 bytes of its
UUID; public key its 32 bytes; number is 64 bits; numbers are big-endian. kind is the last level of the message's topic
(reads, hits, answers, images). payload is what was published, to the byte, a picture's header and JPEG included. The
signature is Ed25519 (RFC 8032) over signed. A first line of its own in each of the three keeps one kind of hash from
passing for another, and a signature of this kind from passing for any other that the key makes (TLS signs 64 spaces
first: RFC 8446, section 4.4.3).
"""

import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from governance.keys import PrivateKey, PublicKey

HASH_BYTES: Final = 32
LARGEST_NUMBER: Final = 2**63 - 1
"""The highest number of a message: what a database's whole number holds."""

_STREAM: Final = b"lanthorn device stream v1\n"
_LINK: Final = b"lanthorn device link v1\n"
_SIGNATURE: Final = b"lanthorn device signature v1\n"
_LENGTH: Final = struct.Struct(">H")
_NUMBER: Final = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Link:
    """One message's place in its stream, as its device signed it; the message itself may be gone.

    payload_sha256, previous and link have 32 bytes, signature 64; key is the id of the public key. received_at (UTC) is
    the centre's word, and no signature covers it.
    """

    device: str
    stream: UUID
    seq: int
    kind: str
    payload_sha256: bytes
    previous: bytes
    link: bytes
    key: str
    signature: bytes
    received_at: datetime | None = None

    @classmethod
    def of(
        cls,
        *,
        device: str,
        stream: UUID,
        seq: int,
        kind: str,
        payload: bytes,
        previous: bytes,
        key: str,
        signature: bytes,
        received_at: datetime | None = None,
    ) -> Self:
        """The link of a payload that arrived, with what its device says of it. Raises ValueError where link_of does."""
        digest = hashlib.sha256(payload).digest()
        link = link_of(previous, stream, seq, kind, digest)
        return cls(device, stream, seq, kind, digest, previous, link, key, signature, received_at)

    def computed(self) -> bytes:
        """The link that its parts give. Raises ValueError where link_of does."""
        return link_of(self.previous, self.stream, self.seq, self.kind, self.payload_sha256)

    def same_as(self, other: Self) -> bool:
        """Whether both say the same of the same message, whenever each arrived."""
        return (self.link, self.device, self.key) == (other.link, other.device, other.key)


def start_of(device: str, stream: UUID, key: PublicKey) -> bytes:
    """What stands before the first link of a stream: it binds the stream to its device and its key."""
    return hashlib.sha256(b"".join((_STREAM, _text(device), stream.bytes, key.raw))).digest()


def link_of(previous: bytes, stream: UUID, seq: int, kind: str, payload_sha256: bytes) -> bytes:
    """One link. Raises ValueError for a number that is none of a stream, or hashes of another length."""
    if not 1 <= seq <= LARGEST_NUMBER:
        raise ValueError(f"{seq} is not the number of a message: they go from 1 to {LARGEST_NUMBER}")
    if len(previous) != HASH_BYTES or len(payload_sha256) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes")
    parts = (_LINK, previous, stream.bytes, _NUMBER.pack(seq), _text(kind), payload_sha256)
    return hashlib.sha256(b"".join(parts)).digest()


def sign_link(key: PrivateKey, link: bytes) -> bytes:
    """The device's signature over a link: 64 bytes."""
    return key.sign(_SIGNATURE + link)


def signed_link(key: PublicKey, link: bytes, signature: bytes) -> bool:
    """Whether this key signed this link."""
    return key.verifies(signature, _SIGNATURE + link)


def _text(text: str) -> bytes:
    data = text.encode()
    try:
        return _LENGTH.pack(len(data)) + data
    except struct.error as error:
        raise ValueError(f"a text of {len(data)} bytes is too long for a link") from error
