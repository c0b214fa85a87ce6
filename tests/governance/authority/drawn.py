"""Drawn people, keys, requests and cases: whatever a test of authorities starts from."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from governance.authority.case import Case
from governance.authority.document import AUTHORITY, Authority, Officer, Request
from governance.authority.question import Kind
from governance.authority.ranks import Rules
from governance.authority.replay import Moment
from governance.authority.statement import STATEMENT, Statement
from governance.authority.states import Step
from governance.authority.trust import Trust, TrustBody, TrustedKey, sign_trust
from governance.keys import PrivateKey
from governance.signed import Signed

FORCE = "met"
RULES = Rules.read()
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
END = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BEFORE = START - timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ID = "019a0000-0000-7000-8000-000000000001"
LIST = "019a0000-0000-7000-8000-0000000000aa"
SQUARE = [[51.50, -0.10], [51.50, -0.08], [51.52, -0.08], [51.52, -0.10]]
"""An area in the City; its middle is INSIDE."""
INSIDE = (51.51, -0.09)
WHY = "Burglaries with this vehicle are reported every week"

APPLICANT = Officer(account="dc.wick", name="DC Wick", rank="constable")
RECORDER = Officer(account="ps.flint", name="PS Flint", rank="sergeant")
INSPECTOR = Officer(account="di.brand", name="DI Brand", rank="inspector")
SUPERINTENDENT = Officer(account="supt.lumen", name="Supt Lumen", rank="superintendent")

SCOPES: dict[Kind, dict[str, Any]] = {
    Kind.ANPR_LIST: {"lists": [LIST]},
    Kind.ANPR_SEARCH: {"investigations": ["OP-LAMP"], "oldest_days": 365},
    Kind.FACE_WATCHLIST: {"watchlists": ["W-1"], "categories": ["wanted by courts"], "most_faces": 100},
    Kind.FACE_DEPLOYMENT: {"watchlists": ["W-1"], "algorithm": "a-1", "least_threshold": 0.64, "most_faces": 100},
    Kind.DRONE_FLIGHT: {"incidents": ["CAD-7"], "highest_m": 120},
    Kind.DISCLOSURE: {"items": ["item-1"], "recipients": ["CPS London"]},
    Kind.RETENTION_CHANGE: {"rules_sha256": "ab" * 32},
}
DOCUMENTS = [
    {"kind": kind, "title": f"Drawn {kind}", "version": "1.0", "sha256": "cd" * 32, "where": f"DOC-{kind}"}
    for kind in ("dpia", "equality-impact", "community-impact")
]


def proposal(kind: Kind = Kind.ANPR_LIST, **changes: Any) -> dict[str, Any]:
    """What an applicant writes, as JSON."""
    return {
        "title": "Vehicles used in burglary",
        "kind": kind,
        "legal_basis": "Common law powers of police to prevent crime",
        "legitimate_aim": "Prevention and detection of burglary in one ward",
        "necessity": "Patrols alone did not find the vehicles in three weeks",
        "less_intrusive_means": "House calls and open appeals were tried without result",
        "proportionality": "Few vehicles are listed against many burglaries reported",
        "collateral_intrusion": "Reads of passing vehicles that are on no list",
        "collateral_limits": "Such reads leave the car within one day",
        "place": {"kind": "area", "outlines": [SQUARE]},
        "starts_at": "2026-11-23T08:00:00.000Z",
        "ends_at": "2026-11-24T08:00:00.000Z",
        "review_at": "2026-11-24T08:00:00.000Z",
        "devices": ["car-1", "car-2"],
        "scope": {"kind": kind, **SCOPES[kind]},
        "documents": DOCUMENTS,
    } | changes


def request(kind: Kind = Kind.ANPR_LIST, applicant: Officer = APPLICANT, **changes: Any) -> Request:
    fields = {"id": ID, "reference": "AUTH-2026-0007", "force": FORCE, "applicant": applicant.body()}
    return Request.model_validate({**proposal(kind), **fields, **changes})


def at(moment: datetime, error: timedelta = timedelta(0)) -> Moment:
    return Moment.around(moment, error)


@dataclass
class Court:
    """Keys of the force and of its officers, and the trust list over them. number rises with each new list."""

    anchor: PrivateKey = field(default_factory=PrivateKey.new)
    keys: dict[str, PrivateKey] = field(default_factory=dict)
    entries: dict[str, TrustedKey] = field(default_factory=dict)
    number: int = 0

    @classmethod
    def sitting(cls) -> Self:
        court = cls()
        for officer in (INSPECTOR, SUPERINTENDENT):
            court.admit(officer)
        return court

    def admit(self, officer: Officer, **changes: Any) -> PrivateKey:
        key = self.keys.get(officer.account) or PrivateKey.new()
        self.keys[officer.account] = key
        self.entries[officer.account] = TrustedKey(
            key=key.public.text, officer=officer, **{"trusted_from": BEFORE, **changes}
        )
        return key

    def trust_bytes(self, issued_at: datetime = BEFORE, force: str = FORCE) -> bytes:
        self.number += 1
        keys = tuple(self.entries.values())
        return sign_trust(TrustBody(force=force, number=self.number, issued_at=issued_at, keys=keys), self.anchor)

    def trust(self) -> Trust:
        return Trust.read(self.trust_bytes(), self.anchor.public, FORCE)

    def signer(self, officer: Officer | None) -> PrivateKey:
        return self.anchor if officer is None else self.keys[officer.account]

    def decided(
        self, asked: Request, officer: Officer = INSPECTOR, step: Step = Step.GRANT, when: datetime = BEFORE
    ) -> Case:
        """A case with a decision of an officer on paper."""
        document = Signed.make(AUTHORITY, Authority.decided(asked, officer).body(), self.signer(officer))
        return self.then(Case(document, ()), step, officer, when)

    def verbal(
        self, asked: Request, officer: Officer = INSPECTOR, when: datetime = BEFORE, within: float = 72, **changes: Any
    ) -> Case:
        """A case with a grant by word of mouth, written down by the recorder."""
        body = Authority.model_validate(
            {
                **asked.body(),
                "authorising_officer": officer.body(),
                "verbal": {
                    "granted_at": when,
                    "recorded_by": RECORDER.body(),
                    "confirm_by": when + timedelta(hours=within),
                    **changes,
                },
            }
        ).body()
        case = Case(Signed.make(AUTHORITY, body, self.anchor), ())
        return self.then(case, Step.GRANT_VERBALLY, RECORDER, when, key=self.anchor)

    def then(
        self, case: Case, step: Step, by: Officer, when: datetime, key: PrivateKey | None = None, **changes: Any
    ) -> Case:
        """The case with one statement more."""
        last = case.statements[-1] if case.statements else case.document
        body = Statement.model_validate(
            {
                "authority": case.document.body["id"],
                "number": len(case.statements) + 1,
                "previous": last.digest,
                "step": step,
                "by": by.body(),
                "at": when,
                "reason": WHY,
                **changes,
            }
        ).body()
        signed = Signed.make(STATEMENT, body, key or self.signer(by))
        return replace(case, statements=(*case.statements, signed))


def is_uuid7(text: str) -> bool:
    return UUID(text).version == 7
