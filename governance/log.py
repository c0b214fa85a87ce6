"""The append-only log: who did what, to what, why and under which authority, in a tree that shows any change.

The entries (governance.entry) are the leaves of the Merkle tree of RFC 6962, kept in a folder in the form of C2SP
tlog-tiles under checkpoints that the service signs, so that anybody with the folder, or a copy, and the verifier key
can check it with a program of their own. docs/log.md describes it for who runs or audits it; governance.log_folder says
what lies where and in which order it is written.

An append is on disk when it returns: in the journal, which the next checkpoint takes in, a second later at most while
the service runs. Any number of threads and processes may append and read. Times are those of the writer's clock: one
that goes back is noted by verify, and nothing is written anew.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from governance.access.operations import marked
from governance.acts import Act, Operation
from governance.entry import Draft, Entry, draft_of, read_entry, to_ms
from governance.errors import BadProof, GovernanceError, LogDamaged
from governance.findings import Verification
from governance.fsck import check_folder
from governance.group_commit import GroupCommit
from governance.keys import PrivateKey
from governance.log_folder import LogFolder
from governance.merkle.checkpoint import Checkpoint, Head
from governance.merkle.notes import Signer, Verifier
from governance.merkle.tiles import TILE_WIDTH, TileTree, leaf_hashes, read_entries, read_hashes, tile_at
from governance.merkle.tree import inclusion_proof, root
from governance.proof import Inclusion
from governance.snapshot import Snapshot, read_snapshot

__all__ = [
    "KEY_FILE",
    "Act",
    "Checkpoint",
    "Entry",
    "Head",
    "Log",
    "Operation",
    "Verification",
    "log_signer",
    "service_signer",
]

KEY_FILE: Final = "log.pem"

MOST_WAITING: Final = 4_096
"""Entries that may wait for the disk. At the rate that docs/log.md shows, they take less than a second."""

INTEGRATE_AFTER_S: Final = 1.0
"""How long an entry waits at most for a checkpoint that covers it, while the service runs."""

INTEGRATE_AT: Final = 1_024
"""Entries in the journal that are taken into tiles without waiting: four full tiles, so that flushing them costs each
entry little beside its own append."""

_log = logging.getLogger(__name__)


def service_signer(keys_dir: Path, force: str) -> Signer:
    """What signs the checkpoints of the service with these keys; its key is made at the first start."""
    return log_signer(force, PrivateKey.load_or_make(keys_dir / KEY_FILE))


def log_signer(force: str, key: PrivateKey) -> Signer:
    """What signs the checkpoints of a force's log; the name of the key is the log's origin (C2SP tlog-checkpoint)."""
    return Signer(f"lanthorn/{force}", key)


class Log:
    """One log. Any number of these, in any number of processes and threads, may be open on the same folder."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], datetime],
        signer: Signer,
        *,
        most_waiting: int = MOST_WAITING,
        integrate_at: int = INTEGRATE_AT,
    ) -> None:
        self.path = path
        self._clock = clock
        self._folder = LogFolder(path, signer, clock, integrate_at)
        self._group = GroupCommit(self._commit, most_waiting)
        self._damage = ""
        self._ending = Event()
        self._keeper: Thread | None = None

    @classmethod
    def open(cls, path: Path, clock: Callable[[], datetime], signer: Signer, **options: int) -> Self:
        """Open the log in this folder, making it where there is none. What a crash left half written is put aside.

        Takes the same time for a long log as for a short one. A damaged log opens too, so that it can be read and
        verified; append refuses it. Raises LogWriteFailed where the folder cannot be written, and OldLog.
        """
        made = cls(path, clock, signer, **options)
        folder = made._folder
        try:
            folder.make()
            with folder.held():
                folder.check()
        except LogDamaged as error:
            made._damage = str(error)
            _log.error("the log is damaged, and nothing can be appended to it: %s", error)
        return made

    def start(self) -> None:
        """Begin to take the journal into tiles once a second, in a thread of its own."""
        self._keeper = Thread(target=self._keep, name="log", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """End that thread, and take what the journal holds into tiles. The log may be used, and closed, again."""
        self._ending.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        self._ending.clear()
        self._integrate_or_say()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, *acts: Act) -> list[Entry]:
        """Write acts down, all or none, and give their entries. On return they are on disk.

        Raises BadAct, LogBusy, LogFull or LogWriteFailed, with nothing written, and LogDamaged where the log is not
        what was written.
        """
        if not acts:
            return []
        return self._group.put([draft_of(marked(act)) for act in acts])

    def integrate(self) -> Checkpoint:
        """Take the journal into tiles, and give the checkpoint, which now covers all.

        Raises LogDamaged or LogWriteFailed; nothing is lost.
        """
        with self._folder.held():
            head = self._folder.integrate()
        return Checkpoint(self.verifier.name, head)

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Give the entries from index start on, in order, at most limit of them. Raises LogDamaged at a bad one."""
        for index, data, where in self._stored(start, limit):
            yield _entry(data, index, where)

    def naming(self, ids: Collection[str], start: int = 0) -> Iterator[Entry]:
        """Give the entries from index start on in which one of these ids stands, in order. Raises LogDamaged.

        Every entry's bytes are checked against its hash, and only those with an id are read: for a long log that takes
        a fraction of the time of read.
        """
        if not ids:
            return
        wanted = re.compile(b"|".join(re.escape(one.encode()) for one in ids))
        for index, data, where in self._stored(start, None):
            if wanted.search(data):
                yield _entry(data, index, where)

    def verify(self, at_least: Head | None = None) -> Verification:
        """Derive the tree again from every entry and compare all there is; at_least is a head written down before."""
        return check_folder(self.path, self.verifier, at_least)

    def prove(self, index: int) -> Inclusion:
        """Proof that an entry is in the newest checkpoint. Raises BadProof where that does not cover it, LogDamaged."""
        snapshot = self._snapshot()
        size = snapshot.head.size
        with _readable(self.path):
            path = inclusion_proof(index, size, TileTree(self._folder.read, size).node)
        entry = self._bundle(index // TILE_WIDTH, size)[index % TILE_WIDTH]
        return Inclusion(index, entry, tuple(path), snapshot.note)

    def head_at(self, size: int) -> Head:
        """The head that the log had when it had so many entries. Raises BadProof where it has fewer, or LogDamaged."""
        covered = self.integrate().head.size
        if not 0 <= size <= covered:
            raise BadProof(f"the log has {covered} entries, not {size}")
        with _readable(self.path):
            return Head(size, root(size, TileTree(self._folder.read, covered).node))

    @property
    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint: what to write down elsewhere. Raises LogDamaged where it cannot be read."""
        return Checkpoint(self.verifier.name, self._snapshot().head)

    @property
    def signed_checkpoint(self) -> bytes:
        """The newest checkpoint as the signed note that others verify. Raises as checkpoint."""
        return self._snapshot().note

    @property
    def size(self) -> int:
        """How many entries there are, those that no checkpoint covers yet among them."""
        return self._snapshot().size

    @property
    def verifier(self) -> Verifier:
        """The public key that checkpoints are verified with."""
        return self._folder.signer.verifier

    def _stored(self, start: int, limit: int | None) -> Iterator[tuple[int, bytes, str]]:
        """The entries as bytes, each with its index and the file that it is in."""
        if start < 0 or (limit is not None and limit < 0):
            raise ValueError(f"start is {start} and limit {limit}: neither may be less than 0")
        snapshot = self._snapshot()
        stop = snapshot.size if limit is None else min(snapshot.size, start + limit)
        covered = snapshot.head.size
        for number in range(start // TILE_WIDTH, -(-min(stop, covered) // TILE_WIDTH)):
            for index, data in enumerate(self._bundle(number, covered), number * TILE_WIDTH):
                if start <= index < stop:
                    yield index, data, tile_at(None, number, covered).path
        for index in range(max(start, covered), stop):
            yield index, snapshot.pending[index - covered], "the journal"

    def _snapshot(self) -> Snapshot:
        return read_snapshot(self.path, self.verifier)

    def _bundle(self, number: int, size: int) -> list[bytes]:
        tile, hashes = tile_at(None, number, size), tile_at(0, number, size)
        with _readable(self.path):
            entries, expected = read_entries(self._folder.read, tile), read_hashes(self._folder.read, hashes)
        for offset, (made, leaf) in enumerate(zip(leaf_hashes(entries), expected, strict=True)):
            if made != leaf:
                what = f"entry {number * TILE_WIDTH + offset} does not give its hash in {hashes.path}"
                raise LogDamaged(f"{self.path / tile.path}: {what}: one of the two was changed")
        return entries

    def _commit(self, drafts: list[Draft]) -> list[Entry]:
        with self._folder.held():
            if self._damage:
                raise LogDamaged(self._damage)
            at = to_ms(self._clock())
            first = self._folder.write([draft.to_bytes(at) for draft in drafts])
        return [Entry(first + number, at, draft.act) for number, draft in enumerate(drafts)]

    def _keep(self) -> None:
        while not self._ending.wait(INTEGRATE_AFTER_S):
            self._integrate_or_say()

    def _integrate_or_say(self) -> None:
        try:
            with self._folder.held():
                if self._damage:
                    self._folder.check()
                    self._damage = ""
                self._folder.integrate()
        except LogDamaged as error:
            self._damage = str(error)
            _log.error("the log is damaged, and nothing can be appended to it: %s", error)
        except GovernanceError as error:
            _log.warning("what is logged waits for its checkpoint: %s", error)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LogDamaged(f"{path} cannot be read: {error.strerror or error}") from error


def _entry(data: bytes, index: int, where: str) -> Entry:
    try:
        return read_entry(data, index)
    except ValueError as error:
        raise LogDamaged(f"entry {index}, in {where}: {error}") from error
