"""The Merkle tree of RFC 6962, section 2.1: hashes, root, and proofs, made and verified. SHA-256 throughout.

The tree over n entries D[0:n] is fixed by the RFC: k, the largest power of two smaller than n, splits it into D[0:k]
and D[k:n]. Every left part is thus a complete subtree, of 2^level leaves that begin at a multiple of 2^level. Whoever
makes a root or a proof asks for these alone, by a function node(level, index): the hash of the complete subtree over
D[index * 2^level : (index + 1) * 2^level]. What is not complete lies along the right edge and is put together here.

RFC 6962 defines proofs and leaves their verification to the reader; RFC 9162, sections 2.1.3.2 and 2.1.4.2, spells that
out for the same tree.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from governance.errors import BadProof

HASH_BYTES: Final = 32

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""MTH({}): the root of a tree of no entries (RFC 6962, section 2.1)."""

Node = Callable[[int, int], bytes]
"""node(level, index): the hash of one complete subtree."""


def leaf_hash(entry: bytes) -> bytes:
    """MTH({d(0)}) = SHA-256(0x00 || d(0)) (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right) (RFC 6962, section 2.1): the prefix keeps a node from passing for a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """The hash of a complete subtree from those of its 2^h equal parts, in order."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def nodes_over(leaves: Sequence[bytes]) -> Node:
    """The node function of a tree that is held in memory, from its leaf hashes."""
    return lambda level, index: complete(leaves[index << level : (index + 1) << level])


def root(size: int, node: Node) -> bytes:
    """MTH(D[0:size]) (RFC 6962, section 2.1)."""
    return _part(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[0:size]) (RFC 6962, section 2.1.1), from the leaf's neighbour up. Raises BadProof for no leaf."""
    if not 0 <= index < size:
        raise BadProof(f"there is no entry {index} in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        split = start + _largest_power_below(end - start)
        if index < split:
            path.append(_part(split, end, node))
            end = split
        else:
            path.append(_part(start, split, node))
            start = split
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """PROOF(old, D[0:new]) (RFC 6962, section 2.1.2). Empty where old is 0 or new. Raises BadProof where old > new."""
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} entries cannot be shown to begin with {old}")
    if old in (0, new):
        return []
    start, end, known, proof = 0, new, True, []
    while old != end:  # SUBPROOF(m, D[n], b), with known for b: the old root is known while start is 0
        split = start + _largest_power_below(end - start)
        if old <= split:
            proof.append(_part(split, end, node))
            end = split
        else:
            proof.append(_part(start, split, node))
            start, known = split, False
    if not known:
        proof.append(_part(start, end, node))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Check that the leaf hash is the one at index in the tree of this size and root (RFC 9162, section 2.1.3.2).

    Raises BadProof where it does not follow.
    """
    if not 0 <= index < size:
        raise BadProof(f"there is no entry {index} in a tree of {size}")
    at, last, made = index, size - 1, leaf
    for part in proof:
        if last == 0:
            raise BadProof("the proof is longer than the tree is high")
        if at & 1 or at == last:
            made = node_hash(part, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node_hash(made, part)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is shorter than the tree is high")
    if made != expected:
        raise BadProof(f"entry {index} is not in the tree of {size} entries with root {expected.hex()}")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of new entries begins with that of old ones (RFC 9162, section 2.1.4.2).

    An empty tree begins every other. Raises BadProof where it does not follow.
    """
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} entries cannot begin with one of {old}")
    if old in (0, new):
        if proof:
            raise BadProof("the proof has parts, but none are needed")
        if old_root != (new_root if old == new else EMPTY_ROOT):
            raise BadProof(f"two trees of {old} entries have different roots")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise BadProof("the proof is empty")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_made = new_made = path[0]
    for part in path[1:]:
        if last == 0:
            raise BadProof("the proof is longer than the tree is high")
        if at & 1 or at == last:
            old_made, new_made = node_hash(part, old_made), node_hash(part, new_made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_made = node_hash(new_made, part)
        at, last = at >> 1, last >> 1
    if last or old_made != old_root or new_made != new_root:
        raise BadProof(f"the tree of {new} entries does not begin with that of {old}")


def _part(start: int, end: int, node: Node) -> bytes:
    """MTH(D[start:end]) for a part of the tree as the RFC splits it. It has at most one complete subtree a level."""
    made = None
    for level, index in reversed(_complete_parts(start, end)):
        made = node(level, index) if made is None else node_hash(node(level, index), made)
    if made is None:
        raise BadProof(f"there is nothing between {start} and {end}")
    return made


def _complete_parts(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees that D[start:end] is made of, from the left, as (level, index)."""
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def _largest_power_below(size: int) -> int:
    """k: the largest power of two smaller than size, k < size <= 2k (RFC 6962, section 2.1)."""
    return 1 << (size - 1).bit_length() - 1
