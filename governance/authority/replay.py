"""Replays a case: every signature, the chain, and that each step was open to whoever took it. Believes nothing else.

An overseer's program or a device needs the case, the trust list and the trust key; no database and no network.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from governance.authority.case import Case
from governance.authority.document import Authority, Officer
from governance.authority.question import Refusal
from governance.authority.ranks import Rules
from governance.authority.statement import Statement
from governance.authority.states import STEPS, State, Step, Who, after
from governance.authority.trust import Trust
from governance.errors import BadDocument, GovernanceError
from governance.signed import Signed, to_sign
from governance.time_in_words import span_in_words, time_in_words

IN_FORCE: Final = frozenset({State.GRANTED, State.SUSPENDED})
"""The states that come to an end by themselves."""

_DECISIONS: Final = frozenset({Step.GRANT, Step.GRANT_VERBALLY, Step.REFUSE})


class NotGood(GovernanceError):
    """A case that may not be relied on. refusal says why for a program, the message for a person."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is, as far as the clock is known: not before earliest and not after latest. Both UTC."""

    earliest: datetime
    latest: datetime

    @classmethod
    def around(cls, at: datetime, error: timedelta = timedelta(0), newest: datetime | None = None) -> Self:
        """What a clock says that may be wrong by error, where newest was seen before. Raises ValueError without a zone.

        Into UTC first: adding to a local time forgets which of the two hours it is when summer time ends.
        """
        if at.tzinfo is None:
            raise ValueError(f"{at} has no time zone: give UTC")
        at = at.astimezone(UTC)
        return cls(at - error, (at if newest is None else max(at, newest.astimezone(UTC))) + error)


@dataclass(frozen=True, slots=True)
class History:
    """An authority whose case was replayed and holds."""

    authority: Authority
    statements: tuple[Statement, ...]

    @property
    def confirm_by(self) -> datetime | None:
        """When it lapses: the deadline of a verbal grant that no signature has confirmed, or None."""
        verbal = self.authority.verbal
        confirmed = any(statement.step == Step.CONFIRM for statement in self.statements)
        return None if verbal is None or confirmed else verbal.confirm_by

    def state(self, moment: Moment) -> State:
        """Where it stands. In doubt about the time, a step that permits does not count yet and one that stops does."""
        state, confirmed = State.SUBMITTED, False
        for statement in self.statements:
            permits = STEPS[statement.step].permits
            if statement.at <= (moment.earliest if permits else moment.latest):
                state = _at(state, self.authority, statement.at, confirmed=confirmed)
                state = after(state, statement.step) or state
                confirmed = confirmed or statement.step == Step.CONFIRM
        return _at(state, self.authority, moment.latest, confirmed=confirmed)


def replay(case: Case, trust: Trust, rules: Rules) -> History:
    """Verify a case. Raises NotGood."""
    try:
        authority = Authority.read(case.document.body)
        statements = tuple(Statement.read(signed.body) for signed in case.statements)
    except BadDocument as error:
        raise NotGood(Refusal.CHANGED, str(error)) from error
    name = authority.reference
    if authority.force != trust.force:
        raise NotGood(Refusal.NOT_TRUSTED, f"{name} is an authority of {authority.force}, not of {trust.force}")
    if not statements:
        raise NotGood(Refusal.NOT_GRANTED, f"{name} carries no decision")
    _chained(case, authority, statements)
    state, confirmed = State.SUBMITTED, False
    for signed, statement in zip(case.statements, statements, strict=True):
        where = f"statement {statement.number} of {name}"
        if wrong := _who_may_not(statement, authority, rules) or _unlike_document(statement, authority, rules):
            raise NotGood(Refusal.IMPROPER, f"{where}: {wrong}")
        state = _at(state, authority, statement.at, confirmed=confirmed)
        to = after(state, statement.step)
        if to is None or (statement.step == Step.CONFIRM and confirmed):
            raise NotGood(Refusal.IMPROPER, f"{where} is to {statement.step}, which is not open when it is {state}")
        recorded = STEPS[statement.step].who is Who.RECORDER
        _signed_by(signed, None if recorded else statement.by, statement.at, trust, where)
        state, confirmed = to, confirmed or statement.step == Step.CONFIRM
    officer, decided_at = authority.authorising_officer, statements[0].at
    _signed_by(case.document, officer if authority.verbal is None else None, decided_at, trust, name)
    if not any(entry.officer == officer and entry.at(decided_at) for _, entry in trust.keys.values()):
        raise NotGood(
            Refusal.NOT_TRUSTED_THEN, f"{name}: {officer.account} was no trusted officer at {time_in_words(decided_at)}"
        )
    return History(authority, statements)


def _at(state: State, authority: Authority, at: datetime, *, confirmed: bool) -> State:
    """The state once a time has come: what is over has expired, and so has a verbal grant that nobody confirmed."""
    verbal = authority.verbal
    lapsed = verbal is not None and not confirmed and at >= verbal.confirm_by
    return State.EXPIRED if state in IN_FORCE and (lapsed or at >= authority.ends_at) else state


def _chained(case: Case, authority: Authority, statements: tuple[Statement, ...]) -> None:
    previous, at = case.document.digest, statements[0].at
    for number, (signed, statement) in enumerate(zip(case.statements, statements, strict=True), 1):
        where = f"statement {number} of {authority.reference}"
        if (statement.authority, statement.number, statement.previous) != (authority.id, number, previous):
            raise NotGood(Refusal.CHANGED, f"{where} does not follow from what is before it")
        if statement.at < at:
            raise NotGood(Refusal.IMPROPER, f"{where} is dated before the one that it follows")
        previous, at = signed.digest, statement.at


def _who_may_not(statement: Statement, authority: Authority, rules: Rules) -> str:
    """Why this step was not for this person, or an empty text."""
    rule = STEPS[statement.step]
    if not rule.own and statement.by.account == authority.applicant.account:
        return f"nobody may {statement.step} what they applied for themselves"
    if rule.ranked and not rules.suffices(statement.by.rank, authority.kind):
        return f"the rank of {statement.by.rank} does not suffice to {statement.step} one of {authority.kind}"
    return ""


def _unlike_document(statement: Statement, authority: Authority, rules: Rules) -> str:
    """Where a decision, or the confirmation of one, is at odds with the document that it is about; or an empty text."""
    step, verbal, officer = statement.step, authority.verbal, authority.authorising_officer
    if step == Step.CONFIRM and verbal is None:
        return "there is no verbal grant to confirm"
    if step not in _DECISIONS:
        return ""
    if (step == Step.GRANT_VERBALLY) != (verbal is not None):
        return "the document and the statement differ on whether the grant is by word of mouth"
    if verbal is None:
        return "" if statement.by == officer else "it is not by the officer whom the document names"
    if statement.by != verbal.recorded_by:
        return "it is not by the one who, as the document says, wrote the grant down"
    if not rules.suffices_verbally(officer.rank, authority.kind):
        return f"the rank of {officer.rank} does not suffice to grant one of {authority.kind} by word of mouth"
    within = rules.kinds[authority.kind].confirm_within
    if verbal.granted_at > statement.at or verbal.confirm_by > verbal.granted_at + within:
        return f"a verbal grant must be confirmed within {span_in_words(within)} of when it was given"
    return ""


def _signed_by(signed: Signed, officer: Officer | None, at: datetime, trust: Trust, what: str) -> None:
    """Hold a document to exactly one signature: that officer's, by a key trusted at that time; None: the force's."""
    if len(signed.signatures) != 1:
        raise NotGood(Refusal.NOT_TRUSTED, f"{what} carries {len(signed.signatures)} signatures, not one")
    (signature,) = signed.signatures
    if officer is None:
        key = trust.anchor
        if signature.key != key.id:
            raise NotGood(Refusal.NOT_TRUSTED, f"{what} is a verbal grant without the signature of the force's key")
    else:
        if signature.key not in trust.keys:
            raise NotGood(Refusal.NOT_TRUSTED, f"{what} is signed with {signature.key}, which is not a trusted key")
        key, entry = trust.keys[signature.key]
        if entry.officer != officer:
            raise NotGood(Refusal.NOT_TRUSTED, f"{what} is signed with another officer's key")
        if not entry.at(at):
            raise NotGood(
                Refusal.NOT_TRUSTED_THEN,
                f"{what} is signed with {key.id}, which was not trusted at {time_in_words(at)}",
            )
    if not key.verifies(signature.raw, to_sign(signed.kind, signed.body)):
        raise NotGood(Refusal.CHANGED, f"{what} was changed after it was signed")
