"""What the agent tells the centre: which messages a pass is worth, and where they wait when the disk is full.

The rule on loss: a message that has a number is never dropped (edge/spool.py). What has to be refused, because the
spool is at its bound or the disk is full, is refused before it gets a number, counted and logged; hits, answers and all
that belongs to a hit are the last to go.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final

from edge.counters import Counters
from edge.errors import MessageTooLarge, NotStored
from edge.passes import Pass
from edge.settings import PicturesMode
from edge.spool import Spool, Unsent
from ingest.contract.messages import Answer, Hit

PENDING_MOST: Final = 500
"""Groups held in memory while nothing can be stored: at 30 KB of pictures a group, 15 MB."""

PICTURES_SHARE: Final = 0.8
"""From this share of the spool's bound on, pictures of vehicles that are on no list are refused, so that their reads,
which are a fiftieth of the size, still find room."""


class Room(IntEnum):
    """What the spool still has room for. Each takes what the ones below it take."""

    HITS_ONLY = 0
    READS = 1
    EVERYTHING = 2


def room(held_bytes: int, max_bytes: int) -> Room:
    """Decide what a spool that holds so much may take. Hits and answers are taken until the disk itself is full."""
    if held_bytes >= max_bytes:
        return Room.HITS_ONLY
    return Room.READS if held_bytes >= PICTURES_SHARE * max_bytes else Room.EVERYTHING


def messages_of(a_pass: Pass, hits: Sequence[Hit], mode: PicturesMode, left: Room) -> list[Unsent]:
    """Decide what is told of a pass: the read, its hits, then its pictures. Empty where there is no room even for the
    read. A read whose pictures do not follow names none: the centre would wait for them.
    """
    if not hits and left is Room.HITS_ONLY:
        return []
    if hits or (mode is PicturesMode.ALL and left is Room.EVERYTHING):
        pictures = [Unsent(picture.header, picture.data) for picture in a_pass.pictures]
        return [Unsent(a_pass.read), *map(Unsent, hits), *pictures]
    return [Unsent(a_pass.read.model_copy(update={"images": ()}))]


class Outbox:
    """Puts groups of messages into the spool, and holds them in memory, in order, while the disk takes nothing."""

    def __init__(self, spool: Spool, counters: Counters, max_bytes: int, mode: PicturesMode) -> None:
        self._spool = spool
        self._counters = counters
        self._max_bytes = max_bytes
        self._mode = mode
        self._lock = threading.Lock()
        self._pending: deque[Sequence[Unsent]] = deque()
        self._wake: Callable[[], None] = lambda: None

    @property
    def pending(self) -> int:
        """Groups that are in memory only."""
        return len(self._pending)

    def on_put(self, wake: Callable[[], None]) -> None:
        """Name what is to be called, in the thread that put, when the spool has something new."""
        self._wake = wake

    def tell_pass(self, a_pass: Pass, hits: Sequence[Hit]) -> None:
        """Tell of a pass, as far as there is room. What is left out is counted and logged."""
        left = room(self._spool.held_bytes, self._max_bytes)
        group = messages_of(a_pass, hits, self._mode, left)
        if not group:
            self._counters.count("reads_refused_spool_full", warn="the spool is at its bound: a read was not kept")
            return
        if left is Room.READS and not hits and self._mode is PicturesMode.ALL:
            self._counters.count(
                "pictures_refused_spool_full",
                len(a_pass.pictures),
                warn="the spool is near its bound: pictures of a read on no list were not kept",
            )
        self.put(group)

    def put(self, group: Sequence[Unsent]) -> None:
        """Store a group, after those that are pending; where the disk takes nothing it becomes pending itself."""
        with self._lock:
            self._pending.append(group)
            self._store_pending()
            self._keep_within_bound()
        self._wake()

    def retry(self) -> None:
        """Store what is pending, as far as the disk takes it."""
        with self._lock:
            if not self._pending:
                return
            self._store_pending()
        self._wake()

    def _store_pending(self) -> None:
        while self._pending:
            try:
                self._spool.put_all(self._pending[0])
            except MessageTooLarge as error:
                self._counters.count("messages_too_large", warn=str(error))
                # Every text on the wire is bounded, so it was a picture; what it belongs to must not go with it.
                self._pending[0] = [unsent for unsent in self._pending[0] if unsent.picture is None]
                continue
            except NotStored as error:
                self._counters.count("spool_refusals", warn=f"{error}. {len(self._pending)} groups wait in memory")
                return
            self._pending.popleft()

    def _keep_within_bound(self) -> None:
        while len(self._pending) > PENDING_MOST:
            lost = next((index for index, group in enumerate(self._pending) if not _matters(group)), 0)
            matters = _matters(self._pending[lost])
            del self._pending[lost]
            name = "hits_or_answers_lost" if matters else "reads_lost_disk_full"
            self._counters.count(name, warn="the disk is full and so is the memory kept for it: a message was dropped")


def _matters(group: Sequence[Unsent]) -> bool:
    return any(isinstance(unsent.body, (Hit, Answer)) for unsent in group)
