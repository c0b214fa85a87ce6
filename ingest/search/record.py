"""A search as it is kept: its row, and its entry in the log."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from governance.access.rules import AccessRules
from governance.log import Act
from ingest.contract.base import format_utc_ms
from ingest.search.question import Grounds, Question, from_json

ACT: Final = "reads.search"
"""The act in the log, and what an authority of the kind anpr-search is asked about."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was made. question is None once its time of keeping has passed."""

    search_id: UUID
    account: str
    made_at: datetime
    grounds: Grounds
    tier: str
    authority_id: str | None
    results: int
    more: bool
    repeated: bool
    question: Question | None

    def may_be_opened(self, now: datetime, rules: AccessRules) -> bool:
        """Whether its results may still be shown."""
        return self.question is not None and now < self.ends_at(rules)

    def ends_at(self, rules: AccessRules) -> datetime:
        """When its results can no longer be shown."""
        return self.made_at + timedelta(days=rules.keeping.results_days)


def words_of(grounds: Grounds, rules: AccessRules) -> str:
    """The purpose in words, for the log."""
    purpose = rules.purposes.get(grounds.purpose)
    return purpose.words if purpose else "no purpose was given"


def act_of(made: Search, question: Question, commitment: str, times: int, rules: AccessRules) -> Act:
    """The entry of a search. times counts it among those for the same mark."""
    grounds = made.grounds
    return Act(
        actor=made.account,
        act=ACT,
        purpose=words_of(grounds, rules),
        authority=made.authority_id,
        objects={"search": str(made.search_id)},
        details={
            "reference": grounds.reference,
            "on_behalf_of": grounds.on_behalf_of,
            "tier": made.tier,
            "captured_from": format_utc_ms(question.start),
            "captured_until": format_utc_ms(question.until),
            "marks": len(question.marks),
            "results": made.results,
            "more": made.more,
            "times": times,
            "surveillance_authority": grounds.surveillance or None,
            "rules_sha256": rules.sha256,
        },
        commitments={"question": commitment},
    )


def row_of(made: Search, question: Question, text: str, salt: bytes, commitment: str) -> dict[str, Any]:
    """The row of a search; text is its question as it is kept."""
    grounds = made.grounds
    return {
        "search_id": made.search_id,
        "account": made.account,
        "made_at": made.made_at,
        "purpose": grounds.purpose,
        "reference": grounds.reference,
        "on_behalf_of": grounds.on_behalf_of,
        "tier": made.tier,
        "authority": grounds.authority or None,
        "authority_id": made.authority_id,
        "surveillance": grounds.surveillance or None,
        "starts_at": question.start,
        "ends_at": question.until,
        "results": made.results,
        "more": made.more,
        "repeated": made.repeated,
        "question": text,
        "salt": salt,
        "commitment": commitment,
    }


def search_of(row: Any) -> Search:
    """A search from its row."""
    return Search(
        search_id=row.search_id,
        account=row.account,
        made_at=row.made_at,
        grounds=Grounds(row.purpose, row.reference, row.on_behalf_of, row.authority or "", row.surveillance or ""),
        tier=row.tier,
        authority_id=row.authority_id,
        results=row.results,
        more=row.more,
        repeated=row.repeated,
        question=None if row.question is None else from_json(row.question),
    )
