"""Disposal: what must go, goes, from every place, and leaves a signed receipt that it is gone.

A run goes through the places in their order. In each it first takes up what an earlier run began, then chooses and
takes away one batch after another (ingest.retention.batches has the steps). A place that cannot be reached stops only
itself: its batches are tried again later, ever less often, up to once an hour.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from governance.acts import Act, Operation
from governance.errors import GovernanceError
from governance.keys import PrivateKey
from governance.log import Log
from governance.retention.receipt import KIND as RECEIPT
from governance.retention.receipt import Receipt, items_digest, leaf
from governance.retention.rules import RuleSet
from governance.signed import Signed
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms
from ingest.counters import Counters
from ingest.database.engine import overwrite_deleted, read_transaction, write_transaction
from ingest.database.recorded import recorded
from ingest.errors import ErasureRefused, IngestError, NotGone, Unavailable
from ingest.retention import batches
from ingest.retention.batches import DONE, INTENDED, REMOVED, SIGNED, Batch
from ingest.retention.exceptions import one_at_a_time
from ingest.retention.items import Candidate, Found, Place
from ingest.retention.rulesets import SYSTEM

ACT: Final = "retention.dispose"

_RUN_LOCK: Final = 0x646973706F736572
"""The advisory lock's number: "disposer" in ASCII."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Run:
    """What a run came to: items that went, by place and class; its receipts' ids; what failed, by place.

    elsewhere: another process was at it, and this one did nothing. left: it was stopped before it was through.
    """

    disposed: Counter[tuple[str, str]] = field(default_factory=Counter)
    receipts: list[UUID] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    elsewhere: bool = False
    left: bool = False


class Disposal:
    """The disposal of one centre. lead: what must be gone within it goes now, so that nothing overruns its time."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        places: Sequence[Place],
        key: PrivateKey,
        force: str,
        lead: timedelta,
        counters: Counters,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._places = places
        self._key = key
        self._force = force
        self._lead = lead
        self._counters = counters
        self._one = threading.Lock()

    def run(self, rules: RuleSet, stop: Callable[[], bool] = lambda: False, *, at_once: bool = False) -> Run:
        """Dispose of everything that is due. at_once tries what failed before without waiting for its time.

        Raises DatabaseUnavailable; what was begun is taken up by the next run.
        """
        run = Run()
        with _alone(self._engine, self._one) as alone:
            run.elsewhere = not alone
            for place in self._places if alone else ():
                if stop():
                    break
                try:
                    self._place(place, rules, run, stop, at_once=at_once)
                except Unavailable as error:
                    self._trouble(run, place.name, error)
            run.left = alone and stop()
            if run.disposed:
                overwrite_deleted(self._engine)
        return run

    def _place(self, place: Place, rules: RuleSet, run: Run, stop: Callable[[], bool], *, at_once: bool) -> None:
        with read_transaction(self._engine) as connection:
            waiting = batches.open_batches(connection, place.name)
        for batch in waiting:
            if stop():
                return
            due = at_once or batch.next_try_at <= self._clock()
            if due and not self._try(place, batch.batch_id, run):
                return
        while not stop():
            batch_id = self._intend(place, rules)
            if batch_id is None or not self._try(place, batch_id, run):
                return

    def _intend(self, place: Place, rules: RuleSet) -> UUID | None:
        """Choose the next batch, of one deciding class, and write it down. None where nothing is due."""
        now = self._clock()
        with read_transaction(self._engine) as connection:
            busy = {one.item_id for batch in batches.open_batches(connection, place.name) for one in batch.items}
        candidates = place.candidates(rules, now, self._lead, busy)
        if not candidates:
            return None
        with write_transaction(self._engine) as connection:
            one_at_a_time(connection)
            found = [one for one in place.decide(connection, candidates, rules, now) if self._goes(one, now)]
            if not found:
                return None
            same = [one for one in found if one.decision.decided_by == found[0].decision.decided_by][: place.batch]
            body = self._body(place, same, rules, now)
            return batches.intend(connection, place.name, same, rules.sha256, body, now)

    def _goes(self, one: Found, now: datetime) -> bool:
        return one.decision.due(now, self._lead)

    def _try(self, place: Place, batch_id: UUID, run: Run) -> bool:
        """Take a batch through the steps that are left to it. False where the whole place cannot go on now."""
        try:
            self._finish(place, batch_id, run)
            return True
        except (IngestError, GovernanceError) as error:
            self._trouble(run, place.name, error)
            with write_transaction(self._engine) as connection:
                batch = batches.get(connection, batch_id)
                batches.failed(connection, batch, str(error), self._clock())
                alone = isinstance(error, (ErasureRefused, NotGone))
                if alone and batch.state == INTENDED and len(batch.items) > 1:
                    batches.split(connection, batch, lambda items: {**batch.body, **_of_items(place, items)})
            return alone

    def _finish(self, place: Place, batch_id: UUID, run: Run) -> None:
        with read_transaction(self._engine) as connection:
            batch = batches.get(connection, batch_id)
        if batch.state == INTENDED:
            batch = self._remove(place, batch)
        if batch.state == REMOVED:
            batch = self._check(place, batch)
        if batch.state == SIGNED:
            self._record(place, batch)
            run.disposed[place.name, batch.item_class] += len(batch.items)
            run.receipts.append(batch_id)
            self._counters.add(f"disposed_{place.name}", len(batch.items))

    def _remove(self, place: Place, batch: Batch) -> Batch:
        def finish(connection: Connection, removed: Mapping[str, int]) -> None:
            batches.forget_marks(connection, place.kind, batch.items)
            body = {**batch.body, "removed": dict(removed), "removed_at": format_utc_ms(self._clock())}
            batches.move(connection, batch, REMOVED, body=body)

        place.remove(batch.items, finish)
        return self._again(batch)

    def _check(self, place: Place, batch: Batch) -> Batch:
        """Look whether it is all gone, and sign that it is. What is not is taken away once more."""
        still = place.remaining(batch.items)
        if still:
            with write_transaction(self._engine) as connection:
                batches.move(connection, batch, INTENDED)
            raise NotGone(
                f"{len(still)} of {len(batch.items)} items of {place.name} are still there after their removal"
            )
        body = {**batch.body, "batch": str(batch.batch_id), "checked_at": format_utc_ms(self._clock())}
        receipt = Receipt.model_validate(body).sign(self._key).to_bytes()
        with write_transaction(self._engine) as connection:
            batches.move(connection, batch, SIGNED, receipt=receipt)
        return self._again(batch)

    def _record(self, place: Place, batch: Batch) -> None:
        """Put the erasure into the log with its receipt's digest. Who dies in between logs the same once more."""
        receipt = Receipt.read(batch.receipt or b"", self._key.public)
        leaves = [leaf(place.kind, one.item_id) for one in batch.items]
        with recorded(self._engine, self._log) as (connection, acts):
            if not batches.move(connection, batch, DONE, item_list=None, done_at=self._clock(), trouble=""):
                return
            if place.listed:
                batches.list_leaves(connection, batch, leaves)
            acts.add(_act(batch, receipt))
        _log.info("disposed of %d items of %s", len(batch.items), place.name)

    def _again(self, batch: Batch) -> Batch:
        with read_transaction(self._engine) as connection:
            return batches.get(connection, batch.batch_id)

    def _body(self, place: Place, found: Sequence[Found], rules: RuleSet, now: datetime) -> dict[str, Any]:
        item_class = found[0].decision.decided_by
        rule = rules.rules[item_class]
        return {
            "force": self._force,
            "place": place.name,
            "kind": place.kind.value,
            "item_class": item_class,
            "rule": {
                "keep_at_least": rule.keep_at_least.text if rule.keep_at_least else None,
                "delete_by": rule.delete_by.text if rule.delete_by else None,
                "clock": rule.since.value,
                "legal_basis": rule.legal_basis,
                "standing": rule.standing,
            },
            "rules_sha256": rules.sha256,
            "clock_from": format_utc_ms(min(one.clock_at for one in found)),
            "clock_until": format_utc_ms(max(one.clock_at for one in found)),
            "go_by": format_utc_ms(min(one.decision.go_by for one in found if one.decision.go_by is not None)),
            "checked": list(place.checked),
            "intended_at": format_utc_ms(now),
            **_of_items(place, [Candidate(one.item_id, one.where) for one in found]),
        }

    def _trouble(self, run: Run, place: str, error: Exception) -> None:
        run.failed[place] = str(error)
        self._counters.add("disposal_retries")
        _log.warning("disposal of %s is tried again later: %s", place, error)


def _of_items(place: Place, items: Sequence[Candidate]) -> dict[str, Any]:
    return {"items": len(items), "items_sha256": items_digest(leaf(place.kind, one.item_id) for one in items)}


def _act(batch: Batch, receipt: Receipt) -> Act:
    """Metadata alone: DPA 2018 s.62 wants the erasure logged, and nothing of what was erased is in it."""
    return Act(
        SYSTEM,
        ACT,
        f"kept no longer than its rule allows: {receipt.item_class}, {receipt.rule['delete_by']} from"
        f" {receipt.rule['clock']}",
        None,
        {"batch": str(batch.batch_id)},
        {
            "place": receipt.place,
            "class": receipt.item_class,
            "items": receipt.items,
            "items_sha256": receipt.items_sha256,
            "clock_from": receipt.clock_from,
            "clock_until": receipt.clock_until,
            "rules_sha256": receipt.rules_sha256,
            "receipt_sha256": Signed.parse(batch.receipt or b"", RECEIPT).digest,
        },
        operation=Operation.ERASURE,
    )


@contextmanager
def _alone(engine: Engine, one: threading.Lock) -> Iterator[bool]:
    """Whether nobody else disposes now, in this process or, on PostgreSQL, in any; and nobody else does meanwhile."""
    if not one.acquire(blocking=False):
        yield False
        return
    try:
        if engine.dialect.name != "postgresql":
            yield True
            return
        with read_transaction(engine) as connection:
            # A transaction that stays open for the run: the lock ends with it, whatever becomes of this process.
            query = text("SELECT pg_try_advisory_xact_lock(:number)")
            yield bool(connection.execute(query, {"number": _RUN_LOCK}).scalar_one())
    finally:
        one.release()
