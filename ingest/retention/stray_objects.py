"""Objects in the store that no row refers to: a picture that was put there and whose message was then not taken.

The store is asked for a part of its keys at a time and each part is looked up in the database, so a full round takes
many runs. An object is only taken for a stray once it has been there for as long as its rule says.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from governance.retention.decision import Item, decide
from governance.retention.rules import RuleSet, Since
from ingest.contract.base import format_utc_ms
from ingest.database.engine import commit, open_write, read_transaction
from ingest.database.schema import image
from ingest.objects import ObjectStore
from ingest.pictures import PREFIX
from ingest.retention.items import Candidate, Finish, Found, Kind, Tally
from ingest.retention.rows import MOST_SHOWN

KEYS_AT_ONCE: Final = 1_000
"""Keys that one run looks at: what the store gives in one answer."""


@dataclass(slots=True)
class StrayObjects:
    """A Place over the keys of the store that the image table does not have. where is when the object was put there."""

    engine: Engine
    objects: ObjectStore
    item_class: str
    name: str = "stray-objects"
    kind: Kind = Kind.OBJECT
    clocks: frozenset[Since] = frozenset({Since.RECEIVED})
    checked: tuple[str, ...] = ("object store: every version and delete marker",)
    batch: int = 100
    listed: bool = True
    _after: str = field(default="", init=False)

    def candidates(
        self, rules: RuleSet, now: datetime, lead: timedelta, busy: Collection[str] = ()
    ) -> Sequence[Candidate]:
        """Strays among the next keys that are due. At the last key it begins anew."""
        listed = self.objects.listed(PREFIX, self._after, KEYS_AT_ONCE)
        possible = [Candidate(one.key, format_utc_ms(one.put_at)) for one in listed if one.key not in busy]
        with read_transaction(self.engine) as connection:
            found = self.decide(connection, possible, rules, now)
        due = [Candidate(one.item_id, one.where) for one in found if one.decision.due(now, lead)][: self.batch]
        if len(due) < self.batch:
            self._after = listed[-1].key if len(listed) == KEYS_AT_ONCE else ""
        return due

    def decide(
        self, connection: Connection, candidates: Sequence[Candidate], rules: RuleSet, now: datetime
    ) -> list[Found]:
        """What the rules say now of those that no row refers to."""
        keys = [one.item_id for one in candidates]
        known = set(connection.execute(select(image.c.object_key).where(image.c.read_id.in_(_reads(keys)))).scalars())
        return [self._found(one, rules, now) for one in candidates if one.item_id not in known and one.where]

    def remove(self, candidates: Sequence[Candidate], finish: Finish) -> None:
        """Erase every version of each object."""
        for one in candidates:
            self.objects.erase(one.item_id)
        with open_write(self.engine) as connection:
            finish(connection, {"objects": len(candidates)})
            commit(connection)

    def remaining(self, candidates: Sequence[Candidate]) -> list[str]:
        """The keys of which a version or a delete marker is still there."""
        return sorted(one.item_id for one in candidates if self.objects.is_there(one.item_id))

    def tally(self, rules: RuleSet, now: datetime, late_before: datetime) -> Tally:
        """Of the first keys only: the store cannot be asked for its strays."""
        listed = self.objects.listed(PREFIX, "", KEYS_AT_ONCE)
        possible = [Candidate(one.key, format_utc_ms(one.put_at)) for one in listed]
        with read_transaction(self.engine) as connection:
            found = self.decide(connection, possible, rules, now)
        due = [one for one in found if one.decision.due(now)]
        late = sum(one.decision.late_since is not None and one.decision.late_since <= late_before for one in found)
        return Tally(len(found), len(due), late, len(listed) == KEYS_AT_ONCE, tuple(due[:MOST_SHOWN]))

    def oldest(self, connection: Connection, limit: int) -> list[Candidate]:  # noqa: ARG002
        """None by name: which objects are strays is known only after asking the store."""
        return []

    def _found(self, one: Candidate, rules: RuleSet, now: datetime) -> Found:
        put_at = datetime.fromisoformat(one.where).astimezone(UTC)
        item = Item((self.item_class,), {Since.RECEIVED: put_at})
        return Found(self.kind, one.item_id, (self.item_class,), put_at, decide(item, rules, now), one.where)


def _reads(keys: Sequence[str]) -> set[UUID]:
    """The ids of the reads that these keys name; a key of another form names none."""
    found: set[UUID] = set()
    for key in keys:
        try:
            found.add(UUID(key.removeprefix(PREFIX).split("/", 1)[0]))
        except ValueError:
            continue
    return found
