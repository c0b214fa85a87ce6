"""What has been delivered and waits for the worker. Bounded, and it never makes the network thread wait.

The broker sends no more than its receive maximum without an acknowledgement, so one connection cannot overfill the
inbox. A reconnect can: what waits from before was never acknowledged, and where the broker kept the session it delivers
all of that again, so it is let go here. Where the session is gone the broker will not, so it is kept; should that
overfill the inbox, the oldest is let go with a warning, and comes again from the device's spool, which has no receipt.
"""

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from ingest.contract.proof import Properties
from ingest.counters import Counters

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as the broker delivered it. packet_id and generation are what acknowledging it takes; properties are
    the user properties that it came with.
    """

    topic: str
    payload: bytes
    packet_id: int
    qos: int
    generation: int
    received_at: datetime
    properties: Properties = ()


class Inbox:
    """Deliveries in the order in which they came. put and reconnected never wait; take does."""

    def __init__(self, size: int, counters: Counters) -> None:
        self._size = size
        self._counters = counters
        self._waiting: deque[Delivery] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, delivery: Delivery) -> None:
        """Add one delivery."""
        with self._changed:
            over = len(self._waiting) >= self._size
            if over:
                self._waiting.popleft()
            self._waiting.append(delivery)
            self._changed.notify()
        if over:
            self._counters.add("let_go_inbox_full")
            _log.warning("the inbox is full: its oldest message was let go and will come again from the device")

    def reconnected(self, session_present: bool) -> None:
        """Let go of what the broker is about to deliver again."""
        if not session_present:
            return
        with self._changed:
            again = len(self._waiting)
            self._waiting.clear()
        self._counters.add("to_be_delivered_again", again)

    def take(self, most: int, first_wait_s: float, more_wait_s: float) -> list[Delivery]:
        """Wait for a delivery, at most first_wait_s, then for others that come within more_wait_s; at most most."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, first_wait_s)
            if not self._waiting:
                return []
            deadline = time.monotonic() + more_wait_s
            while len(self._waiting) < most and not self._closed:
                if not self._changed.wait(deadline - time.monotonic()):
                    break
            return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def close(self) -> None:
        """Wake whoever waits; there will be no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
