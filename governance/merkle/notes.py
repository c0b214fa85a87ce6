"""Signed notes: a text and who signed it, in lines that a person can read. C2SP signed-note (c2sp.org/signed-note).

    TEXT, which ends in a newline
    an empty line
    — NAME BASE64(key id, 4 bytes || signature)        one line a signature

A key's id is the first four bytes of   SHA-256(NAME || 0x0A || kind || public key).   A verifier key, as it is handed
to others, is   NAME+HEX(id)+BASE64(kind || public key).   A reader leaves alone what keys that it does not know signed.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from governance.errors import BadKey, BadNote
from governance.keys import SIGNATURE_BYTES, PrivateKey, PublicKey

ID_BYTES: Final = 4
MAX_NOTE_BYTES: Final = 1_000_000
MOST_SIGNATURES: Final = 100

_DASH: Final = "\u2014"
_NAME = re.compile(r"[^\s+\x00-\x1f]{1,255}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Kind(IntEnum):
    """How a signature of the key is made: the signature type of C2SP signed-note and tlog-cosignature."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key, by the name that signatures with it carry."""

    name: str
    key: PublicKey
    kind: Kind = Kind.ED25519

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadKey(f"{self.name!r} is not a key's name: it has no spaces and no +")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key as text gives it. Raises BadKey."""
        name, _, rest = text.strip().partition("+")
        given, _, key = rest.partition("+")
        try:
            raw = _from_base64(key)
            made = cls(name, PublicKey(raw[1:]), Kind(raw[0]))
        except (ValueError, IndexError, BadKey) as error:
            raise BadKey(f"{text[:120]!r} is not a verifier key of the form NAME+ID+KEY") from error
        if made.id.hex() != given:
            raise BadKey(f"{text[:120]!r} has another id than its key gives: it was not copied whole")
        return made

    @property
    def text(self) -> str:
        """The verifier key, in the one line that is handed to others."""
        key = base64.b64encode(bytes([self.kind]) + self.key.raw).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.key.raw
        return hashlib.sha256(named).digest()[:ID_BYTES]


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, by the name that signatures with it carry."""

    name: str
    key: PrivateKey
    kind: Kind = Kind.ED25519

    @property
    def verifier(self) -> Verifier:
        """What verifies the signatures."""
        return Verifier(self.name, self.key.public, self.kind)


@dataclass(frozen=True, slots=True)
class Line:
    """One signature. signature has 64 bytes, or, being a cosignature, 8 of time and 64."""

    name: str
    id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures. Nothing is verified yet: ask signature_by."""

    text: str
    lines: tuple[Line, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read what to_bytes gives. Raises BadNote for anything but its exact form."""
        if len(data) > MAX_NOTE_BYTES:
            raise BadNote(f"a note has at most {MAX_NOTE_BYTES} bytes, this one {len(data)}")
        try:
            content = data.decode()
        except UnicodeDecodeError as error:
            raise BadNote("this is not a signed note: it is not UTF-8") from error
        text, gap, signed = content.rpartition("\n\n")
        if not gap or not signed.endswith("\n") or _CONTROL.search(content):
            raise BadNote("this is not a signed note: a text, an empty line, lines of signatures")
        lines = signed[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise BadNote(f"a note has at most {MOST_SIGNATURES} signatures, this one {len(lines)}")
        return cls(text + "\n", tuple(map(_line, lines)))

    def to_bytes(self) -> bytes:
        """The note in its one exact form."""
        lines = (f"{_DASH} {line.name} {base64.b64encode(line.id + line.signature).decode()}\n" for line in self.lines)
        return f"{self.text}\n{''.join(lines)}".encode()

    def signature_by(self, verifier: Verifier) -> bytes | None:
        """The bytes of this key's signature, None where there is none. Raises BadNote where there are two."""
        found = [line.signature for line in self.lines if (line.name, line.id) == (verifier.name, verifier.id)]
        if len(found) > 1:
            raise BadNote(f"the note has {len(found)} signatures by {verifier.name}, not one")
        return found[0] if found else None


def sign_text(text: str, signer: Signer) -> Note:
    """A note with the one signature of a plain Ed25519 key. Raises BadNote for a text that no note can hold."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise BadNote("the text of a note ends in a newline and has no other control characters")
    return Note(text, (Line(signer.name, signer.verifier.id, signer.key.sign(text.encode())),))


def check_signature(note: Note, verifier: Verifier) -> None:
    """Check the signature of a plain Ed25519 key. Raises BadNote where it is not there or not over this text."""
    signature = note.signature_by(verifier)
    if signature is None:
        raise BadNote(f"there is no signature by {verifier.name} with the key {verifier.id.hex()}")
    if len(signature) != SIGNATURE_BYTES or not verifier.key.verifies(signature, note.text.encode()):
        raise BadNote(f"the signature by {verifier.name} is not over this text: one of the two was changed")


def _line(text: str) -> Line:
    parts = text.split(" ")
    try:
        dash, name, encoded = parts
        raw = _from_base64(encoded)
    except ValueError as error:
        raise BadNote("a line of signatures is not of the form: dash, name, base64") from error
    if dash != _DASH or not _NAME.fullmatch(name) or len(raw) <= ID_BYTES:
        raise BadNote("a line of signatures is not of the form: dash, name, base64")
    return Line(name, raw[:ID_BYTES], raw[ID_BYTES:])


def _from_base64(text: str) -> bytes:
    """Decode base64 that is in its one exact form. Raises ValueError for any other."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not in the form that the bytes have")
    return raw
