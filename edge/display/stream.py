"""Sends events to every screen that listens, from whatever thread they come."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from edge.counters import Counters
from ingest.contract.card import BEAT_S, beat_event

SCREENS_MOST: Final = 16
"""Screens at once: a car has one or two."""

BEHIND_MOST: Final = 100
"""Events that a screen may be behind; then its stream ends, and it comes back for the whole feed."""


class TooManyScreens(Exception):
    """More screens than the display serves at once."""


class Stream:
    """The screens that listen now. All but send and close run in the server's own loop."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._loop: asyncio.AbstractEventLoop | None = None
        self._screens: set[asyncio.Queue[bytes | None]] = set()
        self._closed = False

    def send(self, event: bytes) -> None:
        """Send an event to every screen. Any thread."""
        self._in_loop(lambda: self._send(event))

    def close(self) -> None:
        """End every stream, and let none begin. Any thread."""
        self._closed = True
        self._in_loop(lambda: self._send(None))

    def listen(self, first: Callable[[], bytes]) -> AsyncIterator[bytes]:
        """Begin a stream with the event that first gives, made once nothing can be missed. Raises TooManyScreens."""
        if len(self._screens) >= SCREENS_MOST:
            self._counters.count("screens_refused", warn=f"more than {SCREENS_MOST} screens asked for the stream")
            raise TooManyScreens
        self._loop = asyncio.get_running_loop()
        return self._events(first)

    async def _events(self, first: Callable[[], bytes]) -> AsyncIterator[bytes]:
        screen: asyncio.Queue[bytes | None] = asyncio.Queue(BEHIND_MOST)
        self._screens.add(screen)
        try:
            yield first()
            while not self._closed and screen in self._screens:
                try:
                    event = await asyncio.wait_for(screen.get(), BEAT_S)
                except TimeoutError:
                    event = beat_event()
                if event is None:
                    return
                yield event
        finally:
            self._screens.discard(screen)

    def _send(self, event: bytes | None) -> None:
        for screen in list(self._screens):
            try:
                screen.put_nowait(event)
            except asyncio.QueueFull:
                self._screens.discard(screen)
                self._counters.count("screens_behind", warn="a screen fell behind: its stream ends and it starts anew")

    def _in_loop(self, act: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(act)
