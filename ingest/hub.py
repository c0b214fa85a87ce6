"""Tells every open page that an alert has changed: from any thread to any number of asyncio subscribers.

Whoever publishes never waits. Each subscriber has a bounded queue on its own event loop; one that falls behind loses
what waits and gets one Resync in its place, on which a page loads everything anew.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

QUEUE_MAX: Final = 100
"""Changes that may wait for one subscriber."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AlertChanged:
    """Something about an alert is new: it was raised, a picture of it came, or somebody answered it."""

    alert_id: UUID
    what: Literal["raised", "picture", "answered"]


@dataclass(frozen=True, slots=True)
class Resync:
    """Changes were passed over: load everything anew."""


Change = AlertChanged | Resync


class Subscription:
    """One subscriber's changes, in order: `async for change in subscription`, or next with a limit.

    The loop ends when the hub closes. Lives on the event loop that made it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, size: int) -> None:
        self._loop = loop
        self._size = size
        self._lock = threading.Lock()
        self._waiting: deque[Change] = deque()
        self._closed = False
        self._news = asyncio.Event()

    def __aiter__(self) -> AsyncIterator[Change]:
        return self

    async def __anext__(self) -> Change:
        while True:
            with self._lock:
                if self._waiting:
                    return self._waiting.popleft()
                if self._closed:
                    raise StopAsyncIteration
                self._news.clear()
            await self._news.wait()

    async def next(self, limit_s: float) -> Change:
        """Give the next change. Raises TimeoutError after limit_s of silence, StopAsyncIteration when all is over."""
        return await asyncio.wait_for(anext(self), limit_s)

    def _offer(self, change: Change) -> bool:
        """Take a change, from any thread. Gives False where the subscriber was behind."""
        with self._lock:
            behind = len(self._waiting) >= self._size
            if behind:
                self._waiting.clear()
                self._waiting.append(Resync())
            else:
                self._waiting.append(change)
        self._wake()
        return not behind

    def _close(self) -> None:
        with self._lock:
            self._closed = True
        self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:
            _log.debug("a change came for a subscriber whose event loop has ended")


class Hub:
    """Fans changes out. publish and close may be called from any thread; subscribe from a coroutine."""

    def __init__(self, queue_max: int = QUEUE_MAX) -> None:
        self._queue_max = queue_max
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._closed = False
        self._resyncs = 0

    @property
    def resyncs(self) -> int:
        """How often a subscriber was so far behind that it has to load everything anew."""
        return self._resyncs

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """Receive every change from now on, until the block ends."""
        subscription = Subscription(asyncio.get_running_loop(), self._queue_max)
        with self._lock:
            self._subscriptions.add(subscription)
            closed = self._closed
        if closed:
            subscription._close()
        try:
            yield subscription
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)

    def publish(self, change: AlertChanged) -> None:
        """Tell every subscriber. Never waits."""
        with self._lock:
            behind = sum(not subscription._offer(change) for subscription in self._subscriptions)
            self._resyncs += behind
        if behind:
            _log.warning("%d pages are too far behind and will load everything anew", behind)

    def close(self) -> None:
        """End every subscription, so that a server can stop without waiting for open pages."""
        with self._lock:
            self._closed = True
            for subscription in self._subscriptions:
                subscription._close()
