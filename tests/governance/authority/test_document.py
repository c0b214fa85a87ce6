import json
from typing import Any

import pytest
from pydantic import ValidationError

from governance.authority.document import Authority, Proposal
from governance.authority.question import Kind
from governance.errors import BadDocument
from governance.signed import canonical
from tests.governance.authority.drawn import APPLICANT, INSPECTOR, SCOPES, proposal, request

REASONS = (
    "legal_basis",
    "legitimate_aim",
    "necessity",
    "less_intrusive_means",
    "proportionality",
    "collateral_intrusion",
    "collateral_limits",
)


@pytest.mark.parametrize("kind", Kind)
def test_the_canonical_form_goes_round(kind: Kind) -> None:
    made = Authority.decided(request(kind), INSPECTOR)
    body = json.loads(canonical(made.body()))
    assert Authority.read(body) == made
    assert canonical(Authority.read(body).body()) == canonical(body)
    assert made.request == request(kind)


@pytest.mark.parametrize("name", [*REASONS, "title", "place", "starts_at", "ends_at", "review_at", "devices", "scope"])
def test_nothing_may_be_left_out(name: str) -> None:
    fields = proposal()
    del fields[name]
    with pytest.raises(ValidationError, match=name):
        Proposal.model_validate(fields)


@pytest.mark.parametrize("name", REASONS)
@pytest.mark.parametrize("text", ["", "Necessary", "n/a n/a n/a n/a"])
def test_no_reason_may_be_without_substance(name: str, text: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Proposal.model_validate(proposal(**{name: text}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ends_at": "2026-11-23T08:00:00Z"}, "ends_at is not after"),
        ({"review_at": "2026-11-25T08:00:00Z"}, "review_at"),
        ({"review_at": "2026-11-23T08:00:00Z"}, "review_at"),
        ({"scope": {"kind": "disclosure", **SCOPES[Kind.DISCLOSURE]}}, "the scope is one of disclosure"),
        ({"devices": []}, "devices"),
        ({"devices": "some"}, "devices"),
        ({"devices": ["Car 1"]}, "devices"),
        ({"starts_at": "2026-11-23T08:00:00"}, "starts_at"),
        ({"legal_basis": 7}, "legal_basis"),
        ({"note": "and more"}, "note"),
        ({"title": "two\nlines"}, "title"),
        ({"title": "Burglary \u202enedmaC"}, r"title\n.*U\+202E"),
        ({"title": "Burglary\x07"}, r"U\+0007"),
        ({"necessity": "Four different words \u2066suffice"}, r"U\+2066"),
    ],
)
def test_what_contradicts_itself_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Proposal.model_validate(proposal(**change))


def test_nobody_decides_on_their_own() -> None:
    with pytest.raises(BadDocument, match="nobody decides on their own"):
        Authority.decided(request(), APPLICANT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("starts_at", "2026-11-23T08:00:00Z"),
        ("starts_at", "2026-11-23T09:00:00.000+01:00"),
        ("title", " Vehicles used in burglary"),
        ("more", 1),
        ("reference", 7),
    ],
)
def test_the_same_in_another_form_is_refused(name: str, value: object) -> None:
    body = Authority.decided(request(), INSPECTOR).body()
    with pytest.raises(BadDocument):
        Authority.read({**body, name: value})
