"""Authorities as rows: read, put together into cases, and held to what their signed documents say."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, select

from governance.authority.case import Case
from governance.authority.document import AUTHORITY, Request
from governance.authority.question import Kind, Refusal
from governance.authority.ranks import Rules
from governance.authority.replay import IN_FORCE, NotGood
from governance.authority.statement import STATEMENT, Statement
from governance.authority.states import State, Step
from governance.errors import BadDocument
from governance.signed import Signed, canonical
from ingest.authorities.views import Summary, Use
from ingest.database.schema import authority, authority_statement, authority_use, authority_year
from ingest.database.statements import insert
from ingest.errors import NotFound

USES_SHOWN: Final = 200

_UNREADABLE: Final = "(cannot be read: it was changed by other means)"


def find(connection: Connection, under: str, *, lock: bool = False) -> Any:
    """The row of an authority by its id or its reference, or None. lock holds it until the transaction ends."""
    query = select(authority)
    try:
        query = query.where(authority.c.authority_id == UUID(under))
    except ValueError:
        query = query.where(authority.c.reference == under)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def get(connection: Connection, authority_id: UUID, *, lock: bool = False) -> Any:
    """The row of an authority. Raises NotFound."""
    row = find(connection, str(authority_id), lock=lock)
    if row is None:
        raise NotFound(f"there is no authority {authority_id}")
    return row


def next_reference(connection: Connection, now: datetime) -> str:
    """The next reference of this year, such as AUTH-2026-0007."""
    last = connection.execute(
        insert(connection, authority_year)
        .values(year=now.year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": authority_year.c.last + 1})
        .returning(authority_year.c.last)
    ).scalar_one()
    return f"AUTH-{now.year}-{last:04d}"


def request_of(row: Any) -> Request:
    """The request as the applicant wrote it. Raises BadDocument where the row was changed by other means."""
    try:
        body = json.loads(bytes(row.request))
    except ValueError as error:
        raise BadDocument("the stored request is not JSON") from error
    return Request.read(body)


def case_of(connection: Connection, row: Any) -> Case:
    """The case of a decided authority. Raises NotGood where a row was changed, taken away or put in by other means."""
    s = authority_statement.c
    stored = connection.execute(
        select(s.document).where(s.authority_id == row.authority_id).order_by(s.number)
    ).scalars()
    try:
        case = Case.of(bytes(row.document), [bytes(document) for document in stored])
    except BadDocument as error:
        raise NotGood(Refusal.CHANGED, f"{row.reference}: {error}") from error
    body = case.document.body
    newest = case.statements[-1].digest if case.statements else None
    if (body.get("id"), body.get("reference")) != (str(row.authority_id), row.reference):
        raise NotGood(Refusal.CHANGED, f"{row.reference}: the stored document is another authority's")
    if (len(case.statements), newest) != (row.statements, row.head):
        raise NotGood(Refusal.CHANGED, f"{row.reference}: the stored statements are not those that were made")
    return case


def uses_of(connection: Connection, authority_id: UUID) -> Iterable[Use]:
    """The latest uses, newest first."""
    u = authority_use.c
    rows = connection.execute(
        select(authority_use).where(u.authority_id == authority_id).order_by(u.at.desc(), u.use_id.desc())
        .limit(USES_SHOWN)
    )  # fmt: skip
    return [Use(row.use_id, row.act, row.object, row.at, row.by) for row in rows]


def state_of(row: Any, now: datetime) -> State:
    """Where it stands now, by its row: what is over has expired although nobody has written that down yet."""
    state = State(row.state)
    over = now >= row.ends_at
    lapsed = row.confirm_by is not None and now >= row.confirm_by
    if state in IN_FORCE and (over or lapsed):
        return State.EXPIRED
    return State.EXPIRED if state is State.SUBMITTED and over else state


def summaries_of(connection: Connection, found: Sequence[Any], now: datetime, rules: Rules) -> list[Summary]:
    """Rows as they are shown in a list, with what else the database has about them."""
    used, reviewed = _used(connection), _reviewed(connection, now)
    return [
        _summary(row, now, rules, used.get(row.authority_id, (0, None)), reviewed.get(row.authority_id))
        for row in found
    ]


def _used(connection: Connection) -> dict[UUID, tuple[int, datetime | None]]:
    """How often each authority was used and when last."""
    u = authority_use.c
    query = select(u.authority_id, func.count().label("times"), func.max(u.at).label("last")).group_by(u.authority_id)
    return {row.authority_id: (row.times, row.last) for row in connection.execute(query)}


def _reviewed(connection: Connection, now: datetime) -> dict[UUID, datetime]:
    """When each authority in force whose review date has come was last reviewed, where it was."""
    a, s = authority.c, authority_statement.c
    query = (
        select(s.authority_id, s.document)
        .join(authority, a.authority_id == s.authority_id)
        .where(a.state.in_(IN_FORCE), a.review_at <= now)
        .order_by(s.number)
    )
    found: dict[UUID, datetime] = {}
    for row in connection.execute(query):
        try:
            statement = Statement.read(Signed.parse(bytes(row.document), STATEMENT).body)
        except BadDocument:
            continue  # the authority's own page says what is wrong with it
        if statement.step == Step.REVIEW:
            found[row.authority_id] = statement.at
    return found


def _summary(
    row: Any, now: datetime, rules: Rules, used: tuple[int, datetime | None], reviewed_at: datetime | None
) -> Summary:
    state, kind, due_at = state_of(row, now), Kind(row.kind), row.review_at
    if reviewed_at is not None:
        due_at = max(due_at, reviewed_at + timedelta(days=rules.kinds[kind].review_within_days))
    waits_for = ""
    if state is State.SUBMITTED:
        waits_for = "decision"
    elif state in IN_FORCE and row.confirm_by is not None:
        waits_for = "confirmation"
    elif (state in IN_FORCE and now >= due_at) or (state in (State.EXPIRED, State.ENDED) and row.document):
        waits_for = "review"
    return Summary(
        row.authority_id,
        row.reference,
        kind,
        _title(row),
        state,
        row.applicant,
        _decided_by(row),
        row.made_at,
        row.submitted_at,
        row.decided_at,
        row.starts_at,
        row.ends_at,
        row.review_at,
        due_at,
        row.confirm_by,
        waits_for,
        *used,
    )


def _title(row: Any) -> str:
    try:
        return str(json.loads(bytes(row.request))["title"])
    except (ValueError, KeyError, TypeError):
        return _UNREADABLE


def _decided_by(row: Any) -> str:
    if row.document is None:
        return ""
    try:
        return str(Signed.parse(bytes(row.document), AUTHORITY).body["authorising_officer"]["name"])
    except (BadDocument, KeyError, TypeError):
        return _UNREADABLE


def request_columns(request: Request) -> dict[str, Any]:
    """What a row repeats of its request, to be found and sorted by."""
    return {
        "kind": request.kind,
        "starts_at": request.starts_at,
        "ends_at": request.ends_at,
        "review_at": request.review_at,
        "request": canonical(request.body()),
    }
