"""For the edge's tests: plate readings made by hand, messages, real brokers and a small real centre."""

import hashlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import iotcore
import numpy as np
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.counters import Counters
from edge.matching import Match, to_hit
from edge.passes import Pass, PassPicture
from edge.settings import EdgeSettings
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import decode, encode_entries
from ingest.contract.messages import (
    Answer,
    Hit,
    ImageRef,
    ImageRole,
    ListEntry,
    ListManifest,
    Outcome,
    Picture,
    Read,
    Receipt,
    SeqRange,
    Status,
    WireCharacter,
    WirePosition,
)
from lanthorn.embedded.broker import Broker as EmbeddedBroker
from models.plates.reading import Character, MarkKind, PlateReading

MakeReading = Callable[..., PlateReading]


@pytest.fixture(scope="session")
def reading() -> MakeReading:
    """Make a reading: its text, how sure each character is (one figure for all, or one each), where and how wide."""

    def make(
        text: str,
        confidence: float | Sequence[float] = 0.9,
        *,
        kind: MarkKind = MarkKind.CURRENT,
        x: float = 100.0,
        y: float = 100.0,
        width: float = 100.0,
    ) -> PlateReading:
        sure = [confidence] * len(text) if isinstance(confidence, float) else confidence
        height = width * 2 / 9
        corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
        return PlateReading(
            text=text,
            as_read=text,
            kind=kind,
            characters=tuple(Character(char, c) for char, c in zip(text, sure, strict=True)),
            corners=np.array(corners, dtype=np.float32),
            detector_score=0.9,
        )

    return make


# For what talks to the centre: a clock to be told, bodies, real brokers, and a small real centre.

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
FORCE, DEVICE = "met", "car-1"


class ToldClock:
    """Stands still until it is told otherwise."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock()


@pytest.fixture
def counters() -> Counters:
    return Counters()


class Bodies:
    """Makes what a device tells of: valid, each with its own ids."""

    def read(self, vrm: str = "LT23CGK", images: Sequence[ImageRef] = ()) -> Read:
        return Read(
            read_id=new_id(),
            camera_id="front",
            vrm=vrm,
            as_read=vrm,
            mark_kind="current",
            confidence=0.9,
            characters=tuple(WireCharacter(char=char, confidence=0.98) for char in vrm),
            captured_at=NOON,
            first_seen=NOON,
            last_seen=NOON,
            frames_read=3,
            position=WirePosition(latitude_deg=51.5, longitude_deg=-0.12, accuracy_m=5, source="fixed"),
            clock_error_ms=10,
            images=tuple(images),
            models={"reader": "ab" * 32},
            software="lanthorn test",
        )

    def entry(self, vrm: str = "LT23CGK", expires_at: datetime = NOON + timedelta(days=28), **given: Any) -> ListEntry:
        values = {
            "reason": "Stolen from Camden on 21 November",
            "marker": "LOS",
            "action": "Stop if safe",
            "risk_warnings": ("Firearms",),
            "owner": "Operation Lamplight",
            "authority": "AO/2026/114",
        }
        return ListEntry(entry_id=new_id(), vrm=vrm, expires_at=expires_at, **(values | given))

    def chunks(
        self, entries: Sequence[ListEntry], *, list_id: UUID | None = None, version: int = 1, size: int = 5_000
    ) -> tuple[ListManifest, list[bytes]]:
        payloads = [encode_entries(list(entries[at : at + size])) for at in range(0, len(entries), size)]
        manifest = ListManifest(
            list_id=list_id or new_id(),
            name="Stolen vehicles",
            version=version,
            entries=len(entries),
            chunks=len(payloads),
            sha256=hashlib.sha256(b"".join(payloads)).hexdigest(),
            published_at=NOON,
        )
        return manifest, payloads

    def match(self, vrm: str = "LT23CGK", **given: Any) -> Match:
        entry = self.entry(vrm, **given)
        return Match(self.chunks([entry])[0], entry)

    def hit(self, match: Match | None = None, images: Sequence[ImageRef] = ()) -> Hit:
        return to_hit(match or self.match(), self.read(images=images), NOON)

    def answer(self, hit_id: UUID | None = None) -> Answer:
        return Answer(
            answer_id=new_id(),
            hit_id=hit_id or new_id(),
            outcome=Outcome.STOPPED,
            answered_at=NOON,
            answered_by="PC 1234",
        )

    def picture(self, role: ImageRole = ImageRole.PLATE_PATCH, size: int = 3_000) -> PassPicture:
        data = os.urandom(size)
        header = Picture(
            image_id=new_id(),
            read_id=new_id(),
            role=role,
            sha256=hashlib.sha256(data).hexdigest(),
            media_type="image/jpeg",
            width_px=240,
            height_px=60,
            size_bytes=size,
        )
        return PassPicture(header, data)

    def a_pass(self, vrm: str = "LT23CGK") -> Pass:
        pictures = self.picture(), self.picture(ImageRole.OVERVIEW, 25_000)
        refs = [ImageRef(image_id=p.header.image_id, role=p.header.role, sha256=p.header.sha256) for p in pictures]
        return Pass(self.read(vrm, refs), pictures, NOON, 120.0)


@pytest.fixture(scope="session")
def bodies() -> Bodies:
    return Bodies()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A mosquitto on loopback that keeps nothing: each start is an empty broker."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = _free_port()
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            "\n".join(
                [
                    f"listener {self.port} 127.0.0.1",
                    "allow_anonymous true",
                    "persistence false",
                    "user root",
                    *lines,
                    "",
                ]
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [_mosquitto_path(), "-c", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: _listens(self.port), "mosquitto does not answer")

    def stop(self) -> None:
        """Kill it: nothing is said to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _mosquitto_path() -> str:
    path = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip("mosquitto is not installed (apt install mosquitto)")
    return path


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Each of the two real brokers, not started: port, start() and stop(), after which it has forgotten everything."""
    one = Mosquitto(tmp_path) if request.param == "mosquitto" else EmbeddedBroker(tmp_path / "broker")
    yield one
    one.stop()


@pytest.fixture
def make_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Make a mosquitto with lines of its own in its configuration."""
    made: list[Mosquitto] = []

    def make(*lines: str) -> Mosquitto:
        made.append(Mosquitto(tmp_path, *lines))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def wait_for(condition: Callable[[], object], complaint: str, limit_s: float = 20.0) -> None:
    """Wait for a condition, with a limit."""
    until = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{complaint} (after {limit_s:g} s)")
        threading.Event().wait(0.02)


@pytest.fixture(scope="session")
def wait() -> Callable[..., None]:
    return wait_for


class Centre:
    """A small real centre: takes every numbered message, decodes it with the codec, and gives receipts."""

    def __init__(self, port: int, *, receipts: bool = True) -> None:
        self.receipts = receipts
        self.payloads: list[bytes] = []
        self.messages: list[Any] = []
        self.statuses: list[Status] = []
        self._held: defaultdict[UUID, set[int]] = defaultdict(set)
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "test-centre", protocol=paho.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.connect("127.0.0.1", port, clean_start=False)
        self._client.loop_start()
        assert self._subscribed.wait(10), "the test's centre could not subscribe"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_subscribed(self) -> None:
        assert self._subscribed.wait(20), "the test's centre did not come back"

    def expect_reconnection(self) -> None:
        self._subscribed.clear()

    @property
    def seqs(self) -> list[int]:
        return [message.seq for message in self.messages]

    def send_receipt(self, receipt: Receipt) -> None:
        self.publish(topics.receipts(FORCE, DEVICE), receipt.model_dump_json().encode())

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain)

    def publish_list(self, manifest: ListManifest, chunks: Sequence[bytes]) -> None:
        for number, chunk in enumerate(chunks):
            self.publish(topics.list_chunk(FORCE, manifest.list_id, manifest.version, number), chunk, retain=True)
        self.publish(topics.list_manifest(FORCE, manifest.list_id), manifest.model_dump_json().encode(), retain=True)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe([(topics.message(FORCE, "+", kind), 1) for kind in (*topics.NUMBERED_KINDS, "status")])

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("/status"):
            self.statuses.append(Status.model_validate_json(message.payload))
            return
        self.payloads.append(bytes(message.payload))
        decoded, _ = decode(bytes(message.payload))
        assert message.topic == topics.message(FORCE, DEVICE, decoded.kind)
        self.messages.append(decoded)
        held = self._held[decoded.stream]
        held.add(decoded.seq)
        if self.receipts:
            self.send_receipt(Receipt(device=DEVICE, stream=decoded.stream, ranges=ranges(held)))


def ranges(numbers: set[int]) -> tuple[SeqRange, ...]:
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return tuple(SeqRange(first=first, last=last) for first, last in spans)


@pytest.fixture
def centre_at() -> Iterator[Callable[..., Centre]]:
    """Start a centre at a broker's port."""
    made: list[Centre] = []

    def start(port: int, *, receipts: bool = True) -> Centre:
        made.append(Centre(port, receipts=receipts))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def edge_settings(tmp_path: Path) -> Callable[..., EdgeSettings]:
    """Make the settings of car-1 at a broker's port; anything may be given otherwise."""

    def make(port: int, *, source: str = "none.jpg", **given: Any) -> EdgeSettings:
        values = {
            "force": FORCE,
            "device": DEVICE,
            "state_dir": tmp_path / "state",
            "broker": {"url": f"mqtt://127.0.0.1:{port}"},
            "camera": {"source": source},
            "spool": {"resend_after_s": 0.5},
            "display": {"port": 0},
        }
        return EdgeSettings.model_validate(values | given)

    return make


@pytest.fixture
def free_port() -> int:
    """A port of loopback where nobody listens."""
    return _free_port()


class SmallIotcore:
    """An iotcore with a payload limit of its own."""

    def __init__(self, folder: Path, max_payload_size: int) -> None:
        self.port = _free_port()
        config = folder / "small.toml"
        config.write_text(_SMALL_IOTCORE.format(port=self.port, limit=max_payload_size))
        self._broker = iotcore.Broker(config_path=str(config))

    def start(self) -> None:
        self._broker.start()

    def stop(self) -> None:
        self._broker.stop()


_SMALL_IOTCORE = """\
id = 0
[router]
id = 0
max_connections = 20
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 4
[v5.1]
name = "test"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {limit}
max_inflight_count = 100
dynamic_filters = true
"""


@pytest.fixture
def make_iotcore(tmp_path: Path) -> Iterator[Callable[..., SmallIotcore]]:
    """Make an iotcore with a payload limit of its own."""
    made: list[SmallIotcore] = []

    def make(*, max_payload_size: int) -> SmallIotcore:
        made.append(SmallIotcore(tmp_path, max_payload_size))
        return made[-1]

    yield make
    for one in made:
        one.stop()
