"""The lists on the device's own disk, packed as they came, so that a car without a network has them after a restart."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from pydantic import ValidationError

from edge.counters import Counters
from edge.matching.held import HeldList, Packed
from edge.sqlite_file import SqliteFile
from ingest.contract.codec import BadMessage
from ingest.contract.messages import ListManifest

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS lists (list_id TEXT PRIMARY KEY, manifest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
    list_id TEXT NOT NULL REFERENCES lists ON DELETE CASCADE, number INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY (list_id, number)) WITHOUT ROWID;
"""


def _upgrade(db: object) -> str:
    """A file that has its entries one by one is from an earlier release: the centre's broker gives the lists again."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}  # type: ignore[attr-defined]
    return "DROP TABLE entries; DELETE FROM lists;" if "entries" in names else ""


class ListStore:
    """Holds HeldLists in one SQLite file. What is replaced or has expired is overwritten (edge.sqlite_file)."""

    def __init__(self, file: SqliteFile, counters: Counters) -> None:
        self._file = file
        self._counters = counters

    @classmethod
    def open(cls, path: Path, now: datetime, counters: Counters) -> Self:
        """Open the file or make it. Raises DiskFull or DiskFault."""
        return cls(SqliteFile.open(path, _SCHEMA, now, counters, upgrade=_upgrade), counters)

    def store(self, held: HeldList) -> None:
        """Put a list in the place of the version before. Raises DiskFull or DiskFault."""
        list_id = str(held.manifest.list_id)
        with self._file.transaction() as db:
            db.execute("DELETE FROM lists WHERE list_id = ?", (list_id,))
            db.execute("INSERT INTO lists VALUES (?, ?)", (list_id, held.manifest.model_dump_json()))
            rows = ((list_id, number, part.payload) for number, part in enumerate(held.parts))
            db.executemany("INSERT INTO parts VALUES (?, ?, ?)", rows)

    def replace(self, held: HeldList, numbers: Sequence[int]) -> None:
        """Put these parts of a list in the place of what they were. Raises DiskFull or DiskFault."""
        list_id = str(held.manifest.list_id)
        with self._file.transaction() as db:
            db.executemany(
                "UPDATE parts SET payload = ? WHERE list_id = ? AND number = ?",
                [(held.parts[number].payload, list_id, number) for number in numbers],
            )

    def load(self, now: datetime) -> Iterator[tuple[HeldList, tuple[int, ...], int]]:
        """Give each list that was stored, without what has expired: with the numbers of the parts that changed by that,
        and how many entries have. One that cannot be read is counted; the broker gives it again.
        """
        with self._file.reading() as db:
            manifests = db.execute("SELECT list_id, manifest FROM lists ORDER BY list_id").fetchall()
        for list_id, manifest_text in manifests:
            with self._file.reading() as db:
                rows = db.execute("SELECT payload FROM parts WHERE list_id = ? ORDER BY number", (list_id,)).fetchall()
            try:
                yield _load(ListManifest.model_validate_json(manifest_text), [payload for (payload,) in rows], now)
            except (ValidationError, BadMessage):
                self._counters.count("lists_unreadable", warn=f"the stored list {UUID(list_id)} cannot be read")

    def close(self) -> None:
        self._file.close()


def _load(manifest: ListManifest, payloads: Sequence[bytes], now: datetime) -> tuple[HeldList, tuple[int, ...], int]:
    if len(payloads) != manifest.chunks:
        raise BadMessage(f"{len(payloads)} of {manifest.chunks} parts are there")
    packed = [Packed.of(payload, now) for payload in payloads]
    changed = tuple(number for number, (_, expired) in enumerate(packed) if expired)
    return HeldList(manifest, tuple(part for part, _ in packed)), changed, sum(expired for _, expired in packed)
