"""One connection to the broker: a paho client that lives from CONNECT until the connection is lost, and no longer.

paho keeps unacknowledged messages in memory and sends them again by itself when it connects again. Here each connection
gets a client of its own, so that nothing but the spool is ever a store, and a message that a broker cannot swallow is
not sent at it for ever. What the client's thread hears becomes an event in the queue of the one thread that decides.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import BadBroker
from edge.identity import Identity
from edge.settings import BrokerSettings
from ingest.contract.proof import Proof

CONNECT_LIMIT_S: Final = 5.0
"""Longest wait for the broker's host to answer."""

MOST_UNDER_WAY: Final = 65_535
"""MQTT 5: what Receive Maximum is where a broker does not say (section 3.2.2.3.3)."""

MOST_PACKET_BYTES: Final = 268_435_455
"""MQTT 5: the largest packet that can be written, where a broker names no limit (section 1.5.5)."""

_QOS: Final = 1
_PACKET_TOO_LARGE: Final = 0x95
"""MQTT 5, section 2.4."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted, with its limits."""

    under_way: int
    packet_bytes: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker answered CONNECT with a refusal."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone. After this nothing more comes from it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker answered one PUBLISH; refusal is empty where it took it."""

    mid: int
    refusal: str
    too_large: bool


@dataclass(frozen=True, slots=True)
class SubscriptionRefused:
    """The broker will not give what was subscribed to."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of a subscription."""

    topic: str
    payload: bytes


Event = Connected | Refused | Lost | Acknowledged | SubscriptionRefused | Arrived


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when the device is lost."""

    topic: str
    payload: bytes


class Connection:
    """One connection, from its opening to its loss."""

    def __init__(
        self,
        settings: BrokerSettings,
        client_id: str,
        will: Will,
        tls: ssl.SSLContext | None,
        max_inflight: int,
        tell: "Callable[[Connection, Event], None]",
    ) -> None:
        """Tell is called in the client's thread, with this and what happened; it must not wait for anything."""
        self._tell_thread = tell
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5, reconnect_on_failure=False)
        client.connect_timeout = CONNECT_LIMIT_S
        client.max_inflight_messages_set(max_inflight)
        client.will_set(will.topic, will.payload, _QOS, retain=True)
        if settings.username is not None:
            password = settings.password.get_secret_value() if settings.password is not None else None
            client.username_pw_set(settings.username, password)
        if tls is not None:
            client.tls_set_context(tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        self._settings = settings
        self._client = client

    def open(self) -> None:
        """Connect to the broker's host and begin; Connected or Refused follows. Raises OSError where nobody answers.

        The session begins anew: a broker need not give what is retained to a subscription that it knows from an
        earlier connection (the embedded one does not), and a car must have the lists. Nothing is lost by it: a receipt
        that came meanwhile is made good by the next one, which covers the same numbers.
        """
        self._client.connect(
            self._settings.host,
            self._settings.port,
            self._settings.keepalive_s,
            clean_start=True,
        )
        self._client.loop_start()

    def close(self) -> None:
        """Say goodbye, so that the broker does not publish the will, and end the client's thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, proof: Proof | None = None) -> int:
        """Send a message, with its proof beside it, and give the number by which it will be acknowledged."""
        properties = None
        if proof is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            properties.UserProperty = list(proof.to_properties())
        return int(self._client.publish(topic, payload, _QOS, retain, properties).mid)

    def subscribe(self, *topics: str) -> None:
        """Subscribe to these, in one packet. SubscriptionRefused follows for each that the broker does not grant."""
        self._client.subscribe([(topic, _QOS) for topic in topics])

    def unsubscribe(self, *topics: str) -> None:
        self._client.unsubscribe(list(topics))

    def _on_connect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, said: Any) -> None:
        if reason.is_failure:
            self._tell(Refused(str(reason)))
            return
        under_way = getattr(said, "ReceiveMaximum", MOST_UNDER_WAY)
        self._tell(Connected(under_way, getattr(said, "MaximumPacketSize", MOST_PACKET_BYTES)))

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _said: Any) -> None:
        self._tell(Lost(str(reason)))

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, reason: ReasonCode, _said: Any) -> None:
        refusal = str(reason) if reason.is_failure else ""
        self._tell(Acknowledged(mid, refusal, reason.value == _PACKET_TOO_LARGE))

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, reasons: Any, _said: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                self._tell(SubscriptionRefused(str(reason)))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._tell(Arrived(message.topic, bytes(message.payload)))

    def _tell(self, event: Event) -> None:
        self._tell_thread(self, event)


def tls_context(settings: BrokerSettings, identity: Identity | None = None) -> ssl.SSLContext | None:
    """Make what an mqtts:// connection is checked with; None for mqtt://. Raises BadBroker.

    What the settings do not name is the identity's: its certificate and key, and its authority among those trusted.
    """
    if not settings.tls:
        return None
    certificate, key, authority = settings.certificate_file, settings.key_file, None
    if identity is not None:
        certificate, key = (certificate, key) if certificate is not None else (identity.tls_file, None)
        authority = identity.authority_file if settings.ca_file is None else None
    try:
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        if authority is not None:
            context.load_verify_locations(authority)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        files = [str(f) for f in (settings.ca_file, authority, certificate, key) if f]
        raise BadBroker(
            f"the broker's TLS files ({', '.join(files)}) cannot be used: {error}; give PEM files"
        ) from error
    return context
