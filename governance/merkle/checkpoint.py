"""Checkpoints: the size and root of a log at one moment, signed; and cosignatures by those who watch it.

C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): a signed note whose text is the log's origin, the size in decimal and
the root in base64, a line each; further lines are extensions. C2SP tlog-cosignature (c2sp.org/tlog-cosignature): a
witness adds its own line, of the time in seconds (8 bytes, big-endian) and an Ed25519 signature over

    cosignature/v1
    time SECONDS
    the checkpoint's text
"""

import base64
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Self

from governance.errors import BadNote
from governance.keys import SIGNATURE_BYTES
from governance.merkle.notes import Kind, Line, Note, Signer, Verifier, check_signature, sign_text
from governance.merkle.tree import EMPTY_ROOT, HASH_BYTES

MAX_SIZE: Final = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries a log has and the root over them. Written down elsewhere, it shows any change before it."""

    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.size}:{self.root.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read SIZE:ROOT, the root in hexadecimal. Raises BadNote."""
        size, _, digest = text.partition(":")
        if not _DECIMAL.fullmatch(size) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise BadNote(f"{text[:100]!r} is not SIZE:ROOT, the root in 64 hexadecimal digits")
        return cls(int(size), bytes.fromhex(digest))


EMPTY: Final = Head(0, EMPTY_ROOT)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself. origin is the log's name, one for ever."""

    origin: str
    head: Head
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.head.size), base64.b64encode(self.head.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what text gives. Raises BadNote for anything but its exact form."""
        lines = text.split("\n")[:-1]
        try:
            origin, size, encoded, *extensions = lines
            made = cls(origin, Head(int(size), base64.b64decode(encoded, validate=True)), tuple(extensions))
        except ValueError as error:
            raise BadNote("this is not a checkpoint: an origin, a size, a root") from error
        head, proper = made.head, _DECIMAL.fullmatch(size) is not None and all(lines)
        if not proper or head.size > MAX_SIZE or len(head.root) != HASH_BYTES or made.text != text:
            raise BadNote("this is not a checkpoint in its one exact form")
        if head.size == 0 and head != EMPTY:
            raise BadNote("this checkpoint is of no entries, but has a root")
        return made


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The checkpoint as a signed note."""
    return sign_text(checkpoint.text, signer).to_bytes()


def read_checkpoint(data: bytes, verifier: Verifier) -> Checkpoint:
    """Read a checkpoint by the log with this key. Raises BadNote, which says what is wrong, for any other."""
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != verifier.name:
        raise BadNote(f"this is a checkpoint of {checkpoint.origin!r}, not of {verifier.name!r}")
    check_signature(note, verifier)
    return checkpoint


def cosign(note: Note, signer: Signer, at: datetime) -> Note:
    """The note with the witness's line added, or put in the place of its older one."""
    seconds = int(at.timestamp())
    signature = seconds.to_bytes(_TIME_BYTES, "big") + signer.key.sign(_cosigned(note.text, seconds))
    verifier = signer.verifier
    others = tuple(line for line in note.lines if (line.name, line.id) != (verifier.name, verifier.id))
    return replace(note, lines=(*others, Line(signer.name, verifier.id, signature)))


def cosigned_at(note: Note, verifier: Verifier) -> datetime | None:
    """When this witness cosigned the checkpoint; None where it did not. Raises BadNote where its line is not right."""
    if verifier.kind is not Kind.COSIGNATURE:
        raise BadNote(f"the key of {verifier.name} is not one for cosignatures")
    signature = note.signature_by(verifier)
    if signature is None:
        return None
    seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
    sound = len(signature) == _TIME_BYTES + SIGNATURE_BYTES
    if not sound or not verifier.key.verifies(signature[_TIME_BYTES:], _cosigned(note.text, seconds)):
        raise BadNote(f"the cosignature by {verifier.name} is not over this text: one of the two was changed")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadNote(f"the cosignature by {verifier.name} is dated {seconds} s, which is no date") from error


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
