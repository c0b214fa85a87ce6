"""Takes entries that are disposed of out of what was published: a new version of their list without them.

The newest version of a list lies in the database as the payloads that the cars get, and on the broker as retained
messages. Both hold marks. A version is made shorter without asking for an authority, for it only takes away: it holds
what the newest one holds of what is on the list still, and nothing that is not.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from governance.log import Act, Log
from ingest.clock import Clock
from ingest.contract.codec import decode_entries
from ingest.contract.messages import ListEntry
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import list_chunk, list_version, voi_list
from ingest.lists.records import newest, on_the_wire
from ingest.lists.snapshot import snapshot
from ingest.lists.versions import store

ACT: Final = "list.shorten"
BY: Final = "system:retention"


class Shortening:
    """on_published runs after each new version."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, on_published: Callable[[], None]) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._on_published = on_published

    def shorten(self, lists: Collection[UUID], gone: Collection[UUID]) -> list[UUID]:
        """Make a new version of each of these lists whose newest one holds any of these entries; gives those lists."""
        made = [list_id for list_id in lists if self._shorten(list_id, gone)]
        if made:
            self._on_published()
        return made

    def held(self, lists: Collection[UUID], entries: Collection[UUID]) -> set[UUID]:
        """Which of these entries are in what is stored of these lists' versions."""
        wanted = frozenset(entries)
        with read_transaction(self._engine) as connection:
            return {one.entry_id for list_id in lists for one in _stored(connection, list_id)} & wanted

    def on_the_broker(self) -> list[UUID]:
        """The lists of which the broker may hold a version that is not the newest."""
        v = list_version.c
        latest = select(v.list_id, func.max(v.version).label("version")).group_by(v.list_id).subquery()
        query = select(v.list_id).join(latest, latest.c.list_id == v.list_id).distinct()
        with read_transaction(self._engine) as connection:
            found = connection.execute(query.where(v.version < latest.c.version, v.cleared.is_(False), v.chunks > 0))
            return list(found.scalars())

    def _shorten(self, list_id: UUID, gone: Collection[UUID]) -> bool:
        if not self.held([list_id], gone):
            return False
        with recorded(self._engine, self._log) as (connection, acts):
            # Nobody else publishes it meanwhile.
            connection.execute(select(voi_list.c.list_id).where(voi_list.c.list_id == list_id).with_for_update())
            had = list(_stored(connection, list_id))
            wanted = {one.entry_id for one in had} - set(gone)
            now, held = self._clock(), newest(connection, list_id)[0]
            left = _only(on_the_wire(connection, list_id, now), wanted)
            made = snapshot(list_id, held.name, held.version + 1, now, left, held.authority_id)
            store(connection, made, BY)
            said = {"version": made.manifest.version, "entries": made.manifest.entries, "taken_out": len(had)}
            said["taken_out"] -= made.manifest.entries
            why = "what is disposed of goes from every place"
            acts.add(Act(BY, ACT, why, held.reference or None, {"list": str(list_id)}, said))
        return True


def _stored(connection: Connection, list_id: UUID) -> Iterator[ListEntry]:
    query = select(list_chunk.c.payload).where(list_chunk.c.list_id == list_id).order_by(list_chunk.c.number)
    for payload in connection.execute(query).scalars():
        yield from decode_entries(bytes(payload))


def _only(entries: Iterable[ListEntry], wanted: Collection[UUID]) -> Iterator[ListEntry]:
    return (one for one in entries if one.entry_id in wanted)
