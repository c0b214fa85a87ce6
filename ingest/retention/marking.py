"""Holds on items, and classes of single items: what an item is kept for beyond what its table says.

An alert, its read, its pictures and the list entry that made it belong together: what is said of one is said of all
that there is of them, so that no part of a case goes while another stays. What disposal has begun to take away cannot
be marked any more; whoever tries is told so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, select, update

from governance.acts import Act, Detail
from governance.log import Log
from governance.retention.holds import Hold, faults_of, items_named, renewed
from governance.retention.rules import RuleSet
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms, new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import (
    alert,
    disposal_batch,
    image,
    quarantine,
    read,
    retention_class,
    retention_hold,
    retention_hold_item,
    voi_entry,
)
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound
from ingest.logged_text import logged_text
from ingest.retention.exceptions import hold_of, one_at_a_time
from ingest.retention.items import Kind

MOST_ITEMS: Final = 500
"""Items that one hold names at once."""

ITEMS_AN_ACT: Final = 500
"""Items that one entry of the log names, well within its 65,535 bytes: a hold on more has several entries."""

Item = tuple[Kind, UUID]


@dataclass(frozen=True, slots=True)
class HoldRecord:
    """A hold, how many items it is on, and who made and perhaps ended it."""

    hold: Hold
    items: int
    made_by: str
    ended_by: str | None


class Marking:
    """Holds and classes. on_change runs after each: the store's own locks follow."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        rules: Callable[[], RuleSet],
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._rules = rules
        self._on_change = on_change

    def hold(
        self,
        kind: str,
        owner: str,
        reason: str,
        items: Sequence[UUID],
        ends_at: datetime,
        by: str,
        review_at: datetime | None = None,
    ) -> Hold:
        """Hold items, by their ids. Raises BadInput, NotFound, or Conflict where one is being disposed of."""
        now = self._clock()
        made = Hold(
            str(new_id()),
            kind,
            logged_text("owner", owner),
            logged_text("reason", reason),
            now,
            ends_at,
            review_at or ends_at,
        )
        _refuse(faults_of(made, self._rules().holds.get(kind), now))
        if not 1 <= len(items) <= MOST_ITEMS:
            raise BadInput(f"a hold is put on 1 to {MOST_ITEMS} items at a time")
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            together = self._together(connection, items)
            row = {
                "hold_id": UUID(made.hold_id),
                "kind": kind,
                "owner": made.owner,
                "reason": made.reason,
                "starts_at": now,
                "ends_at": ends_at,
                "review_at": made.review_at,
                "renewals": 0,
                "made_by": by,
            }
            connection.execute(insert(connection, retention_hold), row)
            rows = [{"kind": one, "item_id": item_id, "hold_id": row["hold_id"]} for one, item_id in together]
            connection.execute(insert(connection, retention_hold_item), rows)
            held = sorted({str(item_id) for _, item_id in together})
            for first in range(0, len(held), ITEMS_AN_ACT):
                part = held[first : first + ITEMS_AN_ACT]
                acts.add(_hold_act(by, "retention.hold", made, len(rows), part))
        self._on_change()
        return made

    def renew(self, hold_id: UUID, ends_at: datetime, why: str, by: str, review_at: datetime | None = None) -> Hold:
        """Let a hold that stands last longer. Its review stays where it is, unless that is past or another is given.

        Raises NotFound or BadInput.
        """
        said, now = logged_text("why", why), self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            hold = hold_of(_row(connection, hold_id))
            review = review_at or (hold.review_at if now < hold.review_at <= ends_at else ends_at)
            later, faults = renewed(hold, self._rules().holds.get(hold.kind), now, ends_at, review)
            _refuse(faults)
            connection.execute(
                update(retention_hold)
                .where(retention_hold.c.hold_id == hold_id)
                .values(ends_at=later.ends_at, review_at=later.review_at, renewals=later.renewals)
            )
            acts.add(_hold_act(by, "retention.renew-hold", replace(later, reason=said), _items(connection, hold_id)))
        return later

    def end(self, hold_id: UUID, why: str, by: str) -> None:
        """End a hold now. What it kept goes when its rules say so. Raises NotFound, or Conflict where it has ended."""
        said, now = logged_text("why", why), self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            hold = hold_of(_row(connection, hold_id))
            if not hold.stands(now):
                raise Conflict(f"this hold ended at {format_utc_ms(hold.ends_at)} already")
            ended = {"ends_at": now, "review_at": min(hold.review_at, now), "ended_by": by}
            connection.execute(update(retention_hold).where(retention_hold.c.hold_id == hold_id).values(ended))
            shown = replace(hold, ends_at=now, reason=said)
            acts.add(_hold_act(by, "retention.end-hold", shown, _items(connection, hold_id)))
        self._on_change()

    def holds(self, *, standing: bool = True) -> list[HoldRecord]:
        """Every hold that stands, or every hold there ever was; the soonest to end first."""
        query = select(retention_hold).order_by(retention_hold.c.ends_at, retention_hold.c.hold_id)
        if standing:
            query = query.where(retention_hold.c.ends_at > self._clock())
        with read_transaction(self._engine) as connection:
            rows = connection.execute(query).all()
            return [
                HoldRecord(hold_of(row), _items(connection, row.hold_id), row.made_by, row.ended_by) for row in rows
            ]

    def classify(
        self, item: UUID, item_class: str, why: str, by: str, clock_at: datetime | None = None
    ) -> list[tuple[Kind, UUID]]:
        """Give an item, and what belongs with it, one more class; or its clock's start, where it has the class already.

        Give clock_at once the case is closed. Raises NotFound, BadInput, or Conflict.
        """
        said = logged_text("why", why)
        if item_class not in self._rules().rules:
            raise BadInput(f"there is no rule for the class {item_class!r}: lanthorn retention rules shows them")
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            together = self._together(connection, [item])
            values = {"clock_at": clock_at, "set_at": self._clock(), "set_by": by, "why": said}
            for kind, item_id in together:
                connection.execute(
                    insert(connection, retention_class)
                    .values(kind=kind, item_id=item_id, item_class=item_class, **values)
                    .on_conflict_do_update(index_elements=["kind", "item_id", "item_class"], set_=values)
                )
            acts.add(_class_act(by, "retention.classify", said, together, item_class, clock_at))
        self._on_change()
        return together

    def declassify(self, item: UUID, item_class: str, why: str, by: str) -> None:
        """Take a class off an item and what belongs with it. Raises NotFound where it has not that class."""
        said = logged_text("why", why)
        c = retention_class.c
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            gone = []
            for kind, item_id in self._together(connection, [item]):
                condition = c.kind == kind, c.item_id == item_id, c.item_class == item_class
                if connection.execute(delete(retention_class).where(*condition)).rowcount:
                    gone.append((kind, item_id))
            if not gone:
                raise NotFound(f"{item} has no class {item_class} of its own")
            acts.add(_class_act(by, "retention.declassify", said, gone, item_class, None))
        self._on_change()

    def classes_in_use(self) -> list[str]:
        """The classes that single items were given."""
        with read_transaction(self._engine) as connection:
            return list(connection.execute(select(retention_class.c.item_class).distinct()).scalars())

    def _together(self, connection: Connection, ids: Sequence[UUID]) -> list[Item]:
        """The items of these ids and what belongs with them. Raises NotFound, or Conflict where disposal has them."""
        found: dict[Item, None] = {}
        for item_id in dict.fromkeys(ids):
            mine = belonging(connection, item_id)
            if not mine:
                raise NotFound(f"there is no read, alert, picture, list entry or quarantined message {item_id}")
            found |= dict.fromkeys(mine)
        b = disposal_batch.c
        query = select(b.item_list).where(
            b.state != "done", b.place.in_(("reads", "alerts", "pictures", "list-entries", "quarantine"))
        )
        leaving = {item[0] for items in connection.execute(query).scalars() for item in items or ()}
        if late := [str(item_id) for _, item_id in found if str(item_id) in leaving]:
            raise Conflict(f"{', '.join(late)} had to go, and is being disposed of now: it is too late to keep it")
        return list(found)


def belonging(connection: Connection, item_id: UUID) -> list[Item]:
    """What there is of the case that an item is part of, the item first; nothing where there is no such item."""
    a, i = alert.c, image.c
    reads: set[UUID] = set()
    found: list[Item] = []
    if connection.execute(select(read.c.read_id).where(read.c.read_id == item_id)).first():
        reads.add(item_id)
        found.append((Kind.READ, item_id))
    if row := connection.execute(select(a.read_id).where(a.alert_id == item_id)).first():
        reads.add(row.read_id)
        found.append((Kind.ALERT, item_id))
    if row := connection.execute(select(i.read_id).where(i.image_id == item_id)).first():
        reads.add(row.read_id)
        found.append((Kind.IMAGE, item_id))
    for table, column, kind in (
        (voi_entry, voi_entry.c.entry_id, Kind.ENTRY),
        (quarantine, quarantine.c.quarantine_id, Kind.QUARANTINE),
    ):
        if connection.execute(select(column).select_from(table).where(column == item_id)).first():
            found.append((kind, item_id))
    if reads:
        known = connection.execute(select(read.c.read_id).where(read.c.read_id.in_(reads))).scalars()
        found += [(Kind.READ, one) for one in known]
        hits = connection.execute(select(a.alert_id, a.entry_id).where(a.read_id.in_(reads))).all()
        found += [(Kind.ALERT, hit.alert_id) for hit in hits]
        entries = select(voi_entry.c.entry_id).where(voi_entry.c.entry_id.in_([hit.entry_id for hit in hits]))
        found += [(Kind.ENTRY, one) for one in connection.execute(entries).scalars()]
        pictures = connection.execute(select(i.image_id).where(i.read_id.in_(reads))).scalars()
        found += [(Kind.IMAGE, one) for one in pictures]
    return list(dict.fromkeys(found))


def _row(connection: Connection, hold_id: UUID) -> Any:
    row = connection.execute(select(retention_hold).where(retention_hold.c.hold_id == hold_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no hold {hold_id}")
    return row


def _items(connection: Connection, hold_id: UUID) -> int:
    i = retention_hold_item.c
    return len(connection.execute(select(i.item_id).where(i.hold_id == hold_id)).all())


def _hold_act(by: str, act: str, hold: Hold, number: int, items: Sequence[str] = ()) -> Act:
    objects = {"hold": hold.hold_id, **items_named(items)}
    details: dict[str, Detail] = {
        "kind": hold.kind,
        "owner": hold.owner,
        "items": number,
        "ends_at": format_utc_ms(hold.ends_at),
        "review_at": format_utc_ms(hold.review_at),
        "renewals": hold.renewals,
    }
    return Act(by, act, hold.reason, None, objects, details)


def _class_act(by: str, act: str, why: str, items: Sequence[Item], item_class: str, at: datetime | None) -> Act:
    details: dict[str, Detail] = {
        "class": item_class,
        "items": len(items),
        "clock_at": None if at is None else format_utc_ms(at),
    }
    return Act(by, act, why, None, items_named([str(item_id) for _, item_id in items]), details)


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise BadInput("; ".join(faults))
