"""Calls on retention: what is held and why, disposal now, holds and classes, changes of the rules, receipts."""

import time
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from governance.retention.rules import MOST_BYTES
from governance.roles import Permission
from ingest.retention import shown
from ingest.retention.marking import MOST_ITEMS
from ingest.retention.service import Retention
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/retention", tags=["retention"])

RUN_LIMIT_S: Final = 60.0
"""How long a run that somebody asked for goes on: its caller waits. The scheduler does the rest."""

LONGEST_SPAN_DAYS: Final = 3_660
MOST_RECEIPTS: Final = 1_000
"""In one answer."""

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_RETENTION))]
Holding = Annotated[Visit, Depends(needs(Permission.HOLD_ITEMS))]
Running = Annotated[Visit, Depends(needs(Permission.RUN_RETENTION))]
Changing = Annotated[Visit, Depends(needs(Permission.CHANGE_RETENTION))]
Days = Annotated[int, Query(ge=0, le=LONGEST_SPAN_DAYS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Why(_Body):
    """Why something is done. Names nobody: it goes into the log."""

    why: str


class NewHold(_Body):
    """A hold on items, by their ids. kind is one of the rules'; owner answers for it; reason names nobody."""

    kind: str
    owner: str
    reason: str
    items: list[UUID] = Field(min_length=1, max_length=MOST_ITEMS)
    ends_at: AwareDatetime
    review_at: AwareDatetime | None = None


class Renewal(_Body):
    """A new end for a hold that stands, and why."""

    ends_at: AwareDatetime
    why: str
    review_at: AwareDatetime | None = None


class NewClass(_Body):
    """One more class for an item, why, and, once it is known, when that class's clock started (the case was closed)."""

    item_class: str
    why: str
    clock_at: AwareDatetime | None = None


class LessClass(_Body):
    """A class to be taken off an item, and why."""

    item_class: str
    why: str


class GoodClock(_Body):
    """A person's word that the centre's clock is right: the date in London by another clock, and why it was off."""

    today: date
    why: str


class Rules(_Body):
    """A file of rules, as its text."""

    file: str = Field(max_length=MOST_BYTES)


class NewRules(Rules):
    """A file of rules, why they should change, and the reference or id of the authority for that."""

    why: str
    authority: str


@router.get("")
def overview(request: Request, _visit: Seeing, ahead_days: Days = 0, gone_days: Days = 28) -> dict[str, Any]:
    """A row for each place: what is there, what must be gone by then, what is late, what went in the days before."""
    retention = _retention(request)
    rows = retention.overview(timedelta(days=ahead_days), timedelta(days=gone_days))
    return {
        "rules_sha256": retention.rules.current().sha256,
        "clock": shown.clock(retention.clock.state()),
        "places": [shown.row(one) for one in rows],
    }


@router.get("/late")
def late(request: Request, _visit: Seeing) -> list[dict[str, Any]]:
    """What should have gone and has not; batches that do not end; holds whose review is past."""
    return [shown.late(one) for one in _retention(request).late()]


@router.post("/run")
def run(request: Request, _visit: Running) -> dict[str, Any]:
    """Dispose now of what must go."""
    ends = time.monotonic() + RUN_LIMIT_S
    return shown.run(_retention(request).run(lambda: time.monotonic() > ends))


@router.post("/clock")
def confirm_clock(request: Request, visit: Running, good: GoodClock) -> dict[str, Any]:
    """Say that the centre's clock is right, so that disposal goes on by it."""
    return shown.clock(_retention(request).clock.confirm(good.today, good.why, visit.person.name))


@router.get("/items/{item_id}")
def explain(request: Request, _visit: Seeing, item_id: UUID) -> list[dict[str, Any]]:
    """Why an item is still here, until when, under which rule; or how it went."""
    return [shown.story(one) for one in _retention(request).explain(item_id)]


@router.post("/items/{item_id}/classes", status_code=HTTPStatus.CREATED)
def classify(request: Request, visit: Holding, item_id: UUID, new: NewClass) -> list[dict[str, str]]:
    """Give an item, and what belongs with it, one more class."""
    marking = _retention(request).marking
    together = marking.classify(item_id, new.item_class, new.why, visit.person.name, new.clock_at)
    return [{"kind": kind, "item": str(one)} for kind, one in together]


@router.delete("/items/{item_id}/classes", status_code=HTTPStatus.NO_CONTENT)
def declassify(request: Request, visit: Holding, item_id: UUID, less: LessClass) -> None:
    """Take a class off an item and what belongs with it."""
    _retention(request).marking.declassify(item_id, less.item_class, less.why, visit.person.name)


@router.get("/holds")
def holds(request: Request, _visit: Seeing, ended: bool = False) -> list[dict[str, Any]]:
    """The holds that stand, or every hold there ever was."""
    return [shown.hold(one) for one in _retention(request).marking.holds(standing=not ended)]


@router.post("/holds", status_code=HTTPStatus.CREATED)
def add_hold(request: Request, visit: Holding, new: NewHold) -> dict[str, str]:
    """Hold items, and what belongs with them."""
    made = _retention(request).marking.hold(
        new.kind, new.owner, new.reason, new.items, new.ends_at, visit.person.name, new.review_at
    )
    return {"hold_id": made.hold_id}


@router.post("/holds/{hold_id}/renew", status_code=HTTPStatus.NO_CONTENT)
def renew_hold(request: Request, visit: Holding, hold_id: UUID, new: Renewal) -> None:
    """Let a hold last longer."""
    _retention(request).marking.renew(hold_id, new.ends_at, new.why, visit.person.name, new.review_at)


@router.post("/holds/{hold_id}/end", status_code=HTTPStatus.NO_CONTENT)
def end_hold(request: Request, visit: Holding, hold_id: UUID, why: Why) -> None:
    """End a hold now."""
    _retention(request).marking.end(hold_id, why.why, visit.person.name)


@router.get("/rules")
def rules(request: Request, _visit: Seeing) -> dict[str, Any]:
    """The rules in force, and every set there ever was."""
    sets = _retention(request).rules
    return {"in_force": shown.rules(sets.current()), "sets": [shown.version(one) for one in sets.all()]}


@router.get("/rules/{number}")
def one_set(request: Request, _visit: Seeing, number: int) -> dict[str, Any]:
    """One set of rules, whole, with what it was shown to change."""
    version, found = _retention(request).rules.get(number)
    return shown.version(version) | shown.rules(found) | {"file": found.file.decode()}


@router.post("/changes/preview")
def preview(request: Request, _visit: Changing, new: Rules) -> dict[str, Any]:
    """What a file of rules would change, without proposing it."""
    return _retention(request).preview(new.file.encode())


@router.post("/changes", status_code=HTTPStatus.CREATED)
def propose(request: Request, visit: Changing, new: NewRules) -> dict[str, Any]:
    """Propose a file of rules. It comes into force by itself after its wait."""
    made = _retention(request).propose(new.file.encode(), new.why, new.authority, visit.person.name)
    return shown.version(made)


@router.post("/changes/{number}/withdraw", status_code=HTTPStatus.NO_CONTENT)
def withdraw(request: Request, visit: Changing, number: int, why: Why) -> None:
    """Take a change back before it comes into force."""
    _retention(request).rules.withdraw(number, why.why, visit.person.name)


@router.get("/receipts")
def receipts(request: Request, _visit: Seeing, days: Days = 28, after: UUID | None = None) -> dict[str, Any]:
    """The signed receipts of the days before now, the oldest first, at most 1,000, and the key to verify them with.

    more: whether there may be others; ask again with after, the batch of the last one.
    """
    retention = _retention(request)
    rows = retention.receipts(timedelta(days=days), MOST_RECEIPTS, after)
    return {
        "key": retention.public_key.text,
        "receipts": [shown.receipt(row) for row in rows],
        "more": len(rows) == MOST_RECEIPTS,
    }


def _retention(request: Request) -> Retention:
    return centre_of(request).retention
