"""A list's published version: its entries in chunks that fit the wire, and the manifest over them. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from ingest.contract.codec import MAX_PAYLOAD_BYTES, encode_entries
from ingest.contract.messages import ListEntry, ListManifest

CHUNK_ENTRIES: Final = 1_000
"""Entries in a chunk. The longest that the drafts allow are about 9 KB each, so a chunk stays below the contract's
limit for unpacked text; a usual one is 30 KB when compressed."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A manifest and the payloads that it is over, in order."""

    manifest: ListManifest
    chunks: tuple[bytes, ...]


def snapshot(
    list_id: UUID,
    name: str,
    version: int,
    published_at: datetime,
    entries: Iterable[ListEntry],
    authority_id: UUID | None = None,
) -> Snapshot:
    """Make a version. The same entries in the same order give the same payloads."""
    digest, chunks, count = hashlib.sha256(), [], 0
    rest = iter(entries)
    while group := list(islice(rest, CHUNK_ENTRIES)):
        for payload in _payloads(group):
            digest.update(payload)
            chunks.append(payload)
        count += len(group)
    manifest = ListManifest(
        list_id=list_id,
        name=name,
        version=version,
        entries=count,
        chunks=len(chunks),
        sha256=digest.hexdigest(),
        published_at=published_at,
        authority_id=authority_id,
    )
    return Snapshot(manifest, tuple(chunks))


def _payloads(group: list[ListEntry]) -> Iterator[bytes]:
    payload = encode_entries(group)
    if len(payload) <= MAX_PAYLOAD_BYTES or len(group) == 1:
        yield payload
    else:
        half = len(group) // 2
        yield from _payloads(group[:half])
        yield from _payloads(group[half:])
