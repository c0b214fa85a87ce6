"""Audit of searches: a sample is drawn, each search of it is given to somebody other than who made it, and they say
what they found. Nobody audits their own search, nor assigns one to whoever made it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update

from governance.access.draw import SEED_BYTES, as_objects, draw
from governance.access.rules import AccessRules
from governance.entry import Detail
from governance.log import Act, Log
from governance.roles import Permission, Role, may
from ingest.accounts import Person
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms, new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import account, search, search_audit
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound
from ingest.logged_text import logged_text
from ingest.search.question import from_json, names_a_mark
from ingest.search.record import Search, search_of

MOST_DRAWN: Final = 100
LONGEST_WORDS: Final = 500
PURPOSE: Final = "audit of searches"


class Found(StrEnum):
    """What an auditor says of a search."""

    IN_ORDER = "in-order"
    NOT_JUSTIFIED = "not-justified"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True)
class Audit:
    """One search of a sample. auditor is None until it is assigned, finding until they have said what they found."""

    audit_id: UUID
    search_id: UUID
    drawn_at: datetime
    auditor: str | None
    finding: Found | None
    words: str
    found_at: datetime | None


class Audits:
    """The audits of one centre's searches."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, rules: AccessRules) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._rules = rules

    def draw(self, number: int, person: Person) -> list[Audit]:
        """Draw up to number searches by lot, of those that were never drawn and whose question is still kept.

        Raises BadInput. The seed goes into the log with the draw, so that it can be drawn again.
        """
        if not 1 <= number <= MOST_DRAWN:
            raise BadInput(f"draw 1 to {MOST_DRAWN} searches at a time")
        now, seed = self._clock(), secrets.token_bytes(SEED_BYTES)
        since = now - timedelta(days=self._rules.keeping.question_days)
        never = ~select(search_audit.c.search_id).where(search_audit.c.search_id == search.c.search_id).exists()
        with recorded(self._engine, self._log) as (connection, acts):
            kept = search.c.made_at > since, search.c.question.is_not(None)
            ids = connection.execute(select(search.c.search_id).where(*kept, never)).scalars().all()
            drawn = draw(seed, person.name, map(str, ids), number)
            made = [Audit(new_id(), UUID(one), now, None, None, "", None) for one in drawn]
            for audit in made:
                row = {"audit_id": audit.audit_id, "search_id": audit.search_id, "drawn_at": now}
                connection.execute(insert(connection, search_audit), row | {"drawn_by": person.name})
            details: dict[str, Detail] = {
                "asked": number,
                "drawn": len(made),
                "of": len(ids),
                "made_after": format_utc_ms(since),
                "seed": seed.hex(),
            }
            acts.add(Act(person.name, "audit.draw", PURPOSE, objects=as_objects(drawn), details=details))
        return made

    def assign(self, audit_id: UUID, auditor: str, person: Person) -> None:
        """Give an audit to somebody who may audit. Raises NotFound, or BadInput for who made the search themselves."""
        with recorded(self._engine, self._log) as (connection, acts):
            row = self._open(connection, audit_id)
            roles = connection.execute(
                select(account.c.roles).where(account.c.name == auditor, account.c.disabled_at.is_(None))
            ).scalar()
            if roles is None or not may([Role(role) for role in roles], Permission.AUDIT_SEARCHES):
                raise BadInput("an audit is given to somebody with an open account who may audit searches")
            if auditor == row.account:
                raise BadInput("nobody audits their own search: give it to somebody else")
            given = {"auditor": auditor, "assigned_at": self._clock(), "assigned_by": person.name}
            self._change(connection, audit_id, given)
            acts.add(Act(person.name, "audit.assign", PURPOSE, objects=_objects(row) | {"auditor": auditor}))

    def show(self, audit_id: UUID, person: Person) -> tuple[Audit, Search]:
        """Show the search to the auditor that it was given to, with what was asked for. Raises NotFound."""
        with recorded(self._engine, self._log) as (connection, acts):
            row = self._mine(connection, audit_id, person)
            made = connection.execute(select(search).where(search.c.search_id == row.search_id)).one()
            acts.add(Act(person.name, "audit.view", PURPOSE, objects=_objects(row)))
        return audit_of(row), search_of(made)

    def find(self, audit_id: UUID, finding: Found, words: str, person: Person) -> None:
        """Record what the auditor found, once. Raises NotFound, Conflict, or BadInput without words."""
        said = logged_text("what you found", words, LONGEST_WORDS)
        with recorded(self._engine, self._log) as (connection, acts):
            row = self._mine(connection, audit_id, person)
            if row.question is not None and names_a_mark(said, from_json(row.question).marks):
                raise BadInput("the words hold a mark: they go into the log, where no mark is")
            self._change(connection, audit_id, {"finding": finding.value, "words": said, "found_at": self._clock()})
            details = {"finding": finding.value, "words": said}
            acts.add(Act(person.name, "audit.find", PURPOSE, objects=_objects(row), details=details))

    def all(self, limit: int = 200) -> list[Audit]:
        """The latest audits, newest first, without what was asked for."""
        query = select(search_audit).order_by(search_audit.c.drawn_at.desc(), search_audit.c.audit_id).limit(limit)
        with read_transaction(self._engine) as connection:
            return [audit_of(row) for row in connection.execute(query)]

    def _open(self, connection: Connection, audit_id: UUID) -> Any:
        row = connection.execute(
            select(search_audit, search.c.account, search.c.question)
            .join(search, search.c.search_id == search_audit.c.search_id)
            .where(search_audit.c.audit_id == audit_id)
        ).one_or_none()
        if row is None:
            raise NotFound(f"there is no audit {audit_id}")
        return row

    def _mine(self, connection: Connection, audit_id: UUID, person: Person) -> Any:
        row = self._open(connection, audit_id)
        if row.auditor != person.name:
            raise NotFound(f"there is no audit {audit_id} of yours: it must be assigned to you")
        return row

    def _change(self, connection: Connection, audit_id: UUID, values: dict[str, Any]) -> None:
        """Change an audit that has no finding yet; the condition keeps two changes at once from both counting."""
        changed = connection.execute(
            update(search_audit)
            .where(search_audit.c.audit_id == audit_id, search_audit.c.finding.is_(None))
            .values(values)
        )
        if changed.rowcount != 1:
            raise Conflict("this audit has its finding already, and a finding is not changed")


def _objects(row: Any) -> dict[str, str]:
    return {"audit": str(row.audit_id), "search": str(row.search_id)}


def audit_of(row: Any) -> Audit:
    """An audit from its row."""
    return Audit(
        audit_id=row.audit_id,
        search_id=row.search_id,
        drawn_at=row.drawn_at,
        auditor=row.auditor,
        finding=None if row.finding is None else Found(row.finding),
        words=row.words or "",
        found_at=row.found_at,
    )
