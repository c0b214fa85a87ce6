"""One authority's page: the request in the order in which a decision is made, what this person may do, its history.

Whoever takes a step on it draws it again where the step was refused, with what they had typed but the passphrase.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import Request, Response

from governance.authority.document import Officer
from governance.authority.fields import time_of
from governance.authority.question import Kind
from governance.authority.replay import NotGood
from governance.authority.states import STEPS, State, Step
from governance.errors import BadDocument
from governance.roles import Permission
from ingest.authorities.keys import OfficerKey
from ingest.authorities.register import Authorities
from ingest.authorities.views import Use, Whole
from ingest.errors import NotFound
from ingest.web import authority_words as words
from ingest.web.failures import form_page
from ingest.web.outline_drawing import KM_A_DEGREE, draw_outlines
from ingest.web.outlines import write_outlines
from ingest.web.session import Visit, centre_of

OVER: Final = frozenset({State.REFUSED, State.EXPIRED, State.ENDED, State.REVIEWED})


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the authorities."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A signed step as it is shown. key and digest are empty where the case does not hold together."""

    number: int
    done: str
    by: Mapping[str, str]
    at: datetime
    reason: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class ShownOutline:
    """An outline's corners as text, how many, how far it reaches in km, and the middle of that in degrees."""

    text: str
    corners: int
    high_km: float
    wide_km: float
    north_deg: float
    east_deg: float


@dataclass(frozen=True, slots=True)
class ShownUse:
    """A use, with the name of its object where it has one."""

    use: Use
    done: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that the authority's state allows; barred says why this officer may not take it, or is empty."""

    step: Step
    words: words.Words
    barred: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who would sign: an officer whose key is trusted, or one whose key waits to be, or one who has none.

    trouble says why nobody can, where the trust list does not verify.
    """

    officer: Officer | None
    key: OfficerKey | None
    trouble: str = ""


def draw(
    request: Request, visit: Visit, template: str, error: Exception | None = None, /, **values: object
) -> Response:
    """Draw one of the pages of authorities, with the way to the others."""
    return form_page(
        request,
        template,
        error,
        person=visit.person,
        tabs=tabs_of(visit),
        words=words,
        typed=values.pop("typed", {}),
        **values,
    )


def tabs_of(visit: Visit) -> tuple[Tab, ...]:
    """The pages of authorities that this person may open."""
    asking = (Tab("/authorities/new", "Ask for one"),) if visit.may(Permission.REQUEST_AUTHORITIES) else ()
    return (
        Tab("/authorities", "All"),
        Tab("/authorities/queue", "Waiting"),
        *asking,
        Tab("/authorities/keys", "Officers' keys"),
    )


def authorities_of(request: Request) -> Authorities:
    """The register that this application shows."""
    return centre_of(request).authorities


def draw_one(
    request: Request,
    visit: Visit,
    authority_id: UUID,
    error: Exception | None = None,
    /,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    """The page of one authority; faults are sentences by the field that they are about. Raises NotFound.

    done is the step that this person has just taken: it is said where it is the last that was signed, and theirs.
    """
    own = authorities_of(request)
    whole = own.show(authority_id)
    kind, state, mine = whole.summary.kind, whole.summary.state, whole.summary.applicant == visit.person.name
    signer = signer_of(own, visit)
    names = list_names(request, whole)
    recording = visit.may(Permission.RECORD_VERBAL_GRANTS) and not mine
    statements = shown_statements(own, whole)
    last = whole.statements[-1] if whole.statements else None
    just_done = last is not None and last["step"] == done and last["by"]["account"] == visit.person.name
    return draw(
        request,
        visit,
        "authority.html",
        error,
        typed=typed or {},
        faults=faults or {},
        whole=whole,
        about=whole.summary,
        asked=whole.request,
        now=centre_of(request).clock(),
        rule=own.rules.kinds[kind],
        mine=mine,
        signer=signer,
        choices=choices(own, whole, signer),
        verbal_officers=verbal_officers(own, whole) if recording and Step.GRANT_VERBALLY in whole.steps_open else (),
        ranks=own.rules.order,
        statements=statements,
        done=statements[-1].done if just_done else "",
        names=names,
        uses=tuple(ShownUse(use, words.ACTS.get(use.act, use.act), names.get(use.object, "")) for use in whole.uses),
        may_submit=mine and Step.SUBMIT in whole.steps_open,
        may_withdraw=mine and Step.WITHDRAW in whole.steps_open,
        may_copy=state in OVER and visit.may(Permission.REQUEST_AUTHORITIES) and bool(whole.request),
        outlines=shown_outlines(whole),
        drawing=draw_outlines(outlines_of(whole)),
    )


def signer_of(own: Authorities, visit: Visit) -> Signer | None:
    """Whose signature this person's would be; None for whoever is no authorising officer."""
    if not visit.may(Permission.DECIDE_AUTHORITIES):
        return None
    try:
        return Signer(own.keys.officer(visit.person.name), None)
    except BadDocument as error:
        return Signer(None, None, str(error))
    except NotFound:
        waiting = [key for key in own.keys.all() if key.account == visit.person.name and key.trusted_from is None]
        return Signer(
            None, next((key for key in reversed(waiting) if not key.compromised and not key.trusted_until), None)
        )


def choices(own: Authorities, whole: Whole, signer: Signer | None) -> tuple[Choice, ...]:
    """The steps that an officer could sign now, each with why this one may not."""
    if signer is None:
        return ()
    return tuple(
        Choice(step, text, _barred(own, whole, signer, step))
        for step, text in words.STEPS.items()
        if step in whole.steps_open
    )


def _barred(own: Authorities, whole: Whole, signer: Signer, step: Step) -> str:
    rule, kind = STEPS[step], whole.summary.kind
    if signer.officer is None:
        return "your signing key is not trusted yet"
    if not rule.own and whole.summary.applicant == signer.officer.account:
        return "you asked for this yourself, and nobody decides on their own request: another officer must"
    if rule.ranked and not own.rules.suffices(signer.officer.rank, kind):
        least = words.rank_text(own.rules.kinds[kind].least_rank)
        return f"it needs the rank of {least} or above, and yours is {words.rank_text(signer.officer.rank)}"
    if step == Step.GRANT and whole.faults:
        return "the request lacks what its kind needs"
    return ""


def verbal_officers(own: Authorities, whole: Whole) -> tuple[Officer, ...]:
    """Who could have granted it by word of mouth; nobody while the trust list does not verify."""
    try:
        trusted = [entry.officer for _, entry in own.keys.trusted().keys.values() if _trusted_now(own, entry.officer)]
    except BadDocument:
        return ()  # the page says that nothing verifies
    kind, applicant = whole.summary.kind, whole.summary.applicant
    found = {each for each in trusted if own.rules.suffices_verbally(each.rank, kind) and each.account != applicant}
    return tuple(sorted(found, key=lambda officer: officer.name))


def _trusted_now(own: Authorities, officer: Officer) -> bool:
    try:
        return own.keys.officer(officer.account) == officer
    except NotFound:
        return False


def shown_outlines(whole: Whole) -> tuple[ShownOutline, ...]:
    """The outlines of the place, with how large each is."""
    return tuple(_size_of(each) for each in outlines_of(whole))


def outlines_of(whole: Whole) -> Sequence[Sequence[Sequence[float]]]:
    """The outlines of the place as they were written; none where it has none or cannot be read."""
    found: Sequence[Sequence[Sequence[float]]] = whole.request.get("place", {}).get("outlines", ())
    return found


def _size_of(outline: Sequence[Sequence[float]]) -> ShownOutline:
    norths, easts = [corner[0] for corner in outline], [corner[1] for corner in outline]
    middle = (max(norths) + min(norths)) / 2, (max(easts) + min(easts)) / 2
    high = (max(norths) - min(norths)) * KM_A_DEGREE
    wide = (max(easts) - min(easts)) * KM_A_DEGREE * math.cos(math.radians(middle[0]))
    return ShownOutline(write_outlines([outline]), len(outline), high, wide, *middle)


def shown_statements(own: Authorities, whole: Whole) -> tuple[ShownStatement, ...]:
    """The signed steps in order, with the key that signed each and its digest, as the log has it."""
    signed: list[tuple[str, str]] = [("", "")] * len(whole.statements)
    if whole.verified and whole.statements:
        try:
            case = own.case(whole.summary.authority_id)
        except NotGood:  # changed since it was verified, a moment ago: what is shown then claims nothing
            case = None
        if case is not None:
            signed = [(each.signatures[0].key, each.digest) for each in case.statements]
    return tuple(
        ShownStatement(
            body["number"], words.DONE[Step(body["step"])], body["by"], time_of(body["at"]), body["reason"], *made
        )
        for body, made in zip(whole.statements, signed, strict=False)
    )


def list_names(request: Request, whole: Whole) -> dict[str, str]:
    """The names of the lists by their ids, where the authority is for lists: a scope or a use may name either."""
    if whole.summary.kind is not Kind.ANPR_LIST:
        return {}
    return {str(each.list_id): each.name for each in centre_of(request).lists.all()}
