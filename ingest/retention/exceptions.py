"""The items that are not like the rest of their table: those with a class of their own, or under a hold."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, and_, not_, select, text

from governance.retention.holds import Hold
from ingest.database.schema import retention_class, retention_hold, retention_hold_item
from ingest.retention.items import Kind

IDS_AT_ONCE: Final = 2_000
"""How many ids one statement names: SQLite takes 32,766 values, PostgreSQL 65,535."""

_LOCK: Final = 0x72657461696E6564
"""The advisory lock's number: "retained" in ASCII."""

_T = TypeVar("_T")


@dataclass(slots=True)
class Marks:
    """What was said of one item: its further classes with the start of each one's own clock, and its holds."""

    classes: dict[str, datetime | None] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)

    def add(self, other: "Marks | None") -> None:
        """Take another item's marks over as well."""
        if other is not None:
            self.classes.update(other.classes)
            self.holds.update(other.holds)

    @property
    def class_times(self) -> dict[str, datetime]:
        """The clocks that have started, by class."""
        return {name: at for name, at in self.classes.items() if at is not None}


def one_at_a_time(connection: Connection) -> None:
    """Let nobody else mark items or choose what goes until this transaction ends.

    So nothing is chosen to go in the moment in which somebody puts a hold on it. A write transaction of SQLite is alone
    as it is.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def is_plain(kind: Kind, item_id: Column[Any], now: datetime) -> ColumnElement[bool]:
    """The condition that an item has no class of its own and no hold that stands."""
    c, i, h = retention_class.c, retention_hold_item.c, retention_hold.c
    classed = select(c.item_id).where(c.kind == kind, c.item_id == item_id).exists()
    held = (
        select(i.item_id)
        .join(retention_hold, h.hold_id == i.hold_id)
        .where(i.kind == kind, i.item_id == item_id, h.ends_at > now)
        .exists()
    )
    return and_(not_(classed), not_(held))


def classed(connection: Connection, kind: Kind, after: UUID | None, limit: int) -> Sequence[UUID]:
    """The ids of items with a class of their own, in order, those after an id only."""
    c = retention_class.c
    query = select(c.item_id).where(c.kind == kind).distinct().order_by(c.item_id).limit(limit)
    if after is not None:
        query = query.where(c.item_id > after)
    return connection.execute(query).scalars().all()


def marks_of(connection: Connection, kind: Kind, ids: Collection[UUID]) -> dict[UUID, Marks]:
    """The marks of those of these items that have any. Holds that have ended are among them."""
    c, i = retention_class.c, retention_hold_item.c
    found: dict[UUID, Marks] = {}
    for part in in_parts(ids):
        for row in connection.execute(select(retention_class).where(c.kind == kind, c.item_id.in_(part))):
            found.setdefault(row.item_id, Marks()).classes[row.item_class] = row.clock_at
        holds = (
            select(i.item_id, retention_hold)
            .join(retention_hold, retention_hold.c.hold_id == i.hold_id)
            .where(i.kind == kind, i.item_id.in_(part))
        )
        for row in connection.execute(holds):
            found.setdefault(row.item_id, Marks()).holds[str(row.hold_id)] = hold_of(row)
    return found


def hold_of(row: Any) -> Hold:
    """A hold from its row."""
    return Hold(
        str(row.hold_id),
        row.kind,
        row.owner,
        row.reason,
        row.starts_at,
        row.ends_at,
        row.review_at,
        row.renewals,
    )


def in_parts(values: Iterable[_T], size: int = IDS_AT_ONCE) -> Iterator[list[_T]]:
    """The values in lists of at most size."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
