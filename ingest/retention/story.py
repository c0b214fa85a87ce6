"""One item's story: why it is still here, until when, under which rule; or when it went, and with which receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select

from governance.retention.decision import Decision
from governance.retention.holds import Hold
from governance.retention.rules import Rule, RuleSet
from ingest.database.engine import read_transaction
from ingest.database.schema import disposal_batch, image, retention_class
from ingest.errors import NotFound
from ingest.retention import batches
from ingest.retention.exceptions import marks_of
from ingest.retention.items import MARKABLE, Candidate, Found, Kind, Place


@dataclass(frozen=True, slots=True)
class ClassOf:
    """A class that an item has, the rule of it, and, where somebody gave the item that class, who, when and why."""

    name: str
    rule: Rule | None
    set_at: datetime | None = None
    set_by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """How an item went: the batch, when it was done, and the receipt's SHA-256 in the log."""

    batch_id: UUID
    done_at: datetime | None
    item_class: str
    rules_sha256: str


@dataclass(frozen=True, slots=True)
class Story:
    """An item's story. decision is None for one that is gone; leaving is the batch that is taking it away now.

    locked_until and held_at are the store's own lock and legal hold on a picture.
    """

    kind: Kind
    item_id: str
    place: str
    rules_sha256: str
    decision: Decision | None
    classes: tuple[ClassOf, ...] = ()
    clock_at: datetime | None = None
    holds: tuple[Hold, ...] = ()
    locked_until: datetime | None = None
    held_at: datetime | None = None
    leaving: UUID | None = None
    gone: Gone | None = None


def explain(engine: Engine, places: Sequence[Place], rules: RuleSet, item_id: UUID, now: datetime) -> list[Story]:
    """The stories of what has this id (an id may name more than one thing: a read and its alert's hit, say).

    Raises NotFound where nothing has it and no receipt lists it.
    """
    stories: list[Story] = []
    with read_transaction(engine) as connection:
        leaving = {one.item_id: batch.batch_id for batch in batches.open_batches(connection) for one in batch.items}
        for place in places:
            if place.kind not in MARKABLE | {Kind.ANSWER, Kind.SEARCH}:
                continue
            mine = place.decide(connection, [Candidate(str(item_id))], rules, now)
            stories += [_here(connection, place, one, rules, leaving.get(one.item_id)) for one in mine]
        for place in places:
            gone = batches.receipt_for(connection, place.kind, str(item_id))
            if gone is not None and all(story.kind is not place.kind for story in stories):
                stories.append(_gone(connection, place, item_id, gone))
    if not stories:
        raise NotFound(
            f"nothing here has the id {item_id}. Reads are disposed of without a list of their ids: the receipts of the"
            " day on which its time ended say how many went"
        )
    return stories


def _here(connection: Any, place: Place, found: Found, rules: RuleSet, leaving: UUID | None) -> Story:
    own = UUID(found.item_id)
    c = retention_class.c
    given = {
        row.item_class: row
        for row in connection.execute(select(retention_class).where(c.kind == place.kind, c.item_id == own))
    }
    classes = tuple(
        ClassOf(name, rules.rules.get(name), *_given(given.get(name))) for name in dict.fromkeys(found.classes)
    )
    marks = marks_of(connection, place.kind, [own]).get(own)
    lock = None
    if place.kind is Kind.IMAGE:
        i = image.c
        lock = connection.execute(select(i.locked_until, i.held_at).where(i.image_id == own)).one_or_none()
    holds = tuple(marks.holds.values()) if marks else ()
    if found.decision.hold is not None and found.decision.hold not in holds:
        holds = (*holds, found.decision.hold)
    return Story(
        place.kind,
        found.item_id,
        place.name,
        rules.sha256,
        found.decision,
        classes,
        found.clock_at,
        holds,
        lock.locked_until if lock else None,
        lock.held_at if lock else None,
        leaving,
    )


def _given(row: Any) -> tuple[datetime, str, str] | tuple[()]:
    return () if row is None else (row.set_at, row.set_by, row.why)


def _gone(connection: Any, place: Place, item_id: UUID, batch_id: UUID) -> Story:
    row = connection.execute(select(disposal_batch).where(disposal_batch.c.batch_id == batch_id)).one()
    gone = Gone(batch_id, row.done_at, row.item_class, row.rules_sha256)
    return Story(place.kind, str(item_id), place.name, row.rules_sha256, None, gone=gone)
