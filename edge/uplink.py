"""Carries the spool's messages to the broker, and receipts and lists back. One thread decides everything.

A broker that is away is normal: the thread tries again with growing pauses, and the spool waits. At most max_inflight
messages are under way at once. What a connection did not acknowledge is due again on the next one.
"""

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from queue import SimpleQueue
from typing import Final

from pydantic import ValidationError

from edge.counters import Counters
from edge.errors import NotStored
from edge.identity import Identity
from edge.mqtt import (
    Acknowledged,
    Arrived,
    Connected,
    Connection,
    Event,
    Lost,
    Refused,
    SubscriptionRefused,
    Will,
    tls_context,
)
from edge.pauses import pause_s
from edge.settings import EdgeSettings
from edge.spool import Spool, Waiting
from edge.suspects import LOSSES_ALONE, Suspects
from hardware.clock import Clock
from ingest.contract import topics
from ingest.contract.card.words import counted
from ingest.contract.messages import Receipt, Status

_log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
"""How often the spool is looked at for overdue receipts when nothing else happens."""

ANSWER_LIMIT_S: Final = 10.0
"""Longest wait for the broker's answer to CONNECT. Some ends of a connection before it go unreported by the client."""

GOODBYE_S: Final = 3.0
"""At the end: longest wait for the broker to acknowledge the last status."""

DRAIN_CONNECT_S: Final = 5.0
"""At the end of files: how long a broker that is not there is waited for."""

_SLICE_S: Final = 0.2
_PACKET_ROOM: Final = 1_024
"""What an MQTT packet has beside payload: fixed header, topic (at most about 200 bytes), packet id, properties."""


class Nudge(Enum):
    """What other threads ask of this one."""

    LOOK = "look"
    STATUS = "status"
    STOP = "stop"


@dataclass(slots=True)
class _Session:
    """What is known of one connection. under_way: by the broker's number, the place in the spool (None: a status)."""

    connection: Connection
    limits: Connected | None = None
    under_way: dict[int, int | None] = field(default_factory=dict)
    subscribed: set[str] = field(default_factory=set)
    moved: bool = False
    """Whether the broker has acknowledged any numbered message on it."""
    ended: bool = False


class Uplink:
    """The device's side of the wire."""

    def __init__(
        self,
        settings: EdgeSettings,
        spool: Spool,
        clock: Clock,
        counters: Counters,
        *,
        status: Callable[[bool], Status],
        on_list: Callable[[str, bytes], None],
        identity: Callable[[], Identity | None] = lambda: None,
        also: frozenset[str] = frozenset(),
        spread: Callable[[], float] = random.random,
    ) -> None:
        """Take what it needs of the agent: status gives the device's status when told whether it is online; on_list
        takes a topic and a payload, and must not take long; identity gives the device's identity as it is now;
        also has further topics that on_list is to be given.
        Raises BadBroker where the TLS files cannot be used.
        """
        self._settings = settings
        self._spool = spool
        self._clock = clock
        self._counters = counters
        self._status = status
        self._on_list = on_list
        self._spread = spread
        self._identity = identity
        self._also = also
        self._shown = identity()
        self._tls = tls_context(settings.broker, self._shown)
        self._events: SimpleQueue[tuple[Connection, Event] | Nudge] = SimpleQueue()
        self._connected = threading.Event()
        self._wanted: frozenset[str] = frozenset()
        self._suspects = Suspects()
        self._said_down = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="uplink", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the connection, and it is not known to be lost."""
        return self._connected.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Publish the last status where there is a connection, and end the thread. May be called twice."""
        self._events.put(Nudge.STOP)
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Say that the spool has something new."""
        self._events.put(Nudge.LOOK)

    def tell_status(self) -> None:
        """Say that the device's status has changed."""
        self._events.put(Nudge.STATUS)

    def want(self, filters: frozenset[str]) -> None:
        """Set the list chunks that are to be subscribed to."""
        self._wanted = filters
        self._events.put(Nudge.LOOK)

    def wait_connected(self, limit_s: float) -> bool:
        """Wait for the broker; false where the time ran out first."""
        return self._connected.wait(limit_s)

    def drain(self, limit_s: float, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Wait until the centre has everything; false where the time ran out, stopped said so, or no broker was there
        to begin with.
        """
        until = time.monotonic() + limit_s
        connect_by = min(until, time.monotonic() + DRAIN_CONNECT_S)
        while self._spool.waiting and not stopped() and time.monotonic() < until:
            if not self._connected.is_set() and time.monotonic() > connect_by:
                return False
            self._spool.wait_until_empty(min(_SLICE_S, limit_s))
        return self._spool.waiting == 0

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                of_use = self._one_connection()
            except Exception:  # noqa: BLE001  the outermost loop of this thread: without it the device would fall silent
                _log.exception("the uplink met a fault of its own; it connects anew")
                self._counters.count("uplink_faults")
                of_use = False
            failures = 0 if of_use else failures + 1
            if not self._stopping:
                self._rest(pause_s(max(failures, 1), self._spread()))

    def _rest(self, seconds: float) -> None:
        """Wait before the broker is tried again, deaf to all but the end."""
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left)
            except queue.Empty:
                return
            self._stopping = event is Nudge.STOP

    def _one_connection(self) -> bool:
        """Connect, and serve until the connection is lost. Says whether it was of use."""
        will = Will(
            topics.status(self._settings.force, self._settings.device), self._status(False).model_dump_json().encode()
        )
        client_id = f"lanthorn-edge-{self._settings.force}-{self._settings.device}"
        if (identity := self._identity()) is not self._shown:
            self._tls, self._shown = tls_context(self._settings.broker, identity), identity
        connection = Connection(
            self._settings.broker,
            client_id,
            will,
            self._tls,
            self._settings.spool.max_inflight + 1,
            lambda source, event: self._events.put((source, event)),
        )
        try:
            connection.open()
        except OSError as error:
            self._not_connected(str(error))
            return False
        session = _Session(connection)
        try:
            self._serve(session)
        finally:
            self._connected.clear()
            connection.close()
            self._let_go(session)
        return session.moved or (session.limits is not None and not any(session.under_way.values()))

    def _serve(self, session: _Session) -> None:
        answer_by = time.monotonic() + ANSWER_LIMIT_S
        next_status = time.monotonic() + self._settings.status_every_s
        while not session.ended:
            try:
                event = self._events.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                event = Nudge.LOOK
            if event is Nudge.STOP:
                self._stopping = True
                self._say_goodbye(session)
                return
            if isinstance(event, tuple) and event[0] is session.connection:
                self._heard(session, event[1])
            if event is Nudge.STATUS or time.monotonic() >= next_status:
                self._publish_status(session, online=True)
                next_status = time.monotonic() + self._settings.status_every_s
            if session.limits is None:
                if time.monotonic() > answer_by and not session.ended:
                    self._not_connected(f"no answer to CONNECT in {ANSWER_LIMIT_S:g} s")
                    return
            elif not session.ended:
                self._subscribe_wanted(session)
                self._publish_due(session)

    def _heard(self, session: _Session, event: Event) -> None:
        match event:
            case Connected():
                session.limits = event
                self._accepted(session)
            case Refused(reason):
                self._not_connected(f"refused: {reason}")
                session.ended = True
            case Lost(reason):
                if session.limits is None:
                    self._not_connected(reason)
                else:
                    url = self._settings.broker.url
                    self._counters.count("broker_lost", warn=f"the broker {url} is lost: {reason}")
                session.ended = True
            case Acknowledged():
                self._acknowledged(session, event)
            case SubscriptionRefused(reason):
                self._counters.count("subscriptions_refused", warn=f"the broker refused a subscription: {reason}")
            case Arrived(topic, payload):
                self._arrived(topic, payload)

    def _accepted(self, session: _Session) -> None:
        self._said_down = False
        self._counters.count("broker_connections")
        _log.info("connected to the broker %s", self._settings.broker.url)
        force, device = self._settings.force, self._settings.device
        published = (topics.list_manifest(force, "+"), *sorted(self._also))
        session.connection.subscribe(topics.receipts(force, device), *published)
        self._publish_status(session, online=True)
        self._connected.set()

    def _not_connected(self, reason: str) -> None:
        """Count every try; log the first of a row at warning, since a car in a tunnel tries all the time."""
        url = self._settings.broker.url
        tries = self._counters.count("broker_tries_failed")
        level = logging.DEBUG if self._said_down else logging.WARNING
        _log.log(level, "no connection to the broker %s (%s); trying again (%d so far)", url, reason, tries)
        self._said_down = True

    def _arrived(self, topic: str, payload: bytes) -> None:
        if topic != topics.receipts(self._settings.force, self._settings.device):
            self._on_list(topic, payload)
            return
        try:
            settled = self._spool.settle(Receipt.model_validate_json(payload))
        except ValidationError as error:
            fault = error.errors(include_input=False)[0]["msg"]
            self._counters.count("receipts_bad", warn=f"a receipt was not one: {fault}")
        except NotStored as error:
            self._counters.count("spool_refusals", warn=f"{error}. A receipt was not applied; the next one will be")
        else:
            self._counters.count("messages_settled", settled)

    def _acknowledged(self, session: _Session, event: Acknowledged) -> None:
        place = session.under_way.pop(event.mid, None)
        if place is None:
            return
        session.moved = True
        self._suspects.acknowledged(place)
        if event.too_large:
            self._put_aside(place, f"the broker refused it: {event.refusal}")
        elif event.refusal:
            self._counters.count("publishes_refused", warn=f"the broker refused message {place}: {event.refusal}")

    def _publish_due(self, session: _Session) -> None:
        """Fill what is free of the messages under way. A disk that takes nothing is tried again at the next look."""
        free = self._free(session)
        if free <= 0:
            return
        resend_after_s = self._settings.spool.resend_after_s
        try:
            due = [w for w in self._spool.due(free, self._clock.now(), resend_after_s) if self._fits(session, w)]
            if due:
                self._spool.mark_published([waiting.place for waiting in due], self._clock.now(), resend_after_s)
        except NotStored as error:
            self._counters.count("spool_refusals", warn=f"{error}. Nothing is sent until it works again")
            return
        if again := sum(waiting.tries > 0 for waiting in due):
            self._counters.count(
                "messages_resent", again, warn=f"{counted(again, 'message')} had no receipt: sent again"
            )
        for waiting in due:
            topic = topics.message(self._settings.force, self._settings.device, waiting.kind)
            mid = session.connection.publish(topic, waiting.payload, proof=waiting.proof)
            session.under_way[mid] = waiting.place
        self._counters.count("messages_published", len(due))

    def _free(self, session: _Session) -> int:
        """How many more may be under way: one at a time while something among them seems to end every connection."""
        if session.limits is None:
            return 0
        numbered = sum(place is not None for place in session.under_way.values())
        if self._suspects.one_at_a_time:
            return 1 - numbered
        return min(self._settings.spool.max_inflight, session.limits.under_way - 1 or 1) - numbered

    def _fits(self, session: _Session, waiting: Waiting) -> bool:
        limit = session.limits.packet_bytes if session.limits else 0
        if len(waiting.payload) + _PACKET_ROOM <= limit:
            return True
        self._put_aside(
            waiting.place, f"{len(waiting.payload):,} bytes is over the broker's limit of {limit:,} a packet"
        )
        return False

    def _put_aside(self, place: int, reason: str) -> None:
        self._counters.count("messages_put_aside", warn=f"message {place} is kept aside for a while: {reason}")
        try:
            self._spool.put_aside(place, self._clock.now())
        except NotStored as error:
            self._counters.count("spool_refusals", warn=str(error))

    def _subscribe_wanted(self, session: _Session) -> None:
        wanted = self._wanted
        if over := sorted(session.subscribed - wanted):
            session.connection.unsubscribe(*over)
        if new := sorted(wanted - session.subscribed):
            session.connection.subscribe(*new)
        session.subscribed = set(wanted)

    def _publish_status(self, session: _Session, *, online: bool) -> None:
        if session.limits is None:
            return
        topic = topics.status(self._settings.force, self._settings.device)
        payload = self._status(online).model_dump_json().encode()
        session.under_way[session.connection.publish(topic, payload, retain=True)] = None

    def _say_goodbye(self, session: _Session) -> None:
        self._publish_status(session, online=False)
        until = time.monotonic() + GOODBYE_S
        while session.under_way and not session.ended and (left := until - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left)
            except queue.Empty:
                return
            if isinstance(event, tuple) and event[0] is session.connection:
                self._heard(session, event[1])

    def _let_go(self, session: _Session) -> None:
        """Make what was not acknowledged due again, and find out what keeps ending the connection."""
        places = [place for place in session.under_way.values() if place is not None]
        if not places:
            return
        try:
            self._spool.release(places)
        except NotStored as error:
            self._counters.count("spool_refusals", warn=str(error))
        if self._stopping:
            return
        if (cause := self._suspects.lost(places, moved=session.moved)) is not None:
            self._put_aside(cause, f"{LOSSES_ALONE} connections in a row ended while it was sent")
