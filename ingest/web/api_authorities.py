"""Calls on authorities: to ask for one, decide, stop and review it, see it, and keep the officers' keys."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from governance.authority.question import Kind
from governance.authority.states import State, Step
from governance.roles import Permission
from ingest.authorities.keys import OfficerKey
from ingest.authorities.register import Authorities
from ingest.authorities.views import Summary, Whole
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/authorities", tags=["authorities"])

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_AUTHORITIES))]
Requesting = Annotated[Visit, Depends(needs(Permission.REQUEST_AUTHORITIES))]
Recording = Annotated[Visit, Depends(needs(Permission.RECORD_VERBAL_GRANTS))]
Deciding = Annotated[Visit, Depends(needs(Permission.DECIDE_AUTHORITIES))]
Trusting = Annotated[Visit, Depends(needs(Permission.TRUST_KEYS))]

Passphrase = Annotated[SecretStr, Field(max_length=2_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewRequest(_Body):
    """A request. proposal has the fields of governance.authority.document.Proposal; rank is the applicant's own."""

    proposal: dict[str, Any]
    rank: str = Field(max_length=100)


class Proposed(_Body):
    """A draft written anew."""

    proposal: dict[str, Any]


class SignedStep(_Body):
    """A step by an authorising officer. The passphrase opens their key for this one signature and is not kept."""

    step: Literal[Step.GRANT, Step.REFUSE, Step.CONFIRM, Step.SUSPEND, Step.RESUME, Step.END, Step.REVIEW]
    reason: str = Field(max_length=10_000)
    passphrase: Passphrase


class Verbal(_Body):
    """A grant by word of mouth: whose (their account), when, why it could not wait, and the recorder's own rank."""

    officer: str = Field(max_length=200)
    granted_at: AwareDatetime
    reason: str = Field(max_length=10_000)
    rank: str = Field(max_length=100)


class NewKey(_Body):
    """A key to be made under this passphrase, which is not kept."""

    passphrase: Passphrase


class Trusted(_Body):
    """A key to be put on the trust list, by its whole fingerprint, with its officer's rank."""

    fingerprint: str = Field(max_length=200)
    rank: str = Field(max_length=100)
    until: AwareDatetime | None = None


class Retired(_Body):
    """compromised: nothing that the key ever signed counts any more."""

    compromised: bool = False


class TrustView(BaseModel):
    """What a device pins (anchor, base64), and the number of the newest trust list."""

    anchor: str
    anchor_id: str
    number: int
    issued_at: datetime


@router.get("")
def all_authorities(
    request: Request, _visit: Seeing, state: State | None = None, kind: Kind | None = None
) -> list[Summary]:
    """The authorities, newest first."""
    return _authorities(request).all(state, kind)


@router.get("/queue")
def queue(request: Request, _visit: Seeing) -> list[Summary]:
    """What waits for an authorising officer."""
    return _authorities(request).queue()


@router.get("/keys")
def keys(request: Request, _visit: Seeing) -> list[OfficerKey]:
    """The officers' keys, without their private halves."""
    return _authorities(request).keys.all()


@router.get("/trust")
def trust(request: Request, _visit: Seeing) -> TrustView:
    """The key that devices pin, and the newest trust list's number."""
    own = _authorities(request).keys
    body = own.trusted().body
    return TrustView(anchor=own.anchor.text, anchor_id=own.anchor.id, number=body.number, issued_at=body.issued_at)


@router.get("/trust/document")
def trust_document(request: Request, _visit: Seeing) -> Response:
    """The signed trust list, byte for byte."""
    return _json(_authorities(request).keys.trust_bytes())


@router.post("/keys", status_code=HTTPStatus.CREATED)
def make_key(request: Request, visit: Deciding, new: NewKey) -> OfficerKey:
    """Make the own key. It counts when an administrator has put it on the trust list."""
    return _authorities(request).keys.make(new.passphrase.get_secret_value(), visit.person)


@router.post("/keys/trust")
def trust_key(request: Request, visit: Trusting, given: Trusted) -> OfficerKey:
    """Put an officer's key on the trust list."""
    return _authorities(request).keys.trust(given.fingerprint, given.rank, visit.person, given.until)


@router.post("/keys/{key_id}/retire")
def retire_key(request: Request, visit: Trusting, key_id: str, given: Retired) -> OfficerKey:
    """End the trust in a key."""
    return _authorities(request).keys.retire(key_id, visit.person, compromised=given.compromised)


@router.post("", status_code=HTTPStatus.CREATED)
def draft(request: Request, visit: Requesting, new: NewRequest) -> Whole:
    """Begin a request, as a draft."""
    own = _authorities(request)
    return own.show(own.requests.draft(new.proposal, new.rank, visit.person))


@router.get("/{authority_id}")
def show(request: Request, _visit: Seeing, authority_id: UUID) -> Whole:
    """Everything about one authority, verified anew."""
    return _authorities(request).show(authority_id)


@router.get("/{authority_id}/case")
def case(request: Request, _visit: Seeing, authority_id: UUID) -> Response:
    """The signed documents of a decided authority, byte for byte as a device or an overseer verifies them."""
    return _json(_authorities(request).case(authority_id).to_bytes())


@router.put("/{authority_id}")
def amend(request: Request, visit: Requesting, authority_id: UUID, new: Proposed) -> Whole:
    """Write a draft anew."""
    own = _authorities(request)
    return own.show(own.requests.amend(authority_id, new.proposal, visit.person))


@router.post("/{authority_id}/submit")
def submit(request: Request, visit: Requesting, authority_id: UUID) -> Whole:
    """Put a draft before the authorising officers."""
    own = _authorities(request)
    return own.show(own.requests.submit(authority_id, visit.person))


@router.post("/{authority_id}/withdraw")
def withdraw(request: Request, visit: Requesting, authority_id: UUID) -> Whole:
    """Take a request back before it is decided."""
    own = _authorities(request)
    return own.show(own.requests.withdraw(authority_id, visit.person))


@router.post("/{authority_id}/verbal")
def grant_verbally(request: Request, visit: Recording, authority_id: UUID, verbal: Verbal) -> Whole:
    """Write down a grant by word of mouth. It lapses unless an officer confirms it by signature in time."""
    own = _authorities(request)
    own.steps.grant_verbally(authority_id, verbal.officer, verbal.granted_at, verbal.reason, verbal.rank, visit.person)
    return own.show(authority_id)


@router.post("/{authority_id}/steps")
def step(request: Request, visit: Deciding, authority_id: UUID, taken: SignedStep) -> Whole:
    """Grant, refuse, confirm, suspend, resume, end or review, with the officer's own signature."""
    own = _authorities(request)
    own.steps.take(authority_id, taken.step, taken.reason, taken.passphrase.get_secret_value(), visit.person)
    return own.show(authority_id)


def _authorities(request: Request) -> Authorities:
    return centre_of(request).authorities


def _json(data: bytes) -> Response:
    return Response(data, media_type="application/json")
