"""The witness: run by who does not trust the force, it sees that the log only ever grows, and cosigns what it saw.

It looks at the log's newest checkpoint and holds it against the last one that it cosigned: the log's key must have
signed it, it may not be smaller, and its tree must begin with the tree seen before, which the tiles have to show. A log
that passes is cosigned (C2SP tlog-cosignature); one that does not raises the alarm, once and for good, with both
checkpoints as evidence: each is signed by the log, and together they show what it did.

What the witness keeps, in a folder of its own:

    witness.pem, witness.vkey    its key
    log.vkey                     the log's verifier key, as it was given the first time
    checkpoint                   the last checkpoint that it cosigned, with its cosignature
    cosigned.jsonl               every one of them, in order
    unproven.json                checkpoints that the log has shown and whose tiles it has not, in order
    alarm-TIME.json              an alarm that was raised; while one is there, nothing is cosigned
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from governance.durable import FILE_MODE, replace
from governance.errors import BadKey, BadNote, BadProof, GovernanceError, LogDamaged
from governance.keys import PrivateKey
from governance.log_folder import CHECKPOINT
from governance.merkle.checkpoint import EMPTY, Checkpoint, Head, cosign, cosigned_at, read_checkpoint
from governance.merkle.notes import Kind, Note, Signer, Verifier
from governance.merkle.tiles import Read, TileTree
from governance.merkle.tree import consistency_proof, root, verify_consistency

KEY_FILE: Final = "witness.pem"
OWN_VKEY: Final = "witness.vkey"
LOG_VKEY: Final = "log.vkey"
DEFAULT_NAME: Final = "lanthorn-witness"
HISTORY: Final = "cosigned.jsonl"
UNPROVEN: Final = "unproven.json"
ALARM: Final = "alarm-"


class Alarm(GovernanceError):
    """The log did what no log may do, or cannot be verified. evidence is the file that shows it."""

    def __init__(self, why: str, evidence: Path) -> None:
        super().__init__(why)
        self.evidence = evidence


class LogAway(GovernanceError):
    """The log cannot be reached. That shows nothing by itself; a log that stays away should be asked about."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the log that found it in order. before is what it was held against; the same where nothing is new."""

    before: Head
    head: Head


class Witness:
    """A witness of one log."""

    def __init__(self, folder: Path, signer: Signer, log: Verifier, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self.log = log
        self._signer = signer
        self._clock = clock

    @classmethod
    def open(cls, folder: Path, name: str | None, log_vkey: str | None, clock: Callable[[], datetime]) -> Self:
        """Open the witness's folder, making it and its key at the first time, for which the log's key must be given.

        name is what its cosignatures carry, None: as before, or DEFAULT_NAME. Raises BadKey where there is no key to
        watch by, or another than before.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = folder / LOG_VKEY
        known = Verifier.parse(kept.read_text()) if kept.exists() else None
        given = Verifier.parse(log_vkey) if log_vkey else known
        if given is None:
            raise BadKey(
                "the first time, the witness must be given the log's verifier key; `lanthorn log key` prints it"
            )
        if known is not None and given != known:
            raise BadKey(f"this witness watches {known.text}: use another state folder for {given.text}")
        own = folder / OWN_VKEY
        before = Verifier.parse(own.read_text()) if known is not None else None
        name = name or (DEFAULT_NAME if before is None else before.name)
        signer = Signer(name, PrivateKey.load_or_make(folder / KEY_FILE), Kind.COSIGNATURE)
        if known is None:
            replace(kept, f"{given.text}\n".encode())
            replace(own, f"{signer.verifier.text}\n".encode())
        elif before != signer.verifier:
            raise BadKey(f"this witness has cosigned under another name or key, {own} has which: leave --name out")
        return cls(folder, signer, given, clock)

    @property
    def verifier(self) -> Verifier:
        """What the witness's cosignatures are verified with."""
        return self._signer.verifier

    def look(self, read: Read) -> Look:
        """Look at the log once, and cosign what is new. Raises Alarm, or LogAway where the log cannot be reached."""
        self._refuse_after_alarm()
        held = self._held()
        before = EMPTY if held is None else Checkpoint.parse(held.text).head
        data = _fetch(read)
        try:
            head = read_checkpoint(data, self.log).head
            note = Note.parse(data)
        except BadNote as error:
            raise self._alarm(f"what the log shows as its checkpoint is not one: {error}", held, data) from error
        if head.size < before.size:
            why = f"ROLLBACK: the log has {head.size} entries and had {before.size}: its end was cut off"
            raise self._alarm(why, held, data)
        try:
            for shown in self._unproven():
                if fault := _since(read, Checkpoint.parse(shown.text).head, head):
                    raise self._alarm(fault, shown, data)
            if (head != before or held is None) and (fault := _fault(read, before, head)):
                raise self._alarm(fault, held, data)
        except LogAway:
            self._remember(note)
            raise
        if head != before or held is None:
            self._keep(cosign(note, self._signer, self._clock()))
        (self.folder / UNPROVEN).unlink(missing_ok=True)
        return Look(before, head)

    def _unproven(self) -> list[Note]:
        """What the log signed and has not shown the tiles of: it is bound by that as well. Raises BadNote."""
        path = self.folder / UNPROVEN
        return [Note.parse(one.encode()) for one in json.loads(path.read_bytes())] if path.exists() else []

    def _remember(self, note: Note) -> None:
        known = [each.to_bytes().decode() for each in self._unproven()]
        if (shown := note.to_bytes().decode()) not in known:
            replace(self.folder / UNPROVEN, json.dumps([*known, shown]).encode())

    def _held(self) -> Note | None:
        """The last checkpoint that was cosigned. Raises BadNote where the witness's own file was changed."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return None
        data = path.read_bytes()
        note = Note.parse(data)
        read_checkpoint(data, self.log)
        if cosigned_at(note, self.verifier) is None:
            raise BadNote(f"{path} does not bear this witness's own cosignature: it was changed")
        return note

    def _keep(self, note: Note) -> None:
        data = note.to_bytes()
        line = json.dumps({"at": self._clock().astimezone(UTC).isoformat(), "checkpoint": data.decode()})
        descriptor = os.open(self.folder / HISTORY, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        with open(descriptor, "wb") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        replace(self.folder / CHECKPOINT, data)

    def _refuse_after_alarm(self) -> None:
        raised = sorted(self.folder.glob(f"{ALARM}*.json"))
        if raised:
            why = json.loads(raised[0].read_text())["why"]
            raise Alarm(
                f"an alarm stands, and nothing is cosigned until it is resolved and its file moved: {why}", raised[0]
            )

    def _alarm(self, why: str, held: Note | None, seen: bytes) -> Alarm:
        at = self._clock().astimezone(UTC)
        evidence = {
            "at": at.isoformat(),
            "log": self.log.text,
            "why": why,
            "held": None if held is None else held.to_bytes().decode(),
            "seen": seen.decode(errors="replace"),
        }
        path = self.folder / f"{ALARM}{at:%Y%m%dT%H%M%S%fZ}.json"
        replace(path, json.dumps(evidence, indent=2, ensure_ascii=False).encode() + b"\n")
        return Alarm(why, path)


def _since(read: Read, shown: Head, head: Head) -> str:
    """What keeps the tree with this head from continuing one that the log had only signed; empty where it does."""
    if head.size < shown.size:
        return f"ROLLBACK: the log has {head.size} entries and had signed a tree of {shown.size}"
    return _fault(read, shown, head)


def _fetch(read: Read) -> bytes:
    try:
        return read(CHECKPOINT)
    except OSError as error:
        raise LogAway(f"the log's checkpoint cannot be read: {error}") from error


def _fault(read: Read, before: Head, head: Head) -> str:
    """What keeps the tree with this head from being a continuation of the one before; an empty text where it is one."""
    if head.size == before.size:
        return "" if head == before else f"FORK: the log signed two different trees of {head.size} entries"
    tree = TileTree(read, head.size)
    try:
        if root(head.size, tree.node) != head.root:
            return (
                f"the log cannot be verified: its tiles do not give the root of its checkpoint of {head.size} entries"
            )
        proof = consistency_proof(before.size, head.size, tree.node)
        verify_consistency(before.size, head.size, before.root, head.root, proof)
    except LogDamaged as error:
        return f"the log cannot be verified: {error}"
    except BadProof:
        return f"FORK: the tree of {head.size} entries does not begin with the {before.size} entries seen before"
    except OSError as error:
        raise LogAway(f"the log's tiles cannot be read: {error}") from error
    return ""
