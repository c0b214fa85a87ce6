"""Writes an export. The service may run meanwhile: what is logged after the start may be missing, and is named so."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, text

from governance.authority.case import Case
from governance.errors import BadDocument
from governance.export.layout import (
    AUTHORITIES_FOLDER,
    CASE_SUFFIX,
    DEVICES_FOLDER,
    KEYS_FILE,
    LEAVES_SUFFIX,
    LOG_FOLDER,
    MADE_FILE,
    RECEIPT_SUFFIX,
    RECEIPTS_FOLDER,
    ROWS_FILE,
    RULES_FOLDER,
    RULES_SUFFIX,
    TRUST_FILE,
    Keys,
    Made,
)
from governance.keys import PrivateKey
from governance.log import Act, Log
from governance.mirror import copy_log
from ingest.authorities.register import Authorities
from ingest.clock import Clock
from ingest.database.engine import open_write, read_transaction
from ingest.database.schema import authority, authority_statement, disposal_batch, disposed_item, retention_rules
from ingest.database.unfinished import settle
from ingest.device_chain import DeviceChain
from ingest.errors import BadInput
from ingest.export.rows import rows_of

_TABLES: Final = (
    "alert",
    "answer",
    "voi_entry",
    "search",
    "disposal_batch",
    "retention_rules",
    "authority",
    "authority_statement",
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What an export is written from. receipts is the service's key for receipts, which signs the export too."""

    engine: Engine
    log: Log
    clock: Clock
    authorities: Authorities
    chain: DeviceChain
    keys: Keys
    receipts: PrivateKey


@dataclass(frozen=True, slots=True)
class Written:
    """How much an export holds."""

    entries: int
    authorities: int
    links: int
    rules: int
    receipts: int
    rows: int


def write_export(sources: Sources, folder: Path, by: str) -> Written:
    """Write an export into a folder, which must be new or an earlier export of this service.

    What a process that died left in the log and did not do is taken back first, so that it is not named as gone.

    Raises BadInput for any other folder, DatabaseUnavailable, OSError where the folder cannot be written, and
    governance.errors.BadProof, LogDamaged or BadNote where the log is not what it was at the earlier export.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_another(folder, sources.keys)
    (folder / KEYS_FILE).write_bytes(sources.keys.to_bytes())  # first: it says whose folder this is
    settle(sources.engine, sources.log)
    details: dict[str, Any] = {"entries": sources.log.size}
    sources.log.append(Act(by, "log.export", "let the overseer verify", None, {}, details))
    made = Made(sources.keys.force, sources.clock(), _settled(sources))
    links = sources.chain.export(folder / DEVICES_FOLDER, by)
    with read_transaction(sources.engine) as connection:
        _hold_still(connection)
        cases = _write_cases(connection, folder / AUTHORITIES_FOLDER)
        rules = _write_rules(connection, folder / RULES_FOLDER)
        receipts = _write_receipts(connection, folder / RECEIPTS_FOLDER)
        with (folder / ROWS_FILE).open("wb") as file:
            rows = sum(1 for row in rows_of(connection) if file.write(row.to_line()))
    (folder / TRUST_FILE).write_bytes(sources.authorities.keys.trust_bytes())
    (folder / MADE_FILE).write_bytes(made.sign(sources.receipts))
    sources.log.integrate()
    head = copy_log(sources.log.path, folder / LOG_FOLDER, sources.keys.log).head
    return Written(head.size, cases, links, rules, receipts, rows)


def _refuse_another(folder: Path, keys: Keys) -> None:
    held = folder / KEYS_FILE
    if not held.exists():
        if any(folder.iterdir()):
            raise BadInput(f"{folder} holds something that is no export: choose a new folder")
    elif held.read_bytes() != keys.to_bytes():
        raise BadInput(f"{folder} is an export of another service, or its keys were changed: choose a new folder")


def _settled(sources: Sources) -> int:
    """A size of the log such that whatever an entry before it names is committed by now, or never will be.

    An entry is written before its transaction commits. On SQLite one transaction writes at a time, so having had a turn
    shows that all before are over; on PostgreSQL the lock that is taken on the tables shows the same.
    """
    settled = sources.log.size
    with open_write(sources.engine) as connection:
        _wait_for_writers(connection)
    return settled


def _wait_for_writers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {', '.join(_TABLES)} IN SHARE MODE"))


def _hold_still(connection: Connection) -> None:
    """One view of the database for everything that is read."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _write_cases(connection: Connection, folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    count = 0
    decided = select(authority).where(authority.c.document.is_not(None)).order_by(authority.c.authority_id)
    for row in connection.execute(decided).all():
        query = select(authority_statement.c.document).where(authority_statement.c.authority_id == row.authority_id)
        stored = connection.execute(query.order_by(authority_statement.c.number)).scalars().all()
        case = _case(bytes(row.document), [bytes(each) for each in stored])
        (folder / f"{row.authority_id}{CASE_SUFFIX}").write_bytes(case)
        count += 1
    return count


def _case(document: bytes, statements: list[bytes]) -> bytes:
    """The case as it is stored. One that was spoilt goes out spoilt: the overseer is to see it."""
    try:
        return Case.of(document, statements).to_bytes()
    except BadDocument:
        parts = {"document": document.hex(), "statements": [each.hex() for each in statements]}
        return json.dumps({"unreadable": parts}).encode()


def _write_rules(connection: Connection, folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    r = retention_rules.c
    rows = connection.execute(select(r.number, r.document).order_by(r.number)).all()
    for row in rows:
        (folder / f"{row.number}{RULES_SUFFIX}").write_bytes(row.document)
    return len(rows)


def _write_receipts(connection: Connection, folder: Path) -> int:
    folder.mkdir(exist_ok=True)
    count = 0
    for batch_id, receipt in _receipts(connection):
        (folder / f"{batch_id}{RECEIPT_SUFFIX}").write_bytes(receipt)
        leaves = connection.execute(select(disposed_item.c.leaf).where(disposed_item.c.batch_id == batch_id)).scalars()
        lines = sorted(bytes(each).hex() for each in leaves)
        if lines:
            (folder / f"{batch_id}{LEAVES_SUFFIX}").write_text("".join(f"{line}\n" for line in lines), "ascii")
        count += 1
    return count


def _receipts(connection: Connection) -> Iterator[tuple[Any, bytes]]:
    b = disposal_batch.c
    query = select(b.batch_id, b.receipt).where(b.state == "done").order_by(b.batch_id)
    for row in connection.execute(query).all():
        yield row.batch_id, bytes(row.receipt or b"")
