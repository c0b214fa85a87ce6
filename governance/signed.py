"""Signed documents: a JSON object in canonical form (RFC 8785) and one or more Ed25519 signatures over it.

    {"body": {...}, "kind": "authority", "signatures": [{"key": KEY ID, "signature": BASE64}]}

What is signed is   `lanthorn ` + kind + ` v1` + 0x0A + the canonical JSON of body.   The kind stands in what is signed,
so that a document of one kind can never pass for one of another.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import rfc8785

from governance.errors import BadDocument
from governance.keys import SIGNATURE_BYTES, PrivateKey, PublicKey

MAX_DOCUMENT_BYTES: Final = 1_000_000
"""The longest document that is read. One with a long list of devices and a detailed place has a few thousand."""


def canonical(value: Any) -> bytes:
    """JSON in the one form of RFC 8785. Raises BadDocument for what it cannot hold: NaN, integers over 2^53 - 1."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise BadDocument(f"this cannot be written as canonical JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: the id of the key that made it, and its 64 bytes."""

    key: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A document and who signed it. Nothing is verified yet: ask signed_by."""

    kind: str
    body: Mapping[str, Any]
    signatures: tuple[Signature, ...]

    @classmethod
    def make(cls, kind: str, body: Mapping[str, Any], *keys: PrivateKey) -> Self:
        """Sign a body. Raises BadDocument where it has no canonical form, or one that would not read back: a whole
        number kept as a float, of 2^53 or more, is written like an integer that no reader may take.
        """
        message = to_sign(kind, body)
        made = cls(kind, body, tuple(Signature(key.public.id, key.sign(message)) for key in keys))
        return cls.parse(made.to_bytes(), kind)

    @classmethod
    def parse(cls, data: bytes | str, kind: str) -> Self:
        """Read what to_bytes gives. Raises BadDocument, which says what is wrong, for anything but its exact form."""
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > MAX_DOCUMENT_BYTES:
            raise BadDocument(f"the document has {len(raw)} bytes, over the limit of {MAX_DOCUMENT_BYTES}")
        try:
            fields = json.loads(raw)
            made = cls(
                fields["kind"],
                fields["body"],
                tuple(
                    Signature(one["key"], base64.b64decode(one["signature"], validate=True))
                    for one in fields["signatures"]
                ),
            )
            same = isinstance(made.body, dict) and made.to_bytes() == raw
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadDocument(f"this is not a signed document: {error!r}") from error
        if not same:
            raise BadDocument("this is not a signed document in canonical form: something in it was written anew")
        if made.kind != kind:
            raise BadDocument(f"this is a document of the kind {made.kind!r}, not {kind!r}")
        if any(len(one.raw) != SIGNATURE_BYTES for one in made.signatures):
            raise BadDocument("a signature in it is not an Ed25519 signature")
        return made

    def to_bytes(self) -> bytes:
        """The document in its one exact form."""
        return canonical(
            {
                "kind": self.kind,
                "body": dict(self.body),
                "signatures": [
                    {"key": one.key, "signature": base64.b64encode(one.raw).decode()} for one in self.signatures
                ],
            }
        )

    @property
    def digest(self) -> str:
        """The SHA-256, in hexadecimal, of what the signatures cover. Further signatures do not change it."""
        return hashlib.sha256(to_sign(self.kind, self.body)).hexdigest()

    def signed_by(self, key: PublicKey) -> bool:
        """Whether one of the signatures is this key's, over this very body."""
        message = to_sign(self.kind, self.body)
        return any(one.key == key.id and key.verifies(one.raw, message) for one in self.signatures)


def to_sign(kind: str, body: Mapping[str, Any]) -> bytes:
    """The bytes that a signature covers."""
    return b"lanthorn " + kind.encode() + b" v1\n" + canonical(dict(body))
