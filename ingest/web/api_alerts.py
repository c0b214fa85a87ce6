"""Calls on alerts: the latest, and an answer."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict

from governance.roles import Permission
from ingest.alerts import MOST_RECENT, AlertRecord, AnswerRecord
from ingest.contract.messages import Outcome
from ingest.web.session import Visit, centre_of, needs
from ingest.web.shown import record_shown

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

USUAL: Final = 50

# What is shown is logged below, by alert.
Seeing = Annotated[Visit, Depends(needs(Permission.SEE_ALERTS, logged=False))]
Answering = Annotated[Visit, Depends(needs(Permission.SEE_ALERTS, Permission.ANSWER_ALERTS))]


class NewAnswer(BaseModel):
    """What an officer says of an alert. Without a time, it is said now."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    answered_at: AwareDatetime | None = None


@router.get("")
def recent(
    request: Request,
    visit: Seeing,
    limit: Annotated[int, Query(ge=1, le=MOST_RECENT)] = USUAL,
    since: AwareDatetime | None = None,
) -> list[AlertRecord]:
    """The latest alerts, newest first."""
    centre = centre_of(request)
    records = centre.alerts.recent(limit, since)
    record_shown(centre, visit, "/api/alerts", [record.alert_id for record in records], pictures=False)
    return records


@router.get("/{alert_id}")
def one(request: Request, visit: Seeing, alert_id: UUID) -> AlertRecord:
    """One alert with its answers."""
    centre = centre_of(request)
    record = centre.alerts.get(alert_id)
    record_shown(centre, visit, "/api/alerts/{alert_id}", [alert_id], pictures=False)
    return record


@router.post("/{alert_id}/answers", status_code=HTTPStatus.CREATED)
def answer(request: Request, visit: Answering, alert_id: UUID, new: NewAnswer) -> AnswerRecord:
    """Answer an alert. An earlier answer is kept; the last one counts."""
    at: datetime | None = new.answered_at
    return centre_of(request).alerts.answer(alert_id, new.outcome, visit.person, at)
