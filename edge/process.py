"""The agent as a process: alone on its state folder, and stopped by signals."""

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from edge.errors import WrongState


@contextmanager
def only_agent_of(state_dir: Path) -> Iterator[IO[bytes]]:
    """Hold the state folder for this process. The lock goes with the process, however that ends."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = open(state_dir / "agent.lock", "ab", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115
    except OSError as error:
        raise WrongState(f"the state folder {state_dir} cannot be used: {error}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongState(f"another agent runs on {state_dir}: stop it, or give this one its own folder") from error
        yield lock


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call stop, in a thread of its own, at the first SIGINT or SIGTERM; a second does what it did before.

    Only where this is the main thread: elsewhere signals are somebody else's affair.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def heard(_number: int, _frame: object) -> None:
        restore()
        # Not here: the thread that was interrupted may hold any lock.
        threading.Thread(target=stop, name="stopping").start()

    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        restore()
