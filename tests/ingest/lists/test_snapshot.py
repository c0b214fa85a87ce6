"""Versions of a list: chunks that fit the wire, and a manifest that is over them."""

import hashlib
import random
from datetime import UTC, datetime
from uuid import UUID

import pytest

from ingest.contract.codec import MAX_PAYLOAD_BYTES, decode_entries
from ingest.contract.messages import ListEntry
from ingest.lists.snapshot import CHUNK_ENTRIES, Snapshot, snapshot

AT = datetime(2026, 11, 23, tzinfo=UTC)


def entries(number: int, text: int = 10) -> list[ListEntry]:
    """Entries whose texts do not compress well."""
    letters = random.Random(7)  # the same each time
    return [
        ListEntry(
            entry_id=UUID(int=each),
            vrm=f"AB{each}",
            reason="".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(text)),
            marker="",
            action="".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(text)),
            risk_warnings=(),
            owner="DC 2",
            expires_at=AT,
            authority="AO-7",
        )
        for each in range(number)
    ]


def made(of: list[ListEntry]) -> Snapshot:
    return snapshot(UUID(int=1), "Burglary", 3, AT, of)


@pytest.mark.parametrize("number", [0, 1, CHUNK_ENTRIES, CHUNK_ENTRIES + 1])
def test_the_manifest_is_over_the_chunks(number: int) -> None:
    of = entries(number)
    found = made(of)
    assert (found.manifest.entries, found.manifest.chunks) == (number, len(found.chunks))
    assert found.manifest.sha256 == hashlib.sha256(b"".join(found.chunks)).hexdigest()
    assert [entry for chunk in found.chunks for entry in decode_entries(chunk)] == of
    assert made(of) == found


def test_no_chunk_is_over_the_limit_of_the_wire() -> None:
    of = entries(CHUNK_ENTRIES, text=500)
    found = made(of)
    assert len(found.chunks) > 1
    assert max(map(len, found.chunks)) <= MAX_PAYLOAD_BYTES
    assert [entry for chunk in found.chunks for entry in decode_entries(chunk)] == of
