"""Keeps the broker's retained messages as the database has the lists: chunks first, then the manifest over them.

Runs when a version is published, when the connection is new, and now and then, for another process may have published.
On a new connection it first listens for the manifests that the broker holds; a list whose manifest is not there, or is
another version's, is put there again with all its chunks. A broker that restarts without its memory (the embedded one
does) so has every list again within seconds. Once a new version stands, the chunks of older ones are taken off.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from paho.mqtt.client import MQTTMessage
from pydantic import ValidationError
from sqlalchemy import Engine, func, select, update

from governance.errors import GovernanceError
from ingest.broker import BrokerSession
from ingest.contract import topics
from ingest.contract.messages import ListManifest
from ingest.counters import Counters
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.schema import list_chunk, list_version, voi_list
from ingest.errors import IngestError
from ingest.settings import BrokerSettings

LISTEN_S: Final = 1.0
"""How long a new connection's retained manifests are waited for; they come right after the subscription."""

LOOK_AGAIN_S: Final = 10.0
BACK_OFF_S: Final = 2.0
CONFIRM_LIMIT_S: Final = 30.0

_log = logging.getLogger(__name__)


class NotConfirmed(IngestError):
    """The broker did not confirm a list's message: the connection broke off. It is tried again."""


class ListPublisher:
    """Publishes every list of one force, on a thread of its own. withdraw runs before each look: it makes the empty
    versions of lists that may not stay with the cars.
    """

    def __init__(
        self,
        engine: Engine,
        force: str,
        broker: BrokerSettings,
        counters: Counters,
        withdraw: Callable[[], object] = lambda: None,
    ) -> None:
        self._engine = engine
        self._withdraw = withdraw
        self._force = force
        self._counters = counters
        self._lock = threading.Lock()
        self._seen: dict[UUID, ListManifest] = {}
        self._listen_until = 0.0
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="list-publisher", daemon=True)
        self.session = BrokerSession(
            broker,
            "lists",
            [topics.list_manifest(force, "+")],
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
        """Look at the lists now. Gives back at once."""
        self._wake.set()

    def _connected(self, _present: bool) -> None:
        with self._lock:
            self._seen.clear()
            self._listen_until = time.monotonic() + LISTEN_S
        self._wake.set()

    def _received(self, message: MQTTMessage, generation: int) -> None:
        self.session.acknowledge(message.mid, message.qos, generation)
        try:
            manifest = ListManifest.model_validate_json(message.payload)
        except ValidationError:
            return  # somebody cleared or spoilt it: it is not seen, so it is put there again
        with self._lock:
            self._seen[manifest.list_id] = manifest

    def _run(self) -> None:
        wait_s = LOOK_AGAIN_S
        while not self._stopping:
            self._wake.wait(wait_s)
            self._wake.clear()
            try:
                wait_s = self._sync()
                self.trouble = ""
            except (IngestError, GovernanceError) as error:
                wait_s = self._failed(str(error))
                _log.warning("the lists are not all published, trying again: %s", error)
            except Exception as error:  # noqa: BLE001 - the outermost loop of this thread: it must not end
                wait_s = self._failed(f"{type(error).__name__}: see the service's log")
                _log.error("the lists are not all published, trying again", exc_info=error)

    def _failed(self, trouble: str) -> float:
        self.trouble = trouble
        self._counters.add("lists_retries")
        return BACK_OFF_S

    def _sync(self) -> float:
        """Bring the broker up to the database, and give how long to wait until the next look."""
        if self._stopping:
            return LISTEN_S
        self._withdraw()
        if not self.session.up:
            return LISTEN_S
        with self._lock:
            listen_s = self._listen_until - time.monotonic()
        if listen_s > 0:
            return listen_s
        for manifest in self._latest():
            with self._lock:
                there = self._seen.get(manifest.list_id)
            if there != manifest:
                self._publish(manifest)
        self._clear_old()
        return LOOK_AGAIN_S

    def _publish(self, manifest: ListManifest) -> None:
        c = list_chunk.c
        for number in range(manifest.chunks):
            with read_transaction(self._engine) as connection:
                payload = connection.execute(
                    select(c.payload).where(
                        c.list_id == manifest.list_id, c.version == manifest.version, c.number == number
                    )
                ).scalar_one_or_none()
            if payload is None:
                self._wake.set()  # a newer version came meanwhile: it is next
                return
            self._put(topics.list_chunk(self._force, manifest.list_id, manifest.version, number), payload)
        self._put(topics.list_manifest(self._force, manifest.list_id), manifest.model_dump_json().encode())
        with self._lock:
            self._seen[manifest.list_id] = manifest
        self._counters.add("lists_published")
        _log.info("list %s version %d is on the broker", manifest.list_id, manifest.version)

    def _clear_old(self) -> None:
        """Take the chunks of versions that are not the newest off the broker: they hold marks."""
        v = list_version
        old = v.alias("old")
        newest = select(func.max(v.c.version)).where(v.c.list_id == old.c.list_id).scalar_subquery()
        with read_transaction(self._engine) as connection:
            rows = connection.execute(
                select(old.c.list_id, old.c.version, old.c.chunks).where(
                    old.c.cleared.is_(False), old.c.version < newest
                )
            ).all()
        for row in rows:
            for number in range(row.chunks):
                self._put(topics.list_chunk(self._force, row.list_id, row.version, number), b"")
            with write_transaction(self._engine) as connection:
                connection.execute(
                    update(v).where(v.c.list_id == row.list_id, v.c.version == row.version).values(cleared=True)
                )

    def _put(self, topic: str, payload: bytes) -> None:
        """Set a retained message (or clear it, with no bytes) and wait until the broker has confirmed it."""
        info = None if self._stopping else self.session.publish(topic, payload, retain=True)
        if info is None:
            raise NotConfirmed(f"the broker is not connected: {self.session.trouble}")
        deadline = time.monotonic() + CONFIRM_LIMIT_S
        while not info.is_published():
            if self._stopping or not self.session.up or time.monotonic() > deadline:
                raise NotConfirmed("the broker did not confirm a list's message")
            info.wait_for_publish(1.0)

    def _latest(self) -> list[ListManifest]:
        v = list_version.c
        newest = select(v.list_id, func.max(v.version).label("version")).group_by(v.list_id).subquery()
        query = (
            select(list_version, voi_list.c.name)
            .join(newest, (newest.c.list_id == v.list_id) & (newest.c.version == v.version))
            .join(voi_list, voi_list.c.list_id == v.list_id)
            .order_by(v.list_id)
        )
        with read_transaction(self._engine) as connection:
            return [_manifest(row) for row in connection.execute(query)]


def _manifest(row: Any) -> ListManifest:
    return ListManifest(**{name: getattr(row, name) for name in ListManifest.model_fields})
