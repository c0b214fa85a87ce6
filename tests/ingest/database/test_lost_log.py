"""The database remembers which log it was written beside: one that was cut, or is another, is said to be that."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from governance.acts import Act
from governance.log import Log
from ingest.counters import Counters
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import log_settled
from ingest.database.unfinished import Settling, lost, settle


def do(engine: Engine, log: Log, times: int) -> None:
    for _ in range(times):
        with recorded(engine, log) as (_, acts):
            acts.add(Act("manager", "list.create", "find vehicles"))


def mark(engine: Engine) -> int:
    with read_transaction(engine) as connection:
        return int(connection.execute(log_settled.select()).one().size)


def test_a_log_that_goes_on_is_the_one_that_it_was(engine: Engine, log: Log) -> None:
    assert lost(engine, log) == ""
    for _ in range(3):
        do(engine, log, 2)
        settle(engine, log)
        assert lost(engine, log) == ""
    assert mark(engine) == log.size


def test_a_log_whose_end_was_cut_off_is_said_until_it_is_put_back(
    engine: Engine, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    path, earlier, whole = log.path, log.path.with_name("earlier"), log.path.with_name("whole")
    do(engine, log, 3)
    settle(engine, log)
    shutil.copytree(path, earlier)
    do(engine, log, 5)
    settle(engine, log)
    shutil.copytree(path, whole)
    put_back(path, earlier)
    assert "has 3 entries, and the database was written beside one of 8" in lost(engine, log)
    assert settle(engine, log) == 0
    assert "its end was cut off" in caplog.text
    assert mark(engine) == 8, "it is not forgotten"
    log.append(*[Act("manager", "page.view", "patrol duty")] * 9)
    assert "the first 8 entries of the log are not those" in lost(engine, log)
    settling = Settling(engine, log, Counters())
    settling.look()
    assert "not those" in settling.trouble
    put_back(path, whole)
    settling.look()
    assert settling.trouble == ""


def put_back(path: Path, kept: Path) -> None:
    """The files of the log as they were, under the log that is open."""
    for name in ("pending", "checkpoint"):
        (path / name).unlink()
    shutil.rmtree(path / "tile")
    shutil.copytree(kept, path, dirs_exist_ok=True)
