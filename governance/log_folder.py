"""The log's folder on disk: the journal in front, tiles and checkpoint behind, and the way from the one to the other.

    checkpoint          the newest, signed
    tile/…              the tree and the entries that it covers (governance.merkle.tiles)
    pending             the journal of entries that it does not cover yet (governance.journal)
    pending.torn-TIME   the end of a journal that a crash left half written, put aside
    lock                held by whoever writes, in any process

An entry is acknowledged when the journal is on disk. Taking the journal into tiles goes: new tiles; checkpoint, in the
place of the old one; journal cut to nothing. A crash before the second leaves tiles that no checkpoint covers, and they
are written again, the same; a crash before the third leaves a journal whose entries the checkpoint covers, and its next
reader sees that by their indices.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from governance.durable import FILE_MODE, FOLDER_MODE, as_ours, locked, replace, sync_folder, write_at, write_new
from governance.errors import BadNote, LogDamaged, OldLog
from governance.journal import Scan, scan, to_record
from governance.merkle.checkpoint import EMPTY, Checkpoint, Head, read_checkpoint, sign_checkpoint
from governance.merkle.growth import grow, read_edge
from governance.merkle.notes import Signer

CHECKPOINT: Final = "checkpoint"
JOURNAL: Final = "pending"
LOCK: Final = "lock"
TORN: Final = f"{JOURNAL}.torn-"
TILES: Final = "tile"

_OLD_FILES: Final = ("acts", "acts.head")
"""What the log was kept in before it was a tree."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class State:
    """What the folder was last seen to hold: the checkpoint, the journal's good bytes, the entries in them."""

    note: bytes
    head: Head
    journal_bytes: int = 0
    pending: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.head.size + len(self.pending)


class LogFolder:
    """One log's folder, for who may write it. All but reading a tile wants it held."""

    def __init__(self, path: Path, signer: Signer, clock: Callable[[], datetime], integrate_at: int) -> None:
        self.path = path
        self.signer = signer
        self._checkpoint, self._journal, self._lock = path / CHECKPOINT, path / JOURNAL, path / LOCK
        self._clock = clock
        self._integrate_at = integrate_at
        self._state: State | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against every other writer and reader. Raises LogWriteFailed where it is not there."""
        with ExitStack() as held:
            with as_ours(self.path):
                held.enter_context(locked(self._lock))
            yield

    def make(self) -> None:
        """Make the folder of an empty log where there is none. Raises OldLog, LogDamaged or LogWriteFailed."""
        for old in (self.path, *(self.path / name for name in _OLD_FILES)):
            if old.is_file():
                raise OldLog(
                    f"{old} is a log of an earlier version, which this one cannot continue: keep it (move {self.path}"
                    " to another place; that version's `lanthorn verify` reads it), then start again"
                )
        with as_ours(self.path):
            self.path.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        with self.held(), as_ours(self.path):
            if self._checkpoint.exists():
                return
            if (self.path / TILES).exists() or (self._journal.exists() and self._journal.stat().st_size):
                raise LogDamaged(f"{self._checkpoint} is missing, and the log is not empty: somebody took it away")
            self._journal.touch(FILE_MODE)
            replace(self._checkpoint, sign_checkpoint(Checkpoint(self.signer.name, EMPTY), self.signer))

    def read(self, path: str) -> bytes:
        """The bytes of a tile. Raises FileNotFoundError or another OSError."""
        return (self.path / path).read_bytes()

    def settle(self) -> State:
        """See what the folder holds now, and put aside what a crash left half written.

        Raises LogDamaged or LogWriteFailed.
        """
        with as_ours(self.path):
            state = self._seen()
            length = _length(self._journal)
            if length < state.journal_bytes:
                raise LogDamaged(f"{self._journal} has {length} bytes and had {state.journal_bytes}: it was cut off")
            if length > state.journal_bytes:
                self._take(state)
            if state.journal_bytes and not state.pending:
                os.truncate(self._journal, 0)  # a crash came between the checkpoint and this
                state.journal_bytes = 0
            self._state = state
        return state

    def check(self) -> None:
        """See that the right edge of the tree, which the next entries join, is whole.

        Raises LogDamaged or LogWriteFailed.
        """
        state = self.settle()
        with as_ours(self.path):
            read_edge(self.read, state.head)

    def write(self, entries: Sequence[bytes]) -> int:
        """Put entries into the journal, durably: one write, one flush; give the index of the first.

        A journal that is long enough is taken into tiles before. Raises LogDamaged or LogWriteFailed with nothing
        written.
        """
        state = self.settle()
        if len(state.pending) >= self._integrate_at:
            self.integrate()
            state = self.settle()
        first = state.size
        record = to_record(first, entries)
        with as_ours(self.path):
            write_at(self._journal, record, state.journal_bytes)
        state.journal_bytes += len(record)
        state.pending += entries
        return first

    def integrate(self) -> Head:
        """Take the journal into the tiles and sign a new checkpoint.

        Raises LogDamaged or LogWriteFailed; the journal keeps what is in no tile.
        """
        state = self.settle()
        if not state.pending:
            return state.head
        with as_ours(self.path):
            growth = grow(read_edge(self.read, state.head), state.pending)
            head = growth.edge.head
            note = sign_checkpoint(Checkpoint(self.signer.name, head), self.signer)
            write_new(self.path, growth.files)
            replace(self._checkpoint, note)
            self._state = None  # until the journal is begun anew, what is seen on disk counts
            os.truncate(self._journal, 0)
            self._state = State(note, head)
            for tile in growth.full:
                shutil.rmtree(self.path / f"{tile.path}.p", ignore_errors=True)
        return head

    def _seen(self) -> State:
        """What was last seen, or the checkpoint anew where another process has written one since."""
        path = self._checkpoint
        try:
            note = path.read_bytes()
        except FileNotFoundError:
            raise LogDamaged(f"{path} is missing: somebody took it away") from None
        if self._state is not None and self._state.note == note:
            return self._state
        try:
            return State(note, read_checkpoint(note, self.signer.verifier).head)
        except BadNote as error:
            raise LogDamaged(f"{path}: {error}") from error

    def _take(self, state: State) -> None:
        """Take in what the journal holds behind what was seen of it."""
        path = self._journal
        with path.open("rb") as file:
            file.seek(state.journal_bytes)
            data = file.read()
        found = scan(data, str(path), state.journal_bytes)
        pending = entries_after(found, state.size, str(path))
        if found.torn:
            self._put_aside(data[-found.torn :], found.end)
        state.pending += pending
        state.journal_bytes = found.end

    def _put_aside(self, torn: bytes, at: int) -> None:
        stem = f"{TORN}{self._clock().astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
        number, name = 1, stem
        while (self.path / name).exists():
            number += 1
            name = f"{stem}-{number}"
        write_new(self.path, {name: torn})
        sync_folder(self.path)
        os.truncate(self._journal, at)
        _log.warning("%s: %d bytes of an append that broke off were moved to %s", self.path, len(torn), name)


def entries_after(found: Scan, size: int, name: str) -> list[bytes]:
    """The entries of a journal from index size on. Raises LogDamaged where it neither reaches nor continues the log."""
    if not found.records:
        return []
    first, last = found.records[0], found.records[-1]
    after = last.first + len(last.entries)
    if first.first > size or after < size:
        what = f"it holds entries {first.first} to {after - 1}, but the log before it has {size}"
        raise LogDamaged(f"{name}, byte {first.at}: {what}")
    return [entry for record in found.records for entry in record.entries][size - first.first :]


def _length(journal: Path) -> int:
    try:
        return journal.stat().st_size
    except FileNotFoundError:
        raise LogDamaged(f"{journal} is missing: somebody took it away, or this folder is a copy of the log") from None
