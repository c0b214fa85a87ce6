"""Alerts as they are read from the database: all that a page shows of each, with its pictures and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, Row, select

from ingest.contract.messages import ImageRole, Outcome, Read, WireCharacter, WirePosition
from ingest.database.schema import alert, answer, image, voi_entry, voi_list

Via = Literal["car", "centre"]


class EntryState(StrEnum):
    """Whether the entry that made the hit is still one to act on."""

    IN_FORCE = "in_force"
    REMOVED = "removed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer. answered_by is the name to show; account is None for an answer given in the car."""

    answer_id: UUID
    outcome: Outcome
    answered_at: datetime
    received_at: datetime
    answered_by: str
    account: str | None
    via: Via


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """One alert with all that a page shows. Texts of an entry that the centre does not know are empty.

    pictures gives the id of each picture that has arrived, by role; expected says which roles the read has. answers
    are in the order in which they were given: the last one counts. matched says how the read matched the entry, listed
    is the mark on the list, empty where nobody knows it.
    """

    alert_id: UUID
    vrm: str
    as_read: str
    mark_kind: str
    confidence: float
    probability: float
    matched: str
    listed: str
    characters: tuple[WireCharacter, ...]
    frames_read: int
    captured_at: datetime
    made_at: datetime
    received_at: datetime
    clock_error_ms: float | None
    position: WirePosition | None
    device: str
    camera: str
    reason: str
    marker: str
    action: str
    risk_warnings: tuple[str, ...]
    owner: str
    authority: str
    expires_at: datetime | None
    entry_id: UUID
    entry_state: EntryState
    removed_at: datetime | None
    list_id: UUID
    list_name: str
    list_version: int
    pictures: Mapping[ImageRole, UUID] = field(default_factory=dict)
    expected: frozenset[ImageRole] = frozenset()
    answers: tuple[AnswerRecord, ...] = ()

    @property
    def answer(self) -> AnswerRecord | None:
        """The answer that counts: the last."""
        return self.answers[-1] if self.answers else None


def records_of(connection: Connection, rows: Iterable[Row[Any]], now: datetime) -> list[AlertRecord]:
    """Give the alerts of these rows (of select_alerts), in their order, with the pictures and answers there are."""
    rows = list(rows)
    answers: dict[UUID, list[AnswerRecord]] = {}
    given = select(answer).where(answer.c.alert_id.in_([row.alert_id for row in rows]))
    for row in connection.execute(given.order_by(answer.c.answered_at, answer.c.received_at, answer.c.answer_id)):
        answers.setdefault(row.alert_id, []).append(
            AnswerRecord(
                row.answer_id,
                Outcome(row.outcome),
                row.answered_at,
                row.received_at,
                row.answered_by,
                row.account,
                row.via,
            )
        )
    pictures: dict[UUID, dict[ImageRole, UUID]] = {}
    taken = select(image.c.read_id, image.c.role, image.c.image_id)
    for row in connection.execute(taken.where(image.c.read_id.in_([row.read_id for row in rows]))):
        pictures.setdefault(row.read_id, {})[ImageRole(row.role)] = row.image_id
    return [_record(row, pictures.get(row.read_id, {}), answers.get(row.alert_id, []), now) for row in rows]


def select_alerts() -> Any:
    """Ask for alerts with the entry and list of each, where the centre knows them."""
    e, known = voi_entry.c, voi_list.c
    return (
        select(
            alert,
            e.vrm.label("entry_vrm"),
            e.reason,
            e.marker,
            e.action,
            e.risk_warnings,
            e.owner,
            e.authority,
            e.expires_at,
            e.removed_at,
            known.name.label("list_name"),
        )
        .outerjoin(voi_entry, e.entry_id == alert.c.entry_id)
        .outerjoin(voi_list, known.list_id == alert.c.list_id)
    )


def state_of(entry: Any, at: datetime) -> EntryState:
    """The state of an entry's row at a time; a row without an expiry is that of an entry that is not there."""
    if entry is None or entry.expires_at is None:
        return EntryState.UNKNOWN
    if entry.removed_at is not None and entry.removed_at < entry.expires_at:
        return EntryState.REMOVED
    if at >= entry.expires_at:
        return EntryState.EXPIRED
    return EntryState.IN_FORCE


def _record(
    row: Row[Any], pictures: Mapping[ImageRole, UUID], answers: list[AnswerRecord], now: datetime
) -> AlertRecord:
    read = Read.model_validate(row.read)
    return AlertRecord(
        alert_id=row.alert_id,
        vrm=read.vrm,
        as_read=read.as_read,
        mark_kind=read.mark_kind,
        confidence=read.confidence,
        probability=row.probability,
        matched=row.matched or "exact",
        listed=row.listed or row.entry_vrm or "",
        characters=read.characters,
        frames_read=read.frames_read,
        captured_at=read.captured_at,
        made_at=row.made_at,
        received_at=row.received_at,
        clock_error_ms=read.clock_error_ms,
        position=read.position,
        device=row.device,
        camera=read.camera_id,
        reason=row.reason or "",
        marker=row.marker or "",
        action=row.action or "",
        risk_warnings=tuple(row.risk_warnings or ()),
        owner=row.owner or "",
        authority=row.authority or "",
        expires_at=row.expires_at,
        entry_id=row.entry_id,
        entry_state=state_of(row, now),
        removed_at=row.removed_at,
        list_id=row.list_id,
        list_name=row.list_name or "",
        list_version=row.list_version,
        pictures=pictures,
        expected=frozenset(each.role for each in read.images),
        answers=tuple(answers),
    )
