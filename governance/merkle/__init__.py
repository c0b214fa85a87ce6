"""The log's Merkle tree and its published forms: RFC 6962, and C2SP's notes, checkpoints, cosignatures and tiles."""
