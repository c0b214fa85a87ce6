"""One intake: a session with the broker and the thread that takes what it brings.

The order is the promise. A picture is in the object store before its row is in the database; the batch is committed
before anything of it is acknowledged to the broker; it is acknowledged before the receipt goes to the device. While the
database, the log or the store is away nothing is acknowledged: the broker holds what comes, up to its limits, and the
device's spool holds everything until it has a receipt.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from paho.mqtt.client import MQTTMessage

from governance.errors import GovernanceError
from ingest.broker import BrokerSession
from ingest.clock import Clock
from ingest.contract import topics
from ingest.contract.messages import ImageMessage
from ingest.counters import Counters
from ingest.errors import Unavailable
from ingest.hub import Hub
from ingest.intake.batch import Taken
from ingest.intake.inbox import Delivery, Inbox
from ingest.intake.judging import Judged, Numbered, judge
from ingest.intake.proving import Prover
from ingest.intake.taking import Taker
from ingest.objects import StoredObject
from ingest.pictures import Pictures
from ingest.settings import BrokerSettings, IntakeSettings

IDLE_WAIT_S: Final = 1.0
"""How long an idle worker waits before it looks whether it should stop; it is also woken to stop."""

FIRST_BACK_OFF_S: Final = 0.1

INBOX_TIMES_RECEIVE_MAXIMUM: Final = 2

_log = logging.getLogger(__name__)


class Intake:
    """Takes the messages of some kinds from every device of the force, until it is closed."""

    def __init__(
        self,
        name: str,
        filters: Sequence[str],
        *,
        force: str,
        broker: BrokerSettings,
        settings: IntakeSettings,
        prover: Prover,
        taker: Taker,
        pictures: Pictures,
        hub: Hub,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self.name = name
        self._force = force
        self._settings = settings
        self._prover = prover
        self._taker = taker
        self._pictures = pictures
        self._hub = hub
        self._clock = clock
        self._counters = counters
        self._inbox = Inbox(settings.receive_maximum * INBOX_TIMES_RECEIVE_MAXIMUM, counters)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"intake-{name}", daemon=True)
        self.session = BrokerSession(
            broker,
            name,
            filters,
            received=self._received,
            connected=self._inbox.reconnected,
            receive_maximum=settings.receive_maximum,
        )
        self.trouble = ""
        self.in_hand = 0
        """How many messages of a batch are being taken now."""

    @property
    def alive(self) -> bool:
        """Whether the thread that takes messages runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to take messages."""
        self._thread.start()
        self.session.start()

    def close(self) -> None:
        """Stop after the batch in hand, or at once where it cannot be committed; what is left the broker keeps."""
        self._stopping.set()
        self._inbox.close()
        if self._thread.ident is not None:
            self._thread.join()
            self.session.stop()

    def _received(self, message: MQTTMessage, generation: int) -> None:
        said: Sequence[tuple[str, str]] = getattr(message.properties, "UserProperty", ())
        payload, now = bytes(message.payload), self._clock()
        self._inbox.put(Delivery(message.topic, payload, message.mid, message.qos, generation, now, tuple(said)))

    def _run(self) -> None:
        more_wait_s = self._settings.batch_wait_ms / 1_000
        while not self._stopping.is_set():
            deliveries = self._inbox.take(self._settings.batch_messages, IDLE_WAIT_S, more_wait_s)
            self.in_hand = len(deliveries)
            if deliveries and (taken := self._persist([judge(each) for each in deliveries])) is not None:
                self._finish(deliveries, taken)
            self.in_hand = 0

    def _persist(self, batch: list[Judged]) -> Taken | None:
        """Try until the batch is on disk. Gives None where the service stops before that."""
        stored: dict[int, StoredObject] = {}
        return self._until_done(lambda: self._take(batch, stored))

    def _take(self, judged_batch: list[Judged], stored: dict[int, StoredObject]) -> Taken:
        """One try. stored keeps, from try to try, where the pictures of the batch were put."""
        batch = self._prover.prove(judged_batch)
        places = {id(judged): place for place, judged in enumerate(batch)}
        if any(_has_picture(judged) for judged in batch):
            for judged in self._taker.unknown(batch):
                place, verdict = places[id(judged)], judged.verdict
                if place not in stored and isinstance(verdict, Numbered) and isinstance(verdict.message, ImageMessage):
                    stored[place] = self._pictures.keep(verdict.message.body, verdict.picture or b"")
        return self._taker.take([_with_place(judged, stored.get(place)) for place, judged in enumerate(batch)])

    def _until_done(self, attempt: Callable[[], Taken]) -> Taken | None:
        back_off_s = FIRST_BACK_OFF_S
        while not self._stopping.is_set():
            try:
                taken = attempt()
            except (Unavailable, GovernanceError) as error:
                self.trouble = str(error)
                _log.warning("intake %s waits %.1f s: %s", self.name, back_off_s, error)
            except Exception as error:  # noqa: BLE001 - the outermost loop of this thread: it must not end
                self.trouble = f"{type(error).__name__}: see the service's log"
                _log.error("intake %s waits %.1f s after an error", self.name, back_off_s, exc_info=error)
            else:
                self.trouble = ""
                return taken
            self._counters.add(f"{self.name}_retries")
            self._stopping.wait(back_off_s)
            back_off_s = min(back_off_s * 2, self._settings.retry_max_s)
        return None

    def _finish(self, deliveries: Sequence[Delivery], taken: Taken) -> None:
        # In the order of arrival, as MQTT asks; the embedded broker ends the connection otherwise.
        late = sum(not self.session.acknowledge(each.packet_id, each.qos, each.generation) for each in deliveries)
        unsent = 0
        for receipt in taken.receipts.values():
            topic = topics.receipts(self._force, receipt.device)
            unsent += self.session.publish(topic, receipt.model_dump_json().encode()) is None
        for change in taken.changes:
            self._hub.publish(change)
        self._counters.add("batches")
        self._counters.add("acknowledged", len(deliveries) - late)
        for what, number in taken.counts.items():
            self._counters.add(what, number)
        if late or unsent:
            self._counters.add("not_acknowledged", late)
            self._counters.add("receipts_not_sent", unsent)
            _log.warning(
                "intake %s: the connection ended before %d acknowledgements and %d receipts; all come again",
                self.name,
                late,
                unsent,
            )


def _has_picture(judged: Judged) -> bool:
    return isinstance(judged.verdict, Numbered) and judged.verdict.picture is not None


def _with_place(judged: Judged, stored: StoredObject | None) -> Judged:
    if stored is None or not isinstance(judged.verdict, Numbered):
        return judged
    return replace(judged, verdict=replace(judged.verdict, stored=stored))
