"""Every state by every step through the register itself, on both databases; and what each refusal says."""

from datetime import timedelta
from uuid import UUID

import pytest

from governance.authority.question import Kind, Refusal
from governance.authority.replay import replay
from governance.authority.states import STEPS, State, Step, Who, after
from governance.roles import Role
from ingest.errors import BadInput, NotFound, StepRefused
from tests.governance.authority.drawn import LIST, RULES, proposal
from tests.ingest.authorities.conftest import BRAND, FLINT, LUMEN, NOON, WICK, Office, person


def test_a_grant_is_signed_and_in_the_log(office: Office) -> None:
    made = office.granted()
    whole = office.authorities.show(made)
    assert (whole.summary.state, whole.verified, whole.trouble) == (State.GRANTED, True, "")
    assert whole.authorising_officer == {"account": "di.brand", "name": "DI.BRAND", "rank": "inspector"}
    case = office.authorities.case(made)
    assert replay(case, office.authorities.keys.trusted(), RULES).authority.id == str(made)
    act = office.acts()[-1]
    assert (act.act, act.actor, act.authority) == ("authority.grant", "di.brand", str(made))
    assert act.details["document"] == case.document.digest
    assert act.details["statement"] == case.statements[0].digest
    assert office.changes == 3


def in_state(office: Office, state: State) -> UUID:
    match state:
        case State.DRAFT:
            return office.authorities.requests.draft(proposal(), "constable", WICK)
        case State.SUBMITTED:
            return office.submitted()
        case State.REFUSED:
            made = office.submitted()
            office.step(made, Step.REFUSE)
        case State.EXPIRED:
            made = office.granted()
            office.clock.forward(days=3)
        case State.REVIEWED:
            made = office.granted()
            office.step(made, Step.END)
            office.step(made, Step.REVIEW)
        case _:
            made = office.granted()
            if state is State.SUSPENDED:
                office.step(made, Step.SUSPEND)
            if state is State.ENDED:
                office.step(made, Step.END)
    return made


@pytest.mark.parametrize("state", State)
def test_every_step_from_every_state(office: Office, state: State) -> None:
    for step in [step for step, rule in STEPS.items() if rule.who is Who.OFFICER]:
        office.clock.now = NOON - timedelta(hours=6)
        made = in_state(office, state)
        entries = len(office.acts())
        to = None if step is Step.CONFIRM else after(state, step)
        if to is None:
            with pytest.raises(StepRefused):
                office.step(made, step)
            assert (office.authorities.show(made).summary.state, len(office.acts())) == (state, entries)
        else:
            office.step(made, step)
            assert (office.authorities.show(made).summary.state, len(office.acts())) == (to, entries + 1)


def test_nobody_grants_their_own(office: Office) -> None:
    made = office.submitted(by=BRAND)
    with pytest.raises(StepRefused, match="nobody decides on their own"):
        office.step(made, Step.GRANT)
    office.step(made, Step.GRANT, by=LUMEN)
    office.step(made, Step.SUSPEND)
    with pytest.raises(StepRefused, match="nobody may resume what they applied for"):
        office.step(made, Step.RESUME)


def test_a_rank_that_does_not_suffice_grants_nothing_and_may_stop_anything(office: Office) -> None:
    made = office.submitted(Kind.FACE_DEPLOYMENT)
    with pytest.raises(StepRefused, match="rank of inspector does not suffice"):
        office.step(made, Step.GRANT)
    office.step(made, Step.GRANT, by=LUMEN)
    office.step(made, Step.SUSPEND)
    with pytest.raises(StepRefused, match="rank of inspector"):
        office.step(made, Step.RESUME)


@pytest.mark.parametrize("reason", ["", "ok", "fine fine fine fine"])
def test_a_step_needs_a_reason(small_office: Office, reason: str) -> None:
    made = small_office.submitted()
    with pytest.raises(BadInput, match="reason"):
        small_office.step(made, Step.GRANT, reason=reason)


def test_who_has_no_trusted_key_takes_no_step(small_office: Office) -> None:
    made = small_office.submitted()
    with pytest.raises(NotFound, match="no key that is trusted"):
        small_office.step(made, Step.GRANT, by=person("di.snuff", Role.AUTHORISING_OFFICER))
    with pytest.raises(BadInput, match="not a step that an officer signs"):
        small_office.step(made, Step.SUBMIT)


def test_what_is_over_is_not_granted_any_more(small_office: Office) -> None:
    made = small_office.submitted()
    small_office.clock.forward(days=3)
    with pytest.raises(StepRefused, match="expired"):
        small_office.step(made, Step.GRANT)


# ---- by word of mouth ----------------------------------------------------------------------------------------------


def allowed(office: Office, made: UUID) -> Refusal | None:
    return office.authorities.may("list.publish", LIST, str(made), office.clock()).refusal


def test_a_grant_by_word_of_mouth_is_marked_and_must_be_confirmed(office: Office) -> None:
    made = office.submitted()
    office.verbal(made)
    whole = office.authorities.show(made)
    assert whole.verbal is not None
    assert (whole.summary.confirm_by, whole.summary.waits_for) == (office.clock() + timedelta(hours=72), "confirmation")
    assert office.acts()[-1].act == "authority.grant-verbally"
    assert office.acts()[-1].actor == "ps.flint"
    office.clock.now = NOON
    assert allowed(office, made) is None
    office.step(made, Step.CONFIRM)
    assert office.authorities.show(made).summary.confirm_by is None
    with pytest.raises(StepRefused):
        office.step(made, Step.CONFIRM)


def test_it_lapses_by_itself(office: Office) -> None:
    week = {"ends_at": "2026-11-30T08:00:00Z"}
    made = office.submitted(**week)
    office.verbal(made)
    office.clock.forward(hours=72, milliseconds=-1)
    assert allowed(office, made) is None
    office.clock.forward(milliseconds=1)
    assert allowed(office, made) is Refusal.LAPSED
    assert office.authorities.show(made).summary.state == State.EXPIRED
    with pytest.raises(StepRefused, match="expired"):
        office.step(made, Step.CONFIRM)
    assert office.authorities.steps.sweep() == ["AUTH-2026-0001"]
    assert office.acts()[-1].details["why"] == "a verbal grant was not confirmed in time"
    assert office.authorities.steps.sweep() == []


def test_what_is_over_is_swept_up_once(office: Office) -> None:
    office.granted()
    office.submitted()
    office.clock.forward(days=3)
    assert office.authorities.steps.sweep() == ["AUTH-2026-0001", "AUTH-2026-0002"]
    assert [act.act for act in office.acts()][-2:] == ["authority.expire", "authority.expire"]
    assert office.authorities.steps.sweep() == []


def test_it_is_not_the_applicants_word_alone(small_office: Office) -> None:
    made = small_office.submitted()
    with pytest.raises(StepRefused, match="recorded by the applicant"):
        small_office.verbal(made, by=WICK)


def test_the_officer_is_one_that_is_trusted_and_not_the_applicant(small_office: Office) -> None:
    made = small_office.submitted(by=BRAND)
    with pytest.raises(NotFound):
        small_office.verbal(made, officer="di.snuff")
    with pytest.raises(StepRefused, match="nobody decides on their own"):
        small_office.verbal(made)


@pytest.mark.parametrize(("ago", "taken"), [(timedelta(hours=71), True), (timedelta(hours=72), False),
                                            (timedelta(seconds=-1), False)])  # fmt: skip
def test_it_is_written_down_in_time(small_office: Office, ago: timedelta, taken: bool) -> None:
    made = small_office.submitted()
    if taken:
        small_office.verbal(made, at=small_office.clock() - ago)
    else:
        with pytest.raises(StepRefused, match="is written down within 72 hours of when it was given"):
            small_office.verbal(made, at=small_office.clock() - ago)


def test_some_kinds_are_never_granted_by_word_of_mouth(small_office: Office) -> None:
    made = small_office.submitted(Kind.DISCLOSURE)
    assert Step.GRANT_VERBALLY not in small_office.authorities.show(made).steps_open
    with pytest.raises(StepRefused, match="cannot be granted by word of mouth"):
        small_office.verbal(made, by=FLINT)


def test_a_clock_that_was_put_back_does_not_undo_a_stop(office: Office) -> None:
    made = office.granted()
    office.clock.now = NOON
    office.step(made, Step.SUSPEND)
    office.clock.forward(hours=-2)
    assert allowed(office, made) is Refusal.SUSPENDED
    office.step(made, Step.RESUME)
    statements = office.authorities.show(made).statements
    assert statements[1]["at"] == statements[2]["at"] == "2026-11-23T12:00:00.000Z"
