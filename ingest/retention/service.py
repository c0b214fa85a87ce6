"""Retention of one centre, put together: what pages, the JSON API and the command line call."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import Engine

from governance.keys import PrivateKey, PublicKey
from governance.log import Log
from governance.retention.rules import RuleSet
from ingest.clock import Clock
from ingest.counters import Counters
from ingest.database.engine import read_transaction
from ingest.errors import BadInput, NotFound, Unavailable
from ingest.lists.shortening import Shortening
from ingest.objects import ObjectStore
from ingest.retention import batches
from ingest.retention.clock_guard import ClockGuard
from ingest.retention.disposal import Disposal, Run
from ingest.retention.inventory import HIT, places
from ingest.retention.items import Place
from ingest.retention.locks import Locks
from ingest.retention.marking import Marking
from ingest.retention.overview import ClassRow, Late, ReceiptRow, late, latest_receipts, overview, receipts
from ingest.retention.preview import preview
from ingest.retention.rulesets import Register, RuleSets, Version, faults_of
from ingest.retention.scheduler import RetentionScheduler
from ingest.retention.story import Story, explain
from ingest.settings import RetentionSettings

KEY_FILE: Final = "receipts.pem"

_log = logging.getLogger(__name__)


class Retention:
    """Everything of retention at one centre. more are places beyond the database's and the pictures'. on_published runs
    after a list was published without what is disposed of.
    """

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        objects: ObjectStore,
        *,
        force: str,
        key: PrivateKey,
        settings: RetentionSettings,
        counters: Counters,
        register: Register | None,
        more: tuple[Place, ...] = (),
        monotonic: Callable[[], float] = time.monotonic,
        on_published: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._key = key
        self._grace = timedelta(minutes=settings.late_minutes)
        interval = timedelta(minutes=settings.interval_minutes)
        self.places = (*more, *places(engine, objects, Shortening(engine, log, clock, on_published)))
        self.rules = RuleSets(
            engine, log, clock, key=key, register=register, wait=timedelta(days=settings.change_wait_days)
        )
        self.locks = Locks(engine, objects, clock, self.rules.current, HIT, counters)
        self.clock = ClockGuard(engine, log, clock, timedelta(days=settings.clock_jump_days), monotonic)
        self.marking = Marking(engine, log, clock, self.rules.current, self._marked)
        # Twice the interval: what a round leaves because it would end just after the next one is still on time.
        self._disposal = Disposal(
            engine, log, clock, places=self.places, key=key, force=force, lead=2 * interval, counters=counters
        )
        self.scheduler = RetentionScheduler(self.round, interval, counters)
        self._late: list[Late] = []
        self.rules.ensure()

    @classmethod
    def open(
        cls,
        engine: Engine,
        log: Log,
        clock: Clock,
        objects: ObjectStore,
        keys_dir: Path,
        *,
        force: str,
        settings: RetentionSettings,
        counters: Counters,
        register: Register | None,
        on_published: Callable[[], None] = lambda: None,
    ) -> Self:
        """Open with the key of receipts, which is made where there is none. Raises BadKey or DatabaseUnavailable."""
        key = PrivateKey.load_or_make(keys_dir / KEY_FILE)
        return cls(
            engine,
            log,
            clock,
            objects,
            force=force,
            key=key,
            settings=settings,
            counters=counters,
            register=register,
            on_published=on_published,
        )

    @property
    def public_key(self) -> PublicKey:
        """The key that receipts and sets of rules are verified with."""
        return self._key.public

    def round(self, stop: Callable[[], bool] = lambda: False) -> Run:
        """What the scheduler does: new rules, disposal, the store's locks. Raises Unavailable, or ClockDoubted."""
        self.clock.check()
        self.rules.advance()
        run = self._disposal.run(self.rules.current(), stop)
        if not stop():
            self.locks.follow()
            self._late = self.late()
        for one in self._late:
            _log.warning("late: %s", one.words)
        return run

    def run(self, stop: Callable[[], bool] = lambda: False) -> Run:
        """Dispose of what is due now, and try at once what failed before. Raises Unavailable, or ClockDoubted."""
        self.clock.check()
        self.rules.advance()
        return self._disposal.run(self.rules.current(), stop, at_once=True)

    def overview(self, ahead: timedelta = timedelta(0), gone: timedelta = timedelta(days=28)) -> list[ClassRow]:
        """A row for each place: what is there, what must be gone by now + ahead, what went in the time before."""
        now = self._clock()
        return overview(self._engine, self.places, self.rules.current(), now + ahead, now - self._grace, now - gone)

    def late(self) -> list[Late]:
        """What should have gone and has not, and what else of retention is late."""
        now = self._clock()
        return late(self._engine, self.places, self.rules.current(), now, now - self._grace)

    def explain(self, item_id: UUID) -> list[Story]:
        """Why an item is still here, until when and under which rule; or how it went. Raises NotFound."""
        return explain(self._engine, self.places, self.rules.current(), item_id, self._clock())

    def preview(self, file: bytes) -> dict[str, Any]:
        """What a file of rules would change, were it proposed now. Raises BadInput or governance.errors.BadRules."""
        return preview(self._engine, self.places, self.rules.current(), self._usable(file), self.rules.starts_at())

    def propose(self, file: bytes, why: str, under: str, by: str) -> Version:
        """Propose a file of rules. Raises NotAuthorised, Conflict, BadInput or governance.errors.BadRules."""
        rules = self._usable(file)
        return self.rules.propose(
            rules, why, under, by, lambda at: preview(self._engine, self.places, self.rules.current(), rules, at)
        )

    def receipts(self, since: timedelta, limit: int, after: UUID | None = None) -> list[ReceiptRow]:
        """The receipts of the time before now, the oldest first; where one is named, those after it."""
        return receipts(self._engine, self._clock() - since, limit, after)

    def latest_receipts(self, since: timedelta, limit: int) -> list[ReceiptRow]:
        """The newest receipts of the time before now, the newest first."""
        return latest_receipts(self._engine, self._clock() - since, limit)

    def receipt(self, batch_id: UUID) -> bytes:
        """One signed receipt. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            found = batches.receipt_of(connection, batch_id)
        if found is None:
            raise NotFound(f"there is no receipt of a disposal {batch_id}")
        return found

    def troubles(self) -> list[str]:
        """Why retention does not work as it should, in words; as the last round found it."""
        found = [] if self.scheduler.alive else ["the thread of retention has ended"]
        if self.scheduler.trouble:
            found.append(self.scheduler.trouble)
        return found + [one.words for one in self._late if one.number]

    def _usable(self, file: bytes) -> RuleSet:
        """The rules of a file, if all that is held here has a rule in them."""
        rules = RuleSet.parse(file)
        wanted = [(place.item_class, place.clocks) for place in self.places]
        wanted += [(name, frozenset[Any]()) for name in self.marking.classes_in_use()]
        wanted.append((HIT, frozenset[Any]()))
        if faults := faults_of(rules, wanted):
            raise BadInput("; ".join(dict.fromkeys(faults)))
        return rules

    def _marked(self) -> None:
        """Let the store's locks follow at once. Where the store is away the scheduler does it later."""
        try:
            self.locks.follow()
        except Unavailable as error:
            _log.warning("the store's locks follow later: %s", error)
