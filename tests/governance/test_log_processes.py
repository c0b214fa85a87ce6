"""The log under several real processes, and under kill -9."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from governance.log import Log

KILLS = 20
SEED = 20261123

APPENDER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from governance.log import Act, Log
log = Log.open(Path(sys.argv[1]), lambda: datetime.now(UTC))
number = 0
while len(sys.argv) < 4 or number < int(sys.argv[3]):
    numbers = range(number, number + 1 + number % 3)
    acts = [Act(sys.argv[2], "alert.answer", "Answered " * 30, objects={"n": str(n)}) for n in numbers]
    print(*(entry.index for entry in log.append(*acts)), flush=True)
    number += len(acts)
"""


@contextmanager
def appending(path: Path, name: str, *count: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(path), name, *count],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        yield process


def now() -> datetime:
    return datetime.now(UTC)


def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(path):
    """Killed after a random number of acknowledgements and a random part of the time that one takes."""
    chance = random.Random(SEED)
    for _ in range(KILLS):
        with appending(path, "pc.demo") as process:
            acknowledged = [process.stdout.readline() for _ in range(chance.randint(1, 12))]
            threading.Timer(chance.uniform(0, 0.003), process.kill).start()
            acknowledged += process.stdout.readlines()
        indices = [int(index) for line in acknowledged if line.endswith("\n") for index in line.split()]
        log = Log.open(path, now)
        assert log.verify().ok, [str(problem) for problem in log.verify().problems]
        assert log.head.size > indices[-1]
        assert [entry.index for entry in log.read(indices[0])][: len(indices)] == indices
    numbers = [int(entry.act.objects["n"]) for entry in log.read()]
    assert numbers.count(0) == KILLS
    assert all(after in (before + 1, 0) for before, after in pairwise(numbers))


def test_several_processes_append_at_once_and_none_is_lost(path):
    names, count = ("serve", "command-line", "another"), 120
    with (
        appending(path, names[0], str(count)) as one,
        appending(path, names[1], str(count)) as two,
        appending(path, names[2], str(count)) as three,
    ):
        for process in (one, two, three):
            process.communicate()
            assert process.returncode == 0
    log = Log.open(path, now)
    assert log.verify().ok
    assert not log.verify().notes
    for name in names:
        numbers = [int(entry.act.objects["n"]) for entry in log.read() if entry.act.actor == name]
        assert numbers[:count] == list(range(count))


def test_threads_append_at_once_and_none_is_lost(path, act):
    log = Log.open(path, now)
    threads = [threading.Thread(target=lambda: [log.append(act(n)) for n in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.head.size == 200
    assert log.verify().ok


def test_a_log_can_be_read_and_verified_while_it_is_written(path):
    with appending(path, "serve") as process:
        try:
            for _ in range(30):
                process.stdout.readline()
                log = Log(path, now)
                verification = log.verify()
                assert verification.ok, [str(problem) for problem in verification.problems]
                indices = [entry.index for entry in log.read()]
                assert indices == list(range(len(indices)))
        finally:
            process.kill()
            process.stdout.read()


@pytest.mark.parametrize("count", [1, 2_000])
def test_opening_and_appending_read_no_more_of_a_long_log_than_of_a_short_one(path, act, count, monkeypatch):
    log = Log.open(path, now)
    log.append(*map(act, range(count)))
    seen = 0
    pread = os.pread

    def counted(*arguments):
        nonlocal seen
        data = pread(*arguments)
        seen += len(data)
        return data

    monkeypatch.setattr(os, "pread", counted)
    Log.open(path, now).append(act(0))
    assert seen <= 2 * 65_536
