"""Starts an embedded server again when it has ended by itself.

What the broker forgets then comes again: lists from the database, reads, hits and pictures from the spools.
"""

import logging
import threading
from typing import Final, Protocol

from ingest.counters import Counters
from lanthorn.errors import NotStarted

LOOK_EVERY_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
"""Pauses between tries to start a server that does not come up: each twice the one before, up to this."""

_log = logging.getLogger(__name__)


class Server(Protocol):
    """What can be watched."""

    @property
    def running(self) -> bool: ...

    def start(self) -> None: ...


class Watch:
    """Watches one server on a thread of its own. name is for the log and for the counters."""

    def __init__(self, name: str, server: Server, counters: Counters) -> None:
        self._name = name
        self._server = server
        self._counters = counters
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{name}", daemon=True)

    def start(self) -> None:
        """Begin to watch a server that was started."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, before the server itself is stopped."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        pause_s = LOOK_EVERY_S
        while not self._stopping.wait(pause_s):
            up = self._server.running or self._start_again()
            pause_s = LOOK_EVERY_S if up else min(pause_s * 2, LONGEST_PAUSE_S)

    def _start_again(self) -> bool:
        self._counters.add(f"embedded_{self._name}_restarts")
        _log.warning("the embedded %s has ended by itself; starting it again", self._name)
        try:
            self._server.start()
        except (NotStarted, OSError) as error:
            _log.warning("the embedded %s did not start, trying again: %s", self._name, error)
            return False
        _log.warning("the embedded %s runs again", self._name)
        return True
