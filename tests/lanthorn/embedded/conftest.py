import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest


class Processes:
    """What the kernel says about our children."""

    @staticmethod
    def descendants(pid: int) -> list[int]:
        """The process ids below this one, as /proc says now."""
        found: list[int] = []
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                found += [child, *Processes.descendants(child)]
        return found

    @staticmethod
    def alive(pid: int) -> bool:
        """Whether this process runs; one that ended and was not yet fetched by its parent does not."""
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    @staticmethod
    def listeners(pid: int) -> set[str]:
        """The local addresses, as HEX:HEX, on which this process listens for TCP."""
        sockets = set()
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            try:
                sockets.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
            except FileNotFoundError:
                continue
        found = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    found.add(fields[1])
        return found

    @staticmethod
    def wait_until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
        """Wait for a condition; fail with what was waited for when the limit is over."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {limit_s} s: {what}")
            time.sleep(0.02)


@pytest.fixture(scope="session")
def processes() -> type[Processes]:
    return Processes
