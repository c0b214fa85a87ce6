"""One server as a child process: started, waited for until it is ready, stopped, and never left behind."""

import logging
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from lanthorn.errors import NotStarted

GRACE_S: Final = 5.0
"""How long a server may take to end by itself, where nothing else is said."""

_KEEPER: Final = Path(__file__).with_name("keeper.py")
_KEEPER_GRACE_S: Final = 2.0
_READY_POLL_S: Final = 0.05
_LINES_SHOWN: Final = 8
_LOG_KEPT_BYTES: Final = 10_000_000
"""A log longer than this is set aside at the next start, in place of the one set aside before."""

_log = logging.getLogger(__name__)


class Child:
    """A server process under a keeper (lanthorn.embedded.keeper), its output in a log file.

    It is in a session of its own, so Ctrl-C at a terminal reaches the service alone, which then stops its children in
    order. It ends when this process ends, however that comes about.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        self.name = name
        self.log = log
        self._command = (sys.executable, "-I", str(_KEEPER), str(grace_s), *command)
        self._folder = folder
        self._environment = dict(environment) if environment is not None else None
        self._grace_s = grace_s
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the server's process is there. False before start and after stop, and when it ended by itself."""
        return self._keeper is not None and self._keeper.poll() is None

    @property
    def pid(self) -> int:
        """The keeper's process id; the server is its only child. Raises NotStarted where there is none."""
        if self._keeper is None:
            raise NotStarted(f"{self.name} was not started")
        return self._keeper.pid

    def start(self, ready: Callable[[], bool], limit_s: float) -> None:
        """Start it and wait until it is ready. Raises NotStarted, with the log's last lines; then nothing is left."""
        if self.running:
            return
        self.stop()  # lets go of one that ended by itself
        with _opened(self.log) as output:
            self._keeper = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + limit_s
        try:
            while not ready():
                if (code := self._ended_within(_READY_POLL_S)) is not None:
                    raise NotStarted(f"{self.name} ended with code {code} at its start.{self._last_lines()}")
                if time.monotonic() > deadline:
                    raise NotStarted(f"{self.name} was not ready within {limit_s:g} s.{self._last_lines()}")
        except BaseException:
            self.stop()
            raise
        _log.info("%s is ready", self.name)

    def stop(self) -> None:
        """Ask it to end, make it end after the grace, and wait until it is gone. May be called twice."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        if keeper.stdin is not None:
            keeper.stdin.close()
        try:
            keeper.wait(self._grace_s + _KEEPER_GRACE_S)
        except subprocess.TimeoutExpired:
            _log.warning("%s did not stop within %g s and was killed", self.name, self._grace_s + _KEEPER_GRACE_S)
            keeper.kill()
            keeper.wait()

    def _ended_within(self, seconds: float) -> int | None:
        if self._keeper is None:
            return 0
        try:
            return self._keeper.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _last_lines(self) -> str:
        with self.log.open(errors="replace") as file:
            lines = deque((line.rstrip() for line in file if line.strip()), maxlen=_LINES_SHOWN)
        said = "\n  ".join(lines) if lines else "(nothing)"
        return f" The last that it wrote in {self.log}:\n  {said}"


def _opened(log: Path) -> BinaryIO:
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_name(log.name + ".before"))
    return open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600))
