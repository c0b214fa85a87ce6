"""The batches of disposal as rows: written before anything is taken away, and moved on step by step.

    intended   the items are chosen; nobody can put a hold on them any more; some may be gone
    removed    they are gone from every place, as far as each place said
    signed     somebody looked again and found nothing; the receipt is signed and kept here
    done       the log has the erasure with the receipt's digest

Each step is one transaction, and each can be done again. So a process that dies anywhere leaves a batch that the next
run takes up where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from governance.retention.receipt import leaf
from ingest.contract.base import new_id
from ingest.database.schema import disposal_batch, disposed_item, retention_class, retention_hold_item
from ingest.database.statements import insert
from ingest.retention.exceptions import in_parts
from ingest.retention.items import MARKABLE, Candidate, Found, Kind

INTENDED: Final = "intended"
REMOVED: Final = "removed"
SIGNED: Final = "signed"
DONE: Final = "done"

FIRST_BACK_OFF: Final = timedelta(minutes=1)
LONGEST_BACK_OFF: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is in the database."""

    batch_id: UUID
    place: str
    item_class: str
    state: str
    rules_sha256: str
    items: tuple[Candidate, ...]
    body: Mapping[str, Any]
    receipt: bytes | None
    tries: int
    next_try_at: datetime
    trouble: str


def intend(
    connection: Connection,
    place: str,
    found: Sequence[Found],
    rules_sha256: str,
    body: Mapping[str, Any],
    now: datetime,
) -> UUID:
    """Write down what is about to go."""
    batch_id = new_id()
    row = {
        "batch_id": batch_id,
        "place": place,
        "item_class": found[0].decision.decided_by,
        "state": INTENDED,
        "rules_sha256": rules_sha256,
        "item_list": [[one.item_id, one.where] for one in found],
        "body": dict(body),
        "intended_at": now,
        "number": len(found),
        "tries": 0,
        "next_try_at": now,
        "trouble": "",
    }
    connection.execute(insert(connection, disposal_batch), row)
    return batch_id


def get(connection: Connection, batch_id: UUID) -> Batch:
    """One batch."""
    return _batch(connection.execute(select(disposal_batch).where(disposal_batch.c.batch_id == batch_id)).one())


def open_batches(connection: Connection, place: str | None = None) -> list[Batch]:
    """The batches of a place, or of every place, that are not done, the oldest first."""
    b = disposal_batch.c
    query = select(disposal_batch).where(b.state != DONE).order_by(b.intended_at, b.batch_id)
    if place is not None:
        query = query.where(b.place == place)
    return [_batch(row) for row in connection.execute(query)]


def move(connection: Connection, batch: Batch, to: str, **values: Any) -> bool:
    """Move a batch on from the state it was read in. Says whether it was in that state still."""
    b = disposal_batch.c
    done = connection.execute(
        update(disposal_batch).where(b.batch_id == batch.batch_id, b.state == batch.state).values(state=to, **values)
    )
    return done.rowcount == 1


def failed(connection: Connection, batch: Batch, trouble: str, now: datetime) -> None:
    """Note that a try failed, and when the next one is due."""
    wait = min(FIRST_BACK_OFF * (1 << min(batch.tries, 10)), LONGEST_BACK_OFF)
    connection.execute(
        update(disposal_batch)
        .where(disposal_batch.c.batch_id == batch.batch_id)
        .values(tries=batch.tries + 1, next_try_at=now + wait, trouble=trouble[:500])
    )


def split(connection: Connection, batch: Batch, body_of: Any) -> None:
    """Make two batches of one, because something in it cannot go now and the rest shall not wait for that.

    body_of gives the body of a part, by its items.
    """
    half = len(batch.items) // 2
    first, second = batch.items[:half], batch.items[half:]
    b = disposal_batch.c
    row = connection.execute(select(disposal_batch).where(b.batch_id == batch.batch_id)).one()._asdict()
    for items, batch_id in ((first, batch.batch_id), (second, new_id())):
        part = {"item_list": [[one.item_id, one.where] for one in items], "body": body_of(items), "number": len(items)}
        if batch_id == batch.batch_id:
            connection.execute(update(disposal_batch).where(b.batch_id == batch_id).values(part))
        else:
            connection.execute(insert(connection, disposal_batch), {**row, **part, "batch_id": batch_id})


def forget_marks(connection: Connection, kind: Kind, items: Sequence[Candidate]) -> None:
    """Take the classes and the ended holds of items that are gone away with them."""
    if kind not in MARKABLE:
        return
    for part in in_parts([UUID(one.item_id) for one in items]):
        for table in (retention_class, retention_hold_item):
            connection.execute(delete(table).where(table.c.kind == kind, table.c.item_id.in_(part)))


def list_leaves(connection: Connection, batch: Batch, leaves: Sequence[bytes]) -> None:
    """Keep the hashes of what went, so that somebody who knows an id can ask for its receipt."""
    rows = [{"leaf": one, "batch_id": batch.batch_id} for one in leaves]
    for part in in_parts(rows):
        connection.execute(insert(connection, disposed_item).on_conflict_do_nothing(), part)


def receipt_for(connection: Connection, kind: Kind, item_id: str) -> UUID | None:
    """The batch in which an item went, where its hash was kept."""
    d = disposed_item.c
    found = connection.execute(select(d.batch_id).where(d.leaf == leaf(kind, item_id))).scalar_one_or_none()
    return None if found is None else UUID(str(found))


def receipt_of(connection: Connection, batch_id: UUID) -> bytes | None:
    """The signed receipt of a batch that is done."""
    b = disposal_batch.c
    return connection.execute(select(b.receipt).where(b.batch_id == batch_id, b.state == DONE)).scalar_one_or_none()


def _batch(row: Any) -> Batch:
    return Batch(
        batch_id=row.batch_id,
        place=row.place,
        item_class=row.item_class,
        state=row.state,
        rules_sha256=row.rules_sha256,
        items=tuple(Candidate(item_id, where) for item_id, where in row.item_list or ()),
        body=row.body,
        receipt=row.receipt,
        tries=row.tries,
        next_try_at=row.next_try_at,
        trouble=row.trouble,
    )
