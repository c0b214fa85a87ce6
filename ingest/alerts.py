"""Alerts: one for each hit, with the reason that the list existed in the log, and the officers' answers.

A hit from a car is never turned away because of what the centre knows: where its list or entry is unknown here, or was
removed or has expired since the car took its copy, the alert is raised all the same and says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, select

from governance.commitments import commit, new_salt
from governance.log import Act, Log
from ingest.accounts import Person
from ingest.clock import Clock
from ingest.contract.base import new_id, to_utc_ms
from ingest.contract.messages import AnswerMessage, HitMessage, ImageRole, Outcome, Read, WireCharacter, WirePosition
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import alert, answer, image, voi_entry, voi_list
from ingest.database.statements import insert
from ingest.errors import BadInput, NotFound
from ingest.hub import AlertChanged, Hub

MOST_RECENT: Final = 200

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
    are in the order in which they were given: the last one counts.
    """

    alert_id: UUID
    vrm: str
    as_read: str
    mark_kind: str
    confidence: float
    probability: float
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


class Alerts:
    """Every alert of one centre."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, hub: Hub) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._hub = hub

    def recent(self, limit: int = 50, since: datetime | None = None) -> list[AlertRecord]:
        """The latest alerts, newest first, at most limit (and MOST_RECENT) of those received at since or later."""
        query = _alerts().order_by(alert.c.received_at.desc(), alert.c.alert_id.desc()).limit(min(limit, MOST_RECENT))
        if since is not None:
            query = query.where(alert.c.received_at >= since)
        with read_transaction(self._engine) as connection:
            return self._records(connection, connection.execute(query).all())

    def get(self, alert_id: UUID) -> AlertRecord:
        """Give one alert. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            records = self._records(connection, connection.execute(_alerts().where(alert.c.alert_id == alert_id)).all())
        if not records:
            raise NotFound(f"there is no alert {alert_id}")
        return records[0]

    def answer(
        self, alert_id: UUID, outcome: Outcome, person: Person, answered_at: datetime | None = None
    ) -> AnswerRecord:
        """Store what a signed-in officer says of an alert, now or at answered_at. Earlier answers are kept.

        Raises NotFound, or BadInput for a time that has not come.
        """
        now = to_utc_ms(self._clock())
        at = now if answered_at is None else to_utc_ms(answered_at)
        if at > now:
            raise BadInput(f"an answer cannot be given at {at}: that has not come yet")
        record = AnswerRecord(new_id(), outcome, at, now, person.display_name, person.name, "centre")
        with recorded(self._engine, self._log) as (connection, acts):
            found = connection.execute(select(alert.c.alert_id).where(alert.c.alert_id == alert_id)).one_or_none()
            if found is None:
                raise NotFound(f"there is no alert {alert_id}")
            _store_answer(connection, acts, alert_id, record, actor=person.name, message_id=None)
        self._hub.publish(AlertChanged(alert_id, "answered"))
        return record

    def take_hit(self, connection: Connection, acts: Acts, message: HitMessage, received_at: datetime) -> bool:
        """Make the alert of a hit, in the intake's transaction. Gives False where this hit's alert is there already."""
        hit = message.body
        salt = new_salt()
        commitment = commit(hit.read.vrm, salt)
        row = {
            "alert_id": hit.hit_id,
            "message_id": message.id,
            "device": message.device,
            "read_id": hit.read.read_id,
            "list_id": hit.list_id,
            "list_version": hit.list_version,
            "entry_id": hit.entry_id,
            "probability": hit.probability,
            "made_at": hit.made_at,
            "received_at": received_at,
            "read": hit.read.model_dump(mode="json"),
            "salt": salt,
            "commitment": commitment,
        }
        statement = insert(connection, alert).values(row).on_conflict_do_nothing().returning(alert.c.alert_id)
        if connection.execute(statement).one_or_none() is None:
            return False
        why = connection.execute(_why().where(voi_entry.c.entry_id == hit.entry_id)).one_or_none()
        acts.add(
            Act(
                actor=f"device:{message.device}",
                act="alert.raise",
                purpose=why.purpose if why else "a hit on an entry that the centre does not know",
                authority=why.authority if why else None,
                objects={
                    "alert": str(hit.hit_id),
                    "read": str(hit.read.read_id),
                    "list": str(hit.list_id),
                    "entry": str(hit.entry_id),
                },
                details={
                    "list_name": why.name if why else None,
                    "list_version": hit.list_version,
                    "list_authority": why.list_authority if why else None,
                    "owner": why.owner if why else None,
                    "entry_state": _state(why, received_at),
                    "captured_at": hit.read.captured_at.isoformat(timespec="milliseconds"),
                    "probability": hit.probability,
                    "made_by": hit.matched,
                },
                commitments={"vrm": commitment},
            )
        )
        return True

    def take_answer(self, connection: Connection, acts: Acts, message: AnswerMessage, received_at: datetime) -> bool:
        """Store an answer given in the car, in the intake's transaction; its hit may come later. False for a repeat."""
        said = message.body
        record = AnswerRecord(
            said.answer_id, said.outcome, said.answered_at, received_at, said.answered_by, None, "car"
        )
        actor = f"device:{message.device}"
        return _store_answer(connection, acts, said.hit_id, record, actor=actor, message_id=message.id)

    def _records(self, connection: Connection, rows: Iterable[Row[Any]]) -> list[AlertRecord]:
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
        now = self._clock()
        return [_record(row, pictures.get(row.read_id, {}), answers.get(row.alert_id, []), now) for row in rows]


def _store_answer(
    connection: Connection, acts: Acts, alert_id: UUID, record: AnswerRecord, *, actor: str, message_id: UUID | None
) -> bool:
    row = {
        "answer_id": record.answer_id,
        "message_id": message_id,
        "alert_id": alert_id,
        "outcome": record.outcome.value,
        "answered_at": record.answered_at,
        "received_at": record.received_at,
        "answered_by": record.answered_by,
        "account": record.account,
        "via": record.via,
    }
    statement = insert(connection, answer).values(row).on_conflict_do_nothing().returning(answer.c.answer_id)
    if connection.execute(statement).one_or_none() is None:
        return False
    acts.add(
        Act(
            actor=actor,
            act="alert.answer",
            purpose="say what became of an alert",
            objects={"alert": str(alert_id), "answer": str(record.answer_id)},
            details={
                "outcome": record.outcome.value,
                "via": record.via,
                "answered_by": record.answered_by,
                "answered_at": record.answered_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            },
        )
    )
    return True


def _why() -> Any:
    """Why an entry is on a list: what the log says of an alert."""
    e, known = voi_entry.c, voi_list.c
    return select(
        known.name,
        known.purpose,
        known.authority.label("list_authority"),
        e.owner,
        e.authority,
        e.expires_at,
        e.removed_at,
    ).join(voi_list, known.list_id == e.list_id)


def _alerts() -> Any:
    e, known = voi_entry.c, voi_list.c
    return (
        select(
            alert,
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


def _state(entry: Any, at: datetime) -> EntryState:
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
        entry_state=_state(row, now),
        removed_at=row.removed_at,
        list_id=row.list_id,
        list_name=row.list_name or "",
        list_version=row.list_version,
        pictures=pictures,
        expected=frozenset(each.role for each in read.images),
        answers=tuple(answers),
    )
