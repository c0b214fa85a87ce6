"""Child and its keeper: shell scripts and small Python programs as the server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lanthorn.embedded.child import Child
from lanthorn.errors import NotStarted

LIMIT_S = 20.0
STUBBORN = "trap '' TERM; echo up; : > ready; while true; do sleep 0.1; done"
WILLING = ": > ready; exec sleep 600"  # by the shell itself: no other process is there for a moment


def child(folder: Path, script: str, grace_s: float = 5.0) -> Child:
    return Child("the test server", ["/bin/sh", "-c", script], folder / "server.log", folder=folder, grace_s=grace_s)


def test_it_is_ready_when_it_says_so_and_gone_after_stop(tmp_path, processes):
    server = child(tmp_path, WILLING)
    server.start((tmp_path / "ready").exists, LIMIT_S)
    pids = [server.pid, *processes.descendants(server.pid)]
    assert server.running
    assert len(pids) == 2
    server.stop()
    assert not server.running
    assert not any(map(processes.alive, pids))
    server.stop()


def test_one_that_will_not_end_is_made_to(tmp_path, processes):
    server = child(tmp_path, STUBBORN, grace_s=0.2)
    server.start((tmp_path / "ready").exists, LIMIT_S)
    pids = processes.descendants(server.pid)
    server.stop()
    processes.wait_until(lambda: not processes.alive(pids[0]), LIMIT_S, "the server is gone")


def test_one_that_ends_at_its_start_is_refused_with_its_last_words(tmp_path):
    server = child(tmp_path, "echo first; echo the disk is on fire >&2; exit 3")
    with pytest.raises(NotStarted, match=r"ended with code 3 at its start(?s:.*)the disk is on fire"):
        server.start(lambda: False, LIMIT_S)
    assert not server.running


def test_one_killed_at_its_start_says_so_by_its_code(tmp_path):
    with pytest.raises(NotStarted, match=f"ended with code {128 + signal.SIGKILL}"):
        child(tmp_path, "kill -KILL $$").start(lambda: False, LIMIT_S)


def test_a_program_that_is_not_there_is_refused(tmp_path):
    server = Child("the test server", ["/no/such/program"], tmp_path / "log", folder=tmp_path)
    with pytest.raises(NotStarted, match="No such file or directory"):
        server.start(lambda: False, LIMIT_S)


def test_one_that_is_never_ready_is_stopped_and_refused(tmp_path, processes):
    server = child(tmp_path, WILLING)
    seen: list[int] = []

    def ready() -> bool:
        seen.extend(processes.descendants(server.pid))
        return False

    with pytest.raises(NotStarted, match=r"not ready within 0\.3 s"):
        server.start(ready, 0.3)
    assert seen
    assert not any(map(processes.alive, seen))


def test_running_is_false_when_it_ends_by_itself(tmp_path, processes):
    server = child(tmp_path, ": > ready; read line < fifo")
    os.mkfifo(tmp_path / "fifo")
    server.start((tmp_path / "ready").exists, LIMIT_S)
    (tmp_path / "fifo").write_text("end\n")
    processes.wait_until(lambda: not server.running, LIMIT_S, "running is false")
    server.stop()


def test_a_long_log_is_set_aside_at_the_next_start(tmp_path):
    (tmp_path / "server.log").write_bytes(b"x" * 10_000_001)
    server = child(tmp_path, WILLING)
    server.start((tmp_path / "ready").exists, LIMIT_S)
    server.stop()
    assert (tmp_path / "server.log.before").stat().st_size == 10_000_001
    assert (tmp_path / "server.log").stat().st_size == 0


STARTER = """
import sys, threading, time
from pathlib import Path
from lanthorn.embedded.child import Child
folder = Path(sys.argv[1])
server = Child("s", ["/bin/sh", "-c", sys.argv[2]], folder / "log", folder=folder, grace_s=0.5)
starting = threading.Thread(target=lambda: server.start((folder / "ready").exists, 20))
starting.start()
starting.join()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("script", [WILLING, STUBBORN], ids=["willing", "stubborn"])
def test_it_ends_when_its_starter_is_killed(tmp_path, processes, script):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path), script],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with starter:
        keeper = int(starter.stdout.readline())
        pids = [keeper, *processes.descendants(keeper)]
        assert len(pids) >= 2, "the thread that started the child has ended, and the child has not"
        starter.kill()
    processes.wait_until(lambda: not any(map(processes.alive, pids[:2])), LIMIT_S, "keeper and server are gone")


def test_it_ends_when_its_keeper_is_killed(tmp_path, processes):
    server = child(tmp_path, WILLING)
    server.start((tmp_path / "ready").exists, LIMIT_S)
    pids = processes.descendants(server.pid)
    os.kill(server.pid, signal.SIGKILL)
    processes.wait_until(lambda: not any(map(processes.alive, pids)), LIMIT_S, "the server is gone")
    server.stop()


def test_ctrl_c_at_the_terminal_does_not_reach_it(tmp_path, processes):
    server = child(tmp_path, WILLING)
    server.start((tmp_path / "ready").exists, LIMIT_S)
    assert os.getsid(server.pid) != os.getsid(0)
    assert os.getpgid(processes.descendants(server.pid)[0]) == os.getpgid(server.pid)
    server.stop()
