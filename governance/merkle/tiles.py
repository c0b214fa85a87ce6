"""Tiles: how the tree and its entries lie in files. C2SP tlog-tiles (c2sp.org/tlog-tiles).

A tile at level L and index N holds up to 256 hashes: those of the complete subtrees of height 8 * L from 256 * N on, so
that each full tile, eight levels high, is one hash of the tile above. An entry bundle holds up to 256 entries, each
after its length in two bytes, big-endian. The last of a kind may be partial: its path then says how many it holds.

    checkpoint
    tile/L/N            tile/0/x001/x234/067 is tile 1,234,067 of level 0
    tile/L/N.p/W        of W hashes, 1 to 255
    tile/entries/N      and N.p/W

Partial ones are kept until the full one is there, so whoever holds an older checkpoint finds what it covers in either.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from governance.errors import LogDamaged
from governance.merkle.tree import HASH_BYTES, complete, leaf_hash

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
MOST_LEVEL: Final = 63
"""The highest level that a path may name."""

MAX_ENTRY_BYTES: Final = 65_535
"""The longest entry: its length has two bytes."""

ENTRIES: Final = "entries"
"""Stands for the level in the path of an entry bundle."""

Read = Callable[[str], bytes]
"""Gives the bytes at a path of the log. Raises FileNotFoundError where there are none, OSError where it cannot tell."""

_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile, or, where level is None, which entry bundle; width is how many hashes or entries, 1 to 256."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def full(self) -> "Tile":
        """The same tile once it is full."""
        return Tile(self.level, self.index)

    @property
    def path(self) -> str:
        """Where it lies, from the log's folder or prefix on."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-len(digits) // 3 * -3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{ENTRIES if self.level is None else self.level}/{number}{partial}"

    @classmethod
    def of_path(cls, path: str) -> "Tile | None":
        """The tile at a path, None where the path is not exactly that of one."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        level, number, width = match.groups()
        tile = cls(
            None if level == ENTRIES else int(level),
            int(number.replace("x", "").replace("/", "")),
            TILE_WIDTH if width is None else int(width),
        )
        proper = tile.width <= TILE_WIDTH and (tile.level or 0) <= MOST_LEVEL and tile.path == path
        return tile if proper else None


def tile_at(level: int | None, index: int, size: int) -> Tile:
    """The tile of this level and index in a tree of this size; its width is 0 where the tree does not reach it."""
    hashes = size >> TILE_HEIGHT * (level or 0)
    return Tile(level, index, max(0, min(TILE_WIDTH, hashes - index * TILE_WIDTH)))


def tiles_of(size: int) -> Iterator[Tile]:
    """Every bundle and tile that a checkpoint of this size covers, level by level."""
    level: int | None
    for level in (None, *range(MOST_LEVEL + 1)):
        hashes = size >> TILE_HEIGHT * (level or 0)
        if not hashes:
            return
        for index in range(-(-hashes // TILE_WIDTH)):
            yield tile_at(level, index, size)


def bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle. Raises ValueError for an entry of more than MAX_ENTRY_BYTES."""
    if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
        raise ValueError(f"an entry is longer than {MAX_ENTRY_BYTES} bytes")
    return b"".join(part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry))


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError where its lengths and its end do not agree."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise ValueError(f"entry {len(entries)} of it breaks off")
        entries.append(data[start:at])
    return entries


def split_hashes(data: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """The leaf hashes of entries."""
    return [leaf_hash(entry) for entry in entries]


def read_hashes(read: Read, tile: Tile) -> list[bytes]:
    """The hashes of a tile: of the file that is named, or of the full one that has taken its place.

    Raises LogDamaged where neither is there or either has another length, and OSError where it cannot be read.
    """
    data, path = _read_either(read, tile)
    if len(data) % HASH_BYTES or len(data) < tile.width * HASH_BYTES or _too_long(len(data) // HASH_BYTES, tile, path):
        raise LogDamaged(f"{path} has {len(data)} bytes: not {tile.width} hashes")
    return split_hashes(data[: tile.width * HASH_BYTES])


def read_entries(read: Read, tile: Tile) -> list[bytes]:
    """The entries of a bundle, as read_hashes."""
    data, path = _read_either(read, tile)
    try:
        entries = unbundle(data)
    except ValueError as error:
        raise LogDamaged(f"{path} is not a bundle of entries: {error}") from error
    if len(entries) < tile.width or _too_long(len(entries), tile, path):
        raise LogDamaged(f"{path} has {len(entries)} entries, not {tile.width}")
    return entries[: tile.width]


class TileTree:
    """A tree of a size, read from its tiles as they are needed. node is what roots and proofs are made with."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._size = size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree. Raises as read_hashes."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile, offset = divmod(index << height, TILE_WIDTH)
        if (tile_level, tile) not in self._tiles:
            self._tiles[tile_level, tile] = read_hashes(self._read, tile_at(tile_level, tile, self._size))
        return complete(self._tiles[tile_level, tile][offset : offset + (1 << height)])


def _read_either(read: Read, tile: Tile) -> tuple[bytes, str]:
    try:
        return read(tile.path), tile.path
    except FileNotFoundError as error:
        missing = error
    if tile != tile.full:
        try:
            return read(tile.full.path), tile.full.path
        except FileNotFoundError:
            pass
    raise LogDamaged(f"{tile.path} is missing") from missing


def _too_long(count: int, tile: Tile, path: str) -> bool:
    return count > (tile.width if path == tile.path else TILE_WIDTH)
