"""What the database holds of the lists, read: a list with its counts, an entry, what is in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, and_, exists, func, or_, select

from ingest.contract.messages import ListEntry
from ingest.database.schema import authority, list_version, voi_entry, voi_list
from ingest.errors import NotFound
from ingest.lists.drafts import EntryDraft
from ingest.lists.importing import Listed

FETCH_ROWS: Final = 2_000
"""Rows that are in memory at once while a list is published."""


@dataclass(frozen=True, slots=True)
class VoiList:
    """A list. version is 0 until it is first published; entries counts those neither removed nor expired.

    changed is true where an entry was added, removed or has expired since that version, the list stands on another
    authority than that version did, or there is none. withdrawn is true where that version was taken off the cars.
    authority is the reference and authority_id the id of what it stands on; None for a list from before that was asked.
    """

    list_id: UUID
    name: str
    purpose: str
    owner: str
    authority: str
    created_at: datetime
    created_by: str
    version: int
    published_at: datetime | None
    entries: int
    authority_id: UUID | None
    changed: bool = True
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Newest:
    """A list's newest version: what the cars have, or are given when they connect. reference is of its authority."""

    list_id: UUID
    name: str
    version: int
    entries: int
    sha256: str
    authority_id: UUID | None
    reference: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A vehicle of interest on a list."""

    entry_id: UUID
    list_id: UUID
    vrm: str
    reason: str
    marker: str
    action: str
    risk_warnings: tuple[str, ...]
    owner: str
    authority: str
    expires_at: datetime
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """A list and some of its entries in force, by mark, from the one numbered start (from 0) on."""

    list: VoiList
    start: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """A list's newest version. new is false where nothing had changed since it was made, so that no other was."""

    list_id: UUID
    name: str
    version: int
    entries: int
    chunks: int
    sha256: str
    published_at: datetime
    new: bool


def view(connection: Connection, list_id: UUID, now: datetime) -> VoiList:
    """Give one list. Raises NotFound."""
    found = views(connection, now, list_id)
    if not found:
        raise NotFound(f"there is no list {list_id}")
    return found[0]


def views(connection: Connection, now: datetime, list_id: UUID | None = None) -> list[VoiList]:
    """Give every list by name, or the one of an id."""
    v, e, known = list_version.c, voi_entry.c, voi_list.c
    latest = select(v.list_id, func.max(v.version).label("version")).group_by(v.list_id).subquery()
    counted = (
        select(e.list_id, func.count().label("entries"))
        .where(e.removed_at.is_(None), e.expires_at > now)
        .group_by(e.list_id)
        .subquery()
    )
    # A change in the millisecond of the publishing counts as after it: publishing compares the entries themselves.
    since = exists().where(
        e.list_id == known.list_id,
        or_(
            e.added_at >= v.published_at,
            e.removed_at >= v.published_at,
            and_(e.removed_at.is_(None), e.expires_at > v.published_at, e.expires_at <= now),
        ),
    )
    # Withdrawn, or under another authority: what the cars have is not what is on the list, though no entry changed.
    held = func.coalesce(counted.c.entries, 0)
    moved = and_(held > 0, or_(v.entries != held, v.authority_id.is_distinct_from(known.authority_id)))
    changed = or_(v.published_at.is_(None), since, moved).label("changed")
    withdrawn = func.coalesce(v.withdrawn, False).label("withdrawn")
    query = (
        select(voi_list, latest.c.version, v.published_at, counted.c.entries, changed, withdrawn)
        .outerjoin(latest, latest.c.list_id == known.list_id)
        .outerjoin(list_version, and_(v.list_id == known.list_id, v.version == latest.c.version))
        .outerjoin(counted, counted.c.list_id == known.list_id)
        .order_by(known.name)
    )
    if list_id is not None:
        query = query.where(known.list_id == list_id)
    rows = (row._asdict() for row in connection.execute(query))
    return [VoiList(**row | {"version": row["version"] or 0, "entries": row["entries"] or 0}) for row in rows]


def listed(connection: Connection, list_id: UUID, marks: Sequence[str], now: datetime) -> dict[str, Listed]:
    """Give what is in force on a list of these marks, by mark."""
    e, names = voi_entry.c, EntryDraft.__slots__
    query = select(e.entry_id, *(e[name] for name in names)).where(*in_force(list_id, now), e.vrm.in_(marks))
    found = {}
    for row in connection.execute(query):
        values = {name: getattr(row, name) for name in names} | {"risk_warnings": tuple(row.risk_warnings)}
        found[str(row.vrm)] = Listed(row.entry_id, EntryDraft(**values))
    return found


def in_force(list_id: UUID, now: datetime) -> tuple[Any, ...]:
    """The conditions on an entry of this list that is neither removed nor expired."""
    e = voi_entry.c
    return (e.list_id == list_id, e.removed_at.is_(None), e.expires_at > now)


def on_the_wire(connection: Connection, list_id: UUID, now: datetime) -> Iterator[ListEntry]:
    """Give the entries in force as the cars get them, always in the same order."""
    query = (
        select(*(voi_entry.c[name] for name in ListEntry.model_fields))
        .where(*in_force(list_id, now))
        .order_by(voi_entry.c.entry_id)
    )
    for row in connection.execute(query, execution_options={"yield_per": FETCH_ROWS}):
        yield ListEntry(**row._asdict() | {"risk_warnings": tuple(row.risk_warnings)})


def newest(connection: Connection, list_id: UUID | None = None) -> list[Newest]:
    """Give the newest version of every list that has one, or of one list."""
    v, known = list_version.c, voi_list.c
    latest = select(v.list_id, func.max(v.version).label("version")).group_by(v.list_id).subquery()
    query = (
        select(known.list_id, known.name, v.version, v.entries, v.sha256, v.authority_id, authority.c.reference)
        .join(list_version, v.list_id == known.list_id)
        .join(latest, and_(latest.c.list_id == v.list_id, latest.c.version == v.version))
        .outerjoin(authority, authority.c.authority_id == v.authority_id)
        .order_by(known.list_id)
    )
    if list_id is not None:
        query = query.where(known.list_id == list_id)
    rows = (row._asdict() for row in connection.execute(query))
    return [Newest(**row | {"reference": row["reference"] or ""}) for row in rows]
