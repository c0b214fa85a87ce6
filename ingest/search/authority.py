"""What a search asks of the register of authorities: whether one covers it, and that its use is written down."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from governance.authority.case import Case
from governance.authority.question import Authorised, Decision, Refusal, Where
from ingest.database.recorded import Acts
from ingest.search.question import Grounds, Question
from ingest.search.record import ACT


class Register(Authorised, Protocol):
    """An Authorised that keeps the documents and the uses: ingest.authorities.register.Authorities."""

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
    ) -> Decision:
        """Ask, and write the use down in the caller's own transaction. Raises NotAuthorised where the answer is no."""
        ...

    def case(self, authority_id: UUID) -> Case:
        """The signed documents of an authority. Raises NotFound."""
        ...


def covers(register: Register, question: Question, grounds: Grounds, now: datetime) -> Decision:
    """Whether the authority is for this investigation, holds now, and reaches back to the start of the question."""
    decision = register.may(ACT, grounds.reference, grounds.authority, now)
    if not decision.allowed or decision.authority_id is None:
        return decision
    scope = register.case(UUID(decision.authority_id)).document.body["scope"]
    days = int(scope["oldest_days"])
    if question.start < now - timedelta(days=days):
        reason = f"it reaches back {days} days, and the search further"
        return Decision(False, reason, decision.authority_id, Refusal.OUT_OF_SCOPE)
    return decision
