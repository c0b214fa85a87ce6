"""What a replay refuses, each by its name; and that no byte of a case can be changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from governance.authority.case import Case
from governance.authority.decision import decide_case
from governance.authority.document import AUTHORITY, Authority, Officer
from governance.authority.question import Kind, Refusal
from governance.authority.replay import NotGood, replay
from governance.authority.states import State, Step
from governance.errors import BadDocument
from governance.keys import PrivateKey
from governance.signed import Signed, canonical
from tests.governance.authority.drawn import (
    APPLICANT,
    BEFORE,
    INSPECTOR,
    LIST,
    NOON,
    RECORDER,
    RULES,
    SUPERINTENDENT,
    Court,
    at,
    request,
)

LATER = BEFORE + timedelta(hours=1)


@pytest.fixture
def court() -> Court:
    return Court.sitting()


def test_a_whole_life_replays(court: Court) -> None:
    case = court.verbal(request())
    for hours, step in enumerate([Step.CONFIRM, Step.SUSPEND, Step.RESUME, Step.REVIEW, Step.END, Step.REVIEW], 1):
        case = court.then(case, step, SUPERINTENDENT, BEFORE + timedelta(hours=hours))
    history = replay(case, court.trust(), RULES)
    states = [history.state(at(BEFORE + timedelta(hours=hours))) for hours in range(7)]
    G = State.GRANTED  # noqa: N806 - a short name for a table
    assert states == [G, G, State.SUSPENDED, G, G, State.ENDED, State.REVIEWED]
    assert history.confirm_by is None


Spoil = Callable[[Court], Case]
GRANTED = {"applicant": APPLICANT}
POSING = Officer(account=INSPECTOR.account, name=INSPECTOR.name, rank="commissioner")
SERGEANT = Officer(account="ps.ember", name="PS Ember", rank="sergeant")
OFFICER_APPLICANT = Officer(account="ci.tallow", name="CI Tallow", rank="chief-inspector")


def own_key(court: Court, officer: Officer) -> Court:
    court.admit(officer)
    return court


def moved(court: Court) -> Case:
    """A statement put on another authority."""
    other = court.decided(request(id="019a0000-0000-7000-8000-000000000002", reference="AUTH-2026-0008"))
    return replace(court.decided(request()), statements=other.statements)


def left_out(court: Court) -> Case:
    case = court.then(court.decided(request()), Step.SUSPEND, INSPECTOR, LATER)
    case = court.then(case, Step.RESUME, INSPECTOR, LATER)
    return replace(case, statements=(case.statements[0], case.statements[2]))


def by_a_key_of_nobody(court: Court) -> Case:
    case = court.decided(request())
    return replace(case, document=Signed.make(AUTHORITY, case.document.body, PrivateKey.new()))


def relabelled(court: Court) -> Case:
    """A document signed with a key of nobody that says it is the officer's."""
    case = by_a_key_of_nobody(court)
    (signature,) = case.document.signatures
    named = replace(signature, key=court.keys[INSPECTOR.account].public.id)
    return replace(case, document=replace(case.document, signatures=(named,)))


def twice_signed(court: Court) -> Case:
    case = court.decided(request())
    keys = (court.keys[INSPECTOR.account], court.keys[SUPERINTENDENT.account])
    return replace(case, document=Signed.make(AUTHORITY, case.document.body, *keys))


def changed_later(court: Court) -> Case:
    case = court.decided(request())
    body = {**case.document.body, "devices": "all"}
    return replace(case, document=replace(case.document, body=body))


def changed_and_rechained(court: Court) -> Case:
    """The document changed, and the officer's statement over the new digest, as only the officer could write it."""
    case = changed_later(court)
    return court.then(replace(case, statements=()), Step.GRANT, INSPECTOR, BEFORE)


def signed_by_the_wrong_officer(court: Court) -> Case:
    case = court.decided(request())
    return court.then(
        replace(case, statements=()), Step.GRANT, INSPECTOR, BEFORE, key=court.keys[SUPERINTENDENT.account]
    )


def force_signs_on_paper(court: Court) -> Case:
    """The service's own key cannot grant on paper."""
    body = Authority.decided(request(), INSPECTOR).body()
    return court.then(Case(Signed.make(AUTHORITY, body, court.anchor), ()), Step.GRANT, INSPECTOR, BEFORE, court.anchor)


def grants_own_by_resuming(court: Court) -> Case:
    own_key(court, OFFICER_APPLICANT)
    case = court.decided(request(applicant=OFFICER_APPLICANT))
    case = court.then(case, Step.SUSPEND, OFFICER_APPLICANT, LATER)
    return court.then(case, Step.RESUME, OFFICER_APPLICANT, LATER)


def confirms_own(court: Court) -> Case:
    own_key(court, OFFICER_APPLICANT)
    return court.then(court.verbal(request(applicant=OFFICER_APPLICANT)), Step.CONFIRM, OFFICER_APPLICANT, LATER)


SPOILT: list[tuple[str, Spoil, Refusal]] = [
    ("no decision", lambda c: replace(c.decided(request()), statements=()), Refusal.NOT_GRANTED),
    ("a statement of another authority", moved, Refusal.CHANGED),
    ("a statement left out", left_out, Refusal.CHANGED),
    ("a document of another force", lambda c: c.decided(request(force="essex")), Refusal.NOT_TRUSTED),
    ("signed by a key of nobody", by_a_key_of_nobody, Refusal.NOT_TRUSTED),
    ("signed twice", twice_signed, Refusal.NOT_TRUSTED),
    ("signed by the wrong officer", signed_by_the_wrong_officer, Refusal.NOT_TRUSTED),
    ("signed by the force's key on paper", force_signs_on_paper, Refusal.NOT_TRUSTED),
    ("a signature that says it is another's", relabelled, Refusal.CHANGED),
    ("changed after signature", changed_later, Refusal.CHANGED),
    ("changed after signature and chained anew", changed_and_rechained, Refusal.CHANGED),
    (
        "a rank that the trust list does not give",
        lambda c: c.then(c.decided(request()), Step.SUSPEND, POSING, LATER, c.keys[INSPECTOR.account]),
        Refusal.NOT_TRUSTED,
    ),
    ("a rank that does not suffice", lambda c: own_key(c, SERGEANT).decided(request(), SERGEANT), Refusal.IMPROPER),
    (
        "a rank that does not suffice for faces",
        lambda c: c.decided(request(Kind.FACE_DEPLOYMENT), INSPECTOR),
        Refusal.IMPROPER,
    ),
    (
        "a rank that does not suffice to resume",
        lambda c: c.then(
            c.then(c.decided(request(Kind.FACE_DEPLOYMENT), SUPERINTENDENT), Step.SUSPEND, INSPECTOR, LATER),
            Step.RESUME,
            INSPECTOR,
            LATER,
        ),
        Refusal.IMPROPER,
    ),
    ("the applicant resumes", grants_own_by_resuming, Refusal.IMPROPER),
    ("the applicant confirms", confirms_own, Refusal.IMPROPER),
    (
        "dated backwards",
        lambda c: c.then(c.decided(request()), Step.SUSPEND, INSPECTOR, BEFORE - timedelta(seconds=1)),
        Refusal.IMPROPER,
    ),
    (
        "granted by an officer whom the document does not name",
        lambda c: c.then(replace(c.decided(request()), statements=()), Step.GRANT, SUPERINTENDENT, BEFORE),
        Refusal.IMPROPER,
    ),
    ("word of mouth at too low a rank", lambda c: c.verbal(request(), SERGEANT), Refusal.IMPROPER),
    ("word of mouth for a kind without it", lambda c: c.verbal(request(Kind.DISCLOSURE)), Refusal.IMPROPER),
    ("a deadline that is too long", lambda c: c.verbal(request(), within=72.001), Refusal.IMPROPER),
    (
        "a verbal grant from the future",
        lambda c: c.verbal(request(), granted_at=LATER, confirm_by=LATER + timedelta(hours=1)),
        Refusal.IMPROPER,
    ),
    (
        "a verbal grant that the trust key did not sign",
        lambda c: c.then(
            replace(c.verbal(request()), statements=()),
            Step.GRANT_VERBALLY,
            RECORDER,
            BEFORE,
            c.keys[INSPECTOR.account],
        ),
        Refusal.NOT_TRUSTED,
    ),
    (
        "a verbal grant written down by somebody else",
        lambda c: c.then(replace(c.verbal(request()), statements=()), Step.GRANT_VERBALLY, SERGEANT, BEFORE, c.anchor),
        Refusal.IMPROPER,
    ),
    (
        "on paper over a verbal document",
        lambda c: c.then(replace(c.verbal(request()), statements=()), Step.GRANT, INSPECTOR, BEFORE),
        Refusal.IMPROPER,
    ),
    (
        "word of mouth of an officer whom nobody trusts",
        lambda c: c.verbal(request(), Officer(account="di.snuff", name="DI Snuff", rank="inspector")),
        Refusal.NOT_TRUSTED_THEN,
    ),
    (
        "confirmed twice",
        lambda c: c.then(c.then(c.verbal(request()), Step.CONFIRM, INSPECTOR, LATER), Step.CONFIRM, INSPECTOR, LATER),
        Refusal.IMPROPER,
    ),
    (
        "confirmed without a verbal grant",
        lambda c: c.then(c.decided(request()), Step.CONFIRM, INSPECTOR, LATER),
        Refusal.IMPROPER,
    ),
    (
        "confirmed too late",
        lambda c: c.then(c.verbal(request(), within=1), Step.CONFIRM, INSPECTOR, LATER),
        Refusal.IMPROPER,
    ),
]


@pytest.mark.parametrize(("spoil", "refusal"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT])
def test_what_is_refused(court: Court, spoil: Spoil, refusal: Refusal) -> None:
    case = spoil(court)
    with pytest.raises(NotGood) as refused:
        replay(case, court.trust(), RULES)
    assert refused.value.refusal is refusal
    assert not decide_case("list.publish", LIST, case, court.trust(), RULES, at(NOON)).allowed


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"trusted_from": NOON}, Refusal.NOT_TRUSTED_THEN),
        ({"trusted_until": BEFORE}, Refusal.NOT_TRUSTED_THEN),
        ({"compromised": True}, Refusal.NOT_TRUSTED_THEN),
    ],
)
def test_a_key_that_was_not_trusted_then(court: Court, change: dict[str, object], refusal: Refusal) -> None:
    case = court.decided(request())
    court.admit(INSPECTOR, **change)
    decision = decide_case("list.publish", LIST, case, court.trust(), RULES, at(NOON))
    assert (decision.allowed, decision.refusal) == (False, refusal)


def test_what_was_signed_before_a_key_was_retired_still_counts(court: Court) -> None:
    case = court.decided(request())
    court.admit(INSPECTOR, trusted_until=LATER)
    assert decide_case("list.publish", LIST, case, court.trust(), RULES, at(NOON)).allowed


def test_a_face_deployment_granted_by_an_inspector_is_confirmed_by_a_superintendent(court: Court) -> None:
    case = court.verbal(request(Kind.FACE_DEPLOYMENT), INSPECTOR)
    replay(court.then(case, Step.CONFIRM, SUPERINTENDENT, LATER), court.trust(), RULES)
    with pytest.raises(NotGood, match="does not suffice to confirm"):
        replay(court.then(case, Step.CONFIRM, INSPECTOR, LATER), court.trust(), RULES)


def test_any_changed_byte_of_a_case_is_a_no(court: Court) -> None:
    """Of the document and of each statement, as they are stored, one bit at a time."""
    case = court.verbal(request())
    case = court.then(case, Step.CONFIRM, INSPECTOR, LATER)
    trust = court.trust()
    parts = [case.document.to_bytes(), *(statement.to_bytes() for statement in case.statements)]
    assert decide_case("list.publish", LIST, case, trust, RULES, at(NOON)).allowed
    for which, part in enumerate(parts):
        for place in range(len(part)):
            spoilt = [bytearray(each) for each in parts]
            spoilt[which][place] ^= 1 << place % 8
            try:
                read = Case.of(bytes(spoilt[0]), [bytes(each) for each in spoilt[1:]])
            except BadDocument:
                continue
            assert not decide_case("list.publish", LIST, read, trust, RULES, at(NOON)).allowed, (which, place)


def test_a_document_with_more_in_it_is_refused(court: Court) -> None:
    body = {**Authority.decided(request(), INSPECTOR).body(), "unseen": "clause"}
    signed = Signed.make(AUTHORITY, body, court.keys[INSPECTOR.account])
    assert b"unseen" in canonical(signed.body)
    with pytest.raises(NotGood, match="unseen"):
        replay(court.then(Case(signed, ()), Step.GRANT, INSPECTOR, BEFORE), court.trust(), RULES)
