"""The store's own locks on pictures follow what the database says, so that the store too refuses what the rules refuse.

A picture is locked when it comes, for as long as its rule's keep_at_least; where a new rule wants it kept longer, the
lock is made longer. What is held, or has a class of its own, gets a legal hold in the store, which ends with that.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Engine, or_, select, type_coerce, union, update

from governance.retention.rules import RuleSet
from ingest.clock import Clock
from ingest.counters import Counters
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.schema import alert, image, retention_class, retention_hold, retention_hold_item
from ingest.errors import NotFound
from ingest.objects import ObjectStore
from ingest.retention.items import Kind

MOST_AT_ONCE: Final = 1_000
"""Pictures whose locks one call changes; the next call does the rest."""

_SHORTEST_MONTH_DAYS: Final = 28
_DAY_MS: Final = 86_400_000

_log = logging.getLogger(__name__)


class Locks:
    """The locks of the pictures of one centre. item_class is the class whose keep_at_least counts for them."""

    def __init__(
        self,
        engine: Engine,
        objects: ObjectStore,
        clock: Clock,
        rules: Callable[[], RuleSet],
        item_class: str,
        counters: Counters,
    ) -> None:
        self._engine = engine
        self._objects = objects
        self._clock = clock
        self._rules = rules
        self._item_class = item_class
        self._counters = counters

    def until(self) -> datetime | None:
        """Until when a picture that comes now is locked; None: not at all. Raises DatabaseUnavailable.

        It was taken before it came, so this is no sooner than keep_at_least wants.
        """
        return self._until(self._clock())

    def follow(self) -> int:
        """Bring the store's locks to what the database says, MOST_AT_ONCE at most, and give how many were changed.

        Raises Unavailable.
        """
        return self._extend() + self._hold() + self._release()

    def _until(self, received_at: datetime) -> datetime | None:
        rule = self._rules().rules.get(self._item_class)
        if rule is None or rule.keep_at_least is None:
            return None
        until = rule.keep_at_least.after(received_at)
        return until if rule.delete_by is None else min(until, rule.delete_by.after(received_at))

    def _extend(self) -> int:
        rule, now, i = self._rules().rules.get(self._item_class), self._clock(), image.c
        if rule is None or rule.keep_at_least is None:
            return 0
        keep = rule.keep_at_least
        since = keep.latest_start(now)
        least_ms = keep.months * _SHORTEST_MONTH_DAYS * _DAY_MS + int(keep.exact.total_seconds() * 1000)
        short = type_coerce(i.locked_until, BigInteger) < type_coerce(i.received_at, BigInteger) + least_ms
        query = select(i.image_id, i.object_key, i.received_at).where(or_(i.locked_until.is_(None), short))
        if since is not None:
            query = query.where(i.received_at > since)
        return self._each(query, lambda row: self._lock(row, now))

    def _lock(self, row: Any, now: datetime) -> dict[str, datetime]:
        until = self._until(row.received_at)
        if until is None or until <= now:
            return {}
        self._objects.lock(row.object_key, until)
        return {"locked_until": until}

    def _hold(self) -> int:
        query = select(image.c.image_id, image.c.object_key).where(image.c.held_at.is_(None), self._marked())

        def hold(row: Any) -> dict[str, datetime | None]:
            self._objects.hold(row.object_key, on=True)
            return {"held_at": self._clock()}

        return self._each(query, hold)

    def _release(self) -> int:
        query = select(image.c.image_id, image.c.object_key).where(image.c.held_at.is_not(None), ~self._marked())

        def release(row: Any) -> dict[str, datetime | None]:
            self._objects.hold(row.object_key, on=False)
            return {"held_at": None}

        return self._each(query, release)

    def _each(self, query: Any, change: Callable[[Any], Any]) -> int:
        """Change the store, then say so in the row: a process that dies in between does it again."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(image.c.image_id).limit(MOST_AT_ONCE)).all()
        changed = 0
        for row in rows:
            try:
                values = change(row)
            except NotFound:
                _log.error("picture %s is not in the store, so it cannot be locked there", row.image_id)
                self._counters.add("pictures_missing")
                continue
            if values:
                with write_transaction(self._engine) as connection:
                    mine = update(image).where(image.c.image_id == row.image_id)
                    connection.execute(mine.values(values))
                changed += 1
        self._counters.add("picture_locks_changed", changed)
        return changed

    def _marked(self) -> ColumnElement[bool]:
        """The condition that a picture, its read or one of its alerts is held or has a class of its own."""
        alerts = select(alert.c.read_id).where(alert.c.alert_id.in_(self._ids(Kind.ALERT)))
        return or_(
            image.c.image_id.in_(self._ids(Kind.IMAGE)),
            image.c.read_id.in_(self._ids(Kind.READ)),
            image.c.read_id.in_(alerts),
        )

    def _ids(self, kind: Kind) -> Any:
        c, i, h, now = retention_class.c, retention_hold_item.c, retention_hold.c, self._clock()
        held = select(i.item_id).join(retention_hold, h.hold_id == i.hold_id).where(i.kind == kind, h.ends_at > now)
        both = union(select(c.item_id).where(c.kind == kind), held).subquery()
        return select(both.c.item_id)
