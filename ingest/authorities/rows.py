"""Authorities as rows: read, put together into cases, and held to what their signed documents say."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select

from governance.authority.case import Case
from governance.authority.document import Request
from governance.authority.question import Kind, Refusal
from governance.authority.replay import IN_FORCE, NotGood
from governance.authority.states import State
from governance.errors import BadDocument
from governance.signed import canonical
from ingest.authorities.views import Summary, Use
from ingest.database.schema import authority, authority_statement, authority_use, authority_year
from ingest.database.statements import insert
from ingest.errors import NotFound

USES_SHOWN: Final = 200


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


def summary_of(row: Any, now: datetime) -> Summary:
    """The row as it is shown in a list."""
    state = state_of(row, now)
    waits_for = ""
    if state is State.SUBMITTED:
        waits_for = "decision"
    elif state in IN_FORCE and row.confirm_by is not None:
        waits_for = "confirmation"
    elif (state in IN_FORCE and now >= row.review_at) or (state in (State.EXPIRED, State.ENDED) and row.document):
        waits_for = "review"
    return Summary(
        row.authority_id,
        row.reference,
        Kind(row.kind),
        _title(row),
        state,
        row.applicant,
        row.made_at,
        row.submitted_at,
        row.decided_at,
        row.starts_at,
        row.ends_at,
        row.review_at,
        row.confirm_by,
        waits_for,
    )


def _title(row: Any) -> str:
    try:
        return str(json.loads(bytes(row.request))["title"])
    except (ValueError, KeyError, TypeError):
        return "(cannot be read: it was changed by other means)"


def request_columns(request: Request) -> dict[str, Any]:
    """What a row repeats of its request, to be found and sorted by."""
    return {
        "kind": request.kind,
        "starts_at": request.starts_at,
        "ends_at": request.ends_at,
        "review_at": request.review_at,
        "request": canonical(request.body()),
    }
