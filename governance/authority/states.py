"""The states of an authority and the one table of what leads from one to the next.

Two states come by themselves: what is over is expired, and so is a verbal grant that nobody confirmed in time. All
others come from a step by a person; those from submitted on are signed statements, so that anybody can replay them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where an authority stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    GRANTED = "granted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    ENDED = "ended"
    REVIEWED = "reviewed"


class Step(StrEnum):
    """What a person can do with an authority."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    GRANT = "grant"
    GRANT_VERBALLY = "grant-verbally"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"
    REVIEW = "review"


class Who(StrEnum):
    """Who takes a step."""

    APPLICANT = "the applicant"
    RECORDER = "somebody other than the applicant, who writes down what the officer said"
    OFFICER = "an authorising officer"


@dataclass(frozen=True, slots=True)
class StepRule:
    """to is by the state from which the step may be taken.

    ranked: the officer's rank must suffice for the kind; stopping needs none beyond being an authorising officer.
    own: whether the applicant may take it, being an authorising officer themselves. Nobody grants their own.
    permits: whether it can make a yes of a no. Such a step counts only once it is certain that its time has come.
    """

    who: Who
    to: Mapping[State, State]
    ranked: bool = False
    own: bool = False
    permits: bool = False

    @property
    def signed(self) -> bool:
        """Whether it is a signed statement."""
        return self.who is not Who.APPLICANT


_STOPPABLE: Final = (State.GRANTED, State.SUSPENDED)

STEPS: Final[Mapping[Step, StepRule]] = MappingProxyType(
    {
        Step.SUBMIT: StepRule(Who.APPLICANT, {State.DRAFT: State.SUBMITTED}, own=True),
        Step.WITHDRAW: StepRule(Who.APPLICANT, {State.DRAFT: State.ENDED, State.SUBMITTED: State.ENDED}, own=True),
        Step.GRANT: StepRule(Who.OFFICER, {State.SUBMITTED: State.GRANTED}, ranked=True, permits=True),
        Step.GRANT_VERBALLY: StepRule(Who.RECORDER, {State.SUBMITTED: State.GRANTED}, permits=True),
        Step.CONFIRM: StepRule(
            Who.OFFICER, {State.GRANTED: State.GRANTED, State.SUSPENDED: State.SUSPENDED}, ranked=True, permits=True
        ),
        Step.REFUSE: StepRule(Who.OFFICER, {State.SUBMITTED: State.REFUSED}, ranked=True),
        Step.SUSPEND: StepRule(Who.OFFICER, {State.GRANTED: State.SUSPENDED}, own=True),
        Step.RESUME: StepRule(Who.OFFICER, {State.SUSPENDED: State.GRANTED}, ranked=True, permits=True),
        Step.END: StepRule(Who.OFFICER, dict.fromkeys(_STOPPABLE, State.ENDED), own=True),
        Step.REVIEW: StepRule(
            Who.OFFICER,
            {
                State.GRANTED: State.GRANTED,
                State.SUSPENDED: State.SUSPENDED,
                State.EXPIRED: State.REVIEWED,
                State.ENDED: State.REVIEWED,
            },
            ranked=True,
        ),
    }
)


def after(state: State, step: Step) -> State | None:
    """The state that a step leads to, or None where it may not be taken from this one."""
    return STEPS[step].to.get(state)
