"""What is remembered of searches: keyed digests of their marks for the rule of surveillance, and for how long.

The digests go when the rule's window has passed, the question and its salt when its audit can no longer come. What is
left of a search then says who searched when, for what purpose and under which reference, and no mark.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, or_, select, text, update

from governance.access.marks import digest
from governance.access.rules import AccessRules
from governance.access.surveillance import Earlier
from governance.log import Act
from ingest.database.recorded import Acts
from ingest.database.schema import search, search_target
from ingest.database.statements import insert

_LOCK = 0x7365617263686573
"""The advisory lock's number: "searches" in ASCII."""


def one_at_a_time(connection: Connection) -> None:
    """Let no other search be judged until this transaction ends, so that two at once cannot each be the second.

    A write transaction of SQLite is alone as it is.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def digests(marks: Collection[str], key: bytes) -> frozenset[str]:
    """The keyed digest of each mark."""
    return frozenset(digest(mark, key) for mark in marks)


def earlier(
    connection: Connection, targets: Collection[str], account: str, reference: str, since: datetime
) -> list[Earlier]:
    """The searches since a time that had one of these targets, by the same person or under the same reference."""
    t, s = search_target.c, search.c
    rows = connection.execute(
        select(s.search_id, s.made_at, s.account, s.reference, t.digest)
        .join(search_target, t.search_id == s.search_id)
        .where(t.digest.in_(targets), t.made_at > since, or_(s.account == account, s.reference == reference))
    )
    found: dict[UUID, Earlier] = {}
    for row in rows:
        known = found.get(row.search_id)
        both = frozenset({row.digest}) | (known.targets if known else frozenset())
        found[row.search_id] = Earlier(row.made_at, row.account, row.reference, both)
    return list(found.values())


def remember(connection: Connection, search_id: UUID, targets: Collection[str], made_at: datetime) -> None:
    """Keep the digests of the marks that a search was about."""
    rows = [{"search_id": search_id, "digest": target, "made_at": made_at} for target in targets]
    if rows:
        connection.execute(insert(connection, search_target), rows)


def forget(connection: Connection, acts: Acts, rules: AccessRules, now: datetime) -> None:
    """Erase what has had its time, and say in the log how much. Every search does this before it is recorded."""
    old_digests = connection.execute(
        delete(search_target).where(search_target.c.made_at <= now - rules.surveillance.window)
    ).rowcount
    old_questions = connection.execute(
        update(search)
        .where(search.c.made_at <= now - timedelta(days=rules.keeping.question_days), search.c.question.is_not(None))
        .values(question=None, salt=None)
    ).rowcount
    if old_digests or old_questions:
        acts.add(
            Act(
                "system:searches",
                "reads.search-forget",
                "what a search asked for is kept no longer than its audit needs",
                details={"digests": old_digests, "questions": old_questions, "rules_sha256": rules.sha256},
            )
        )
