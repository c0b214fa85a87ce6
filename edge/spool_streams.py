"""The spool's tables, and the streams that its messages are numbered in.

A stream is numbered from 1, and signed with one key or with none. A device that is enrolled, or gets another key,
begins a new stream; what waits of the old one stays in it. A message's place in the spool goes on over all streams, so
its number is its place less the places before its stream.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from edge.errors import WrongState
from governance.devices.chain import start_of
from governance.keys import PrivateKey
from ingest.contract.base import new_id

_STREAMS: Final = """
CREATE TABLE IF NOT EXISTS streams (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, before INTEGER NOT NULL,
    made INTEGER NOT NULL, key TEXT, link BLOB);
"""

SCHEMA: Final = f"""{_STREAMS}
CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, size INTEGER NOT NULL,
    due_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL,
    previous BLOB, signature BLOB);
CREATE INDEX IF NOT EXISTS messages_due ON messages (due_ms, place);
"""

_FROM_ONE_STREAM: Final = """
INSERT INTO streams (id, device, before, made) SELECT id, device, 0, made FROM stream;
DROP TABLE stream;
ALTER TABLE messages RENAME COLUMN seq TO place;
ALTER TABLE messages ADD COLUMN previous BLOB;
ALTER TABLE messages ADD COLUMN signature BLOB;
"""
"""From a spool of the time before signatures. No row is written anew: a full spool may have 2 GB of them."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: the places before it, how many numbers it has given out, and the id of its key. link is its last."""

    id: UUID
    before: int
    made: int
    key: str | None
    link: bytes | None

    def has(self, place: int) -> bool:
        """Whether the message at a place is numbered in it."""
        return self.before < place <= self.before + self.made


def upgrade(db: sqlite3.Connection) -> str:
    """The statements that make a spool of an earlier version fit for SCHEMA; none for a new one."""
    columns = {row[1] for row in db.execute("PRAGMA table_info(messages)")}
    return _STREAMS + _FROM_ONE_STREAM if "seq" in columns else ""


def open_streams(db: sqlite3.Connection, path: object, device: str, key: PrivateKey | None) -> list[Stream]:
    """The spool's streams, the one to write last, begun where there is none that is this key's. In a transaction.

    Raises WrongState for the spool of another device.
    """
    rows = db.execute("SELECT id, device, before, made, key, link FROM streams ORDER BY number").fetchall()
    if rows and (owner := rows[-1][1]) != device:
        raise WrongState(f"{path} is the spool of {owner}, not of {device}: give each its own state folder")
    streams = [Stream(UUID(row[0]), row[2], row[3], row[4], row[5]) for row in rows]
    key_id = None if key is None else key.public.id
    if streams and streams[-1].key == key_id:
        return streams
    if streams and not streams[-1].made:  # nothing was ever numbered in it
        db.execute("DELETE FROM streams WHERE id = ?", (str(streams.pop().id),))
    stream_id = new_id()
    before = streams[-1].before + streams[-1].made if streams else 0
    begun = Stream(stream_id, before, 0, key_id, None if key is None else start_of(device, stream_id, key.public))
    db.execute(
        "INSERT INTO streams (id, device, before, made, key, link) VALUES (?, ?, ?, 0, ?, ?)",
        (str(begun.id), device, begun.before, begun.key, begun.link),
    )
    return [*streams, begun]
