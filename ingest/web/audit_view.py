"""What an auditor sees of searches before opening one: by whom, why, how far back, how many reads, what was found.

All of it is in the log as well. What was asked for is not read here: only ingest.search.audits shows it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, null, select

from ingest.database.engine import read_transaction
from ingest.database.schema import search, search_audit, search_use
from ingest.errors import NotFound
from ingest.search.audits import Audit, audit_of
from ingest.search.record import Search, search_of

MOST_WAITING: Final = 100
"""How many of those that wait are shown at once, newest first: one draw gives at most as many."""

FINDINGS_A_PAGE: Final = 25
MOST_EARLIER: Final = 10


@dataclass(frozen=True, slots=True)
class Line:
    """An audit and the search it is of, which has no question here."""

    audit: Audit
    drawn_by: str
    search: Search


@dataclass(frozen=True, slots=True)
class Waiting:
    """The newest of some audits that wait, and how many there are in all."""

    lines: tuple[Line, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Queue:
    """All audits as one auditor sees them. found is one page of the findings, newest first, from the one numbered start
    (from 0) on; never_drawn counts the searches that can still be drawn.
    """

    mine: Waiting
    nobodys: Waiting
    others: Waiting
    found: tuple[Line, ...]
    found_count: int
    start: int
    never_drawn: int


@dataclass(frozen=True, slots=True)
class Background:
    """What else is known of an audited search: how its results were used, by kind of use, and what was found of
    earlier searches by the same person, newest first.
    """

    uses: dict[str, int]
    earlier: tuple[Line, ...]


_A, _S = search_audit.c, search.c
_OPEN: Final = _A.finding.is_(None)
_FOUND: Final = _A.finding.is_not(None)


def queue(engine: Engine, auditor: str, kept_since: datetime, start: int) -> Queue:
    """The audits as this auditor sees them. kept_since: questions of searches made before are erased."""
    never = ~select(_A.search_id).where(_A.search_id == _S.search_id).exists()
    drawable = select(func.count()).select_from(search).where(_S.made_at > kept_since, _S.question.is_not(None), never)
    with read_transaction(engine) as connection:
        findings = _lines().where(_FOUND).order_by(_A.found_at.desc(), _A.audit_id)
        return Queue(
            mine=_waiting(connection, _A.auditor == auditor),
            nobodys=_waiting(connection, _A.auditor.is_(None)),
            others=_waiting(connection, _A.auditor != auditor),
            found=_read(connection, findings.offset(start).limit(FINDINGS_A_PAGE)),
            found_count=_count(connection, _FOUND),
            start=start,
            never_drawn=connection.execute(drawable).scalar_one(),
        )


def one(engine: Engine, audit_id: UUID) -> Line:
    """One audit. Raises NotFound."""
    with read_transaction(engine) as connection:
        found = _read(connection, _lines().where(_A.audit_id == audit_id))
    if not found:
        raise NotFound(f"there is no audit {audit_id}")
    return found[0]


def background(engine: Engine, line: Line) -> Background:
    """What else is known of an audited search."""
    used = select(search_use.c.kind, func.count()).where(search_use.c.search_id == line.search.search_id)
    same = _lines().where(_FOUND, _S.account == line.search.account, _A.audit_id != line.audit.audit_id)
    with read_transaction(engine) as connection:
        uses = {row[0]: row[1] for row in connection.execute(used.group_by(search_use.c.kind))}
        earlier = _read(connection, same.order_by(_A.found_at.desc(), _A.audit_id).limit(MOST_EARLIER))
    return Background(Counter(uses), earlier)


def _waiting(connection: Connection, whose: ColumnElement[bool]) -> Waiting:
    newest = _lines().where(_OPEN, whose).order_by(_A.drawn_at.desc(), _S.made_at.desc(), _A.audit_id)
    return Waiting(_read(connection, newest.limit(MOST_WAITING)), _count(connection, _OPEN, whose))


def _lines() -> Select[Any]:
    """Every column of both but the question, which holds marks."""
    of_search = [column for column in search.c if column.name not in ("search_id", "question", "salt")]
    joined = search_audit.join(search, _S.search_id == _A.search_id)
    return select(search_audit, *of_search, null().label("question")).select_from(joined)


def _read(connection: Connection, query: Select[Any]) -> tuple[Line, ...]:
    return tuple(Line(audit_of(row), row.drawn_by, search_of(row)) for row in connection.execute(query))


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(search_audit).where(*conditions)).scalar_one()
