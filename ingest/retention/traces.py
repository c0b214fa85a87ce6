"""What the log says was done with an item: its entries in order, each with whether the log proves it."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select

from governance.errors import GovernanceError
from governance.log import Entry, Log
from ingest.database.engine import read_transaction
from ingest.database.schema import search
from ingest.retention.items import Kind
from ingest.retention.origin import Origin
from ingest.retention.story import Story
from ingest.search.question import from_json
from ingest.search.reads import finds

MOST_LOOKED_THROUGH: Final = 200_000
"""Entries, the newest, that are looked through for one item: a second or two of one core's work."""

_PICTURE: Final = "reads.view-picture"

MOST_SHOWN: Final = 200
MOST_SEARCHES: Final = 500
"""Searches, the newest, that are asked whether they asked for a read: one look-up by its key each."""


class Proof(StrEnum):
    """Whether an entry is proven to be in the tree under the newest checkpoint (RFC 6962 section 2.1.1)."""

    HOLDS = "holds"
    WAITS = "waits"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Trace:
    """One entry of the log about an item."""

    entry: Entry
    proof: Proof


@dataclass(frozen=True, slots=True)
class Traces:
    """The newest MOST_SHOWN entries about an item, in order. found counts all; start is the first entry looked at."""

    entries: tuple[Trace, ...]
    found: int
    start: int


def traces(log: Log, ids: Collection[str]) -> Traces:
    """The entries that name one of these ids. Raises LogDamaged."""
    start, found = max(0, log.size - MOST_LOOKED_THROUGH), 0
    kept: deque[Entry] = deque(maxlen=MOST_SHOWN)
    for entry in log.naming(ids, start):
        if entry.act.act == _PICTURE and entry.act.objects.get("image") not in ids:
            continue  # of another read that the same search found
        kept.append(entry)
        found += 1
    covered = log.checkpoint.head.size
    return Traces(tuple(Trace(entry, _proof(log, entry.index, covered)) for entry in kept), found, start)


def ids_of(
    item_id: UUID, stories: Collection[Story], origins: Collection[Origin], searches: Collection[UUID]
) -> set[str]:
    """The ids that the log may know an item by: its own, what belongs with it, its holds, its receipt, its searches.

    Not the list entry that made an alert: what was done with that is a story of its own.
    """
    ids = {str(item_id), *map(str, searches)}
    for origin in origins:
        ids |= {str(one) for kind, one in origin.belongs if kind is not Kind.ENTRY}
    for story in stories:
        ids |= {hold.hold_id for hold in story.holds}
        if story.gone is not None:
            ids.add(str(story.gone.batch_id))
    return ids


def searches_for(engine: Engine, origin: Origin) -> list[UUID]:
    """The searches, of those whose question is still kept, that asked for the read that an item is or stands on."""
    if origin.read_id is None or origin.captured_at is None or origin.received_at is None:
        return []
    s = search.c
    query = select(s.search_id, s.question, s.made_at).where(
        s.starts_at <= origin.captured_at,
        s.ends_at > origin.captured_at,
        s.made_at >= origin.received_at,
        s.question.is_not(None),
    )
    with read_transaction(engine) as connection:
        rows = connection.execute(query.order_by(s.made_at.desc()).limit(MOST_SEARCHES)).all()
        return [
            row.search_id for row in rows if finds(connection, from_json(row.question), row.made_at, origin.read_id)
        ]


def _proof(log: Log, index: int, covered: int) -> Proof:
    if index >= covered:
        return Proof.WAITS
    try:
        log.prove(index).verify(log.verifier)
    except GovernanceError:
        return Proof.FAILS
    return Proof.HOLDS
