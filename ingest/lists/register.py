"""The lists of the centre: made, changed, shown and published, every change by a named person and in the log.

A list stands on an authority, which is asked before a list is made, a vehicle is put on it, or it goes to the cars.
Stopping needs none: a vehicle is taken off, and a list withdrawn, whatever became of the authority.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from governance.log import Act, Log
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import voi_entry, voi_list
from ingest.database.statements import insert
from ingest.errors import Conflict, NotFound
from ingest.lists.authority import PUBLISH, Register, Standing
from ingest.lists.drafts import LONGEST_DAYS, LONGEST_NAME, LONGEST_TEXT, EntryDraft, checked, mark_of
from ingest.lists.importing import ImportReport, Listed, Taken, staged
from ingest.lists.records import (
    Entry,
    ListPage,
    Publication,
    VoiList,
    in_force,
    listed,
    newest,
    on_the_wire,
    view,
    views,
)
from ingest.lists.rows import acts_for, row_of
from ingest.lists.snapshot import snapshot
from ingest.lists.versions import as_publication, store
from ingest.lists.withdrawing import Withdrawals
from ingest.logged_text import logged_text

IMPORT_MAX_ROWS: Final = 200_000
PAGE_ENTRIES: Final = 500

__all__ = ["Entry", "ListPage", "Lists", "Publication", "VoiList"]


class Lists:
    """Every list of one centre. by is the account that does it. on_published runs after each new version.

    register is asked for the authority that a list stands on.
    """

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        register: Register,
        *,
        import_max_rows: int = IMPORT_MAX_ROWS,
        longest_days: int = LONGEST_DAYS,
        on_published: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._import_max_rows = import_max_rows
        self._longest_days = longest_days
        self._on_published = on_published
        self._standing = Standing(register)
        self.withdrawals = Withdrawals(engine, log, clock, self._standing, on_published)

    def create(self, name: str, purpose: str, owner: str, authority: str, by: str) -> VoiList:
        """Make an empty list under an authority, given by its reference or its id.

        Raises BadInput, NotAuthorised, or Conflict where the name is taken.
        """
        row: dict[str, Any] = {
            "list_id": new_id(),
            "name": logged_text("name", name, LONGEST_NAME),
            "purpose": logged_text("purpose", purpose, LONGEST_TEXT),
            "owner": logged_text("owner", owner, LONGEST_NAME),
            "created_at": self._clock(),
            "created_by": by,
        }
        under, list_id, kept_name = logged_text("authority", authority, LONGEST_NAME), row["list_id"], row["name"]
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                authority_id, reference = self._standing.use(
                    connection, acts, "list.create", list_id, kept_name, under, by
                )
                row |= {"authority_id": authority_id, "authority": reference}
                connection.execute(insert(connection, voi_list), row)
                objects = {"list": str(list_id)}
                acts.add(Act(by, "list.create", row["purpose"], reference, objects, {"name": kept_name}))
        except IntegrityError as error:
            raise Conflict(f"there is a list {kept_name!r} already") from error
        return VoiList(**row, version=0, published_at=None, entries=0)

    def put_under(self, list_id: UUID, authority: str, by: str) -> VoiList:
        """Let a list stand on another authority from now on: the one before is over, say. Then publish it again.

        Raises NotFound, BadInput or NotAuthorised.
        """
        under = logged_text("authority", authority, LONGEST_NAME)
        with recorded(self._engine, self._log) as (connection, acts):
            about = self._change(connection, acts, list_id, by)
            authority_id, reference = self._standing.use(
                connection, acts, "list.authority", list_id, about.name, under, by
            )
            values = {"authority_id": authority_id, "authority": reference}
            connection.execute(update(voi_list).where(voi_list.c.list_id == list_id).values(values))
            details = {"name": about.name, "before": about.authority}
            acts.add(Act(by, "list.authority", about.purpose, reference, {"list": str(list_id)}, details))
        return self.get(list_id)

    def all(self) -> list[VoiList]:
        """Every list, by name."""
        with read_transaction(self._engine) as connection:
            return views(connection, self._clock())

    def get(self, list_id: UUID) -> VoiList:
        """Give one list without its entries. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            return view(connection, list_id, self._clock())

    def show(self, list_id: UUID, start: int = 0, limit: int = PAGE_ENTRIES) -> ListPage:
        """Give a list with some of its entries in force. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            about = view(connection, list_id, self._clock())
            rows = connection.execute(
                select(*(voi_entry.c[name] for name in Entry.__slots__))
                .where(*in_force(list_id, self._clock()))
                .order_by(voi_entry.c.vrm, voi_entry.c.entry_id)
                .offset(start)
                .limit(limit)
            ).all()
        entries = (row._asdict() | {"risk_warnings": tuple(row.risk_warnings)} for row in rows)
        return ListPage(about, start, tuple(Entry(**entry) for entry in entries))

    def add(self, list_id: UUID, draft: EntryDraft, by: str) -> Entry:
        """Put one vehicle on a list.

        Raises EntryRefused, NotFound, NotAuthorised, or Conflict where its mark is on the list.
        """
        now = self._clock()
        row = row_of(checked(draft, now, self._longest_days), list_id, by, now)
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                about = self._change(connection, acts, list_id, by)
                self._rely(connection, acts, "list.entry.add", about, by)
                connection.execute(insert(connection, voi_entry), row)
                acts.add(*acts_for("list.entry.add", about.purpose, by, {"list": str(list_id)}, [row]))
        except IntegrityError as error:
            raise Conflict("this mark is on the list already: remove that entry first") from error
        kept = {name: row[name] for name in Entry.__slots__}
        return Entry(**kept | {"risk_warnings": tuple(row["risk_warnings"])})

    def remove(self, entry_id: UUID, why: str, by: str) -> None:
        """Take one entry off its list. Raises NotFound where it is not on one, BadInput where no reason is given."""
        reason = logged_text("why", why, LONGEST_TEXT)
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

    def remove_mark(self, list_id: UUID, vrm: str, why: str, by: str) -> None:
        """Take the entry of a mark off a list. Raises NotFound where it is not on it, BadInput without a reason."""
        with read_transaction(self._engine) as connection:
            about = view(connection, list_id, self._clock())
            found = listed(connection, list_id, [mark_of(vrm)], self._clock())
        if not found:
            raise NotFound(f"this mark is not on the list {about.name!r}")
        self.remove(next(iter(found.values())).entry_id, why, by)

    def import_csv(
        self,
        list_id: UUID,
        stream: BinaryIO,
        by: str,
        *,
        update: bool = False,
        why: str = "",
        leave_out: Collection[str] = (),
    ) -> ImportReport:
        """Put a file's rows on a list, all in one transaction. A row that is refused does not stop the others.

        With update, a row whose mark is on the list with other content takes that entry's place: the entry is removed,
        for the reason why, and the row added. Without it such a row is reported, and the entry stays as it is.
        leave_out names columns of the file that a list does not have.

        Raises NotFound, NotAuthorised, BadInput for an update without a reason, ImportRefused for a file that is not a
        list or is too long, and Conflict where somebody else changed one of its marks meanwhile; then nothing was
        changed.
        """
        now, import_id = self._clock(), new_id()
        reason = logged_text("why", why, LONGEST_TEXT) if update else ""

        def find(marks: Sequence[str]) -> Mapping[str, Listed]:
            with read_transaction(self._engine) as connection:
                return listed(connection, list_id, marks, now)

        about = self.get(list_id)
        self._standing.demand(list_id, about.name, about.authority_id, now)  # before anything of the file is read
        with staged(
            stream,
            find,
            now,
            self._import_max_rows,
            update=update,
            leave_out=leave_out,
            longest_days=self._longest_days,
        ) as (batches, report):
            objects = {"list": str(list_id), "import": str(import_id)}
            try:
                with recorded(self._engine, self._log) as (connection, acts):
                    about = self._change(connection, acts, list_id, by)
                    self._rely(connection, acts, "list.import", about, by)
                    for batch in batches:
                        gone = _replaced(connection, batch, by, reason, now)
                        acts.add(*acts_for("list.entry.remove", reason, by, objects, gone))
                        rows = [row_of(taken.draft, list_id, by, now) for taken in batch]
                        connection.execute(insert(connection, voi_entry), rows)
                        acts.add(*acts_for("list.entry.add", about.purpose, by, objects, rows))
                        acts.write()
                    kinds = ("accepted", "updated", "different", "refused", "duplicates", "blank")
                    counts = {kind: getattr(report, kind) for kind in kinds}
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

    def publish(self, list_id: UUID, by: str) -> Publication:
        """Make a new version of the entries in force, for the publisher to give to the cars.

        Where they are what the newest version holds, under the same authority, that version stands, and no car is sent
        it again. A version without entries needs no authority. Raises NotFound or NotAuthorised.
        """
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            about = self._change(connection, acts, list_id, by)
            wire = on_the_wire(connection, list_id, now)
            made = snapshot(list_id, about.name, about.version + 1, now, wire, about.authority_id)
            if about.published_at is not None:
                (held,) = newest(connection, list_id)
                same_authority = held.authority_id == about.authority_id or not about.entries
                if held.sha256 == made.manifest.sha256 and same_authority:
                    same = {"version": about.version, "published_at": about.published_at}
                    return as_publication(made.manifest.model_copy(update=same), new=False)
            if made.manifest.entries:
                self._rely(connection, acts, PUBLISH, about, by)
            store(connection, made, by)
            details = made.manifest.model_dump(include={"version", "entries", "chunks", "sha256"})
            acts.add(Act(by, PUBLISH, about.purpose, about.authority, {"list": str(list_id)}, details))
        self._on_published()
        return as_publication(made.manifest, new=True)

    def _rely(self, connection: Connection, acts: Acts, act: str, about: VoiList, by: str) -> None:
        """Ask for an act on a list, and write down that its authority was relied on. Raises NotAuthorised."""
        under = None if about.authority_id is None else str(about.authority_id)
        self._standing.use(connection, acts, act, about.list_id, about.name, under, by)

    def _change(self, connection: Connection, acts: Acts, list_id: UUID, by: str) -> VoiList:
        """Begin a change of a list: nobody else changes it until the commit, and what has expired comes off it."""
        connection.execute(select(voi_list.c.list_id).where(voi_list.c.list_id == list_id).with_for_update())
        about = view(connection, list_id, self._clock())
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


def _replaced(connection: Connection, batch: Sequence[Taken], by: str, why: str, now: datetime) -> list[dict[str, Any]]:
    """Take the entries off that rows of a file take the place of. Raises Conflict where one is not there any more."""
    ids = [taken.replaces for taken in batch if taken.replaces]
    if not ids:
        return []
    e = voi_entry.c
    gone = connection.execute(
        update(voi_entry)
        .where(e.entry_id.in_(ids), e.removed_at.is_(None))
        .values(removed_at=now, removed_by=by, removed_why=why)
        .returning(e.entry_id, e.authority, e.commitment)
    ).all()
    if len(gone) != len(ids):
        raise Conflict("the list was changed during the import: nothing was imported, try again")
    return [row._asdict() for row in gone]
