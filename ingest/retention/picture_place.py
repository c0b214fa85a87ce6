"""Pictures: rows of the image table and every version of their objects in the store.

A picture belongs to its read, and to the alerts of that read. It has the classes, marks and holds of all of them, so it
goes when the last of them lets it go. Where neither is there (a picture whose hit never came), it counts as a read's
from when it arrived. Its objects go first and its row last: while the row is there, somebody knows what to look for.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, delete, func, or_, select

from governance.retention.decision import Item, decide
from governance.retention.rules import Rule, RuleSet, Since
from ingest.database.engine import commit, open_write, read_transaction
from ingest.database.schema import alert, image, read
from ingest.errors import NotFound
from ingest.objects import ObjectStore
from ingest.retention.exceptions import Marks, in_parts, marks_of
from ingest.retention.items import Candidate, Finish, Found, Kind, Tally
from ingest.retention.rows import MOST_SHOWN

PAGE: Final = 500
"""Pictures that are looked at together."""

MOST_COUNTED: Final = 10_000
"""Pictures that a tally looks at; of more it says "at least"."""


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A Place over the image table and the object store."""

    engine: Engine
    objects: ObjectStore
    read_class: str
    alert_class: str
    name: str = "pictures"
    kind: Kind = Kind.IMAGE
    clocks: frozenset[Since] = frozenset({Since.CAPTURE, Since.ALERT})
    checked: tuple[str, ...] = ("database: image", "object store: every version and delete marker")
    batch: int = 100
    listed: bool = True

    @property
    def item_class(self) -> str:
        """The class of a picture that nothing else gives one."""
        return self.read_class

    def candidates(
        self, rules: RuleSet, now: datetime, lead: timedelta, busy: Collection[str] = ()
    ) -> Sequence[Candidate]:
        """The next pictures that are due."""
        found: list[Candidate] = []
        with read_transaction(self.engine) as connection:
            for page in self._pages(connection, rules, now + lead):
                decided = self.decide(connection, page, rules, now)
                due = (one for one in decided if one.decision.due(now, lead) and one.item_id not in busy)
                found += [Candidate(one.item_id, one.where) for one in due]
                if len(found) >= self.batch:
                    break
        return found[: self.batch]

    def decide(
        self, connection: Connection, candidates: Sequence[Candidate], rules: RuleSet, now: datetime
    ) -> list[Found]:
        """What the rules say now of those that are there."""
        found: list[Found] = []
        for part in in_parts(candidates):
            rows = connection.execute(select(image).where(image.c.image_id.in_([UUID(one.item_id) for one in part])))
            found += self._decided(connection, rows.all(), rules, now)
        return sorted(found, key=lambda one: (one.clock_at, one.item_id))

    def remove(self, candidates: Sequence[Candidate], finish: Finish) -> None:
        """Erase every version of each object, then the rows."""
        ids = [UUID(one.item_id) for one in candidates]
        held: set[str] = set()
        with read_transaction(self.engine) as connection:
            for part in in_parts(ids):
                query = select(image.c.object_key).where(image.c.image_id.in_(part), image.c.held_at.is_not(None))
                held |= set(connection.execute(query).scalars())
        for one in candidates:
            if one.where in held:
                self._let_go(one.where)
            self.objects.erase(one.where)
        with open_write(self.engine) as connection:
            rows = 0
            for part in in_parts(ids):
                rows += connection.execute(delete(image).where(image.c.image_id.in_(part))).rowcount
            finish(connection, {"image": rows, "objects": len({one.where for one in candidates})})
            commit(connection)

    def remaining(self, candidates: Sequence[Candidate]) -> list[str]:
        """The ids of which a row, a version or a delete marker is still there."""
        found: set[str] = set()
        with read_transaction(self.engine) as connection:
            for part in in_parts([UUID(one.item_id) for one in candidates]):
                query = select(image.c.image_id).where(image.c.image_id.in_(part))
                found |= {str(one) for one in connection.execute(query).scalars()}
        return sorted(found | {one.item_id for one in candidates if self.objects.is_there(one.where)})

    def tally(self, rules: RuleSet, now: datetime, late_before: datetime) -> Tally:
        """Decide every picture that may be due, up to MOST_COUNTED."""
        due, late, seen, more = 0, 0, 0, False
        earliest: list[Found] = []
        with read_transaction(self.engine) as connection:
            held = connection.execute(select(func.count()).select_from(image)).scalar_one()
            for page in self._pages(connection, rules, now):
                for one in self.decide(connection, page, rules, now):
                    if one.decision.due(now):
                        due += 1
                        earliest = sorted([*earliest, one], key=lambda each: each.clock_at)[:MOST_SHOWN]
                    late += one.decision.late_since is not None and one.decision.late_since <= late_before
                if (seen := seen + len(page)) >= MOST_COUNTED:
                    more = True
                    break
        return Tally(held, due, late, more, tuple(earliest))

    def oldest(self, connection: Connection, limit: int) -> list[Candidate]:
        """The pictures that came first."""
        query = select(image.c.image_id, image.c.object_key).order_by(image.c.received_at).limit(limit)
        return [Candidate(str(row.image_id), row.object_key) for row in connection.execute(query)]

    def _pages(self, connection: Connection, rules: RuleSet, end: datetime) -> Iterator[list[Candidate]]:
        """Every picture whose read, alert or arrival lies far enough back, a page at a time.

        Each of the three goes by the index of its own clock; only what such a range holds is looked at.
        """
        i, r, a = image.c, read.c, alert.c
        known_read = select(r.read_id).where(r.read_id == i.read_id).exists()
        known_alert = select(a.alert_id).where(a.read_id == i.read_id).exists()
        ways: list[Any] = []
        if (cutoff := _cutoff(rules.rules.get(self.read_class), end)) is not None:
            # Two ranges, each with its own index, and the second with exactly the condition of ix_read_ahead.
            both = (r.captured_at <= cutoff, and_(r.received_at <= cutoff, r.captured_at > r.received_at))
            ways += [i.read_id.in_(select(r.read_id).where(early)) & ~known_alert for early in both]
            ways.append((i.received_at <= cutoff) & ~known_read & ~known_alert)
        if (cutoff := _cutoff(rules.rules.get(self.alert_class), end)) is not None:
            early = or_(a.made_at <= cutoff, a.received_at <= cutoff)
            ways.append(i.read_id.in_(select(a.read_id).where(early)))
        for way in ways:
            # In the order of arrival, or SQLite would go through the whole table in the order of ids.
            query = select(i.image_id, i.object_key, i.received_at).where(way).order_by(i.received_at, i.image_id)
            page = connection.execute(query.limit(PAGE)).all()
            while page:
                yield [Candidate(str(row.image_id), row.object_key) for row in page]
                last = page[-1]
                later = or_(
                    i.received_at > last.received_at,
                    and_(i.received_at == last.received_at, i.image_id > last.image_id),
                )
                page = connection.execute(query.where(i.received_at >= last.received_at, later).limit(PAGE)).all()

    def _decided(self, connection: Connection, rows: Sequence[Any], rules: RuleSet, now: datetime) -> Iterator[Found]:
        read_ids = {row.read_id for row in rows}
        reads: dict[UUID, datetime] = {}
        alerts: dict[UUID, list[Any]] = {}
        for part in in_parts(read_ids):
            r, a = read.c, alert.c
            seen = select(r.read_id, r.captured_at, r.received_at).where(r.read_id.in_(part))
            for each in connection.execute(seen):
                reads[each.read_id] = min(each.captured_at, each.received_at)
            made = select(a.alert_id, a.read_id, a.made_at, a.received_at).where(a.read_id.in_(part))
            for hit in connection.execute(made):
                alerts.setdefault(hit.read_id, []).append(hit)
        own = marks_of(connection, Kind.IMAGE, [row.image_id for row in rows])
        of_reads = marks_of(connection, Kind.READ, read_ids)
        of_alerts = marks_of(connection, Kind.ALERT, [each.alert_id for some in alerts.values() for each in some])
        for row in rows:
            marks = Marks()
            for other in (own.get(row.image_id), of_reads.get(row.read_id)):
                marks.add(other)
            hits = alerts.get(row.read_id, [])
            for hit in hits:
                marks.add(of_alerts.get(hit.alert_id))
            classes, times = [], {}
            if row.read_id in reads or not hits:
                classes.append(self.read_class)
                times[Since.CAPTURE] = min(reads.get(row.read_id, row.received_at), row.received_at)
            if hits:
                classes.append(self.alert_class)
                times[Since.ALERT] = max(min(hit.made_at, hit.received_at) for hit in hits)
            item = Item((*classes, *marks.classes), times, marks.class_times, holds=tuple(marks.holds.values()))
            decision = decide(item, rules, now)
            clock_at = min(times.values())
            yield Found(self.kind, str(row.image_id), tuple(item.classes), clock_at, decision, row.object_key)

    def _let_go(self, key: str) -> None:
        """Take our own legal hold off an object: nothing in the database holds it any more."""
        try:
            self.objects.hold(key, on=False)
        except NotFound:
            return  # an earlier try has erased it


def _cutoff(rule: Rule | None, end: datetime) -> datetime | None:
    return None if rule is None or rule.delete_by is None else rule.delete_by.latest_start(end)
