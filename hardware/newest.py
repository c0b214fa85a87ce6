"""Newest frame wins: a thread keeps up with the source, and a slow reader gets the newest item and skips the rest."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition, Event
from typing import Generic, TypeVar

T = TypeVar("T")


class NewestFirst(Generic[T]):
    """Runs an iterator in a thread of its own, with a slot of one between it and the reader.

    produce gets an event that is set when nobody wants more: it should wait on that event rather than sleep, and end
    soon after it is set. What it raises comes out of the reader's own loop.
    """

    def __init__(self, produce: Callable[[Event], Iterator[T]], on_dropped: Callable[[], None]) -> None:
        self._produce = produce
        self._on_dropped = on_dropped
        self._stop = Event()
        self._changed = Condition()
        self._slot: list[T] = []

    def stop(self) -> None:
        """End the thread and the reader's loop. May be called from any thread, and more than once."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """Give the newest item each time one is asked for, waiting for the next where there is none yet."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="capture") as executor:
            filling = executor.submit(self._fill)
            filling.add_done_callback(self._wake)
            try:
                while (item := self._take(filling)) is not None:
                    yield item[0]
                if not self._stop.is_set():
                    filling.result()
            finally:
                self.stop()

    def _fill(self) -> None:
        for item in self._produce(self._stop):
            if self._stop.is_set():
                return
            with self._changed:
                if self._slot:
                    self._on_dropped()
                self._slot = [item]
                self._changed.notify_all()

    def _take(self, filling: "Future[None]") -> list[T] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._slot or filling.done() or self._stop.is_set())
            if not self._slot or self._stop.is_set():
                return None
            item, self._slot = self._slot, []
            return item

    def _wake(self, _: "Future[None]") -> None:
        with self._changed:
            self._changed.notify_all()
