"""The device's side of the wire for the centre's tests: what it makes, and a real connection to the broker."""

import hashlib
import threading
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as MqttProperties

from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import encode
from ingest.contract.messages import (
    Answer,
    AnswerMessage,
    Hit,
    HitMessage,
    ImageMessage,
    ImageRef,
    ImageRole,
    Message,
    Outcome,
    Picture,
    Read,
    ReadMessage,
    Receipt,
    WireCharacter,
    WirePosition,
)
from tests.ingest.servers import LIMIT_S

START = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
FORCE = "met"
JPEG = b"\xff\xd8 stands for a picture \xff\xd9"


class Spool:
    """Numbers messages as a device's spool does. The mark is drawn by us: nobody's."""

    def __init__(self, device: str = "car-7") -> None:
        self.device = device
        self.stream = new_id()
        self.seq = 0

    def envelope(self) -> dict[str, Any]:
        self.seq += 1
        return {"id": new_id(), "device": self.device, "stream": self.stream, "seq": self.seq, "made_at": START}

    def read(self, vrm: str = "AB12CDE", **changes: Any) -> ReadMessage:
        return ReadMessage(**self.envelope(), body=a_read(vrm, **changes))

    def hit(self, list_id: UUID, entry_id: UUID, version: int = 1, read: Read | None = None) -> HitMessage:
        body = Hit(
            hit_id=new_id(),
            read=read or a_read(),
            list_id=list_id,
            list_version=version,
            entry_id=entry_id,
            probability=0.8,
            matched="exact",
            made_at=START,
        )
        return HitMessage(**self.envelope(), body=body)

    def answer(self, hit_id: UUID, outcome: Outcome = Outcome.EN_ROUTE) -> AnswerMessage:
        body = Answer(answer_id=new_id(), hit_id=hit_id, outcome=outcome, answered_at=START, answered_by="PC 1234")
        return AnswerMessage(**self.envelope(), body=body)

    def image(self, read_id: UUID, role: ImageRole = ImageRole.OVERVIEW, data: bytes = JPEG) -> ImageMessage:
        body = Picture(
            image_id=new_id(),
            read_id=read_id,
            role=role,
            sha256=hashlib.sha256(data).hexdigest(),
            media_type="image/jpeg",
            width_px=640,
            height_px=480,
            size_bytes=len(data),
        )
        return ImageMessage(**self.envelope(), body=body)


def a_read(vrm: str = "AB12CDE", **changes: Any) -> Read:
    values: dict[str, Any] = {
        "read_id": new_id(),
        "camera_id": "front",
        "vrm": vrm,
        "as_read": vrm,
        "mark_kind": "current",
        "confidence": 0.8,
        "characters": tuple(WireCharacter(char=char, confidence=0.97) for char in vrm),
        "captured_at": START,
        "first_seen": START,
        "last_seen": START,
        "frames_read": 7,
        "position": WirePosition(latitude_deg=51.5, longitude_deg=-0.12, accuracy_m=5, source="gps"),
        "clock_error_ms": 12.0,
        "images": (ImageRef(image_id=new_id(), role=ImageRole.OVERVIEW, sha256="0" * 64),),
        "models": {"reader": "0" * 64},
        "software": "test",
    }
    return Read(**values | changes)


class Car:
    """A device at the broker: publishes what its spool made and gathers what the centre sends back.

    signer is a tests.ingest.signing.Signer, or None for a device that does not sign. lists is which of the lists'
    topics it subscribes to: the embedded broker gives a new subscription 100 retained messages and drops the rest, so
    whoever waits for the manifest of a long list must not ask for its chunks as well.
    """

    def __init__(self, port: int, force: str, device: str = "car-7", signer: Any = None, *, lists: str = "#") -> None:
        self._lists = f"{topics.ROOT}/{force}/{topics.LISTS}/{lists}"
        self.force = force
        self.device = device
        self.signer = signer
        self.receipts: list[Receipt] = []
        self.retained: dict[str, bytes] = {}
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"{force}-{device}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._message
        self._port = port

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_connect = lambda client, *_: client.subscribe(
            [
                (topics.receipts(self.force, self.device), 1),
                (self._lists, 1),
                (topics.authority(self.force, "+"), 1),
                (topics.trust(self.force), 1),
            ]
        )
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert ready.wait(LIMIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, message: Message, picture: bytes | None = None, kind: str = "") -> None:
        """Send a message, signed where the car has a signer; kind is the topic's where it is another than its own."""
        payload = encode(message, picture)
        properties = None if self.signer is None else self.signer.sign(message, payload, kind).properties
        self.send_raw(kind or message.kind, payload, properties=properties)

    def send_raw(self, kind: str, payload: bytes, retain: bool = False, properties: Any = None) -> None:
        carried = None
        if properties is not None:
            carried = MqttProperties(PacketTypes.PUBLISH)
            carried.UserProperty = list(properties)
        topic = topics.message(self.force, self.device, kind)
        self._client.publish(topic, payload, qos=1, retain=retain, properties=carried)

    def held(self, stream: UUID) -> list[tuple[int, int]]:
        """What the last receipt says that the centre holds of a stream."""
        mine = [receipt for receipt in self.receipts if receipt.stream == stream]
        return max(([(each.first, each.last) for each in receipt.ranges] for receipt in mine), key=_total, default=[])

    def _message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if message.topic.endswith("/receipts"):
            self.receipts.append(Receipt.model_validate_json(message.payload))
        elif message.payload:
            self.retained[message.topic] = message.payload
        else:
            self.retained.pop(message.topic, None)


def _total(ranges: list[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in ranges)
