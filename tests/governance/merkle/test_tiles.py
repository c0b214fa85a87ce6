"""C2SP tlog-tiles, against an independent implementation; and a tree that grows, against one that is made at once."""

import aics_tlog
import pytest
from aics_tlog import tiles as theirs
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import LogDamaged
from governance.merkle.growth import Edge, grow
from governance.merkle.tiles import (
    MAX_ENTRY_BYTES,
    Tile,
    TileTree,
    bundle,
    read_entries,
    read_hashes,
    tile_at,
    tiles_of,
    unbundle,
)
from governance.merkle.tree import consistency_proof, inclusion_proof, leaf_hash, root

# The example of c2sp.org/tlog-tiles.
EXAMPLE = "tile/0/x001/x234/067"
SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 66_000]


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


def test_the_example_of_the_specification():
    assert Tile(0, 1_234_067).path == EXAMPLE
    assert Tile.of_path(EXAMPLE) == Tile(0, 1_234_067)


tiles = st.builds(
    Tile, st.none() | st.integers(0, 63), st.integers(0, 999) | st.integers(0, 2**55), st.integers(1, 256)
)


@given(tiles)
def test_paths_are_those_of_an_independent_implementation_and_read_back(tile):
    width = None if tile.width == 256 else tile.width
    expected = (
        theirs.entry_bundle_path(tile.index, width)
        if tile.level is None
        else theirs.tile_path(tile.level, tile.index, width)
    )
    assert tile.path == expected
    assert Tile.of_path(expected) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/x/000",
        "tile/0/001/234",
        "tile/0/x000/001",
        "tile/0/x001/x234",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/entries/..",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entries/000.p/999",
    ],
)
def test_a_path_that_is_no_tiles_is_none(path):
    assert Tile.of_path(path) is None


@given(st.text(max_size=40))
def test_any_text_is_the_one_path_of_a_tile_or_none(text):
    tile = Tile.of_path(text)
    assert tile is None or tile.path == text


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_that_of_an_independent_implementation_and_reads_back(given_entries):
    made = bundle(given_entries)
    assert made == theirs.build_entry_bundle(given_entries)
    assert unbundle(made) == given_entries == theirs.parse_entry_bundle(made)


def test_the_longest_entry_fits_and_one_byte_more_does_not():
    assert unbundle(bundle([bytes(MAX_ENTRY_BYTES)])) == [bytes(MAX_ENTRY_BYTES)]
    with pytest.raises(ValueError, match="longer than 65535 bytes"):
        bundle([bytes(MAX_ENTRY_BYTES + 1)])


@pytest.mark.parametrize("cut", [1, 2, 3, 8])
def test_a_bundle_that_breaks_off_is_refused(cut):
    with pytest.raises(ValueError, match="entry 1 of it breaks off"):
        unbundle(bundle([b"entry 0", b"entry 1"])[:-cut])


@pytest.mark.parametrize("size", SIZES)
def test_the_files_of_a_tree_are_those_of_an_independent_implementation(size):
    head, files = made_at_once(size)
    expected = theirs.materialise_tiles(entries(size))
    assert files == expected
    assert set(files) == {tile.path for tile in tiles_of(size)}
    assert head.root == aics_tlog.MerkleTree(entries(size)).root()


@pytest.mark.parametrize("size", [66_000, 65_536, 257])
def test_proofs_from_tiles_are_those_of_an_independent_implementation(size):
    head, files = made_at_once(size)
    tree = TileTree(files.read, size)
    other = aics_tlog.MerkleTree(entries(size))
    assert root(size, tree.node) == head.root
    for number in (0, 1, size // 3, size - 1):
        assert inclusion_proof(number, size, tree.node) == other.inclusion_proof(number)
        assert consistency_proof(number, size, tree.node) == other.consistency_proof(number)
    for old in (1, 256, 257):
        assert root(old, TileTree(files.read, size).node) == other.root(old)


def test_a_partial_tile_is_found_in_the_full_one_that_took_its_place():
    files = made_at_once(300)[1]
    assert Tile(0, 0, 7).path not in files
    assert read_hashes(files.read, Tile(0, 0, 7)) == [leaf_hash(entry) for entry in entries(7)]
    assert read_entries(files.read, Tile(None, 0, 7)) == entries(7)
    assert root(7, TileTree(files.read, 7).node) == made_at_once(7)[0].root


@pytest.mark.parametrize("read", [read_hashes, read_entries])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files, path: files.pop(path), "is missing"),
        (lambda files, path: files.update({path: files[path][:-1]}), "bytes|breaks off"),
        (lambda files, path: files.update({path: b""}), "has 0"),
        (lambda files, path: files.update({path: files[path] * 2}), "has"),
        (lambda files, path: files.update({path: files[path] + b"\0"}), "bytes|breaks off"),
    ],
)
def test_a_tile_of_another_length_is_refused_by_its_path(read, change, words):
    files = made_at_once(300)[1]
    tile = tile_at(0 if read is read_hashes else None, 1, 300)
    change(files, tile.path)
    with pytest.raises(LogDamaged, match=rf"^{tile.path}.*({words})"):
        read(files.read, tile)
