"""The check of a whole log, from its folder or a copy of it alone: what holds, and each place that does not.

Everything is derived anew from the stored entries and compared: every tile at every level, the root with the checkpoint
and with a head written down before, the checkpoint with its signature, the journal with its sums.
"""

import os
from pathlib import Path

from governance.derivation import Derivation
from governance.errors import BadNote, LogDamaged
from governance.findings import Findings, Verification
from governance.journal import scan
from governance.log_folder import CHECKPOINT, JOURNAL, LOCK, TORN, entries_after
from governance.merkle.checkpoint import EMPTY, Checkpoint, Head, read_checkpoint
from governance.merkle.notes import Note, Verifier
from governance.merkle.tiles import TILE_WIDTH, Tile, tile_at
from governance.snapshot import read_files


def check_folder(folder: Path, verifier: Verifier | None, at_least: Head | None = None) -> Verification:
    """Check the log in this folder; at_least is a head written down before, which it must still begin with.

    Without the log's verifier key the signature cannot be checked, and the result says so.
    """
    found = Findings()
    listed = _files(folder)  # before the checkpoint: a log that grows meanwhile has no file that is not covered
    try:
        files = read_files(folder)
    except OSError as error:
        found.problem(f"{folder} cannot be read: {error.strerror or error}")
        return found.verification(EMPTY, 0, signed=False)
    head = _checkpoint(folder, files.checkpoint, verifier, found)
    size = _size_on_disk(listed) if head is None else head.size

    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    keep = [at_least.size] if at_least is not None and at_least.size <= size else []
    derivation = Derivation(read, size, found, keep)
    derived = derivation.head(size)
    if head is not None and derived is not None and derived != head:
        what = f"its root is not what the {size} entries give: it or they were changed"
        found.problem(f"{CHECKPOINT}: {what}")
    if at_least is not None:
        _compare(derivation, size, at_least, found)
    pending = _journal(files.journal, size, found)
    _others(folder, listed, size, found)
    return found.verification(derived or Head(size, b""), size + pending, signed=verifier is not None)


def _checkpoint(folder: Path, data: bytes | None, verifier: Verifier | None, found: Findings) -> Head | None:
    """The head that the checkpoint gives; None where it cannot be relied on."""
    if data is None:
        found.problem(f"{folder / CHECKPOINT} is missing: nothing says where the log ends")
        return None
    try:
        if verifier is None:
            return Checkpoint.parse(Note.parse(data).text).head
        return read_checkpoint(data, verifier).head
    except BadNote as error:
        found.problem(f"{CHECKPOINT}: {error}")
        return None


def _compare(derivation: Derivation, size: int, at_least: Head, found: Findings) -> None:
    if at_least.size > size:
        found.problem(
            f"the checkpoint covers {size} entries, but the head written down before has {at_least.size}: the end of"
            " the log was cut off"
        )
    elif (derived := derivation.head(at_least.size)) is not None and derived != at_least:
        found.problem(
            f"the first {at_least.size} entries do not give the head written down before: one of them was changed,"
            " removed or put in since"
        )


def _journal(data: bytes | None, size: int, found: Findings) -> int:
    """How many entries the journal adds."""
    if data is None:
        found.note(f"there is no {JOURNAL}: this is a copy, which ends with its checkpoint")
        return 0
    try:
        scanned = scan(data, JOURNAL)
        pending = entries_after(scanned, size, JOURNAL)
    except LogDamaged as error:
        found.problem(str(error))
        return 0
    if scanned.torn:
        found.note(f"{JOURNAL}: the last {scanned.torn} bytes are of an append that broke off")
    return len(pending)


def _files(folder: Path) -> list[str]:
    return sorted(
        (Path(place) / name).relative_to(folder).as_posix() for place, _, names in os.walk(folder) for name in names
    )


def _size_on_disk(listed: list[str]) -> int:
    """How many entries the bundles hold, by their names alone."""
    bundles = [tile for tile in map(Tile.of_path, listed) if tile is not None and tile.level is None]
    return max((tile.index * TILE_WIDTH + tile.width for tile in bundles), default=0)


def _others(folder: Path, listed: list[str], size: int, found: Findings) -> None:
    """Files that the checkpoint does not call for: partial tiles of older checkpoints, and what is not of the log.

    Tiles that no checkpoint covers yet are of an integration that is under way or broke off; it writes them again.
    """
    for path in listed:
        tile = Tile.of_path(path)
        if tile is not None:
            current = tile_at(tile.level, tile.index, size)
            if tile.width < current.width and not _begins(folder, current, tile):
                found.problem(f"{path} is not what {current.path} begins with: it was changed")
        elif path.startswith(TORN):
            length = (folder / path).stat().st_size
            found.note(f"{path} holds {length} bytes of an append that broke off")
        elif path not in (CHECKPOINT, f"{CHECKPOINT}.new", JOURNAL, LOCK):
            found.note(f"{path} is not a file of the log")


def _begins(folder: Path, current: Tile, older: Tile) -> bool:
    """Whether an older partial tile is what the current one begins with. One that was removed meanwhile is."""
    try:
        return (folder / current.path).read_bytes().startswith((folder / older.path).read_bytes())
    except FileNotFoundError:
        return True
