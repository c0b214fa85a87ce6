"""The log under real processes: killed at any moment, stopped at each system call, failing at each system call."""

import itertools
import multiprocessing
import os
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from governance.errors import GovernanceError
from governance.keys import PrivateKey
from governance.log import Act, Log, log_signer

KILLS, SEED = 200, 20_261_123
LONGEST_DELAY_S = 0.004
"""About what an append and an integration take together: the kill may come in any part of either."""

CALLS = ("open", "pwrite", "fsync", "ftruncate", "truncate", "replace", "mkdir")
"""The system calls that a commit or an integration makes (governance.durable, governance.log_folder)."""

SPAWNING = multiprocessing.get_context("forkserver")
SPAWNING.set_forkserver_preload(["governance.log", "tests.governance.test_log_crashes"])


def now() -> datetime:
    return datetime.now(UTC)


def signer_of(pem: bytes):
    return log_signer("met", PrivateKey.from_pem(pem))


def made(who: str, number: int) -> Act:
    return Act(who, "alert.answer", "Answered " * 20, objects={"n": str(number)})


def append_for_ever(path: Path, pem: bytes, who: str, out) -> None:
    """Append from three threads, and say each index once it is acknowledged."""
    log = Log.open(path, now, signer_of(pem), integrate_at=5)

    def work(thread: int) -> None:
        for number in itertools.count():
            acts = [made(f"{who}.{thread}", number)] * (1 + number % 3)
            indices = [entry.index for entry in log.append(*acts)]
            os.write(out.fileno(), f"{' '.join(map(str, indices))} {who}.{thread} {number}\n".encode())

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(target: Callable[..., None], *args: object):
    """Start a child that writes lines to a pipe; give it and what reads them."""
    reading, writing = SPAWNING.Pipe(duplex=False)
    child = SPAWNING.Process(target=target, args=(*args, writing), daemon=True)
    child.start()
    writing.close()
    return child, os.fdopen(os.dup(reading.fileno()), "r")


def test_killed_at_200_random_moments_it_loses_nothing_that_was_acknowledged(path, signer):
    chance, pem = random.Random(SEED), signer.key.pem()
    Log.open(path, now, signer)
    written: dict[int, tuple[str, str]] = {}
    for kill in range(KILLS):
        child, lines = run(append_for_ever, path, pem, f"pc.{kill}")
        with lines:
            said = [lines.readline() for _ in range(chance.randint(1, 4))]
            timer = threading.Timer(chance.uniform(0, LONGEST_DELAY_S), child.kill)
            timer.start()
            said += lines.readlines()
        child.join()
        timer.join()
        for line in said:
            if line.endswith("\n"):
                *indices, who, number = line.split()
                written |= {int(index): (who, number) for index in indices}
        if kill % 20 == 0:
            check(path, signer, written)
    check(path, signer, written)
    assert len(written) > KILLS


def check(path: Path, signer, written: dict[int, tuple[str, str]]) -> None:
    log = Log.open(path, now, signer)
    result = log.verify()
    assert result.ok, [str(problem) for problem in result.problems]
    found = {entry.index: (entry.act.actor, entry.act.objects["n"]) for entry in log.read()}
    assert {index: found.get(index) for index in written} == written


# ---- each system call in turn --------------------------------------------------------------------------------------


def at_call(number: int, do: Callable[[], None]) -> Callable[[], int]:
    """Have something done in the place of the system call of this number, counted from 1; gives how many were made."""
    made_calls = itertools.count(1)
    reached = 0

    def wrap(name: str):
        real = getattr(os, name)

        def called(*args, **options):
            nonlocal reached
            reached = next(made_calls)
            if reached == number:
                do()
            return real(*args, **options)

        return called

    for name in CALLS:
        setattr(os, name, wrap(name))
    return lambda: reached


def work_once(log: Log) -> list[int]:
    """Three appends and two integrations; gives the indices that were acknowledged."""
    acknowledged = []
    for step in range(3):
        try:
            acknowledged += [entry.index for entry in log.append(made("pc.demo", step), made("pc.demo", step))]
            if step:
                log.integrate()
        except GovernanceError:
            continue
    return acknowledged


def stop_at(path: Path, pem: bytes, number: int, out) -> None:
    """A child that is gone at a system call, as if killed there."""
    log = Log.open(path, now, signer_of(pem))
    calls = at_call(number, lambda: os._exit(9))
    os.write(out.fileno(), f"{' '.join(map(str, work_once(log)))}\ncalls {calls()}\n".encode())


def fail_at(path: Path, pem: bytes, number: int, out) -> None:
    """A child in which one system call fails."""

    def fail() -> None:
        raise OSError(5, "Input/output error")

    log = Log.open(path, now, signer_of(pem))
    calls = at_call(number, fail)
    os.write(out.fileno(), f"{' '.join(map(str, work_once(log)))}\ncalls {calls()}\n".encode())


@pytest.mark.parametrize("fate", [stop_at, fail_at])
def test_a_log_that_is_stopped_or_fails_at_each_system_call_in_turn_is_whole(tmp_path, signer, fate):
    pem = signer.key.pem()
    for number in itertools.count(1):
        path = tmp_path / str(number)
        Log.open(path, now, signer).append(*(made("pc.first", n) for n in range(254)))
        child, lines = run(fate, path, pem, number)
        with lines:
            said = lines.readlines()
        child.join()
        acknowledged = [int(index) for line in said[:1] for index in line.split()]
        log = Log.open(path, now, signer)
        result = log.verify()
        assert result.ok, (number, [str(problem) for problem in result.problems])
        assert log.size >= max(acknowledged, default=253) + 1
        assert [entry.index for entry in log.append(made("pc.last", 0))] == [log.size - 1]
        log.close()
        assert log.verify().ok
        assert (log.checkpoint.head.size, log.size) == (log.size, len(list(log.read())))
        if said and int(said[1].split()[1]) < number:
            break
    assert number > 40


def test_several_processes_append_at_once_and_none_is_lost(path, signer):
    pem, count = signer.key.pem(), 60
    children = [run(append_some, path, pem, name, count) for name in ("serve", "command-line", "another")]
    for child, lines in children:
        with lines:
            lines.read()
        child.join()
        assert child.exitcode == 0
    log = Log.open(path, now, signer)
    assert log.verify().ok
    assert not log.verify().notes
    for name in ("serve", "command-line", "another"):
        numbers = [int(entry.act.objects["n"]) for entry in log.read() if entry.act.actor == name]
        assert numbers == list(range(count))


def append_some(path: Path, pem: bytes, who: str, count: int, out) -> None:
    with Log.open(path, now, signer_of(pem), integrate_at=16) as log:
        for number in range(count):
            log.append(made(who, number))


def test_a_log_can_be_read_and_verified_while_it_is_written(path, signer):
    Log.open(path, now, signer)
    child, lines = run(append_for_ever, path, signer.key.pem(), "serve")
    try:
        log = Log(path, now, signer)
        for _ in range(20):
            lines.readline()
            result = log.verify()
            assert result.ok, [str(problem) for problem in result.problems]
            indices = [entry.index for entry in log.read()]
            assert indices == list(range(len(indices)))
    finally:
        child.kill()
        child.join()
        lines.close()
