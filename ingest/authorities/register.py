"""The register: every authority of one force, and the one question answered from the signed documents in it."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from governance.authority.borough_outlines import BoroughOutlines
from governance.authority.case import Case
from governance.authority.decision import decide_case
from governance.authority.fields import time_of
from governance.authority.question import Decision, Kind, Refusal, Where
from governance.authority.ranks import Rules
from governance.authority.replay import IN_FORCE, Moment, NotGood
from governance.authority.states import State, Step, after
from governance.errors import BadDocument
from governance.keys import PrivateKey
from governance.log import Act, Log
from ingest.authorities import rows
from ingest.authorities.checking import check
from ingest.authorities.keys import OfficerKeys
from ingest.authorities.requests import Requests, faults_of
from ingest.authorities.steps import Steps
from ingest.authorities.views import Summary, Whole
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts
from ingest.database.schema import authority, authority_use
from ingest.database.statements import insert
from ingest.errors import NotAuthorised, NotFound

_log = logging.getLogger(__name__)


class Authorities:
    """An Authorised. requests, steps and keys change what is in it; on_change runs after what devices must know."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        force: str,
        anchor: PrivateKey,
        rules: Rules,
        boroughs: BoroughOutlines | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.rules = rules
        self.keys = OfficerKeys(engine, log, clock, force=force, anchor=anchor, rules=rules, on_change=on_change)
        self.requests = Requests(engine, log, clock, force, rules, boroughs)
        self.steps = Steps(engine, log, clock, keys=self.keys, anchor=anchor, rules=rules, on_change=on_change)
        self._engine = engine
        self._clock = clock

    def may(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        """Answer the one question from the signed documents. Raises only DatabaseUnavailable."""
        with read_transaction(self._engine) as connection:
            return self._may(connection, act, on, under, at, where)

    def use(
        self,
        connection: Connection,
        acts: Acts,
        *,
        act: str,
        on: str,
        under: str,
        by: str,
        where: Where | None = None,
        known_as: str = "",
    ) -> Decision:
        """Ask, and write the use down in the caller's own transaction. Raises NotAuthorised where the answer is no.

        known_as is another name of the object, which a scope may have instead: a list's, whose id nobody knows before
        it is made.
        """
        now = self._clock()
        decision = self._may(connection, act, on, under, now, where, lock=True)
        if known_as and decision.refusal is Refusal.OUT_OF_SCOPE:
            on, decision = known_as, self._may(connection, act, known_as, under, now, where, lock=True)
        if not decision.allowed or decision.authority_id is None:
            _log.warning("%s by %s is not authorised: %s", act, by, decision.refusal)
            raise NotAuthorised(decision)
        use_id = new_id()
        row = {"use_id": use_id, "authority_id": UUID(decision.authority_id), "act": act, "object": on, "at": now}
        connection.execute(insert(connection, authority_use), {**row, "by": by})
        objects = {"authority": decision.authority_id, "use": str(use_id), "object": on}
        acts.add(Act(by, "authority.use", f"to {act}", decision.authority_id, objects, {"act": act}))
        return decision

    def all(self, state: State | None = None, kind: Kind | None = None) -> list[Summary]:
        """The authorities, newest first, all or those of a state or kind."""
        query = select(authority).order_by(authority.c.made_at.desc(), authority.c.authority_id.desc())
        if kind is not None:
            query = query.where(authority.c.kind == kind)
        now = self._clock()
        with read_transaction(self._engine) as connection:
            found = rows.summaries_of(connection, connection.execute(query).all(), now, self.rules)
        return [summary for summary in found if state in (None, summary.state)]

    def queue(self) -> list[Summary]:
        """What waits for an authorising officer, most urgent first.

        First confirmations, then decisions, then reviews of what is in force, then reviews of what is over; the one
        that is due first, or is most overdue, first among each.
        """
        return sorted((summary for summary in self.all() if summary.waits_for), key=_urgency)

    def troubles(self, authority_ids: Collection[UUID]) -> dict[UUID, str]:
        """Which of these cannot be relied on, and why: each is verified anew."""
        now, found = self._clock(), dict[UUID, str]()
        with read_transaction(self._engine) as connection:
            trust = cache(partial(self.keys.trusted_in, connection))
            for row in connection.execute(select(authority).where(authority.c.authority_id.in_(authority_ids))).all():
                trouble = check(connection, row, trust, self.rules, now).trouble
                if trouble:
                    found[row.authority_id] = trouble
        return found

    def show(self, authority_id: UUID) -> Whole:
        """Everything about one authority, verified anew. Raises NotFound."""
        now = self._clock()
        with read_transaction(self._engine) as connection:
            row = rows.get(connection, authority_id)
            (summary,) = rows.summaries_of(connection, [row], now, self.rules)
            uses = tuple(rows.uses_of(connection, authority_id))
            checked = check(connection, row, partial(self.keys.trusted_in, connection), self.rules, now)
        request, case = checked.request, checked.case
        return Whole(
            summary=summary,
            request={} if request is None else request.body(),
            authorising_officer=None if case is None else case.document.body.get("authorising_officer"),
            verbal=None if case is None else case.document.body.get("verbal"),
            statements=() if case is None else tuple(statement.body for statement in case.statements),
            verified=not checked.trouble,
            trouble=checked.trouble,
            faults=() if request is None else faults_of(request, self.rules, self._clock()),
            steps_open=tuple(step for step in Step if self._open(row, summary, step)),
            uses=uses,
            uses_in_all=summary.times_used,
        )

    def case(self, authority_id: UUID) -> Case:
        """The signed documents of a decided authority, as a device or an overseer takes them. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            row = rows.get(connection, authority_id)
            if row.document is None:
                raise NotFound(f"nothing was decided on {row.reference} yet")
            return rows.case_of(connection, row)

    def cases_for_devices(self) -> dict[str, Case]:
        """Every decided authority that is not over, by its id: a device that comes back must learn of its end too."""
        a = authority.c
        found: dict[str, Case] = {}
        with read_transaction(self._engine) as connection:
            query = select(authority).where(a.document.is_not(None), a.ends_at > self._clock())
            for row in connection.execute(query.order_by(a.authority_id)).all():
                try:
                    found[str(row.authority_id)] = rows.case_of(connection, row)
                except NotGood as error:
                    _log.error("authority %s is not sent to the devices: %s", row.reference, error)
        return found

    def _open(self, row: Any, summary: Summary, step: Step) -> bool:
        """Whether somebody could take this step now, whoever they are."""
        if (step == Step.CONFIRM and row.confirm_by is None) or (step == Step.REVIEW and row.document is None):
            return False
        if step == Step.GRANT_VERBALLY and not self.rules.kinds[summary.kind].confirm_within:
            return False
        return after(summary.state, step) is not None

    def _may(
        self,
        connection: Connection,
        act: str,
        on: str,
        under: str,
        at: datetime,
        where: Where | None,
        *,
        lock: bool = False,
    ) -> Decision:
        row = rows.find(connection, under, lock=lock)
        if row is None:
            return Decision(False, f"there is no authority {under!r}", None, Refusal.UNKNOWN)
        if row.document is None:
            state = rows.state_of(row, at)
            return Decision(False, f"{row.reference} is {state}", str(row.authority_id), Refusal.NOT_GRANTED)
        try:
            case, trust = rows.case_of(connection, row), self.keys.trusted_in(connection)
        except NotGood as error:
            return Decision(False, str(error), str(row.authority_id), error.refusal)
        except BadDocument as error:
            return Decision(False, f"the trust list cannot be relied on: {error}", None, Refusal.NOT_TRUSTED)
        # What was stopped stays stopped although this machine's clock may have been put back since.
        return decide_case(act, on, case, trust, self.rules, Moment.around(at, newest=_newest(case)), where)


def _urgency(each: Summary) -> tuple[int, datetime, str]:
    """Where something that waits belongs in the queue."""
    if each.waits_for == "confirmation" and each.confirm_by is not None:
        return 0, each.confirm_by, each.reference
    if each.waits_for == "decision":
        return 1, each.starts_at, each.reference
    if each.state in IN_FORCE:
        return 2, each.review_due_at, each.reference
    return 3, each.ends_at, each.reference


def _newest(case: Case) -> datetime | None:
    """The date of the newest statement, where there is one that can be read: it is verified later."""
    try:
        return time_of(case.statements[-1].body["at"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
