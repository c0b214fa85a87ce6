"""For the edge's tests: plate readings made by hand, messages, real brokers and a small real centre."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from edge.counters import Counters
from edge.matching.match import Match, to_hit
from edge.matching.matcher import Matched
from edge.passes import Pass, PassPicture
from edge.settings import EdgeSettings
from ingest.contract.base import new_id
from ingest.contract.codec import encode_entries
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
    WireCharacter,
    WirePosition,
)
from lanthorn.embedded.broker import Broker as EmbeddedBroker
from models.plates.reading import Character, MarkKind, PlateReading
from tests.edge.devices import device as device
from tests.edge.servers import DEVICE, FORCE, Centre, Mosquitto, SmallIotcore, unused_port, wait_for
from tests.edge.worlds import picture as picture
from tests.edge.worlds import world as world

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
        self,
        entries: Sequence[ListEntry],
        *,
        list_id: UUID | None = None,
        version: int = 1,
        size: int = 5_000,
        authority_id: UUID | None = None,
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
            authority_id=authority_id,
        )
        return manifest, payloads

    def match(self, vrm: str = "LT23CGK", **given: Any) -> Match:
        entry = self.entry(vrm, **given)
        return Match(self.chunks([entry])[0], entry, 0.9, Matched.EXACT)

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


@pytest.fixture(scope="session")
def wait() -> Callable[..., None]:
    return wait_for


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
    return unused_port()


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
