"""Opening the database: its schema, its settings, and what is an outage and what is a wrong value."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, inspect, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError

from ingest.database import schema
from ingest.database.engine import is_unavailable, make_engine, open_engine, read_transaction, write_transaction
from ingest.database.types import UtcMs
from ingest.errors import DatabaseUnavailable

AT = datetime(2026, 11, 23, 3, 4, 5, 678_999, tzinfo=UTC)
UTC_MS = UtcMs()
DIALECT = sqlite.dialect()
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def test_the_migrations_give_the_schema(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_opening_again_changes_nothing(database_url: str) -> None:
    open_engine(database_url).dispose()
    open_engine(database_url).dispose()


def test_a_step_that_fails_leaves_the_schema_as_it_was(database_url: str) -> None:
    """The last but one, which finds its table made already."""
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE retention_clock (something TEXT)"))
    with pytest.raises((DatabaseUnavailable, SQLAlchemyError), match="already exists"):
        open_engine(database_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["retention_clock"]
    engine.dispose()


def test_several_processes_that_start_at_once_all_open(database_url: str) -> None:
    program = "import sys; from ingest.database.engine import open_engine; open_engine(sys.argv[1]).dispose()"
    starting = [subprocess.Popen([sys.executable, "-c", program, database_url]) for _ in range(3)]
    assert [each.wait(60) for each in starting] == [0, 0, 0]


def test_several_threads_that_start_at_once_all_open(database_url: str) -> None:
    together = threading.Barrier(4)

    def start() -> None:
        together.wait(20)
        open_engine(database_url).dispose()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(start) for _ in range(4)]:
            each.result()


def test_sqlite_writes_what_it_says(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'centre.db'}")
    with read_transaction(engine) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.glob("*"))}


def write_and_look(folder: Path) -> dict[str, int]:
    """The modes while a connection is open, so that what SQLite writes beside the file is there too."""
    engine = open_engine(f"sqlite:///{folder / 'centre.db'}")
    with write_transaction(engine) as connection:
        connection.execute(text("UPDATE account SET name = name"))
        found = modes(folder)
    engine.dispose()
    return found


def test_nobody_else_may_read_what_sqlite_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    assert write_and_look(folder) == {
        "state": 0o700,
        "centre.db": 0o600,
        "centre.db-wal": 0o600,
        "centre.db-shm": 0o600,
    }


def test_a_file_that_others_could_read_is_taken_from_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o755)
    write_and_look(tmp_path)
    for part in ("", "-wal", "-shm"):
        path = tmp_path / f"centre.db{part}"
        path.touch()
        path.chmod(0o644)
    found = write_and_look(tmp_path)
    assert {found.pop(name) for name in list(found) if name.startswith("centre.db")} == {0o600}
    assert found == {tmp_path.name: 0o755}, "a folder that was there may be others' too"
    assert caplog.text.count("could read") == 3


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=zones))  # noqa: DTZ001 - the bounds are naive
def test_a_time_keeps_its_instant_to_the_millisecond(at: datetime) -> None:
    stored = UTC_MS.process_bind_param(at, DIALECT)
    back = UTC_MS.process_result_value(stored, DIALECT)
    assert back is not None
    assert timedelta(0) <= at - back < timedelta(milliseconds=1)
    assert back.tzinfo is UTC


def test_a_time_comes_back_from_the_database(engine: Engine) -> None:
    row = {"name_hash": "x", "failures": 1, "last_at": AT}
    with write_transaction(engine) as connection:
        connection.execute(insert(schema.sign_in_failure).values(row))
    with read_transaction(engine) as connection:
        assert connection.execute(select(schema.sign_in_failure.c.last_at)).scalar_one() == AT.replace(
            microsecond=678_000
        )


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UTC_MS.process_bind_param(AT.replace(tzinfo=None), DIALECT)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "sqlite:////proc/none/centre.db"])
def test_a_database_that_is_not_there_says_so(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="the database is not available"):
        open_engine(url)


def test_an_error_never_shows_what_a_row_held(engine: Engine) -> None:
    row: dict[str, Any] = {"list_id": UUID(int=1), "name": "A", "purpose": "B", "owner": "C", "authority": "D"}
    row |= {"created_at": AT, "created_by": "SECRET"}
    with write_transaction(engine) as connection:
        connection.execute(insert(schema.voi_list).values(row))
    with pytest.raises(IntegrityError) as caught, write_transaction(engine) as connection:
        connection.execute(insert(schema.voi_list).values(row))
    assert "SECRET" not in str(caught.value)


def test_a_value_that_is_wrong_is_not_an_outage(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with pytest.raises(DataError) as caught, write_transaction(engine) as connection:
            connection.execute(text("SELECT 1 / 0"))
        assert not is_unavailable(caught.value)
    with pytest.raises(IntegrityError), write_transaction(engine) as connection:
        connection.execute(insert(schema.session).values(token_hash="x", account_id=UUID(int=1), created_at=AT))


def test_a_connection_that_the_server_ended_is_an_outage(postgres: Any) -> None:
    engine = make_engine(postgres.url)
    end_myself = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseUnavailable), write_transaction(engine) as connection:
        connection.execute(end_myself)
    with pytest.raises(OperationalError) as caught, engine.connect() as connection:
        connection.execute(end_myself)
    assert is_unavailable(caught.value)
    engine.dispose()
