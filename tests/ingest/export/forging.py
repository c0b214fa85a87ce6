"""What somebody does who has the database, every key of the service and a program of their own making."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from governance.acts import Act
from governance.retention.places import PLACES
from governance.retention.receipt import Receipt, items_digest, leaf
from ingest.contract.base import format_utc_ms, new_id
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.database.recorded import recorded
from tests.ingest.cars import START
from tests.ingest.export.conftest import House, words


def write(house: House, *statements: Any) -> None:
    with write_transaction(house.engine) as connection:
        for statement in statements:
            connection.execute(statement)


def logged(house: House, *acts: Act) -> None:
    """As the service writes it: in a transaction that is committed."""
    with recorded(house.engine, house.log) as (_, kept):
        kept.add(*acts)


def last(house: House, act: str) -> Act:
    return [entry.act for entry in house.log.read() if entry.act.act == act][-1]


def newest_alert(house: House) -> Any:
    with house.engine.connect() as connection:
        return connection.execute(select(schema.alert).order_by(schema.alert.c.received_at.desc())).first()


def without(house: House, alert_id: UUID) -> None:
    """Delete an alert and its answers."""
    write(
        house,
        delete(schema.answer).where(schema.answer.c.alert_id == alert_id),
        delete(schema.alert).where(schema.alert.c.alert_id == alert_id),
    )


def receipt_for(house: House, *alerts: UUID, since: datetime = START, place: str = "alerts") -> UUID:
    """A receipt for alerts, signed with the service's key and in the log, under the rule of the place as from now."""
    now, batch, leaves = format_utc_ms(house.clock.now), new_id(), sorted(leaf("alert", str(one)) for one in alerts)
    rules, holds = house.retention.rules.current(), PLACES[place]
    item_class = holds.classes[0]
    rule = rules.rules[item_class]
    old = format_utc_ms(since)
    document = Receipt(
        batch=str(batch),
        force="met",
        place=place,
        kind=holds.kind,
        item_class=item_class,
        rule={
            "keep_at_least": rule.keep_at_least.text if rule.keep_at_least else None,
            "delete_by": rule.delete_by.text if rule.delete_by else None,
            "clock": rule.since.value,
            "legal_basis": rule.legal_basis,
            "standing": rule.standing,
        },
        rules_sha256=rules.sha256,
        items=len(leaves),
        items_sha256=items_digest(leaves),
        clock_from=old,
        clock_until=old,
        go_by=now,
        removed={"alert": len(leaves)},
        checked=("database: alert",),
        intended_at=now,
        removed_at=now,
        checked_at=now,
    ).sign(house.receipts)
    row = {
        "batch_id": batch,
        "place": place,
        "item_class": item_class,
        "state": "done",
        "rules_sha256": rules.sha256,
        "item_list": None,
        "body": {},
        "intended_at": house.clock.now,
        "number": len(leaves),
        "tries": 0,
        "next_try_at": house.clock.now,
        "trouble": "",
        "receipt": document.to_bytes(),
        "done_at": house.clock.now,
    }
    write(
        house,
        insert(schema.disposal_batch).values(row),
        *[insert(schema.disposed_item).values(leaf=one, batch_id=batch) for one in leaves],
    )
    details = {
        "receipt_sha256": document.digest,
        "place": place,
        "items_sha256": items_digest(leaves),
        "clock_until": old,
    }
    logged(house, Act("system:retention", "retention.dispose", "kept no longer", None, {"batch": str(batch)}, details))
    return batch


def found(house: House, folder: Path) -> list[str]:
    house.export(folder)
    return words(house.verify(folder))
