"""The order between the log and the database, with logs and commits that really fail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from governance.errors import LogDamaged
from governance.log import Act, Log
from ingest.contract.base import new_id
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.statements import insert
from ingest.errors import DatabaseUnavailable, NotFound

ACT = Act("alice", "list.create", "test the order", "AO-1", {"list": "7"}, {}, {"vrm": "0" * 64})


def make_list(connection: Connection, clock: Any, name: str = "Stolen") -> None:
    row = {"list_id": new_id(), "name": name, "purpose": "p", "owner": "o", "authority": "a"}
    connection.execute(insert(connection, schema.voi_list), {**row, "created_at": clock(), "created_by": "alice"})


def lists(engine: Engine) -> int:
    with read_transaction(engine) as connection:
        return connection.execute(select(func.count()).select_from(schema.voi_list)).scalar_one()


def acts(log: Log) -> list[str]:
    return [entry.act.act for entry in log.read()]


def break_the_commit(engine: Engine, connection: Connection) -> None:
    """Make the commit, and nothing before it, fail: a rule that is only checked there, or a connection that is gone."""
    if engine.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        row = dict.fromkeys(schema.session.c.keys(), 0) | {"token_hash": "x", "account_id": new_id()}
        row["account_id"] = row["account_id"].hex
        columns = ", ".join(row)
        connection.execute(text(f"INSERT INTO session ({columns}) VALUES (:{', :'.join(row)})"), row)  # noqa: S608 - ours
        return
    number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})


def do(engine: Engine, log: Log, *steps: Callable[[Connection, Acts], object]) -> None:
    with recorded(engine, log) as (connection, noted):
        for step in steps:
            step(connection, noted)


def test_done_and_logged(engine: Engine, log: Log, clock: Any) -> None:
    with recorded(engine, log) as (connection, noted):
        make_list(connection, clock)
        noted.add(ACT)
        assert acts(log) == []
    assert (acts(log), lists(engine)) == (["list.create"], 1)


def test_the_log_is_written_before_the_commit(engine: Engine, log: Log, clock: Any) -> None:
    """Seen from outside between the two: the entry is there, the row is not."""
    with recorded(engine, log) as (connection, noted):
        make_list(connection, clock)
        noted.add(ACT)
        noted.write()
        assert (acts(log), lists(engine)) == (["list.create"], 0)


def test_a_statement_that_fails_leaves_no_trace(engine: Engine, log: Log, clock: Any) -> None:
    def twice(connection: Connection, noted: Acts) -> None:
        noted.add(ACT)
        make_list(connection, clock)
        make_list(connection, clock)

    with pytest.raises(IntegrityError):
        do(engine, log, twice)
    assert (acts(log), lists(engine)) == ([], 0)


def test_a_log_that_cannot_be_written_undoes_the_transaction(
    engine: Engine, log: Log, clock: Any, tmp_path: Path
) -> None:
    (tmp_path / "log" / "checkpoint").write_bytes(b"spoilt")
    with pytest.raises(LogDamaged):
        do(engine, log, lambda connection, _: make_list(connection, clock), lambda _, noted: noted.add(ACT))
    assert lists(engine) == 0


def test_a_commit_that_fails_is_taken_back_in_the_log(engine: Engine, log: Log, clock: Any) -> None:
    sqlite = engine.dialect.name == "sqlite"
    with pytest.raises(IntegrityError if sqlite else DatabaseUnavailable):
        do(
            engine,
            log,
            lambda connection, _: make_list(connection, clock),
            lambda _, noted: noted.add(ACT, ACT),
            lambda _, noted: noted.write(),
            lambda connection, _: break_the_commit(engine, connection),
        )
    assert acts(log) == ["list.create", "list.create", "list.create.not-done", "list.create.not-done"]
    assert lists(engine) == 0
    last = list(log.read())[-1].act
    assert last.details == {"entry": 1, "why": "the commit failed", "certain": sqlite}
    assert (last.actor, last.authority, last.objects, last.commitments) == ("alice", "AO-1", {"list": "7"}, {})
    assert log.verify().ok


def test_after_a_commit_that_failed_others_can_write(engine: Engine, log: Log, clock: Any) -> None:
    """SQLite would keep its lock, and with it everybody else out, were the connection used again."""
    with pytest.raises((IntegrityError, DatabaseUnavailable)):
        do(engine, log, lambda connection, _: break_the_commit(engine, connection))
    do(engine, log, lambda connection, _: make_list(connection, clock))
    assert lists(engine) == 1


def test_what_was_logged_in_parts_is_taken_back_when_the_rest_fails(engine: Engine, log: Log, clock: Any) -> None:
    def fail(_connection: Connection, noted: Acts) -> None:
        noted.add(ACT)
        noted.write()
        raise NotFound("the rest")

    with pytest.raises(NotFound):
        do(engine, log, lambda connection, _: make_list(connection, clock), fail)
    assert (acts(log), lists(engine)) == (["list.create", "list.create.not-done"], 0)
    assert list(log.read())[-1].act.details["certain"] is True
