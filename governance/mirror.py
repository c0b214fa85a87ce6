"""A static copy of the log: tiles first, the checkpoint last, so that what a copy's checkpoint covers is always there.

The copy can be served by any web server and read by any program that knows C2SP tlog-tiles. It has no journal: it ends
with its checkpoint. To copy again takes only what is new, and only where the log still begins with what was copied.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from governance.durable import as_ours, replace, write_new
from governance.errors import BadProof, LogDamaged
from governance.log_folder import CHECKPOINT
from governance.merkle.checkpoint import EMPTY, Head, read_checkpoint
from governance.merkle.notes import Verifier
from governance.merkle.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Read,
    Tile,
    TileTree,
    bundle,
    read_entries,
    read_hashes,
    tiles_of,
)
from governance.merkle.tree import consistency_proof, root, verify_consistency

_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755
_AT_ONCE: Final = 256
"""Tiles that are held in memory at a time: about 30 MB of usual bundles."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy came to: the head that it has now, and how many tiles and bundles were new."""

    head: Head
    tiles: int


def copy_log(log: Path, copy: Path, verifier: Verifier) -> Copied:
    """Bring a copy up to the log's checkpoint. Raises LogDamaged, BadNote, BadProof or LogWriteFailed.

    BadProof: the log no longer begins with what was copied before; the copy is left as it is, and is evidence.
    """

    def read(path: str) -> bytes:
        return (log / path).read_bytes()

    with as_ours(log):
        note = _note(log)
        if note is None:
            raise LogDamaged(f"{log / CHECKPOINT} is missing: this is not the folder of a log")
        head = read_checkpoint(note, verifier).head
    with as_ours(copy):
        copy.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
        held = _note(copy)
        before = EMPTY if held is None else read_checkpoint(held, verifier).head
        tree = TileTree(read, head.size)
        _check(tree, before, head)
        wanted = [tile for tile in tiles_of(head.size) if not _covered(tile, before.size)]
        for part in _parts(wanted):
            files = {tile.path: _content(read, tile) for tile in part}
            write_new(copy, files, _FILE_MODE, _FOLDER_MODE)
        replace(copy / CHECKPOINT, note, _FILE_MODE)
        for tile in wanted:
            if tile == tile.full:
                shutil.rmtree(copy / f"{tile.path}.p", ignore_errors=True)
    return Copied(head, len(wanted))


def _check(tree: TileTree, before: Head, head: Head) -> None:
    """See that the tiles give the root, and that the tree continues the one before."""
    if root(head.size, tree.node) != head.root:
        what = f"the tiles do not give the root of the checkpoint of {head.size} entries"
        raise LogDamaged(f"{what}: lanthorn log fsck names the place")
    if before.size > head.size:
        raise BadProof(f"the copy has {before.size} entries, the log {head.size}: its end was cut off since")
    proof = consistency_proof(before.size, head.size, tree.node)
    verify_consistency(before.size, head.size, before.root, head.root, proof)


def _covered(tile: Tile, size: int) -> bool:
    """Whether a tree of this size has the tile, whole, already."""
    hashes = size >> TILE_HEIGHT * (tile.level or 0)
    if tile == tile.full:
        return (tile.index + 1) * TILE_WIDTH <= hashes
    return tile.index * TILE_WIDTH + tile.width == hashes


def _content(read: Read, tile: Tile) -> bytes:
    """The bytes of a tile: of its own file, or of the beginning of the full one that has taken its place."""
    return bundle(read_entries(read, tile)) if tile.level is None else b"".join(read_hashes(read, tile))


def _parts(tiles: list[Tile]) -> Iterator[list[Tile]]:
    for start in range(0, len(tiles), _AT_ONCE):
        yield tiles[start : start + _AT_ONCE]


def _note(folder: Path) -> bytes | None:
    try:
        return (folder / CHECKPOINT).read_bytes()
    except FileNotFoundError:
        return None
