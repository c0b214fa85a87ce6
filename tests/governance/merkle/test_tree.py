"""RFC 6962, section 2.1: the vectors of Certificate Transparency's own tests, and an independent implementation."""

import hashlib

import aics_tlog
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import BadProof
from governance.merkle.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    nodes_over,
    root,
    verify_consistency,
    verify_inclusion,
)

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODE = nodes_over(LEAVES)

INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_one_of_the_reference_tests(size):
    assert root(size, NODE).hex() == ROOTS[size]


@pytest.mark.parametrize(("of", "proof"), INCLUSION.items(), ids=str)
def test_the_inclusion_proof_is_the_one_of_the_reference_tests(of, proof):
    index, size = of
    assert [part.hex() for part in inclusion_proof(index, size, NODE)] == proof


@pytest.mark.parametrize(("of", "proof"), CONSISTENCY.items(), ids=str)
def test_the_consistency_proof_is_the_one_of_the_reference_tests(of, proof):
    assert [part.hex() for part in consistency_proof(*of, NODE)] == proof


def test_leaves_and_nodes_are_hashed_apart():
    """RFC 6962, section 2.1: without the two prefixes a node could be handed out as an entry."""
    left, right = hashlib.sha256(b"a").digest(), hashlib.sha256(b"b").digest()
    assert leaf_hash(left + right) == hashlib.sha256(b"\0" + left + right).digest()
    assert node_hash(left, right) == hashlib.sha256(b"\1" + left + right).digest()


def test_an_empty_tree_asks_for_no_node():
    assert root(0, lambda *_: pytest.fail("asked")) == EMPTY_ROOT


sizes = st.integers(1, 300)


def leaves(size):
    return [leaf_hash(b"%d" % number) for number in range(size)]


@given(st.data(), sizes)
def test_an_independent_implementation_makes_the_same_root_and_proofs(data, size):
    theirs, node = aics_tlog.MerkleTree(b"%d" % number for number in range(size)), nodes_over(leaves(size))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    assert root(size, node) == theirs.root()
    assert inclusion_proof(index, size, node) == theirs.inclusion_proof(index)
    assert consistency_proof(old, size, node) == theirs.consistency_proof(old)


@given(st.data(), sizes)
def test_each_verifies_the_other_and_refuses_the_same(data, size):
    made = leaves(size)
    node = nodes_over(made)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    inclusion, consistency = inclusion_proof(index, size, node), consistency_proof(old, size, node)
    verify_inclusion(made[index], index, size, inclusion, root(size, node))
    verify_consistency(old, size, root(old, node), root(size, node), consistency)
    assert aics_tlog.verify_inclusion(made[index], index, size, inclusion, root(size, node))
    assert aics_tlog.verify_consistency(old, size, root(old, node), root(size, node), consistency)

    proof = data.draw(st.permutations([*inclusion, data.draw(st.sampled_from(made))]).map(lambda p: p[:-1]))
    other = data.draw(st.integers(0, size + 1))
    theirs = aics_tlog.verify_inclusion(made[index], other, size, proof, root(size, node))
    assert theirs == holds(verify_inclusion, made[index], other, size, proof, root(size, node))
    longer = data.draw(st.permutations([*consistency, made[0]]).map(lambda p: p[: data.draw(st.integers(0, len(p)))]))
    asked = (old, data.draw(st.integers(0, size + 1)), root(old, node), root(size, node), longer)
    assert aics_tlog.verify_consistency(*asked) == holds(verify_consistency, *asked)


def holds(verify, *asked):
    try:
        verify(*asked)
    except BadProof:
        return False
    return True


@pytest.mark.parametrize(("index", "size"), [(0, 0), (8, 8), (-1, 8)])
def test_there_is_no_proof_for_an_entry_that_is_not_there(index, size):
    with pytest.raises(BadProof, match=f"no entry {index}"):
        inclusion_proof(index, size, NODE)
    with pytest.raises(BadProof, match=f"no entry {index}"):
        verify_inclusion(LEAVES[0], index, size, [], EMPTY_ROOT)


def test_a_tree_does_not_begin_with_a_larger_one():
    with pytest.raises(BadProof, match="cannot be shown"):
        consistency_proof(8, 7, NODE)
    with pytest.raises(BadProof, match="cannot begin"):
        verify_consistency(8, 7, root(8, NODE), root(7, NODE), [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda proof: proof[:-1], "shorter"),
        (lambda proof: [*proof, LEAVES[0]], "longer"),
        (lambda proof: proof[::-1], "entry 5 is not in the tree"),
        (lambda proof: [LEAVES[0], *proof[1:]], "entry 5 is not in the tree"),
    ],
)
def test_an_inclusion_proof_that_does_not_fit_is_refused_in_words(change, words):
    with pytest.raises(BadProof, match=words):
        verify_inclusion(LEAVES[5], 5, 8, change(inclusion_proof(5, 8, NODE)), root(8, NODE))


@pytest.mark.parametrize(
    ("old", "change", "words"),
    [
        (6, lambda proof: proof[:-1], "does not begin"),
        (6, lambda proof: [*proof, LEAVES[0]], "longer"),
        (6, lambda proof: [], "empty"),
        (6, lambda proof: [LEAVES[0], *proof[1:]], "does not begin"),
        (8, lambda proof: [LEAVES[0]], "none are needed"),
        (0, lambda proof: [LEAVES[0]], "none are needed"),
    ],
)
def test_a_consistency_proof_that_does_not_fit_is_refused_in_words(old, change, words):
    with pytest.raises(BadProof, match=words):
        verify_consistency(old, 8, root(old, NODE), root(8, NODE), change(consistency_proof(old, 8, NODE)))


def test_two_trees_of_one_size_and_two_roots_are_not_one():
    with pytest.raises(BadProof, match="different roots"):
        verify_consistency(8, 8, root(8, NODE), root(7, NODE), [])
    with pytest.raises(BadProof, match="different roots"):
        verify_consistency(0, 8, root(1, NODE), root(8, NODE), [])
