"""The table of transitions, all pairs of it, and that a replay keeps to it."""

from datetime import timedelta

import pytest

from governance.authority.case import Case
from governance.authority.question import Refusal
from governance.authority.replay import NotGood, replay
from governance.authority.states import STEPS, State, Step, Who, after
from tests.governance.authority.drawn import BEFORE, END, INSPECTOR, RULES, Court, at, request

S = State
OPEN: dict[tuple[State, Step], State] = {
    (S.DRAFT, Step.SUBMIT): S.SUBMITTED,
    (S.DRAFT, Step.WITHDRAW): S.ENDED,
    (S.SUBMITTED, Step.WITHDRAW): S.ENDED,
    (S.SUBMITTED, Step.GRANT): S.GRANTED,
    (S.SUBMITTED, Step.GRANT_VERBALLY): S.GRANTED,
    (S.SUBMITTED, Step.REFUSE): S.REFUSED,
    (S.GRANTED, Step.CONFIRM): S.GRANTED,
    (S.GRANTED, Step.SUSPEND): S.SUSPENDED,
    (S.GRANTED, Step.END): S.ENDED,
    (S.GRANTED, Step.REVIEW): S.GRANTED,
    (S.SUSPENDED, Step.CONFIRM): S.SUSPENDED,
    (S.SUSPENDED, Step.RESUME): S.GRANTED,
    (S.SUSPENDED, Step.END): S.ENDED,
    (S.SUSPENDED, Step.REVIEW): S.SUSPENDED,
    (S.EXPIRED, Step.REVIEW): S.REVIEWED,
    (S.ENDED, Step.REVIEW): S.REVIEWED,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_pair_of_state_and_step(state: State, step: Step) -> None:
    assert after(state, step) == OPEN.get((state, step))


def test_only_what_the_applicant_does_alone_is_unsigned() -> None:
    assert {step for step, rule in STEPS.items() if not rule.signed} == {Step.SUBMIT, Step.WITHDRAW}


def test_nobody_grants_confirms_refuses_resumes_or_reviews_their_own() -> None:
    assert {step for step, rule in STEPS.items() if rule.own} == {Step.SUBMIT, Step.WITHDRAW, Step.SUSPEND, Step.END}


def in_state(court: Court, state: State) -> Case:
    """A case that stands so an hour after BEFORE."""
    if state is S.REFUSED:
        return court.decided(request(), step=Step.REFUSE)
    steps = {
        S.GRANTED: [],
        S.SUSPENDED: [Step.SUSPEND],
        S.ENDED: [Step.END],
        S.REVIEWED: [Step.END, Step.REVIEW],
        S.EXPIRED: [],
    }[state]
    case = court.verbal(request(), within=0.5 if state is S.EXPIRED else 72)
    for step in steps:
        case = court.then(case, step, INSPECTOR, BEFORE)
    return case


@pytest.mark.parametrize("state", [S.GRANTED, S.REFUSED, S.SUSPENDED, S.EXPIRED, S.ENDED, S.REVIEWED])
@pytest.mark.parametrize("step", [step for step, rule in STEPS.items() if rule.who is Who.OFFICER])
def test_a_replay_takes_every_step_that_is_open_and_no_other(state: State, step: Step) -> None:
    court = Court.sitting()
    later = BEFORE + timedelta(hours=1)
    case = in_state(court, state)
    assert replay(case, court.trust(), RULES).state(at(later)) == state
    longer = court.then(case, step, INSPECTOR, later)
    if (state, step) in OPEN:
        assert replay(longer, court.trust(), RULES).state(at(later)) == OPEN[state, step]
    else:
        with pytest.raises(NotGood) as refused:
            replay(longer, court.trust(), RULES)
        assert refused.value.refusal is Refusal.IMPROPER


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.SUSPEND, Step.END, Step.RESUME])
def test_after_its_end_only_a_review_is_open(step: Step) -> None:
    court = Court.sitting()
    case = court.decided(request())
    with pytest.raises(NotGood, match="expired" if step is not Step.CONFIRM else "no verbal grant"):
        replay(court.then(case, step, INSPECTOR, END), court.trust(), RULES)
    reviewed = court.then(case, Step.REVIEW, INSPECTOR, END)
    assert replay(reviewed, court.trust(), RULES).state(at(END)) == S.REVIEWED
