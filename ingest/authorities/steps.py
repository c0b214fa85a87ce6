"""The signed steps: deciding, confirming, stopping, reviewing, each by an authorising officer's own key.

A step is first made as a signed statement and replayed, just as a device or an overseer will replay it; only what
replays is stored.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, or_, select, update

from governance.authority.case import Case
from governance.authority.document import AUTHORITY, Authority, Officer, Request, VerbalGrant
from governance.authority.fields import in_words
from governance.authority.ranks import Rules
from governance.authority.replay import IN_FORCE, History, Moment, NotGood, replay
from governance.authority.statement import STATEMENT, Statement
from governance.authority.states import STEPS, State, Step, Who
from governance.authority.trust import Trust
from governance.errors import BadDocument
from governance.keys import PrivateKey
from governance.log import Log
from governance.signed import Signed
from governance.time_in_words import span_in_words
from ingest.accounts import Person
from ingest.authorities import rows
from ingest.authorities.keys import OfficerKeys
from ingest.authorities.logged import act_of
from ingest.authorities.requests import check_fit, officer_of
from ingest.clock import Clock
from ingest.database.recorded import recorded
from ingest.database.schema import authority, authority_statement
from ingest.database.statements import insert
from ingest.errors import BadInput, StepRefused

SYSTEM: Final = "system:authorities"

DECISIONS: Final = frozenset({Step.GRANT, Step.GRANT_VERBALLY, Step.REFUSE})

_log = logging.getLogger(__name__)


class Steps:
    """The steps on the authorities of one force. on_change runs after each that devices must know."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        *,
        keys: OfficerKeys,
        anchor: PrivateKey,
        rules: Rules,
        on_change: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._keys = keys
        self._anchor = anchor
        self._rules = rules
        self._on_change = on_change

    def take(self, authority_id: UUID, step: Step, reason: str, passphrase: str, by: Person) -> None:
        """Take a step with an authorising officer's signature: grant, refuse, confirm, suspend, resume, end, review.

        Raises NotFound, WrongPassphrase, TooManyPassphrases, BadInput for a reason without substance, or StepRefused
        for what the state, the rank or the rule that nobody grants their own forbids.
        """
        if STEPS[step].who is not Who.OFFICER:
            raise BadInput(f"{step} is not a step that an officer signs")
        key, officer = self._keys.unlock(passphrase, by)
        self._sign(authority_id, step, reason, officer, key, lambda request: Authority.decided(request, officer))

    def grant_verbally(
        self, authority_id: UUID, officer: str, granted_at: datetime, reason: str, rank: str, by: Person
    ) -> None:
        """Write down that an officer (their account) granted a request by word of mouth in an urgent case.

        Whoever writes it down is not the applicant, and answers for it. It lapses unless an officer confirms it by
        signature in the time that the rules give. Raises NotFound, BadInput or StepRefused.
        """
        granting, recorder, now = self._keys.officer(officer), officer_of(by, rank, self._rules), self._clock()

        def document(request: Request) -> Authority:
            within = self._rules.kinds[request.kind].confirm_within
            if not within:
                raise StepRefused(f"one of {request.kind} cannot be granted by word of mouth")
            if not now - within < granted_at <= now:
                raise StepRefused(
                    f"a grant by word of mouth is written down within {span_in_words(within)} of when it was given,"
                    " and not before it was: check the time"
                )
            verbal = VerbalGrant(granted_at=granted_at, recorded_by=recorder, confirm_by=granted_at + within)
            return Authority.decided(request, granting, verbal)

        self._sign(authority_id, Step.GRANT_VERBALLY, reason, recorder, self._anchor, document)

    def sweep(self) -> list[str]:
        """Write down what has come to its end by itself, and give the references. What is asked for it meanwhile is
        refused all the same: this keeps the register and the log complete.
        """
        now, a = self._clock(), authority.c
        lapsed = (a.confirm_by <= now) & a.state.in_(IN_FORCE)
        over = select(authority).where(a.state.in_([*IN_FORCE, State.SUBMITTED]), or_(a.ends_at <= now, lapsed))
        with recorded(self._engine, self._log) as (connection, acts):
            found = connection.execute(over.with_for_update()).all()
            for row in found:
                values = {"state": State.EXPIRED}
                connection.execute(update(authority).where(a.authority_id == row.authority_id).values(values))
                why = "it was over" if row.ends_at <= now else "a verbal grant was not confirmed in time"
                _log.warning("authority %s has expired: %s", row.reference, why)
                acts.add(act_of("expire", SYSTEM, rows.request_of(row), why=why))
        return [row.reference for row in found]

    def _sign(
        self,
        authority_id: UUID,
        step: Step,
        reason: str,
        officer: Officer,
        key: PrivateKey,
        document: Callable[[Request], Authority],
    ) -> None:
        with recorded(self._engine, self._log) as (connection, acts):
            row = rows.get(connection, authority_id, lock=True)
            try:
                trust, request = self._keys.trusted_in(connection), rows.request_of(row)
                case = (
                    self._decided(row, request, step, document, key) if step in DECISIONS else _stored(connection, row)
                )
                case, statement = self._with_statement(case, trust, step, reason, officer, key)
                history = replay(case, trust, self._rules)
            except (NotGood, BadDocument) as error:
                raise StepRefused(str(error)) from error
            self._store(connection, row, case, history)
            digests = {"document": case.document.digest, "statement": case.statements[-1].digest}
            acts.add(act_of(step, officer.account, request, number=statement.number, **digests))
        self._on_change()

    def _decided(
        self, row: Any, request: Request, step: Step, document: Callable[[Request], Authority], key: PrivateKey
    ) -> Case:
        """The case that a decision begins."""
        now = self._clock()
        state = rows.state_of(row, now)
        if state is not State.SUBMITTED:
            raise StepRefused(f"{row.reference} is {state}: there is nothing to decide")
        if step is not Step.REFUSE:
            check_fit(request, self._rules, now)
        return Case(Signed.make(AUTHORITY, document(request).body(), key), ())

    def _with_statement(
        self, case: Case, trust: Trust, step: Step, reason: str, officer: Officer, key: PrivateKey
    ) -> tuple[Case, Statement]:
        previous, at = case.document.digest, self._clock()
        if case.statements:
            # A clock that was put back must not date a step before the one that it follows.
            at = max(at, replay(case, trust, self._rules).statements[-1].at)
            previous = case.statements[-1].digest
        try:
            statement = Statement(
                authority=case.document.body["id"],
                number=len(case.statements) + 1,
                previous=previous,
                step=step,
                by=officer,
                at=at,
                reason=reason,
            )
        except ValidationError as error:
            raise BadInput(in_words(error)) from error
        return Case(case.document, (*case.statements, Signed.make(STATEMENT, statement.body(), key))), statement

    def _store(self, connection: Connection, row: Any, case: Case, history: History) -> None:
        newest = history.statements[-1]
        values: dict[str, Any] = {
            "state": history.state(Moment.around(newest.at)),
            "statements": len(case.statements),
            "head": case.statements[-1].digest,
            "confirm_by": history.confirm_by,
        }
        if len(case.statements) == 1:
            values |= {"document": case.document.to_bytes(), "decided_at": newest.at}
        connection.execute(update(authority).where(authority.c.authority_id == row.authority_id).values(values))
        statement = {"number": newest.number, "document": case.statements[-1].to_bytes()}
        connection.execute(insert(connection, authority_statement), {"authority_id": row.authority_id, **statement})


def _stored(connection: Connection, row: Any) -> Case:
    if row.document is None:
        raise StepRefused(f"{row.reference} is {row.state}: nothing was decided on it")
    return rows.case_of(connection, row)
