"""The rows that the log commits to, as they stand in the database, in the order in which an export has them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, select

from governance.commitments import commit
from governance.export.disposals import Gone
from governance.export.gathering import gather
from governance.export.logged import Logged
from governance.export.part import Part
from governance.export.row import Row, RowKey, held_by_answer
from governance.export.rows import check_rows
from governance.export.times import time_of
from governance.log import Log
from governance.retention.places import PLACES
from governance.retention.receipt import items_digest
from ingest.database.engine import read_transaction
from ingest.database.schema import alert, answer, disposed_item, search, voi_entry
from ingest.export.content import answered, content_of_alert, content_of_entry

ROWS_AT_ONCE: Final = 1_000
UNREADABLE: Final = "0" * 64
"""What a row holds that no longer agrees with itself: no content that its columns could have gives this."""


def rows_of(connection: Connection) -> Iterator[Row]:
    """Every row, kind by kind in alphabetical order, by id within a kind."""
    yield from _table(connection, "alert", alert, "alert_id", lambda row: _committed(row, content_of_alert))
    yield from _table(connection, "answer", answer, "answer_id", lambda row: _answer(row))
    yield from _table(connection, "entry", voi_entry, "entry_id", lambda row: _committed(row, content_of_entry))
    yield from _table(connection, "search", search, "search_id", lambda row: _committed(row, _question))


def check_here(engine: Engine, log: Log) -> Part:
    """Hold every row against the log, on the database itself."""
    logged = gather(log.read(), log.size)
    with read_transaction(engine) as connection:
        disposed, faults = _disposed(connection, logged)
        part = check_rows(rows_of(connection), logged, disposed, "the database")
    logged.taken_back.tell(part)
    for fault in [*logged.faults, *faults]:
        part.problem(fault)
    return part


def _disposed(connection: Connection, logged: Logged) -> tuple[dict[bytes, Gone], list[str]]:
    """What went by the lists of leaves that are exactly what the log says was signed for, and which lists are not."""
    leaves: dict[str, list[bytes]] = {}
    for row in connection.execute(select(disposed_item.c.leaf, disposed_item.c.batch_id)):
        leaves.setdefault(str(row.batch_id), []).append(bytes(row.leaf))
    disposed: dict[bytes, Gone] = {}
    faults = []
    for batch, mine in leaves.items():
        said = logged.receipts.get(batch)
        if said is None:
            continue  # signed, and not in the log yet: it lets nothing go until it is
        details, index = said[1].act.details, said[1].index
        place = PLACES.get(str(details.get("place")))
        if place is None or details.get("items_sha256") != items_digest(mine):
            faults.append(f"the database: what is listed for batch {batch} is not what entry {index} of the log names")
            continue
        disposed |= dict.fromkeys(mine, Gone(place.kind, time_of(details.get("clock_until")), index))
    return disposed, faults


def _table(
    connection: Connection, kind: str, table: Table, key: str, holds: Callable[[Mapping[str, Any]], str | None]
) -> Iterator[Row]:
    query = select(table).order_by(table.c[key])
    for row in connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}).mappings():
        try:
            held = holds(dict(row))
        except (ValueError, TypeError, KeyError, AttributeError):
            held = UNREADABLE
        yield Row(RowKey(kind, str(row[key])), held)


def _committed(row: Mapping[str, Any], content: Callable[[Mapping[str, Any]], str | None]) -> str | None:
    """The commitment over the content with the row's own salt; None where the salt was erased."""
    salt, said = row["salt"], content(row)
    if salt is None or said is None:
        return None
    held = commit(said, bytes(salt))
    return held if held == row["commitment"] else UNREADABLE


def _question(row: Mapping[str, Any]) -> str | None:
    return None if row["question"] is None else str(row["question"])


def _answer(row: Mapping[str, Any]) -> str:
    return held_by_answer(str(row["alert_id"]), answered(row))
