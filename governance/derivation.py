"""The tree derived anew from the stored entries, and every stored hash that differs from it, by its place.

Each bundle gives the hashes of its entries, 256 of these the hash of a tile, 256 of these the hash of the tile above.
Every stored tile is compared with what is derived. Where entries and their tile disagree, the tile above says which of
the two is as it was.
"""

from collections.abc import Sequence

from governance.entry import time_of
from governance.errors import LogDamaged
from governance.findings import Findings
from governance.merkle.checkpoint import Head
from governance.merkle.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Read,
    Tile,
    leaf_hashes,
    read_entries,
    read_hashes,
    tile_at,
)
from governance.merkle.tree import complete, root


class Derivation:
    """One pass over the entries of a tree of this size. keep are sizes whose roots will be asked for."""

    def __init__(self, read: Read, size: int, found: Findings, keep: Sequence[int] = ()) -> None:
        self._read = read
        self._size = size
        self._found = found
        self._kept = {number // TILE_WIDTH for number in (size, *keep)}
        self._leaves: dict[int, list[bytes]] = {}
        self._rows: list[list[bytes | None]] = [[]]
        self._last_time = ""
        self._claimed: dict[int, list[bytes] | None] = {}
        self._derive()

    def head(self, size: int) -> Head | None:
        """The size and root of the tree, or of its beginning; None where too much is missing to tell."""
        try:
            return Head(size, root(size, self._node))
        except LookupError:
            return None

    def _derive(self) -> None:
        for number in range(-(-self._size // TILE_WIDTH)):
            leaves = self._bundle(number)
            if number in self._kept and leaves is not None:
                self._leaves[number] = leaves
            if tile_at(0, number, self._size).width == TILE_WIDTH:
                self._rows[0].append(self._claim(number) if leaves is None else complete(leaves))
        level = 1
        while self._size >> TILE_HEIGHT * level:
            self._rows.append(self._compare_row(level, self._rows[level - 1]))
            level += 1

    def _bundle(self, number: int) -> list[bytes] | None:
        """The leaf hashes of one bundle: those that the tree above vouches for, where the entries and tile disagree."""
        tile, hashes = tile_at(None, number, self._size), tile_at(0, number, self._size)
        try:
            entries = read_entries(self._read, tile)
        except (LogDamaged, OSError) as error:
            self._found.problem(_words(tile, error))
            entries = None
        stored = self._hashes(hashes)
        if entries is None:
            return stored
        made = leaf_hashes(entries)
        self._check_times(entries, number * TILE_WIDTH, tile)
        if stored is None or stored == made:
            return made
        claim = self._claim(number) if hashes.width == TILE_WIDTH else None
        if claim is not None and complete(made) == claim:
            what = "was changed: its entries, and the tile above it, give another"
            self._found.problem(f"{hashes.path}: hash {_first_difference(made, stored)} {what}")
            return made
        for offset, (one, other) in enumerate(zip(made, stored, strict=True)):
            if one != other:
                what = f"in {tile.path}: it does not give its hash in {hashes.path}: one of the two was changed"
                self._found.problem(what, number * TILE_WIDTH + offset)
        return stored if claim is not None and complete(stored) == claim else made

    def _compare_row(self, level: int, below: Sequence[bytes | None]) -> list[bytes | None]:
        """Compare the tiles of a level with what those below it give, and give what they give to the level above."""
        above: list[bytes | None] = []
        for start in range(0, len(below), TILE_WIDTH):
            tile = tile_at(level, start // TILE_WIDTH, self._size)
            made, stored = below[start : start + TILE_WIDTH], self._hashes(tile)
            for offset, (one, other) in enumerate(zip(made, stored or (), strict=False)):
                if one is not None and one != other:
                    first = start + offset << TILE_HEIGHT * level
                    last = first + (1 << TILE_HEIGHT * level) - 1
                    what = f"hash {offset} is not what the tile below it, over entries {first} to {last}, gives"
                    self._found.problem(f"{tile.path}: {what}")
            if tile.width == TILE_WIDTH:
                whole = [one for one in made if one is not None]
                above.append(complete(whole) if len(whole) == TILE_WIDTH else None)
        return above

    def _hashes(self, tile: Tile) -> list[bytes] | None:
        try:
            return read_hashes(self._read, tile)
        except (LogDamaged, OSError) as error:
            self._found.problem(_words(tile, error))
            return None

    def _claim(self, number: int) -> bytes | None:
        """What the stored tile above says of a full tile of level 0."""
        above, offset = divmod(number, TILE_WIDTH)
        if above not in self._claimed:
            try:
                self._claimed[above] = read_hashes(self._read, tile_at(1, above, self._size))
            except (LogDamaged, OSError):  # named where that level is compared
                self._claimed[above] = None
        claimed = self._claimed[above]
        return None if claimed is None else claimed[offset]

    def _check_times(self, entries: Sequence[bytes], first: int, tile: Tile) -> None:
        for index, entry in enumerate(entries, first):
            at = time_of(entry)
            if at is None:
                self._found.problem(f"in {tile.path}: it does not begin as the entries of this log do", index)
                continue
            if at < self._last_time:
                self._found.note(f"its time, {at}, is before that of the entry before it, {self._last_time}", index)
            self._last_time = at

    def _node(self, level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        start = index << height
        row: Sequence[bytes | None]
        if tile_level == 0:
            row, start = self._leaves[start // TILE_WIDTH], start % TILE_WIDTH
        else:
            row = self._rows[tile_level - 1]
        hashes = [one for one in row[start : start + (1 << height)] if one is not None]
        if len(hashes) != 1 << height:
            raise LookupError(f"the subtree at level {level}, index {index}, is not whole")
        return complete(hashes)


def _first_difference(made: Sequence[bytes], stored: Sequence[bytes]) -> int:
    return next(number for number, pair in enumerate(zip(made, stored, strict=True)) if pair[0] != pair[1])


def _words(tile: Tile, error: Exception) -> str:
    return str(error) if isinstance(error, LogDamaged) else f"{tile.path} cannot be read: {error}"
