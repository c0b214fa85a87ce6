"""Counts of what the centre did since it started, safe to share by threads."""

import threading
from collections import Counter


class Counters:
    """Named counts that only grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, number: int = 1) -> None:
        """Count something number times."""
        if number:
            with self._lock:
                self._counts[name] += number

    def snapshot(self) -> dict[str, int]:
        """Every count as it is now, by name."""
        with self._lock:
            return dict(sorted(self._counts.items()))
