"""Requests: what an applicant writes, writes anew, puts before the authorising officers, or takes back."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, update

from governance.authority.borough_outlines import BoroughOutlines
from governance.authority.document import Officer, Proposal, Request
from governance.authority.fields import in_words
from governance.authority.place import Boroughs
from governance.authority.ranks import Rules
from governance.authority.states import State, Step, after
from governance.errors import BadOutlines
from governance.log import Log
from ingest.accounts import Person
from ingest.authorities import rows
from ingest.authorities.logged import act_of
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import authority
from ingest.database.statements import insert
from ingest.errors import BadInput, StepRefused


class Requests:
    """The requests of one force. Each method gives the authority's id."""

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        force: str,
        rules: Rules,
        boroughs: BoroughOutlines | None = None,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._force = force
        self._rules = rules
        self._boroughs = boroughs

    @property
    def knows_boroughs(self) -> bool:
        """Whether the borders of boroughs are filled in here, by their names."""
        return self._boroughs is not None

    def draft(self, proposal: Mapping[str, Any], rank: str, by: Person) -> UUID:
        """Begin a request. Raises BadInput, which names every field that is wrong."""
        asked, now = self._read(proposal), self._clock()
        applicant = officer_of(by, rank, self._rules)
        with recorded(self._engine, self._log) as (connection, acts):
            made = Request(
                **dict(asked),
                id=str(new_id()),
                reference=rows.next_reference(connection, now),
                force=self._force,
                applicant=applicant,
            )
            row = {
                "authority_id": UUID(made.id),
                "reference": made.reference,
                "state": State.DRAFT,
                "applicant": by.name,
                "made_at": now,
                "statements": 0,
                **rows.request_columns(made),
            }
            connection.execute(insert(connection, authority), row)
            acts.add(act_of("draft", by.name, made, request=_digest(row["request"])))
        return UUID(made.id)

    def amend(self, authority_id: UUID, proposal: Mapping[str, Any], by: Person) -> UUID:
        """Write a draft anew. Raises NotFound, BadInput, or StepRefused where it is no draft of this applicant's."""
        asked = self._read(proposal)
        with recorded(self._engine, self._log) as (connection, acts):
            row, request = _of_applicant(connection, authority_id, by)
            if row.state != State.DRAFT:
                raise StepRefused(f"{row.reference} is {row.state}: only a draft can be written anew")
            kept = {name: getattr(request, name) for name in ("id", "reference", "force", "applicant")}
            changed = Request(**dict(asked), **kept)
            values = rows.request_columns(changed)
            connection.execute(update(authority).where(authority.c.authority_id == authority_id).values(values))
            acts.add(act_of("amend", by.name, changed, request=_digest(values["request"])))
        return authority_id

    def submit(self, authority_id: UUID, by: Person) -> UUID:
        """Put a draft before the authorising officers. Raises NotFound, StepRefused, or BadInput for what it lacks."""
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row, request = _of_applicant(connection, authority_id, by)
            values = {"state": _next(row, Step.SUBMIT, now), "submitted_at": now}
            check_fit(request, self._rules, now)
            connection.execute(update(authority).where(authority.c.authority_id == authority_id).values(values))
            acts.add(act_of("submit", by.name, request, request=_digest(bytes(row.request))))
        return authority_id

    def withdraw(self, authority_id: UUID, by: Person) -> UUID:
        """Take a request back before it is decided. Raises NotFound or StepRefused."""
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row, request = _of_applicant(connection, authority_id, by)
            state = _next(row, Step.WITHDRAW, now)
            connection.execute(update(authority).where(authority.c.authority_id == authority_id).values(state=state))
            acts.add(act_of("withdraw", by.name, request))
        return authority_id

    def faults(self, authority_id: UUID) -> tuple[str, ...]:
        """What a request lacks before it can be submitted. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            return faults_of(rows.request_of(rows.get(connection, authority_id)), self._rules, self._clock())

    def _read(self, proposal: Mapping[str, Any]) -> Proposal:
        """What was written, with the borders of the boroughs that it names, where this centre has them."""
        asked = read_proposal(proposal)
        if self._boroughs is None or not isinstance(asked.place, Boroughs):
            return asked
        try:
            outlines = self._boroughs.of(asked.place.names)
        except BadOutlines as error:
            raise BadInput(f"the request's place: {error}") from error
        if asked.place.outlines not in ((), outlines):
            raise BadInput(
                "the request's place: its outlines are not those that this centre has for its boroughs: leave them"
                ' away, or give kind = "area" with your own'
            )
        return read_proposal({**asked.body(), "place": {**asked.place.body(), "outlines": outlines}})


def read_proposal(proposal: Mapping[str, Any]) -> Proposal:
    """Read what an applicant wrote. Raises BadInput, which names every field that is wrong."""
    try:
        return Proposal.model_validate(dict(proposal))
    except ValidationError as error:
        raise BadInput(f"the request is not complete: {in_words(error)}") from error


def officer_of(person: Person, rank: str, rules: Rules) -> Officer:
    """A person with the rank that they give. Raises BadInput for a rank that there is not."""
    if not rules.knows(rank):
        raise BadInput(f"{rank!r} is not a rank: one of {', '.join(rules.order)}")
    return Officer(account=person.name, name=person.display_name, rank=rank)


def faults_of(request: Request, rules: Rules, now: datetime) -> tuple[str, ...]:
    """What keeps a request from being put before an officer as it is; nothing where nothing does."""
    past = ("its end has passed",) if request.ends_at <= now else ()
    return (*rules.faults(request), *past)


def check_fit(request: Request, rules: Rules, now: datetime) -> None:
    """Raise BadInput, with everything that is missing, for a request that cannot be granted as it is."""
    if faults := faults_of(request, rules, now):
        raise BadInput(f"{request.reference} cannot be put before an officer: {'; '.join(faults)}")


def _of_applicant(connection: Connection, authority_id: UUID, by: Person) -> tuple[Any, Request]:
    row = rows.get(connection, authority_id, lock=True)
    if row.applicant != by.name:
        raise StepRefused(f"{row.reference} is a request of {row.applicant}: only they can do this")
    return row, rows.request_of(row)


def _next(row: Any, step: Step, now: datetime) -> State:
    state = rows.state_of(row, now)
    to = after(state, step)
    if to is None:
        raise StepRefused(f"{row.reference} is {state}: it cannot be taken to {step} from there")
    return to


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
