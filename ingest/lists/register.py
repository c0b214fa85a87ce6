"""The lists of the centre: made, changed, shown and published, every change by a named person and in the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from governance.log import Act, Log
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.contract.messages import ListEntry, ListManifest
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import list_chunk, list_version, voi_entry, voi_list
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound
from ingest.lists.drafts import LONGEST_NAME, LONGEST_TEXT, EntryDraft, checked
from ingest.lists.importing import ImportReport, staged
from ingest.lists.rows import acts_for, row_of
from ingest.lists.snapshot import snapshot

IMPORT_MAX_ROWS: Final = 200_000
PAGE_ENTRIES: Final = 500
FETCH_ROWS: Final = 2_000
"""Rows that are in memory at once while a list is published."""


@dataclass(frozen=True, slots=True)
class VoiList:
    """A list. version is 0 until it is first published; entries counts those neither removed nor expired."""

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


class Lists:
    """Every list of one centre. by is the account that does it. on_published runs after each new version."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        import_max_rows: int = IMPORT_MAX_ROWS,
        on_published: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._import_max_rows = import_max_rows
        self._on_published = on_published

    def create(self, name: str, purpose: str, owner: str, authority: str, by: str) -> VoiList:
        """Make an empty list. Raises BadInput, or Conflict where the name is taken."""
        made = VoiList(
            list_id=new_id(),
            name=_said("name", name, LONGEST_NAME),
            purpose=_said("purpose", purpose, LONGEST_TEXT),
            owner=_said("owner", owner, LONGEST_NAME),
            authority=_said("authority", authority, LONGEST_NAME),
            created_at=self._clock(),
            created_by=by,
            version=0,
            published_at=None,
            entries=0,
        )
        row = {column.name: getattr(made, column.name) for column in voi_list.columns}
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                connection.execute(insert(connection, voi_list), row)
                objects = {"list": str(made.list_id)}
                acts.add(Act(by, "list.create", made.purpose, made.authority, objects, {"name": made.name}))
        except IntegrityError as error:
            raise Conflict(f"there is a list {made.name!r} already") from error
        return made

    def all(self) -> list[VoiList]:
        """Every list, by name."""
        with read_transaction(self._engine) as connection:
            return self._views(connection)

    def get(self, list_id: UUID) -> VoiList:
        """Give one list without its entries. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            return self._view(connection, list_id)

    def show(self, list_id: UUID, start: int = 0, limit: int = PAGE_ENTRIES) -> ListPage:
        """Give a list with some of its entries in force. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            about = self._view(connection, list_id)
            rows = connection.execute(
                select(*(voi_entry.c[name] for name in Entry.__slots__))
                .where(*_in_force(list_id, self._clock()))
                .order_by(voi_entry.c.vrm, voi_entry.c.entry_id)
                .offset(start)
                .limit(limit)
            ).all()
        entries = (row._asdict() | {"risk_warnings": tuple(row.risk_warnings)} for row in rows)
        return ListPage(about, start, tuple(Entry(**entry) for entry in entries))

    def add(self, list_id: UUID, draft: EntryDraft, by: str) -> Entry:
        """Put one vehicle on a list. Raises EntryRefused, NotFound, or Conflict where its mark is on the list."""
        now = self._clock()
        row = row_of(checked(draft, now), list_id, by, now)
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                about = self._change(connection, acts, list_id, by)
                connection.execute(insert(connection, voi_entry), row)
                acts.add(*acts_for("list.entry.add", about.purpose, by, {"list": str(list_id)}, [row]))
        except IntegrityError as error:
            raise Conflict("this mark is on the list already: remove that entry first") from error
        kept = {name: row[name] for name in Entry.__slots__}
        return Entry(**kept | {"risk_warnings": tuple(row["risk_warnings"])})

    def remove(self, entry_id: UUID, why: str, by: str) -> None:
        """Take one entry off its list. Raises NotFound where it is not on one, BadInput where no reason is given."""
        reason = _said("why", why, LONGEST_TEXT)
        with recorded(self._engine, self._log) as (connection, acts):
            row = connection.execute(
                update(voi_entry)
                .where(voi_entry.c.entry_id == entry_id, voi_entry.c.removed_at.is_(None))
                .values(removed_at=self._clock(), removed_by=by, removed_why=reason)
                .returning(voi_entry.c.entry_id, voi_entry.c.list_id, voi_entry.c.authority, voi_entry.c.commitment)
            ).one_or_none()
            if row is None:
                raise NotFound(f"there is no entry {entry_id} on a list")
            objects = {"list": str(row.list_id)}
            acts.add(*acts_for("list.entry.remove", reason, by, objects, [row._asdict()]))

    def import_csv(self, list_id: UUID, stream: BinaryIO, by: str) -> ImportReport:
        """Put a file's rows on a list, all in one transaction. A row that is refused does not stop the others.

        Raises NotFound, ImportRefused for a file that is not a list or is too long, and Conflict where somebody else
        put one of its marks on the list meanwhile; then nothing was changed.
        """
        now, import_id = self._clock(), new_id()
        with read_transaction(self._engine) as connection:
            self._view(connection, list_id)
            listed = set(connection.execute(select(voi_entry.c.vrm).where(*_in_force(list_id, now))).scalars())
        with staged(stream, listed, now, self._import_max_rows) as (batches, report):
            objects = {"list": str(list_id), "import": str(import_id)}
            try:
                with recorded(self._engine, self._log) as (connection, acts):
                    about = self._change(connection, acts, list_id, by)
                    for drafts in batches:
                        rows = [row_of(draft, list_id, by, now) for draft in drafts]
                        connection.execute(insert(connection, voi_entry), rows)
                        acts.add(*acts_for("list.entry.add", about.purpose, by, objects, rows))
                        acts.write()
                    counts = {"accepted": report.accepted, "refused": report.refused, "blank": report.blank}
                    counts["duplicates"] = report.duplicates
                    acts.add(
                        Act(
                            by,
                            "list.import",
                            about.purpose,
                            about.authority,
                            objects,
                            {**counts, "file_sha256": report.sha256},
                        )
                    )
            except IntegrityError as error:
                raise Conflict("the list was changed during the import: nothing was imported, try again") from error
        return report

    def publish(self, list_id: UUID, by: str) -> ListManifest:
        """Make a new version of the entries in force, for the publisher to give to the cars. Raises NotFound."""
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            about = self._change(connection, acts, list_id, by)
            made = snapshot(list_id, about.name, about.version + 1, now, _on_the_wire(connection, list_id, now))
            row = made.manifest.model_dump(
                include={"list_id", "version", "entries", "chunks", "sha256", "published_at"}
            )
            connection.execute(insert(connection, list_version), {**row, "published_by": by, "cleared": False})
            connection.execute(delete(list_chunk).where(list_chunk.c.list_id == list_id))
            key = {"list_id": list_id, "version": made.manifest.version}
            for number, payload in enumerate(made.chunks):
                connection.execute(insert(connection, list_chunk), {**key, "number": number, "payload": payload})
            details = made.manifest.model_dump(include={"version", "entries", "chunks", "sha256"})
            acts.add(Act(by, "list.publish", about.purpose, about.authority, {"list": str(list_id)}, details))
        self._on_published()
        return made.manifest

    def _change(self, connection: Connection, acts: Acts, list_id: UUID, by: str) -> VoiList:
        """Begin a change of a list: nobody else changes it until the commit, and what has expired comes off it."""
        connection.execute(select(voi_list.c.list_id).where(voi_list.c.list_id == list_id).with_for_update())
        about = self._view(connection, list_id)
        e = voi_entry.c
        expired = connection.execute(
            update(voi_entry)
            .where(e.list_id == list_id, e.removed_at.is_(None), e.expires_at <= self._clock())
            .values(removed_at=self._clock(), removed_by="system:lists", removed_why="expired")
            .returning(e.entry_id, e.authority, e.commitment)
        ).all()
        rows = [row._asdict() for row in expired]
        acts.add(
            *acts_for("list.entry.expire", about.purpose, "system:lists", {"list": str(list_id)}, rows, seen_by=by)
        )
        return about

    def _view(self, connection: Connection, list_id: UUID) -> VoiList:
        found = self._views(connection, list_id)
        if not found:
            raise NotFound(f"there is no list {list_id}")
        return found[0]

    def _views(self, connection: Connection, list_id: UUID | None = None) -> list[VoiList]:
        v, e, known = list_version.c, voi_entry.c, voi_list.c
        latest = select(v.list_id, func.max(v.version).label("version")).group_by(v.list_id).subquery()
        counted = (
            select(e.list_id, func.count().label("entries"))
            .where(e.removed_at.is_(None), e.expires_at > self._clock())
            .group_by(e.list_id)
            .subquery()
        )
        query = (
            select(voi_list, latest.c.version, v.published_at, counted.c.entries)
            .outerjoin(latest, latest.c.list_id == known.list_id)
            .outerjoin(list_version, and_(v.list_id == known.list_id, v.version == latest.c.version))
            .outerjoin(counted, counted.c.list_id == known.list_id)
            .order_by(known.name)
        )
        if list_id is not None:
            query = query.where(known.list_id == list_id)
        rows = (row._asdict() for row in connection.execute(query))
        return [VoiList(**row | {"version": row["version"] or 0, "entries": row["entries"] or 0}) for row in rows]


def _in_force(list_id: UUID, now: datetime) -> tuple[Any, ...]:
    e = voi_entry.c
    return (e.list_id == list_id, e.removed_at.is_(None), e.expires_at > now)


def _on_the_wire(connection: Connection, list_id: UUID, now: datetime) -> Iterator[ListEntry]:
    query = (
        select(*(voi_entry.c[name] for name in ListEntry.model_fields))
        .where(*_in_force(list_id, now))
        .order_by(voi_entry.c.entry_id)
    )
    for row in connection.execute(query, execution_options={"yield_per": FETCH_ROWS}):
        yield ListEntry(**row._asdict() | {"risk_warnings": tuple(row.risk_warnings)})


def _said(field: str, value: str, longest: int) -> str:
    text = " ".join(value.split())
    if not text:
        raise BadInput(f"{field} is empty: say it")
    if len(text) > longest or not text.isprintable():
        raise BadInput(f"{field} needs at most {longest} characters, all of which can be shown")
    return text
