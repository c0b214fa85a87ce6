"""Writes to the log that somebody asked for what their roles do not allow: a person who is known, and not too often.

Who has no session is nobody, and leaves nothing in the log: a stranger could fill it. A person's refusals at one route
are one entry an hour, so that a page that asks again by itself cannot fill it either; every one is counted.
"""

import logging
import threading
from datetime import datetime, timedelta
from typing import Final

from governance.errors import LogDamaged, LogWriteFailed
from governance.log import Act, Log
from governance.roles import Permission
from ingest.clock import Clock
from ingest.counters import Counters

ACT: Final = "access.refused"
ONE_EVERY: Final = timedelta(hours=1)
COUNTER: Final = "requests_refused"

_log = logging.getLogger(__name__)


class Refusals:
    """The refusals of one centre's pages and calls. Any thread."""

    def __init__(self, log: Log, clock: Clock, counters: Counters) -> None:
        self._log = log
        self._clock = clock
        self._counters = counters
        self._lock = threading.Lock()
        self._written: dict[tuple[str, str], datetime] = {}

    def note(self, actor: str, route: str, missing: Permission, purpose: str) -> None:
        """Somebody was refused at a route, such as "GET /api/lists/{list_id}". Never raises: the refusal stands."""
        self._counters.add(COUNTER)
        if not self._due((actor, route)):
            return
        try:
            self._log.append(Act(actor, ACT, purpose, details={"route": route, "needs": missing.value}))
        except (LogDamaged, LogWriteFailed) as error:
            self._forget((actor, route))
            _log.warning("a refused request could not be written to the log: %s", error)

    def _due(self, key: tuple[str, str]) -> bool:
        now = self._clock()
        with self._lock:
            # A clock that went back makes none wait longer than ONE_EVERY.
            self._written = {each: at for each, at in self._written.items() if abs(now - at) < ONE_EVERY}
            if key in self._written:
                return False
            self._written[key] = now
            return True

    def _forget(self, key: tuple[str, str]) -> None:
        with self._lock:
            self._written.pop(key, None)
