"""How searches are used, by person: numbers for oversight and audit. No mark and no reference."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from governance.access.rules import AccessRules
from ingest.database.engine import read_transaction
from ingest.database.schema import search, search_audit, search_refusal, search_use
from ingest.search.audits import Found


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """One person's searches in a period. refused counts reasons: one refusal may have several. older are those that
    needed an authority; repeated had a mark in common with an earlier search.
    """

    account: str
    searches: int
    no_result: int
    older: int
    repeated: int
    under_surveillance_authority: int
    refused: int
    refused_by_rule: dict[str, int]
    pictures: int
    exports: int
    shares: int
    audited: int
    not_justified: int


def by_person(engine: Engine, rules: AccessRules, since: datetime, until: datetime) -> list[PersonFigures]:
    """The figures of everybody who searched, or tried to, from since up to until; by name."""
    s, u, a = search.c, search_use.c, search_audit.c
    made = (s.made_at >= since, s.made_at < until)
    with read_transaction(engine) as connection:

        def searches(*conditions: ColumnElement[bool]) -> Counter[str]:
            return _counted(connection, search, s.account, *made, *conditions)

        def uses(kind: str) -> Counter[str]:
            return _counted(connection, search_use, u.account, u.kind == kind, u.at >= since, u.at < until)

        audited = search.join(search_audit, a.search_id == s.search_id)
        refused = _refused(connection, since, until)
        counts: dict[str, Counter[str]] = {
            "searches": searches(),
            "no_result": searches(s.results == 0),
            "older": searches(s.tier.in_([tier.name for tier in rules.tiers if tier.authority])),
            "repeated": searches(s.repeated),
            "under_surveillance_authority": searches(s.surveillance.is_not(None)),
            "refused": Counter({account: sum(rules_.values()) for account, rules_ in refused.items()}),
            "pictures": uses("picture"),
            "exports": uses("export"),
            "shares": uses("share"),
            "audited": _counted(connection, audited, s.account, *made, a.finding.is_not(None)),
            "not_justified": _counted(connection, audited, s.account, *made, a.finding == Found.NOT_JUSTIFIED.value),
        }
    people = sorted(set().union(*counts.values()))
    return [
        PersonFigures(
            account=person,
            refused_by_rule=dict(refused.get(person, {})),
            **{name: count[person] for name, count in counts.items()},
        )
        for person in people
    ]


def _counted(connection: Connection, table: Any, account: Any, *conditions: ColumnElement[bool]) -> Counter[str]:
    query = select(account, func.count()).select_from(table).where(*conditions).group_by(account)
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def _refused(connection: Connection, since: datetime, until: datetime) -> dict[str, Counter[str]]:
    r = search_refusal.c
    query = select(r.account, r.reason, func.count()).where(r.at >= since, r.at < until).group_by(r.account, r.reason)
    found: dict[str, Counter[str]] = {}
    for account, reason, number in connection.execute(query):
        found.setdefault(account, Counter())[reason] += number
    return found
