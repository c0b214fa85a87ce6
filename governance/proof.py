"""Proof that an entry is in the log: the entry, its place, the way up the tree, the checkpoint that signs the root."""

from dataclasses import dataclass

from governance.merkle.checkpoint import Checkpoint, read_checkpoint
from governance.merkle.notes import Verifier
from governance.merkle.tree import leaf_hash, verify_inclusion


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Everything that a third party needs, but the log's verifier key. checkpoint is the signed note."""

    index: int
    entry: bytes
    path: tuple[bytes, ...]
    checkpoint: bytes

    def verify(self, verifier: Verifier) -> Checkpoint:
        """Check the signature and the way up to the root. Raises BadNote or BadProof."""
        checkpoint = read_checkpoint(self.checkpoint, verifier)
        head = checkpoint.head
        verify_inclusion(leaf_hash(self.entry), self.index, head.size, self.path, head.root)
        return checkpoint
