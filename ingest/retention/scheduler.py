"""The thread that disposes on time: it brings new rules into force, disposes, and lets the store's locks follow."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from governance.errors import GovernanceError
from ingest.counters import Counters
from ingest.errors import IngestError

BACK_OFF_S: Final = 10.0
"""How long it waits after a round that failed as a whole, such as while the database is away."""

_log = logging.getLogger(__name__)


class RetentionScheduler:
    """Calls round_ now and at every interval. It is given what asks it to stop, so that a round ends soon."""

    def __init__(self, round_: Callable[[Callable[[], bool]], object], interval: timedelta, counters: Counters) -> None:
        self._round = round_
        self._interval_s = interval.total_seconds()
        self._counters = counters
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)
        self.trouble = ""
        self.rounds = 0

    def start(self) -> None:
        """Begin, with a round at once. Gives back at once."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the batch under way. What is left is taken up at the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def wake(self) -> None:
        """Do a round now. Gives back at once."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the thread runs, or has not begun yet."""
        return self._thread.ident is None or self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            wait_s = self._interval_s
            try:
                self._round(self._stopping.is_set)
                self.trouble = ""
                self.rounds += 1
            except (IngestError, GovernanceError) as error:
                wait_s = self._failed(str(error))
                _log.warning("retention waits %.0f s: %s", wait_s, error)
            except Exception as error:  # noqa: BLE001 - the outermost loop of this thread: it must not end
                wait_s = self._failed(f"{type(error).__name__}: see the service's log")
                _log.error("retention waits %.0f s after an error", wait_s, exc_info=error)
            self._wake.wait(wait_s)
            self._wake.clear()

    def _failed(self, trouble: str) -> float:
        self.trouble = trouble
        self._counters.add("retention_retries")
        return min(BACK_OFF_S, self._interval_s)
