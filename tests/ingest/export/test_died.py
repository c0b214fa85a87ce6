"""A process dies between the log's append and the database's commit: afterwards the log says what did not happen."""

import logging
import os
import random
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete

from governance.errors import LogDamaged
from governance.export.part import Part
from governance.log import Log, service_signer
from ingest.counters import Counters
from ingest.database import recorded as recording
from ingest.database import schema
from ingest.database.engine import make_engine, read_transaction, write_transaction
from ingest.database.recorded import recorded
from ingest.database.unfinished import Settling, settle
from ingest.export.rows import check_here
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists, VoiList
from tests.ingest.export.conftest import House, words
from tests.ingest.granting import Grants

KILLS, SEED = 100, 20_261_123
Do = Callable[[Engine, Log], object]


class Desk:
    """A list, and a process beside this one that puts vehicles on it and can be killed."""

    def __init__(self, engine: Engine, log: Log, clock: Any, grants: Grants) -> None:
        self.engine, self.log, self.clock = engine, log, clock
        self._grants = grants
        settle(engine, log)
        lists = Lists(engine, log, clock, grants.authorities)
        self.made: VoiList = lists.create("Burglary", "find vehicles", "DI 1", grants.lists("Burglary"), "manager")

    def add(self, engine: Engine, log: Log, vrm: str) -> None:
        draft = EntryDraft(vrm, "Seen", "", "Stop", (), "DC 1", self.clock() + timedelta(days=7), "AO-7")
        Lists(engine, log, self.clock, self._grants.authorities).add(self.made.list_id, draft, "manager")

    def in_child(self, do: Do) -> int:
        """Do something in a process of its own, over the same database and log. Gives the signal that ended it."""
        url, folder = self.engine.url.render_as_string(hide_password=False), self.log.path

        def work() -> int:
            do(make_engine(url), Log.open(folder, self.clock, service_signer(folder.with_name("keys"), "met")))
            return 0

        return in_child(self.engine, work)[0]

    def die(self, vrm: str) -> None:
        """Put a vehicle on the list, and be killed where its commit would begin."""

        def do(engine: Engine, log: Log) -> None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("ingest.database.recorded.commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
                self.add(engine, log, vrm)

        assert self.in_child(do) == signal.SIGKILL

    def check(self) -> Part:
        return check_here(self.engine, self.log)

    def words(self) -> list[str]:
        return [entry.act.act for entry in self.log.read() if entry.act.act.endswith(".not-done")]


def in_child(engine: Engine, work: Callable[[], int]) -> tuple[int, int]:
    """Do work in a process of its own. Gives the signal that ended it (0: none), and what the work gave."""
    engine.dispose()  # the child must not inherit a connection
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().to_bytes(8, "big"))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), int.from_bytes(said, "big")


@pytest.fixture
def desk(engine: Engine, log: Log, clock: Any, grants: Grants) -> Desk:
    return Desk(engine, log, clock, grants)


def test_the_log_says_at_the_next_start_what_was_not_carried_out(desk: Desk) -> None:
    desk.add(desk.engine, desk.log, "AB12CDE")
    desk.die("AB13CDE")
    before = desk.check().problems
    assert len(before) == 1
    assert before[0].endswith("is gone, and no receipt of disposal covers it")
    assert settle(desk.engine, desk.log) == 2  # the entry, and that its list's authority was relied on
    after = desk.check()
    assert (after.problems, after.checked) == ([], 1)
    assert sorted(desk.words()) == ["authority.use.not-done", "list.entry.add.not-done"]
    assert after.notes[0].startswith("2 acts in the log did not happen")
    assert settle(desk.engine, desk.log) == 0
    assert desk.log.verify().ok


def test_the_word_comes_right_after_the_crash_however_long_the_service_was_down(desk: Desk) -> None:
    desk.die("AB13CDE")
    desk.clock.forward(days=9)
    assert settle(desk.engine, desk.log) == 2
    assert desk.check().problems == []


def test_what_was_committed_is_never_taken_back(desk: Desk) -> None:
    for number in range(12, 17):
        desk.in_child(lambda engine, log, number=number: desk.add(engine, log, f"AB{number}CDE"))
    assert settle(desk.engine, desk.log) == 0
    assert (desk.words(), desk.check().checked) == ([], 5)


def test_a_transaction_under_way_is_waited_for_or_left(desk: Desk) -> None:
    """On PostgreSQL others go on meanwhile. On SQLite the write lock keeps the look out: nothing to show."""
    if desk.engine.dialect.name == "sqlite":
        return
    with recorded(desk.engine, desk.log) as (_, acts):
        acts.add(next(entry.act for entry in desk.log.read() if entry.act.act == "list.create"))
        acts.write()
        assert settle(desk.engine, desk.log, wait=False) == 0
    assert settle(desk.engine, desk.log, wait=False) == 0
    assert desk.words() == []


def test_a_database_from_a_backup_explains_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The notes are gone with the rows: what a restored backup lacks must not pass for a crash."""
    settle(desk.engine, desk.log)
    desk.add(desk.engine, desk.log, "AB12CDE")
    desk.clock.forward(minutes=3)
    desk.add(desk.engine, desk.log, "AB13CDE")
    with write_transaction(desk.engine) as connection:
        connection.execute(delete(schema.log_commit))
        connection.execute(delete(schema.voi_entry))
    with caplog.at_level(logging.ERROR):
        assert settle(desk.engine, desk.log) == 0
    assert "is this database from a backup?" in caplog.text
    assert desk.words() == []
    assert len(desk.check().problems) == 2


def test_the_notes_go_once_they_were_looked_at(desk: Desk) -> None:
    desk.add(desk.engine, desk.log, "AB12CDE")
    settle(desk.engine, desk.log)
    with read_transaction(desk.engine) as connection:
        assert connection.execute(schema.log_commit.select()).all() == []
        assert connection.execute(schema.log_settled.select()).one().size == desk.log.size


def test_a_log_that_cannot_be_written_is_looked_at_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.die("AB13CDE")
    checkpoint = desk.log.path / "checkpoint"
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(b"spoilt")
    counters = Counters()
    with pytest.raises(LogDamaged):
        settle(desk.engine, desk.log)
    Settling(desk.engine, desk.log, counters).look()
    assert counters.snapshot() == {"settling_retries": 1}
    assert "looked at later" in caplog.text
    checkpoint.write_bytes(whole)
    Settling(desk.engine, desk.log, counters).look()
    assert counters.snapshot()["acts_taken_back"] == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_export_holds_after_the_process_was_killed_again_and_again_while_it_worked(
    house: House, tmp_path: Path
) -> None:
    """Each child is killed in a random one of its own calls; every third where its commit would begin."""
    settle(house.engine, house.log)
    house.export(tmp_path / "export")
    rng, killed = random.Random(SEED), 0
    calls = in_child(house.engine, lambda: work(house, None))[1]
    while killed < KILLS:
        kill_at = rng.randrange(1, calls) if killed % 3 else 0
        ended, _ = in_child(house.engine, partial(work, house, kill_at))
        killed += ended == signal.SIGKILL
    house.export(tmp_path / "export")
    report = house.verify(tmp_path / "export")
    assert words(report) == []
    assert sum("did not happen" in note for part in report.parts for note in part.notes) > KILLS // 3


def work(house: House, kill_at: int | None) -> int:
    """Start as the service does, put a vehicle on a list and take it off. kill_at: at that call; 0: at the commit."""
    calls = 0

    def count(_frame: Any, _event: str, _argument: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    if kill_at == 0:
        recording.commit = lambda _: os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)
    settle(house.engine, house.log)
    about = next(each for each in house.lists.all() if each.entries)
    draft = EntryDraft(mark(house.log.size), "Seen", "", "", (), "DC 1", house.clock().replace(hour=23), "CR-1")
    made = house.lists.add(about.list_id, draft, "manager")
    house.lists.remove(made.entry_id, "found", "manager")
    sys.setprofile(None)
    return calls


def mark(number: int) -> str:
    """A mark of its own for each number: one that a killed child left on the list must not be put there again."""
    letters = "ABCDEFGHJK"
    return f"AB{number % 100:02}" + "".join(letters[int(digit)] for digit in f"{number // 100:03}")
