"""What a log's folder holds at one moment: its checkpoint and the entries behind it. Readers change nothing."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from governance.durable import locked
from governance.errors import BadNote, LogDamaged
from governance.journal import scan
from governance.log_folder import CHECKPOINT, JOURNAL, LOCK, entries_after
from governance.merkle.checkpoint import Head, read_checkpoint
from governance.merkle.notes import Verifier


@dataclass(frozen=True, slots=True)
class Files:
    """The bytes of the checkpoint and of the journal, of one moment; None for what is not there."""

    checkpoint: bytes | None
    journal: bytes | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The checkpoint as signed, its size and root, and the entries that it does not cover yet."""

    note: bytes
    head: Head
    pending: tuple[bytes, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.head.size + len(self.pending)


def read_files(folder: Path) -> Files:
    """Read both while no writer moves entries from the one to the other. Raises OSError.

    A copy has no lock, and one that is kept by another account may not be opened: then nobody writes it.
    """
    lock = folder / LOCK
    try:
        with locked(lock, shared=True) if lock.exists() else nullcontext():
            return Files(_bytes(folder / CHECKPOINT), _bytes(folder / JOURNAL))
    except PermissionError:
        return Files(_bytes(folder / CHECKPOINT), _bytes(folder / JOURNAL))


def read_snapshot(folder: Path, verifier: Verifier) -> Snapshot:
    """Read what is there. Raises LogDamaged where it is not what was written."""
    try:
        files = read_files(folder)
    except OSError as error:
        raise LogDamaged(f"{folder} cannot be read: {error.strerror or error}") from error
    if files.checkpoint is None:
        raise LogDamaged(f"{folder / CHECKPOINT} is missing: verify the log")
    try:
        head = read_checkpoint(files.checkpoint, verifier).head
    except BadNote as error:
        raise LogDamaged(f"{folder / CHECKPOINT}: {error}") from error
    name = str(folder / JOURNAL)
    pending = entries_after(scan(files.journal or b"", name), head.size, name)
    return Snapshot(files.checkpoint, head, tuple(pending))


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
