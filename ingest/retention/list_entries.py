"""The place of the entries of lists: their rows, and what was published of them.

An entry that comes off its list stays in the list's newest version, which the database keeps and the broker holds,
until the list is published again. So disposal first makes a version without it, then takes the row away, and signs only
when neither the database nor, as the publisher has had it confirmed, the broker has a version with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from governance.retention.rules import RuleSet
from ingest.database.engine import read_transaction
from ingest.database.schema import voi_entry, voi_list
from ingest.errors import Unavailable
from ingest.lists.shortening import Shortening
from ingest.retention.exceptions import in_parts
from ingest.retention.items import Candidate, Finish, Found
from ingest.retention.rows import Rows


class StillOnBroker(Unavailable):
    """The broker still holds the version before. The publisher takes it off; it is asked for again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntries(Rows):
    """A Place over voi_entry. where of each item is its list's id."""

    published: Shortening

    @property
    def checked(self) -> tuple[str, ...]:
        """What remaining() looks at."""
        return (
            *super(ListEntries, self).checked,
            "database: list_chunk",
            "broker: chunks of older versions, taken off",
        )

    def decide(
        self, connection: Connection, candidates: Sequence[Candidate], rules: RuleSet, now: datetime
    ) -> list[Found]:
        """What the rules say now of those that are there."""
        found = Rows.decide(self, connection, candidates, rules, now)
        lists: dict[str, str] = {}
        e = voi_entry.c
        for part in in_parts([UUID(one.item_id) for one in found]):
            query = select(e.entry_id, e.list_id).where(e.entry_id.in_(part))
            lists |= {str(row.entry_id): str(row.list_id) for row in connection.execute(query)}
        return [replace(one, where=lists.get(one.item_id, "")) for one in found]

    def remove(self, candidates: Sequence[Candidate], finish: Finish) -> None:
        """Publish their lists without them, then take the rows away."""
        self.published.shorten(self._lists(candidates), _ids(candidates))
        Rows.remove(self, candidates, finish)

    def remaining(self, candidates: Sequence[Candidate]) -> list[str]:
        """The ids of which a row or a published copy is still there. Raises StillOnBroker."""
        found = set(Rows.remaining(self, candidates))
        found |= {str(one) for one in self.published.held(self._lists(candidates), _ids(candidates))}
        if not found and (waiting := set(self.published.on_the_broker()) & set(self._lists(candidates))):
            raise StillOnBroker(f"the broker may hold an older version of {len(waiting)} lists: it is being taken off")
        return sorted(found)

    def _lists(self, candidates: Sequence[Candidate]) -> list[UUID]:
        """The lists of these; every list where that was not written down with them."""
        if all(one.where for one in candidates):
            return sorted({UUID(one.where) for one in candidates})
        with read_transaction(self.engine) as connection:
            return list(connection.execute(select(voi_list.c.list_id).order_by(voi_list.c.list_id)).scalars())


def _ids(candidates: Sequence[Candidate]) -> list[UUID]:
    return [UUID(one.item_id) for one in candidates]
