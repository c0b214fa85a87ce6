"""A place whose items are rows of one table, with rows of other tables that belong to them.

Rows without marks of their own are found by a range of their clock's column, which is indexed: as fast for hundreds of
millions as for ten. What the range finds is then decided one by one by the same pure decision as everything else.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Engine, Table, Uuid, and_, delete, func, select, update

from governance.retention.decision import Item, decide
from governance.retention.rules import RuleSet, Since
from ingest.database.engine import commit, open_write, read_transaction
from ingest.retention.exceptions import Marks, classed, in_parts, is_plain, marks_of
from ingest.retention.items import MARKABLE, Candidate, Finish, Found, Kind, Tally

MOST_SHOWN: Final = 3
"""How many of the first items a tally names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A Place over one table.

    clock is the column that since stands for. ahead, where there is one, is when the row came: the earlier of the two
    counts, for a device's clock may be ahead. where narrows the table to what is an item at all. waits is true of rows
    that must not go yet, because something of theirs in another place is still there. belongings are columns of other
    tables that name a row here; their rows go with it. blanks, where it is given, is set instead of deleting the row.
    """

    engine: Engine
    name: str
    kind: Kind
    item_class: str
    table: Table
    key: Column[Any]
    clock: ColumnElement[datetime]
    since: Since
    ahead: Column[datetime] | None = None
    where: ColumnElement[bool] | None = None
    waits: ColumnElement[bool] | None = None
    belongings: tuple[Column[Any], ...] = ()
    blanks: Mapping[str, None] | None = None
    batch: int = 500
    listed: bool = True

    @property
    def clocks(self) -> frozenset[Since]:
        """What its items can count from."""
        return frozenset({self.since})

    @property
    def checked(self) -> tuple[str, ...]:
        """What remaining() looks at."""
        tables = [self.table.name, *(column.table.name for column in self.belongings)]
        return tuple(f"database: {name}" for name in tables)

    def candidates(
        self, rules: RuleSet, now: datetime, lead: timedelta, busy: Collection[str] = ()
    ) -> Sequence[Candidate]:
        """The next rows that are due: plain ones by their clock, then those with marks."""
        found: dict[str, Candidate] = {}
        with read_transaction(self.engine) as connection:
            cutoff = self._cutoff(rules, now, lead)
            for condition in () if cutoff is None else self._ranges(cutoff):
                room = self.batch - len(found)
                if room <= 0:
                    break
                query = self._plain(now, select(self.key).where(condition)).order_by(self.clock).limit(room)
                if self.waits is not None:
                    query = query.where(~self.waits)
                if busy:
                    query = query.where(self.key.not_in([self._key(one) for one in busy]))
                found |= {str(key): Candidate(str(key)) for key in connection.execute(query).scalars()}
            for one in self._classed(connection, rules, now):
                if len(found) >= self.batch:
                    break
                free = one.item_id not in busy and not self._must_wait(connection, one.item_id)
                if one.decision.due(now, lead) and free:
                    found[one.item_id] = Candidate(one.item_id)
        return list(found.values())

    def decide(
        self, connection: Connection, candidates: Sequence[Candidate], rules: RuleSet, now: datetime
    ) -> list[Found]:
        """What the rules say now of those that are there."""
        found: dict[str, Found] = {}
        for part in in_parts(candidates):
            keys = [self._key(one.item_id) for one in part]
            marks = marks_of(connection, self.kind, keys) if self.kind in MARKABLE else {}
            columns = [self.key.label("key"), self.clock.label("clock")]
            if self.ahead is not None:
                columns.append(self.ahead.label("ahead"))
            query = self._here(select(*columns).where(self.key.in_(keys))).order_by(self.clock)
            for row in connection.execute(query):
                # The same id twice is the same thing, whatever its device's clock said the second time.
                found.setdefault(str(row.key), self._found(row, marks.get(row.key), rules, now))
        return list(found.values())

    def remove(self, candidates: Sequence[Candidate], finish: Finish) -> None:
        """Take the rows away with all that belongs to them, in one transaction."""
        keys = [self._key(one.item_id) for one in candidates]
        removed: dict[str, int] = {}
        with open_write(self.engine) as connection:
            for part in in_parts(keys):
                for column in self.belongings:
                    gone = connection.execute(delete(column.table).where(column.in_(part))).rowcount
                    removed[column.table.name] = removed.get(column.table.name, 0) + gone
                if self.blanks is None:
                    statement: Any = delete(self.table).where(self.key.in_(part))
                else:
                    statement = update(self.table).where(self.key.in_(part)).values(self.blanks)
                removed[self.table.name] = removed.get(self.table.name, 0) + connection.execute(statement).rowcount
            finish(connection, removed)
            commit(connection)

    def remaining(self, candidates: Sequence[Candidate]) -> list[str]:
        """The ids of which a row is still there, here or in a table that belongs to them."""
        keys = [self._key(one.item_id) for one in candidates]
        found: set[str] = set()
        with read_transaction(self.engine) as connection:
            for part in in_parts(keys):
                mine = self._here(select(self.key).where(self.key.in_(part)))
                if self.blanks is None:
                    mine = select(self.key).where(self.key.in_(part))
                found |= {str(key) for key in connection.execute(mine).scalars()}
                for column in self.belongings:
                    query = select(column).where(column.in_(part))
                    found |= {str(key) for key in connection.execute(query).scalars()}
        return sorted(found)

    def tally(self, rules: RuleSet, now: datetime, late_before: datetime) -> Tally:
        """Count by range, and decide those with marks one by one."""
        with read_transaction(self.engine) as connection:
            held = self._count(connection, self._here(select(func.count()).select_from(self.table)))
            due, late = self._plain_count(connection, rules, now), self._plain_late(connection, rules, now, late_before)
            earliest: list[Found] = []
            for one in self._classed(connection, rules, now):
                due += one.decision.due(now)
                late += one.decision.late_since is not None and one.decision.late_since <= late_before
            if due:
                some = self.decide(connection, self.oldest(connection, 10 * MOST_SHOWN), rules, now)
                earliest = [one for one in some if one.decision.due(now)][:MOST_SHOWN]
        return Tally(held, due, late, False, tuple(earliest))

    def oldest(self, connection: Connection, limit: int) -> list[Candidate]:
        """The rows whose clocks started first."""
        query = self._here(select(self.key)).order_by(self.clock).limit(limit)
        return [Candidate(str(key)) for key in connection.execute(query).scalars()]

    def _cutoff(self, rules: RuleSet, now: datetime, lead: timedelta) -> datetime | None:
        """The latest start of the clock with which a plain row is due; None where none is."""
        rule = rules.rules.get(self.item_class)
        if rule is None or rule.delete_by is None or rule.since is not self.since:
            return None
        by = rule.delete_by.latest_start(now + lead)
        free = now if rule.keep_at_least is None else rule.keep_at_least.latest_start(now)
        return None if by is None or free is None else min(by, free)

    def _ranges(self, cutoff: datetime) -> list[ColumnElement[bool]]:
        """The ranges that hold every row whose clock, or whose arrival where that is earlier, is not after cutoff."""
        ranges: list[ColumnElement[bool]] = [self.clock <= cutoff]
        if self.ahead is not None:
            ranges.append(and_(self.ahead <= cutoff, self.clock > self.ahead, self.clock > cutoff))
        return ranges

    def _plain_count(self, connection: Connection, rules: RuleSet, now: datetime) -> int:
        cutoff = self._cutoff(rules, now, timedelta(0))
        return 0 if cutoff is None else self._count_ranges(connection, cutoff, now, None)

    def _plain_late(self, connection: Connection, rules: RuleSet, now: datetime, late_before: datetime) -> int:
        """Plain rows that had to be gone by late_before and had come by then. A hold that ended since excuses none."""
        cutoff = self._cutoff(rules, late_before, timedelta(0))
        arrived = None if self.ahead is None else self.ahead <= late_before
        return 0 if cutoff is None else self._count_ranges(connection, cutoff, now, arrived)

    def _count_ranges(
        self, connection: Connection, cutoff: datetime, now: datetime, also: ColumnElement[bool] | None
    ) -> int:
        number = 0
        for condition in self._ranges(cutoff):
            query = self._plain(now, select(func.count()).select_from(self.table).where(condition))
            number += self._count(connection, query if also is None else query.where(also))
        return number

    def _count(self, connection: Connection, query: Any) -> int:
        return int(connection.execute(query).scalar_one())

    def _classed(self, connection: Connection, rules: RuleSet, now: datetime) -> Iterator[Found]:
        """Every row with a class of its own, decided."""
        if self.kind not in MARKABLE:
            return
        after: UUID | None = None
        while ids := classed(connection, self.kind, after, self.batch):
            after = ids[-1]
            yield from self.decide(connection, [Candidate(str(one)) for one in ids], rules, now)

    def _must_wait(self, connection: Connection, item_id: str) -> bool:
        if self.waits is None:
            return False
        query = select(self.key).where(self.key == self._key(item_id), self.waits)
        return connection.execute(query).first() is not None

    def _found(self, row: Any, marks: Marks | None, rules: RuleSet, now: datetime) -> Found:
        clock_at = min(row.clock, row.ahead) if self.ahead is not None else row.clock
        marks = marks or Marks()
        item = Item(
            (self.item_class, *marks.classes),
            {self.since: clock_at},
            marks.class_times,
            holds=tuple(marks.holds.values()),
        )
        return Found(self.kind, str(row.key), tuple(item.classes), clock_at, decide(item, rules, now))

    def _plain(self, now: datetime, query: Any) -> Any:
        query = self._here(query)
        return query.where(is_plain(self.kind, self.key, now)) if self.kind in MARKABLE else query

    def _here(self, query: Any) -> Any:
        return query if self.where is None else query.where(self.where)

    def _key(self, item_id: str) -> Any:
        return UUID(item_id) if isinstance(self.key.type, Uuid) else item_id
