"""Which of the lists held may be used now and here, and the look-up in those alone.

A list stands on an authority, which may be over, suspended, for another place or another device. That is asked when a
list or an authority comes, and every few seconds; not for each read. A list that may not be used is not looked into,
and the car's display says why. What is asked for is the device's own answer, so a car without a network stops in time.
"""

import logging
import operator
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from edge.authorities import DeviceAuthorities
from edge.counters import Counters
from edge.lists import Lists
from edge.matching.held import HeldList
from edge.matching.list_index import ListIndex, MatcherFor
from edge.matching.match import Match
from edge.matching.matchers import exactly_only
from governance.authority.question import Decision, Refusal
from hardware.clock import Clock
from ingest.contract.messages import ListManifest, Read

MATCH: Final = "list.match"

LOOK_EVERY: Final = timedelta(seconds=10)
"""How old an answer may be, at most, that a read is looked up by."""

_NO_AUTHORITY: Final = "it names no authority"
_NOT_HERE: Final = "its authority has not reached this car"

_log = logging.getLogger(__name__)


class ListsInForce:
    """The lists of one device as it may use them. Any thread may ask. Without required every list held is in force."""

    def __init__(
        self,
        lists: Lists,
        authorities: DeviceAuthorities,
        clock: Clock,
        counters: Counters,
        *,
        required: bool,
        matcher_for: MatcherFor = exactly_only,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lists = lists
        self._authorities = authorities
        self._clock = clock
        self._counters = counters
        self._required = required
        self._matcher_for = matcher_for
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: list[HeldList] = []
        self._stopped: Mapping[UUID, str] = {}
        self._in_force: list[HeldList] = []
        self._index = ListIndex([])
        self._looked = (-LOOK_EVERY.total_seconds(), clock.now())
        if not required:
            _log.warning("lists are used without an authority: edge.authorities.required is false")
        self.look()

    def look(self) -> bool:
        """Ask for each list anew. Whether anything changed: the lists held, or which of them may be used."""
        with self._lock:
            now = self._clock.now()
            held = self._lists.held()
            moved = [each.manifest for each in held] != [each.manifest for each in self._held]
            stopped = {each.manifest.list_id: why for each in held if (why := self._why(each.manifest))}
            for list_id in stopped.keys() - self._stopped.keys():
                name = f"list {list_id} is not in force on this device: {stopped[list_id]}"
                self._counters.count("lists_stopped", warn=name)
            for list_id in self._stopped.keys() - stopped.keys():
                _log.info("list %s is in force again, or gone", list_id)
            changed = moved or stopped != self._stopped
            self._held, self._stopped = held, stopped
            self._use([each for each in held if each.manifest.list_id not in stopped])
            self._looked = (self._monotonic(), now)
        return changed

    def look_up(self, read: Read, now: datetime) -> list[Match]:
        """Give every entry that the read is on, of the lists in force. No answer is older than LOOK_EVERY, by a clock
        that only goes forward and by the one that tells the time: a machine may have slept, or been set.
        """
        ticks, at = self._looked
        if self._monotonic() - ticks >= LOOK_EVERY.total_seconds() or abs(now - at) >= LOOK_EVERY:
            self.look()
        return self._index.look_up(read, now, self._matcher_for)

    def manifests(self) -> list[ListManifest]:
        """The manifest of each list that was held when it was last looked, whether it is in force or not."""
        with self._lock:
            return [held.manifest for held in self._held]

    def stopped(self) -> Mapping[UUID, str]:
        """Why a list that is held may not be used, by its id."""
        return self._stopped

    def _use(self, lists: list[HeldList]) -> None:
        """Index these lists together, where they are not what is indexed already."""
        if len(lists) != len(self._in_force) or any(map(operator.is_not, lists, self._in_force)):
            self._index = ListIndex(lists)
            self._in_force = lists

    def _why(self, manifest: ListManifest) -> str:
        """Why a list may not be used; empty where it may. One without entries stops nothing and needs nothing."""
        if not self._required or not manifest.entries:
            return ""
        if manifest.authority_id is None:
            return _NO_AUTHORITY
        decision = self._ask(manifest, str(manifest.authority_id))
        if decision.allowed:
            return ""
        return _NOT_HERE if decision.refusal is Refusal.UNKNOWN else decision.reason

    def _ask(self, manifest: ListManifest, under: str) -> Decision:
        """A scope names a list by its id or by its name."""
        decision = self._authorities.ask(MATCH, str(manifest.list_id), under)
        if decision.refusal is Refusal.OUT_OF_SCOPE:
            decision = self._authorities.ask(MATCH, manifest.name, under)
        return decision
