"""The pages of retention: what is kept and until when, what is late, holds, disposals, and the rules.

They hold numbers and ids, no mark and no picture, so that the overseer may see all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from ingest.errors import BadInput, Conflict, IngestError, NotFound
from ingest.lists.drafts import expiry_of
from ingest.retention.marking import MOST_ITEMS
from ingest.retention.service import Retention
from ingest.web import retention_words as words
from ingest.web.failures import status_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/retention", include_in_schema=False)

AHEAD: Final = timedelta(days=7)
GONE: Final = timedelta(days=28)
"""How far the overview looks: what must be gone within the week, and what went in four."""

RECEIPTS_SHOWN: Final = 20

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_RETENTION))]
Holding = Annotated[Visit, Depends(needs(Permission.SEE_RETENTION, Permission.HOLD_ITEMS))]
Text = Annotated[str, Form(max_length=2_000)]
LongText = Annotated[str, Form(max_length=MOST_ITEMS * 40)]

REFUSALS: Final = (BadInput, Conflict, NotFound)
"""What is said on the page itself, with what was typed."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not taken: which one, why, and what was typed into it."""

    form: str
    error: IngestError
    typed: Mapping[str, str]

    @property
    def faults(self) -> list[str]:
        """Each reason as a sentence."""
        return [f"{one[:1].upper()}{one[1:]}" for one in str(self.error).split("; ")]


@router.get("")
def overview(request: Request, visit: Seeing) -> Response:
    return _overview(request, visit)


@router.get("/rules")
def rules(request: Request, visit: Seeing) -> Response:
    sets = _retention(request).rules
    return page(
        request, "retention-rules.html", person=visit.person, rules=sets.current(), sets=sets.all(), words=words
    )


@router.get("/receipts/{batch_id}")
def receipt(request: Request, _visit: Seeing, batch_id: UUID) -> Response:
    """The signed receipt of one disposal, as a file: byte for byte what the log commits to."""
    document = _retention(request).receipt(batch_id)
    name = f"{batch_id}.receipt.json"
    return Response(
        document, media_type="application/json", headers={"Content-Disposition": f"attachment; filename={name}"}
    )


@router.post("/holds")
def hold(
    request: Request,
    visit: Holding,
    items: LongText = "",
    kind: Text = "",
    owner: Text = "",
    reason: Text = "",
    ends: Text = "",
    review: Text = "",
) -> Response:
    typed = {"items": items, "kind": kind, "owner": owner, "reason": reason, "ends": ends, "review": review}
    try:
        _retention(request).marking.hold(
            kind,
            owner,
            reason,
            _ids(items),
            _day("End", ends),
            visit.person.name,
            _day("Review", review) if review else None,
        )
    except REFUSALS as error:
        return _overview(request, visit, Refused("hold", error, typed))
    return _to_holds()


@router.post("/holds/{hold_id}/renew")
def renew(request: Request, visit: Holding, hold_id: UUID, ends: Text = "", why: Text = "") -> Response:
    try:
        _retention(request).marking.renew(hold_id, _day("New end", ends), why, visit.person.name)
    except REFUSALS as error:
        return _overview(request, visit, Refused(str(hold_id), error, {"ends": ends, "why": why}))
    return _to_holds()


@router.post("/holds/{hold_id}/end")
def end(request: Request, visit: Holding, hold_id: UUID, why: Text = "") -> Response:
    try:
        _retention(request).marking.end(hold_id, why, visit.person.name)
    except REFUSALS as error:
        return _overview(request, visit, Refused(str(hold_id), error, {"why": why}))
    return _to_holds()


def _overview(request: Request, visit: Visit, refused: Refused | None = None) -> Response:
    retention = _retention(request)
    sets = retention.rules.all()
    kept = retention.overview(AHEAD, GONE)
    return page(
        request,
        "retention.html",
        person=visit.person,
        status=status_of(refused.error) if refused else HTTPStatus.OK,
        clock=retention.clock.state(),
        kept=kept,
        late=retention.late(),
        waiting=[one for one in sets if one.state == "waiting"],
        holds=retention.marking.holds(),
        kinds=retention.rules.current().holds.values(),
        receipts=retention.latest_receipts(GONE, RECEIPTS_SHOWN),
        receipts_in_all=sum(row.receipts for row in kept),
        ahead=AHEAD,
        gone=GONE,
        may_hold=visit.may(Permission.HOLD_ITEMS),
        refused=refused,
        words=words,
    )


def _ids(text: str) -> list[UUID]:
    """Ids as somebody typed or pasted them: one to a line, or between commas or spaces. Raises BadInput."""
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(UUID(word))
        except ValueError:
            raise BadInput(
                f"{word[:60]} is no id: it has 32 hexadecimal digits, as an alert's or an item's page shows"
            ) from None
    return found


def _day(field: str, text: str) -> datetime:
    try:
        return expiry_of(text)
    except ValueError as error:
        raise BadInput(f"{field}: {error}") from error


def _to_holds() -> Response:
    return RedirectResponse("/retention#holds", HTTPStatus.SEE_OTHER)


def _retention(request: Request) -> Retention:
    return centre_of(request).retention
