"""The journal: entries that are on disk but not yet in tiles. Records, one a group commit; pure, bytes in and out.

    RECORD = HEADER BODY, padded with 0xFF to a multiple of 16 bytes
    HEADER = `lanthorn`, then big-endian: length of the bundle (4 bytes), index of its first entry (8), number of its
             entries (4), CRC-32 of the body with its padding (4), CRC-32 of the header so far (4)
    BODY   = the entries as a bundle of C2SP tlog-tiles

A record that was being written when the machine stopped is not a change that somebody made, and the two must be told
apart: the first was never acknowledged and is put aside, the second is damage. A record broke off where the file ends
before it does, or where 16 bytes of it, from a multiple of 16 on, are all zero: a sector that was never written. No
record holds such a run, and no change of a few bytes makes one.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from governance.errors import LogDamaged
from governance.merkle.tiles import bundle, unbundle

_HEADER: Final = struct.Struct(">8sIQIII")
_MAGIC: Final = b"lanthorn"
_GRAIN: Final = 16
_ZEROS: Final = bytes(_GRAIN)


@dataclass(frozen=True, slots=True)
class Record:
    """The entries of one group commit. at and end are its bytes in the journal."""

    first: int
    entries: tuple[bytes, ...]
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a journal holds: its whole records, where they end, and how many bytes of one that broke off are behind."""

    records: tuple[Record, ...]
    end: int
    torn: int


def to_record(first: int, entries: Sequence[bytes]) -> bytes:
    """A record. first is the index of the first entry."""
    data = bundle(entries)
    body = data + b"\xff" * (-len(data) % _GRAIN)
    start = _HEADER.pack(_MAGIC, len(data), first, len(entries), zlib.crc32(body), 0)[:-4]
    return b"".join((start, zlib.crc32(start).to_bytes(4, "big"), body))


def scan(data: bytes, name: str, begin: int = 0) -> Scan:
    """Read the records of a journal. data are its bytes from begin on, name what to call it.

    Raises LogDamaged, which names the byte, for a record that was changed, or that does not follow from the one before.
    """
    records: list[Record] = []
    at, expected = 0, None
    while at < len(data):
        record = _record(data, at, begin, name)
        if record is None:
            break
        if expected is not None and record.first != expected:
            what = f"entry {record.first} stands where entry {expected} should be"
            raise LogDamaged(f"{name}, byte {record.at}: {what}")
        records.append(record)
        at, expected = record.end - begin, record.first + len(record.entries)
    return Scan(tuple(records), begin + at, len(data) - at)


def _record(data: bytes, at: int, begin: int, name: str) -> Record | None:
    """The record at a byte, None where it broke off."""
    where = f"{name}, byte {begin + at}"
    header = data[at : at + _HEADER.size]
    if len(header) < _HEADER.size:
        return None
    magic, length, first, count, body_sum, header_sum = _HEADER.unpack(header)
    if magic != _MAGIC or header_sum != zlib.crc32(header[:-4]):
        if _never_written(header):
            return None
        raise LogDamaged(f"{where}: the header of a record was changed")
    start, size = at + _HEADER.size, length + -length % _GRAIN
    body = data[start : start + size]
    if len(body) < size:
        return None
    try:
        entries = unbundle(body[:length])
    except ValueError:
        entries = []
    if body_sum != zlib.crc32(body) or len(entries) != count:
        if _never_written(body):
            return None
        raise LogDamaged(f"{where}: the record of entries {first} to {first + count - 1} was changed")
    return Record(first, tuple(entries), begin + at, begin + start + size)


def _never_written(part: bytes) -> bool:
    """Whether a sector of it was never written."""
    return any(part[at : at + _GRAIN] == _ZEROS for at in range(0, len(part), _GRAIN))
