"""The document: what an applicant asks for, and with the authorising officer's part, what is signed.

A signed document of the kind "authority" has an Authority as its body (governance.signed). Its digest, which
statements are chained to, covers the body. The officer signs it; where the grant was by word of mouth the force's trust
key does, and an officer's signed confirmation follows as a statement.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from governance.authority.fields import Account, Id, Line, Name, Reason, Record, Reference, Sha256, UtcTime
from governance.authority.place import Place
from governance.authority.question import Kind
from governance.authority.scope import Scope

AUTHORITY: Final = "authority"
"""The kind of signed document that an authority is."""

MOST_DEVICES: Final = 2_000
MOST_DOCUMENTS: Final = 20

ALL_DEVICES: Final = "all"


class Officer(Record):
    """Somebody of the force: their account, their name as it is shown, and their rank."""

    account: Account
    name: Line
    rank: Line


class LinkedDocument(Record):
    """A document that the request rests on, such as its data protection impact assessment (DPA 2018 s.64)."""

    kind: Literal["dpia", "equality-impact", "community-impact", "other"]
    title: Line
    version: Line
    sha256: Sha256
    where: Line
    """Its address or its reference."""


class VerbalGrant(Record):
    """A grant by word of mouth in an urgent case: when it was given, who wrote it down, and until when it stands
    without the officer's own signature.
    """

    granted_at: UtcTime
    recorded_by: Officer
    confirm_by: UtcTime


class Proposal(Record):
    """What an applicant writes."""

    title: Line
    kind: Kind
    legal_basis: Reason
    legitimate_aim: Reason
    necessity: Reason
    less_intrusive_means: Reason
    proportionality: Reason
    collateral_intrusion: Reason
    collateral_limits: Reason
    place: Place
    starts_at: UtcTime
    ends_at: UtcTime
    """The first moment at which it no longer holds."""
    review_at: UtcTime
    devices: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_DEVICES)] | Literal["all"]
    scope: Scope
    documents: tuple[LinkedDocument, ...] = Field(default=(), max_length=MOST_DOCUMENTS)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.scope.kind != self.kind:
            raise ValueError(f"the scope is one of {self.scope.kind}, the authority one of {self.kind}")
        if not self.starts_at < self.ends_at:
            raise ValueError("ends_at is not after starts_at")
        if not self.starts_at < self.review_at <= self.ends_at:
            raise ValueError("review_at is not after starts_at and at or before ends_at")
        return self


class Request(Proposal):
    """A proposal in its place: whose it is, and by which id and reference it is known."""

    id: Id
    reference: Reference
    force: Name
    applicant: Officer


class Authority(Request):
    """What the authorising officer signs: the whole request, and who they are."""

    authorising_officer: Officer
    verbal: VerbalGrant | None = None

    @model_validator(mode="after")
    def _not_their_own(self) -> Self:
        if self.authorising_officer.account == self.applicant.account:
            raise ValueError("the applicant and the authorising officer are one account: nobody decides on their own")
        if self.verbal is not None:
            if self.verbal.recorded_by.account == self.applicant.account:
                raise ValueError("a verbal grant was recorded by the applicant: somebody else must")
            if not self.verbal.granted_at < self.verbal.confirm_by:
                raise ValueError("a verbal grant's confirm_by is not after granted_at")
        return self

    @classmethod
    def decided(cls, request: Request, officer: Officer, verbal: VerbalGrant | None = None) -> Self:
        """The document over a request. Raises BadDocument where the officer is the applicant."""
        fields: dict[str, Any] = {**request.body(), "authorising_officer": officer.body()}
        return cls.read({**fields, "verbal": None if verbal is None else verbal.body()})

    @property
    def request(self) -> Request:
        """The request within it."""
        body = self.body()
        return Request.read({name: body[name] for name in Request.model_fields})
