"""A tree that grows, by any steps, is the one that is made at once; nothing that was written is written otherwise."""

import pytest
from aics_tlog import tiles as theirs
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import LogDamaged
from governance.merkle.checkpoint import Head
from governance.merkle.growth import Edge, grow, read_edge
from governance.merkle.tiles import Tile


def entries(size, start=0):
    return [b"entry %d" % number for number in range(start, size)]


class Files(dict):
    """Files by path, as a folder would hold them."""

    def read(self, path):
        try:
            return self[path]
        except KeyError:
            raise FileNotFoundError(path) from None


def made_at_once(size):
    growth = grow(Edge(), entries(size))
    return growth.edge.head, Files(growth.files)


@given(st.lists(st.integers(1, 400), max_size=6))
def test_a_tree_that_grows_is_the_one_that_is_made_at_once(steps):
    edge, files, size = Edge(), Files(), 0
    for step in steps:
        growth = grow(edge, entries(size + step, size))
        size += step
        for path, content in growth.files.items():
            assert files.get(path, content) == content, "a file was written anew with another content"
            files[path] = content
        assert read_edge(files.read, growth.edge.head) == growth.edge
        edge = growth.edge
        for tile in growth.full:
            for width in range(1, 256):
                files.pop(Tile(tile.level, tile.index, width).path, None)
    assert edge.head == made_at_once(size)[0]
    expected = theirs.materialise_tiles(entries(size))
    assert {path: files[path] for path in expected} == expected


def test_an_edge_that_does_not_give_the_root_is_refused():
    head, files = made_at_once(300)
    path = Tile(0, 1, 44).path
    with pytest.raises(LogDamaged, match="do not give the root"):
        read_edge(files.read, Head(300, bytes(32)))
    with pytest.raises(LogDamaged, match="do not give the root"):
        read_edge(Files(files | {path: bytes(44 * 32)}).read, head)
    entries_path = Tile(None, 1, 44).path
    with pytest.raises(LogDamaged, match=rf"{entries_path} does not hold"):
        read_edge(Files(files | {entries_path: files[entries_path].replace(b"entry 299", b"entry 298")}).read, head)
