"""Counts by name what an agent did and what it dropped. The counts travel in the device's Status."""

import logging
import threading
from collections import Counter

_log = logging.getLogger(__name__)


class Counters:
    """Named counts since the agent's start. Any thread may count; a snapshot is whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def count(self, name: str, n: int = 1, *, warn: str | bool = False) -> int:
        """Add n to a count and give its new value.

        For a drop, a refusal or a retry pass warn: the reason in words (no personal data), or True where the name
        says enough. It is then also logged at warning.
        """
        if n < 0:
            raise ValueError(f"the count {name!r} was asked to go down by {-n}; counts only go up")
        with self._lock:
            self._counts[name] += n
            total = self._counts[name]
        if warn:
            _log.warning("%s (%s: %d so far)", name if warn is True else warn, name, total)
        return total

    def value(self, name: str) -> int:
        """Give one count; 0 for a name that was never counted."""
        with self._lock:
            return self._counts[name]

    def snapshot(self) -> dict[str, int]:
        """Give every count at one instant, by name in alphabetical order."""
        with self._lock:
            return dict(sorted(self._counts.items()))
