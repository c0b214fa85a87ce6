"""A tree that grows: from its right edge and new entries to the files that are new. Pure: nothing is read or written.

The edge of a tree is all that its growth needs: the last bundle and, at each level, the last tile, where they are not
full. It takes the same room for a million entries as for a thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from governance.errors import LogDamaged
from governance.merkle.checkpoint import Head
from governance.merkle.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Read,
    Tile,
    bundle,
    leaf_hashes,
    read_entries,
    read_hashes,
    tile_at,
)
from governance.merkle.tree import complete, root


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree. hashes are those of the partial tile at each level, from level 0 up."""

    size: int = 0
    entries: tuple[bytes, ...] = ()
    hashes: tuple[tuple[bytes, ...], ...] = ()

    @property
    def head(self) -> Head:
        """The tree's size and root."""
        return Head(self.size, root(self.size, self._node))

    def _node(self, level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        offset = (index << height) % TILE_WIDTH
        return complete(self.hashes[tile_level][offset : offset + (1 << height)])


@dataclass(frozen=True, slots=True)
class Growth:
    """What a tree grew by. files are by path; full are the tiles that are full now, whose partial ones may go."""

    edge: Edge
    files: Mapping[str, bytes] = field(repr=False)
    full: Sequence[Tile]


def read_edge(read: Read, head: Head) -> Edge:
    """The edge of the tree with this head. Raises LogDamaged where its files do not give its root, OSError as read."""
    level, hashes = 0, []
    while head.size >> TILE_HEIGHT * level:
        last = tile_at(level, (head.size >> TILE_HEIGHT * level) // TILE_WIDTH, head.size)
        hashes.append(tuple(read_hashes(read, last)) if last.width else ())
        level += 1
    last = tile_at(None, head.size // TILE_WIDTH, head.size)
    entries = tuple(read_entries(read, last)) if last.width else ()
    edge = Edge(head.size, entries, tuple(hashes))
    if edge.head != head:
        raise LogDamaged(f"the last tiles do not give the root of the checkpoint of {head.size} entries")
    if hashes and tuple(leaf_hashes(entries)) != edge.hashes[0]:
        raise LogDamaged(
            f"{last.path} does not hold the entries whose hashes are in {Tile(0, last.index, last.width).path}"
        )
    return edge


def grow(edge: Edge, entries: Sequence[bytes]) -> Growth:
    """The tree with these entries added. Raises ValueError for an entry that is longer than a bundle can hold."""
    files: dict[str, bytes] = {}
    full: list[Tile] = []
    first = edge.size // TILE_WIDTH
    waiting = [*edge.entries, *entries]
    for start in range(0, len(waiting), TILE_WIDTH):
        part = waiting[start : start + TILE_WIDTH]
        tile = Tile(None, first + start // TILE_WIDTH, len(part))
        files[tile.path] = bundle(part)
        full += [tile] if tile == tile.full else []
    size = edge.size + len(entries)
    left = tuple(waiting[len(waiting) // TILE_WIDTH * TILE_WIDTH :])
    hashes: list[tuple[bytes, ...]] = []
    added, level = leaf_hashes(entries), 0
    while size >> TILE_HEIGHT * level:
        known = edge.hashes[level] if level < len(edge.hashes) else ()
        first = (edge.size >> TILE_HEIGHT * level) // TILE_WIDTH
        row, above = [*known, *added], []
        for start in range(0, len(row) if added else 0, TILE_WIDTH):
            part = row[start : start + TILE_WIDTH]
            tile = Tile(level, first + start // TILE_WIDTH, len(part))
            files[tile.path] = b"".join(part)
            if tile == tile.full:
                above.append(complete(part))
                full.append(tile)
        hashes.append(tuple(row[len(row) // TILE_WIDTH * TILE_WIDTH :]))
        added, level = above, level + 1
    return Growth(Edge(size, left, tuple(hashes)), files, full)
