"""One MQTT 5 session of the centre: connects, comes back by itself, and acknowledges only when told to.

paho runs one network thread for each session; what is given here as a callback runs on it and must not wait or raise.

A packet id is the broker's name for a message on one connection. After a reconnect it may name another message, so an
acknowledgement carries the generation (the connection's number) that its message came on, and one of an older
generation is not sent: the broker delivers that message again.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.settings import BrokerSettings

KEEP_ALIVE_S: Final = 20
RECONNECT_MIN_S: Final = 1
RECONNECT_MAX_S: Final = 10
SESSION_EXPIRY_S: Final = 86_400
"""A day: how long a broker keeps what comes for a centre that is away. A longer absence is made good by the spools."""

FIRST_FAILURE_CODE: Final = 128
"""MQTT 5: reason codes from here on are failures."""

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}

_log = logging.getLogger(__name__)

Received = Callable[[MQTTMessage, int], None]
"""Takes a message and the generation of the connection that it came on."""

Connected = Callable[[bool], None]
"""Told of a new connection, and whether the broker still had the session."""


class BrokerSession:
    """A session with the broker, which keeps it while the centre is away unless clean is set."""

    def __init__(
        self,
        settings: BrokerSettings,
        name: str,
        filters: Sequence[str],
        *,
        received: Received,
        connected: Connected = lambda _present: None,
        receive_maximum: int = 100,
        clean: bool = False,
    ) -> None:
        self.name = name
        self._filters = tuple(filters)
        self._received = received
        self._connected = connected
        self._lock = threading.Lock()
        self._generation = 0
        self._up = False
        self._joined = False
        self._trouble = "it has not connected yet"
        parts = urlsplit(settings.url)
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._clean = clean
        self._properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types here
        self._properties.ReceiveMaximum = receive_maximum
        self._properties.SessionExpiryInterval = 0 if clean else SESSION_EXPIRY_S
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{settings.client_id}-{name}",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        self._client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        if settings.username is not None:
            secret = settings.password.get_secret_value() if settings.password else None
            self._client.username_pw_set(settings.username, secret)
        self._tls = parts.scheme == "mqtts"
        if self._tls:
            files = (settings.ca_file, settings.certificate_file, settings.key_file)
            ca_file, certificate_file, key_file = (None if file is None else str(file) for file in files)
            self._client.tls_set(ca_file, certificate_file, key_file)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    @property
    def up(self) -> bool:
        """Whether it is connected and its subscriptions stand."""
        return self._up

    @property
    def trouble(self) -> str:
        """Why it is not up, in words."""
        return self._trouble

    def start(self) -> None:
        """Begin to connect, and keep trying. Gives back at once, whether the broker is there or not."""
        self._client.connect_async(
            self._host, self._port, KEEP_ALIVE_S, clean_start=self._clean, properties=self._properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the broker and end the network thread. What is not acknowledged stays with the broker."""
        self._client.disconnect()
        self._client.loop_stop()
        self._end_generation("it was stopped")

    def acknowledge(self, message_id: int, qos: int, generation: int) -> bool:
        """Tell the broker that a message is on our disk. Gives False where it came on a connection that has ended."""
        with self._lock:
            if generation != self._generation or not self._client.is_connected():
                return False
            return qos == 0 or self._client.ack(message_id, qos) == MQTTErrorCode.MQTT_ERR_SUCCESS

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> MQTTMessageInfo | None:
        """Publish at QoS 1. Gives None, with nothing queued, where the session is not connected."""
        if not self._client.is_connected():
            return None
        return self._client.publish(topic, payload, qos=1, retain=retain)

    def _on_connect(
        self, client: Client, _data: Any, flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._trouble = f"the broker refused the connection: {reason}"
            _log.warning("%s: %s", self.name, self._trouble)
            return
        with self._lock:
            self._generation += 1
            self._joined = True
        _log.info("%s: connected, session %s", self.name, "resumed" if flags.session_present else "new")
        self._connected(flags.session_present)
        if self._filters:
            self._trouble = "its subscriptions are not confirmed yet"
            client.subscribe([(each, SubscribeOptions(qos=1)) for each in self._filters])
        else:
            self._up = True

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [
            each for each, reason in zip(self._filters, reasons, strict=False) if reason.value >= FIRST_FAILURE_CODE
        ]
        self._up = not refused
        if refused:
            self._trouble = f"the broker refused to subscribe it to {', '.join(refused)}"
            _log.error("%s: %s", self.name, self._trouble)

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        trusted = " with a certificate that is trusted" if self._tls else ""
        self._trouble = f"no broker answers at {self._host}:{self._port}{trusted}"
        _log.warning("%s: %s; trying again", self.name, self._trouble)

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        # One that was never let in ends too; what the broker said when it refused is the better reason.
        self._end_generation(f"the connection ended: {reason}" if self._joined else self._trouble)
        if reason.is_failure:
            _log.warning("%s: %s", self.name, self._trouble)

    def _end_generation(self, why: str) -> None:
        with self._lock:
            self._generation += 1
            self._up = self._joined = False
            self._trouble = why

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._received(message, self._generation)
