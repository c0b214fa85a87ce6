"""Alerts: one for each hit, with the reason that the list existed in the log, and the officers' answers.

A hit from a car is never turned away because of what the centre knows: where its list or entry is unknown here, or was
removed or has expired since the car took its copy, the alert is raised all the same and says so.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from governance.commitments import commit, new_salt
from governance.log import Act, Log
from ingest.accounts import Person
from ingest.alert_records import AlertRecord, AnswerRecord, EntryState, records_of, select_alerts, state_of
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms, new_id, to_utc_ms
from ingest.contract.messages import AnswerMessage, HitMessage, Outcome
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import alert, answer, voi_entry, voi_list
from ingest.database.statements import insert
from ingest.errors import BadInput, NotFound
from ingest.export.content import answered, content_of_alert
from ingest.hub import AlertChanged, Hub

MOST_RECENT: Final = 200

__all__ = ["MOST_RECENT", "AlertRecord", "Alerts", "AnswerRecord", "EntryState"]


class Alerts:
    """Every alert of one centre."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, hub: Hub) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._hub = hub

    def recent(self, limit: int = 50, since: datetime | None = None) -> list[AlertRecord]:
        """The latest alerts, newest first, at most limit (and MOST_RECENT) of those received at since or later."""
        newest_first = (alert.c.received_at.desc(), alert.c.alert_id.desc())
        query = select_alerts().order_by(*newest_first).limit(min(limit, MOST_RECENT))
        if since is not None:
            query = query.where(alert.c.received_at >= since)
        with read_transaction(self._engine) as connection:
            return records_of(connection, connection.execute(query).all(), self._clock())

    def get(self, alert_id: UUID) -> AlertRecord:
        """Give one alert. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(select_alerts().where(alert.c.alert_id == alert_id)).all()
            records = records_of(connection, rows, self._clock())
        if not records:
            raise NotFound(f"there is no alert {alert_id}")
        return records[0]

    def answer(
        self,
        alert_id: UUID,
        outcome: Outcome,
        person: Person,
        answered_at: datetime | None = None,
        *,
        also: Collection[UUID] = (),
    ) -> AnswerRecord:
        """Store what a signed-in officer says of an alert, now or at answered_at. Earlier answers are kept.

        also are the other sightings of the same entry that the officer's card showed: each gets an answer of its own,
        of the same time, all or none. Raises NotFound, or BadInput for a time that has not come or for alerts of
        another entry.
        """
        now = to_utc_ms(self._clock())
        at = now if answered_at is None else to_utc_ms(answered_at)
        if at > now:
            raise BadInput(f"an answer cannot be given at {at}: that has not come yet")
        ids = list(dict.fromkeys((alert_id, *also)))
        given = [AnswerRecord(new_id(), outcome, at, now, person.display_name, person.name, "centre") for _ in ids]
        with recorded(self._engine, self._log) as (connection, acts):
            query = select(alert.c.alert_id, alert.c.entry_id).where(alert.c.alert_id.in_(ids))
            entry_of = {row.alert_id: row.entry_id for row in connection.execute(query)}
            if absent := [each for each in ids if each not in entry_of]:
                raise NotFound(f"there is no alert {absent[0]}")
            if len(set(entry_of.values())) > 1:
                raise BadInput("these alerts are not of one vehicle: answer each by itself")
            for each, record in zip(ids, given, strict=True):
                _store_answer(connection, acts, each, record, actor=person.name, message_id=None)
        self._hub.publish(AlertChanged(alert_id, "answered"))
        return given[0]

    def take_hit(self, connection: Connection, acts: Acts, message: HitMessage, received_at: datetime) -> bool:
        """Make the alert of a hit, in the intake's transaction. Gives False where this hit's alert is there already."""
        hit = message.body
        salt = new_salt()
        row: dict[str, Any] = {
            "alert_id": hit.hit_id,
            "message_id": message.id,
            "device": message.device,
            "read_id": hit.read.read_id,
            "list_id": hit.list_id,
            "list_version": hit.list_version,
            "entry_id": hit.entry_id,
            "probability": hit.probability,
            "matched": hit.matched,
            "listed": hit.listed,
            "made_at": hit.made_at,
            "received_at": received_at,
            "read": hit.read.model_dump(mode="json"),
            "salt": salt,
        }
        row["commitment"] = commitment = commit(content_of_alert(row), salt)
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
                    "entry_state": state_of(why, received_at),
                    "captured_at": hit.read.captured_at.isoformat(timespec="milliseconds"),
                    "made_at": format_utc_ms(hit.made_at),
                    "probability": hit.probability,
                    "made_by": hit.matched,
                },
                commitments={"alert": commitment},
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


def _store_answer(
    connection: Connection, acts: Acts, alert_id: UUID, record: AnswerRecord, *, actor: str, message_id: UUID | None
) -> bool:
    row: dict[str, Any] = {
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
            details=answered(row),
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
