"""What an item is and how it came: when, from which device, by whom and under which authority, and what it belongs to.

The mark is given apart from the rest, so that a page can leave it out for who may not see it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from ingest.contract.messages import Outcome
from ingest.database.engine import read_transaction
from ingest.database.schema import alert, answer, image, quarantine, read, search, voi_entry, voi_list
from ingest.retention.items import Kind
from ingest.retention.marking import belonging


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of an item: a time, or a text."""

    label: str
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of an item that is there. mark is empty where it has none.

    captured_at and received_at are those of the read that it is or stands on; read_id is None where there is none.
    """

    kind: Kind
    mark: str
    facts: tuple[Fact, ...]
    belongs: tuple[tuple[Kind, UUID], ...] = ()
    read_id: UUID | None = None
    captured_at: datetime | None = None
    received_at: datetime | None = None


def origin_of(engine: Engine, kind: Kind, item_id: UUID) -> Origin | None:
    """What is known of an item; None for one that is not there, or of a kind of which no more is told."""
    tell = _TELLERS.get(kind)
    if tell is None:
        return None
    with read_transaction(engine) as connection:
        return tell(connection, item_id)


def _read(connection: Connection, item_id: UUID) -> Origin | None:
    row = connection.execute(select(read).where(read.c.read_id == item_id)).first()
    if row is None:
        return None
    facts = (
        Fact("Captured", at=row.captured_at),
        Fact("Came to the centre", at=row.received_at),
        Fact("Device", f"{row.device}, camera {row.camera_id}"),
    )
    return Origin(Kind.READ, row.vrm, facts, _others(connection, item_id), item_id, row.captured_at, row.received_at)


def _alert(connection: Connection, item_id: UUID) -> Origin | None:
    e, known = voi_entry.c, voi_list.c
    query = (
        select(alert, e.authority, known.name, known.authority.label("list_authority"))
        .outerjoin(voi_entry, e.entry_id == alert.c.entry_id)
        .outerjoin(voi_list, known.list_id == alert.c.list_id)
    )
    row = connection.execute(query.where(alert.c.alert_id == item_id)).first()
    if row is None:
        return None
    captured_at = datetime.fromisoformat(row.read["captured_at"])
    facts = [
        Fact("Captured", at=captured_at),
        Fact("Alert made", at=row.made_at),
        Fact("Came to the centre", at=row.received_at),
        Fact("Device", f"{row.device}, camera {row.read['camera_id']}"),
        Fact("List", f"{row.name or 'not known here'}, version {row.list_version}"),
        Fact("Authority of the list", row.list_authority or "not known here"),
        Fact("Authority of the entry", row.authority or "not known here"),
    ]
    a = answer.c
    for given in connection.execute(select(answer).where(a.alert_id == item_id).order_by(a.answered_at, a.answer_id)):
        words = Outcome(given.outcome).value.replace("_", " ")
        facts.append(Fact("Answered", f"{words}, by {given.answered_by}, in the {given.via}", given.answered_at))
    mark = row.read.get("vrm", "")
    return Origin(
        Kind.ALERT, mark, tuple(facts), _others(connection, item_id), row.read_id, captured_at, row.received_at
    )


def _image(connection: Connection, item_id: UUID) -> Origin | None:
    row = connection.execute(select(image).where(image.c.image_id == item_id)).first()
    if row is None:
        return None
    facts = (
        Fact("Came to the centre", at=row.received_at),
        Fact("Device", row.device),
        Fact(
            "Picture", f"{row.role.replace('_', ' ')}, {row.width_px} by {row.height_px} px, {row.size_bytes:,} bytes"
        ),
        Fact("SHA-256", row.sha256),
    )
    return Origin(Kind.IMAGE, "", facts, _others(connection, item_id), row.read_id)


def _entry(connection: Connection, item_id: UUID) -> Origin | None:
    joined = select(voi_entry, voi_list.c.name).join(voi_list, voi_list.c.list_id == voi_entry.c.list_id)
    row = connection.execute(joined.where(voi_entry.c.entry_id == item_id)).first()
    if row is None:
        return None
    facts = [
        Fact("Added", f"by {row.added_by}", row.added_at),
        Fact("List", row.name),
        Fact("Owner", row.owner),
        Fact("Authority", row.authority),
        Fact("Expires", at=row.expires_at),
    ]
    if row.removed_at is not None:
        facts.append(Fact("Taken off", f"by {row.removed_by}" if row.removed_by else "", row.removed_at))
    return Origin(Kind.ENTRY, row.vrm, tuple(facts))


def _answer(connection: Connection, item_id: UUID) -> Origin | None:
    row = connection.execute(select(answer).where(answer.c.answer_id == item_id)).first()
    if row is None:
        return None
    words = f"{Outcome(row.outcome).value.replace('_', ' ')}, by {row.answered_by}, in the {row.via}"
    return Origin(Kind.ANSWER, "", (Fact("Answered", words, row.answered_at),), ((Kind.ALERT, row.alert_id),))


def _search(connection: Connection, item_id: UUID) -> Origin | None:
    row = connection.execute(select(search).where(search.c.search_id == item_id)).first()
    if row is None:
        return None
    facts = (
        Fact("Searched", f"by {row.account}, on behalf of {row.on_behalf_of}", row.made_at),
        Fact("Reference", row.reference),
        Fact("Authority", row.authority or "none needed at that age"),
        Fact("Results", f"{row.results:,}{' and more' if row.more else ''}"),
    )
    return Origin(Kind.SEARCH, "", facts)


def _quarantine(connection: Connection, item_id: UUID) -> Origin | None:
    row = connection.execute(select(quarantine).where(quarantine.c.quarantine_id == item_id)).first()
    if row is None:
        return None
    facts = (
        Fact("First came", at=row.received_at),
        Fact("Last came", f"{row.times} times in all", row.last_at),
        Fact("Device", row.device or "none that could be read"),
        Fact("SHA-256", row.sha256),
    )
    return Origin(Kind.QUARANTINE, "", facts)


def _others(connection: Connection, item_id: UUID) -> tuple[tuple[Kind, UUID], ...]:
    return tuple(one for one in belonging(connection, item_id) if one[1] != item_id)


_TELLERS: Final[Mapping[Kind, Callable[[Connection, UUID], Origin | None]]] = {
    Kind.READ: _read,
    Kind.ALERT: _alert,
    Kind.IMAGE: _image,
    Kind.ENTRY: _entry,
    Kind.ANSWER: _answer,
    Kind.SEARCH: _search,
    Kind.QUARANTINE: _quarantine,
}
