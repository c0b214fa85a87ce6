"""Keeps the broker's retained messages as the register has the authorities: the trust list, and a case for each.

Runs when something changed, when the connection is new, and now and then. On a new connection it first listens for what
the broker holds; what is not there, or is another than the register's, is put there again. What is over is taken off:
every device stops by itself at the end. The same look writes down what has expired.
"""

import logging
import threading
import time
from typing import Final

from paho.mqtt.client import MQTTMessage

from governance.errors import GovernanceError
from ingest.authorities.register import Authorities
from ingest.broker import BrokerSession
from ingest.contract import topics
from ingest.counters import Counters
from ingest.errors import IngestError
from ingest.settings import BrokerSettings

LISTEN_S: Final = 1.0
"""How long a new connection's retained messages are waited for; they come right after the subscription."""

LOOK_AGAIN_S: Final = 10.0
BACK_OFF_S: Final = 2.0
CONFIRM_LIMIT_S: Final = 30.0

_log = logging.getLogger(__name__)


class NotConfirmed(IngestError):
    """The broker did not confirm a message: the connection broke off. It is tried again."""


class AuthorityPublisher:
    """Publishes the authorities of one force, on a thread of its own."""

    def __init__(self, authorities: Authorities, force: str, broker: BrokerSettings, counters: Counters) -> None:
        self._authorities = authorities
        self._force = force
        self._counters = counters
        self._lock = threading.Lock()
        self._seen: dict[str, bytes] = {}
        self._listen_until = 0.0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="authority-publisher", daemon=True)
        self.session = BrokerSession(
            broker,
            "authorities",
            [topics.authority(force, "+"), topics.trust(force)],
            received=self._received,
            connected=self._connected,
            clean=True,
        )
        self.trouble = ""

    def start(self) -> None:
        """Begin to publish, and go on."""
        self._thread.start()
        self.session.start()

    def close(self) -> None:
        """Stop. What is on the broker stays there."""
        self._stopping = True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()
            self.session.stop()

    def wake(self) -> None:
        """Look at the authorities now. Gives back at once."""
        self._wake.set()

    def _connected(self, _present: bool) -> None:
        with self._lock:
            self._seen.clear()
            self._listen_until = time.monotonic() + LISTEN_S
        self._wake.set()

    def _received(self, message: MQTTMessage, generation: int) -> None:
        self.session.acknowledge(message.mid, message.qos, generation)
        with self._lock:
            if message.payload:
                self._seen[message.topic] = bytes(message.payload)
            else:
                self._seen.pop(message.topic, None)

    def _run(self) -> None:
        wait_s = LOOK_AGAIN_S
        while not self._stopping:
            self._wake.wait(wait_s)
            self._wake.clear()
            try:
                wait_s = self._look()
                self.trouble = ""
            except (IngestError, GovernanceError) as error:
                wait_s = self._failed(str(error))
                _log.warning("the authorities are not all published, trying again: %s", error)
            except Exception as error:  # noqa: BLE001 - the outermost loop of this thread: it must not end
                wait_s = self._failed(f"{type(error).__name__}: see the service's log")
                _log.error("the authorities are not all published, trying again", exc_info=error)

    def _failed(self, trouble: str) -> float:
        self.trouble = trouble
        self._counters.add("authorities_retries")
        return BACK_OFF_S

    def _look(self) -> float:
        """Bring the register and the broker up to now, and give how long to wait until the next look."""
        if self._stopping:
            return LISTEN_S
        self._authorities.steps.sweep()
        if not self.session.up:
            return LISTEN_S
        with self._lock:
            listen_s = self._listen_until - time.monotonic()
        if listen_s > 0:
            return listen_s
        wanted = self._wanted()
        with self._lock:
            seen = dict(self._seen)
        for topic, payload in wanted.items():
            if seen.get(topic) != payload:
                self._put(topic, payload)
                self._counters.add("authorities_published")
        for topic in seen.keys() - wanted.keys():
            self._put(topic, b"")
            self._counters.add("authorities_cleared")
        return LOOK_AGAIN_S

    def _wanted(self) -> dict[str, bytes]:
        """What the broker is to hold, by topic: the trust list first, so that a device can verify what follows."""
        wanted = {topics.trust(self._force): self._authorities.keys.trust_bytes()}
        for authority_id, case in self._authorities.cases_for_devices().items():
            wanted[topics.authority(self._force, authority_id)] = case.to_bytes()
        return wanted

    def _put(self, topic: str, payload: bytes) -> None:
        """Set a retained message (or clear it, with no bytes) and wait until the broker has confirmed it."""
        info = None if self._stopping else self.session.publish(topic, payload, retain=True)
        if info is None:
            raise NotConfirmed(f"the broker is not connected: {self.session.trouble}")
        deadline = time.monotonic() + CONFIRM_LIMIT_S
        while not info.is_published():
            if self._stopping or not self.session.up or time.monotonic() > deadline:
                raise NotConfirmed("the broker did not confirm an authority's message")
            info.wait_for_publish(1.0)
        with self._lock:
            if payload:
                self._seen[topic] = payload
            else:
                self._seen.pop(topic, None)
