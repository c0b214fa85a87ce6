"""Real servers, each started once a run on loopback, and a fresh database, bucket, log and force for each test."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from pydantic import SecretStr
from sqlalchemy import Engine

from governance.log import Log
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
from ingest.database.engine import open_engine
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, IntakeSettings, StoreSettings
from lanthorn.embedded.broker import Broker as EmbeddedBroker
from lanthorn.embedded.ports import free_ports
from lanthorn.embedded.store import Store

START = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
LIMIT_S = 20.0
FORCE = "met"
JPEG = b"\xff\xd8 stands for a picture \xff\xd9"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def until(condition: Callable[[], Any], what: str = "", limit_s: float = LIMIT_S) -> Any:
    """Wait until a condition holds and give its value; fail, saying what was waited for, after the limit."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        pause.wait(0.01)
    return value


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Any]:
    return until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> Log:
    return Log.open(tmp_path / "log", clock)


# ---- databases -----------------------------------------------------------------------------------------------------


class Postgres:
    """A private PostgreSQL, which can be taken away and brought back."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        self.port = free_ports(1)[0]
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://lanthorn@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        if self._user:
            shutil.chown(self._folder, "postgres", "postgres")
        command = [self._programs / "initdb", "-D", "data", "-U", "lanthorn", "--auth=trust", "-E", "UTF8"]
        subprocess.run(
            [*command, "--locale=C.UTF-8", "-N"], cwd=self._folder, check=True, capture_output=True, **self._user
        )

    def start(self) -> None:
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "fsync": "off"}
        options["unix_socket_directories"] = str(self._folder)
        given = [f"--{name}={value}" for name, value in options.items()]
        with (self._folder / "server.log").open("ab") as output:
            self._server = subprocess.Popen(
                [self._programs / "postgres", "-D", "data", *given],
                cwd=self._folder,
                stdout=output,
                stderr=output,
                **self._user,
            )
        until(self._answers, "PostgreSQL answers")

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)  # "fast": ends the sessions, then itself
            self._server.wait(LIMIT_S)
            self._server = None

    def fresh(self) -> str:
        """The database as it was made, empty. A new one for each test would be 7 MB of files each time."""
        self._run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return self.url

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        try:
            self._run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Debian keeps the server's programs out of the path, one folder a version.
    found = shutil.which("initdb") or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="lanthorn-pg-") as folder:
        server = Postgres(Path(found).parent, Path(folder))
        server.make()
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


# ---- brokers -------------------------------------------------------------------------------------------------------


class Mosquitto:
    """A mosquitto without memory over a restart, like the embedded broker."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.port = free_ports(1)[0]
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, where it does not run."""
        if self._server is not None:
            return
        settings = self._folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            "max_inflight_messages 100\nmax_queued_messages 0\nset_tcp_nodelay true\n"
        )
        with (self._folder / "mosquitto.log").open("ab") as output:
            self._server = subprocess.Popen([self._program, "-c", settings], stdout=output, stderr=output)
        until(lambda: _listens(self.port), "mosquitto listens")

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(LIMIT_S)
            self._server = None


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed (apt install mosquitto)")
    server = Mosquitto(program, tmp_path_factory.mktemp("mosquitto"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    server = EmbeddedBroker(tmp_path_factory.mktemp("broker"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["mosquitto", "embedded_broker"])
def broker(request: pytest.FixtureRequest) -> Mosquitto | EmbeddedBroker:
    """Each broker in turn. start and stop take it away and bring it back."""
    server: Mosquitto | EmbeddedBroker = request.getfixturevalue(request.param)
    return server


# ---- object store --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    server = Store(tmp_path_factory.mktemp("store"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def store_settings(store: Store) -> StoreSettings:
    """A bucket that the tests of a run share: SeaweedFS gives each bucket volumes of its own, and has only so many."""
    return _bucket(store, "shared")


@pytest.fixture
def fresh_bucket(store: Store) -> StoreSettings:
    """A bucket of the test's own, which does not exist yet."""
    return _bucket(store, f"test-{new_id().hex}")


def _bucket(store: Store, name: str) -> StoreSettings:
    store.start()  # where an earlier test took it away
    return StoreSettings(
        url=f"http://{store.endpoint}",
        bucket=name,
        access_key=SecretStr(store.access_key),
        secret_key=SecretStr(store.secret_key),
        timeout_s=5,
    )


@pytest.fixture
def no_store() -> StoreSettings:
    """A store where nobody listens."""
    secret = SecretStr("secretsecret")
    return StoreSettings(url=f"http://127.0.0.1:{free_ports(1)[0]}", access_key=secret, secret_key=secret)


# ---- messages ------------------------------------------------------------------------------------------------------


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


@pytest.fixture
def spool() -> Spool:
    return Spool()


@pytest.fixture
def make_spool() -> type[Spool]:
    return Spool


@pytest.fixture
def make_read() -> Callable[..., Read]:
    return a_read


class Car:
    """A device at the broker: publishes what its spool made and gathers what the centre sends back."""

    def __init__(self, port: int, force: str, device: str = "car-7") -> None:
        self.force = force
        self.device = device
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
            [(topics.receipts(self.force, self.device), 1), (f"{topics.ROOT}/{self.force}/lists/#", 1)]
        )
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert ready.wait(LIMIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, message: Message, picture: bytes | None = None) -> None:
        self.send_raw(message.kind, encode(message, picture))

    def send_raw(self, kind: str, payload: bytes, retain: bool = False) -> None:
        self._client.publish(topics.message(self.force, self.device, kind), payload, qos=1, retain=retain)

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


@pytest.fixture
def force(request: pytest.FixtureRequest) -> str:
    """A force of the test's own, so that tests share a broker without meeting."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.originalname.lower())[:30].strip("-")
    return f"{name}-{new_id().hex[-8:]}"


@pytest.fixture
def car(broker: Mosquitto | EmbeddedBroker, force: str) -> Iterator[Car]:
    with Car(broker.port, force) as car:
        yield car


@pytest.fixture
def make_car() -> type[Car]:
    return Car


@pytest.fixture
def settings(
    broker: Mosquitto | EmbeddedBroker, force: str, tmp_path: Path, store_settings: StoreSettings
) -> CentreSettings:
    """A centre on SQLite at each broker in turn. Tests change what they need with model_copy."""
    return CentreSettings(
        force=force,
        log_path=tmp_path / "log",
        database=DatabaseSettings(url=f"sqlite:///{tmp_path / 'centre.db'}"),
        store=store_settings,
        broker=BrokerSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id=f"centre-{force}"),
        intake=IntakeSettings(retry_max_s=0.2),
    )
