"""Retention at a glance, for pages, the command line and oversight: what is held, due, late and gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, and_, func, or_, select

from governance.retention.rules import Rule, RuleSet
from ingest.contract.card.words import counted
from ingest.database.engine import read_transaction
from ingest.database.schema import disposal_batch, retention_class, retention_hold, retention_hold_item
from ingest.errors import Unavailable
from ingest.retention import batches
from ingest.retention.items import Found, Place, Tally


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One place and its class. held counts all of it; on_hold its items under a hold that stands; classed those with a
    class of their own; gone those disposed of since the overview's beginning, receipts how many receipts say so.

    counted_fully: whether the figures are all, or of a first part. trouble: why the place could not be asked; empty
    where it could.
    """

    place: str
    item_class: str
    rule: Rule | None
    held: int
    due: int
    late: int
    on_hold: int
    classed: int
    gone: int
    receipts: int
    counted_fully: bool
    earliest: tuple[Found, ...]
    trouble: str


@dataclass(frozen=True, slots=True)
class Late:
    """Something that is not as it should be: where, how many, since when at the latest, and what in words."""

    place: str
    number: int
    since: datetime
    words: str


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt that is kept. document is the signed document."""

    batch_id: UUID
    place: str
    item_class: str
    number: int
    done_at: datetime
    document: bytes


def overview(
    engine: Engine, places: Sequence[Place], rules: RuleSet, at: datetime, late_before: datetime, gone_since: datetime
) -> list[ClassRow]:
    """A row for each place. at may lie ahead: what will have to go by then."""
    with read_transaction(engine) as connection:
        on_hold, classed = _held(connection, at), _classed(connection)
        gone = _gone(connection, gone_since)
    rows = []
    for place in places:
        trouble = ""
        try:
            tally = place.tally(rules, at, late_before)
        except Unavailable as error:
            tally, trouble = Tally(more=True), str(error)
        number, receipts = gone.get(place.name, (0, 0))
        rows.append(
            ClassRow(
                place.name,
                place.item_class,
                rules.rules.get(place.item_class),
                tally.held,
                tally.due,
                tally.late,
                on_hold.get(place.kind, 0),
                classed.get(place.kind, 0),
                number,
                receipts,
                not tally.more,
                tally.earliest,
                trouble,
            )
        )
    return rows


def late(engine: Engine, places: Sequence[Place], rules: RuleSet, now: datetime, late_before: datetime) -> list[Late]:
    """What should have gone by late_before and has not, batches that do not end, and holds whose review is past."""
    found = []
    for place in places:
        try:
            tally = place.tally(rules, now, late_before)
        except Unavailable as error:
            found.append(Late(place.name, 0, now, f"what {place.name} holds cannot be known now: {error}"))
            continue
        if tally.late:
            more = "at least " if tally.more else ""
            words = f"{more}{counted(tally.late, 'item')} of {place.name} should be gone"
            since = [one.decision.late_since for one in tally.earliest if one.decision.late_since is not None]
            found.append(Late(place.name, tally.late, min(since, default=late_before), words))
    with read_transaction(engine) as connection:
        b = disposal_batch.c
        for row in connection.execute(
            select(b.place, b.number, b.intended_at, b.trouble).where(
                b.state != batches.DONE, b.intended_at <= late_before
            )
        ):
            items = counted(row.number, "item")
            words = f"being disposed of since then: {items} of {row.place}; {row.trouble or 'no trouble'}"
            found.append(Late(row.place, row.number, row.intended_at, words))
        h = retention_hold.c
        query = select(h.hold_id, h.review_at, h.owner, h.kind).where(h.review_at <= now, h.ends_at > now)
        for row in connection.execute(query):
            words = f"the {row.kind} hold {row.hold_id} of {row.owner} was to be reviewed by then"
            found.append(Late("holds", 1, row.review_at, words))
    return found


def receipts(engine: Engine, since: datetime, limit: int, after: UUID | None = None) -> list[ReceiptRow]:
    """The receipts of disposals that were done at since or later, the oldest first. after, the batch of a receipt: only
    what comes after that one, so that all can be had in pieces.
    """
    b = disposal_batch.c
    query = select(disposal_batch).where(b.state == batches.DONE, b.done_at >= since)
    if after is not None:
        last = disposal_batch.alias()
        begins = select(last.c.done_at).where(last.c.batch_id == after).scalar_subquery()
        query = query.where(or_(b.done_at > begins, and_(b.done_at == begins, b.batch_id > after)))
    return _receipts(engine, query.order_by(b.done_at, b.batch_id).limit(limit))


def latest_receipts(engine: Engine, since: datetime, limit: int) -> list[ReceiptRow]:
    """The receipts of the last disposals that were done at since or later, the newest first."""
    b = disposal_batch.c
    query = select(disposal_batch).where(b.state == batches.DONE, b.done_at >= since)
    return _receipts(engine, query.order_by(b.done_at.desc(), b.batch_id.desc()).limit(limit))


def _receipts(engine: Engine, query: Select[Any]) -> list[ReceiptRow]:
    with read_transaction(engine) as connection:
        rows = connection.execute(query).all()
    return [ReceiptRow(row.batch_id, row.place, row.item_class, row.number, row.done_at, row.receipt) for row in rows]


def _held(connection: Connection, now: datetime) -> dict[str, int]:
    i, h = retention_hold_item.c, retention_hold.c
    query = (
        select(i.kind, func.count(i.item_id.distinct()))
        .join(retention_hold, h.hold_id == i.hold_id)
        .where(h.ends_at > now)
        .group_by(i.kind)
    )
    return {kind: number for kind, number in connection.execute(query)}


def _classed(connection: Connection) -> dict[str, int]:
    c = retention_class.c
    query = select(c.kind, func.count(c.item_id.distinct())).group_by(c.kind)
    return {kind: number for kind, number in connection.execute(query)}


def _gone(connection: Connection, since: datetime) -> dict[str, tuple[int, int]]:
    b = disposal_batch.c
    query = (
        select(b.place, func.sum(b.number), func.count())
        .where(b.state == batches.DONE, b.done_at >= since)
        .group_by(b.place)
    )
    return {place: (int(number), receipts) for place, number, receipts in connection.execute(query)}
