"""Real servers, each started once a run on loopback, and a fresh database, bucket, log and force for each test."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, Type
from pydantic import SecretStr
from sqlalchemy import Engine

from governance import passwords
from governance.log import Log, service_signer
from ingest.contract.base import new_id
from ingest.contract.messages import Read
from ingest.database.engine import open_engine
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, IntakeSettings, StoreSettings
from lanthorn.embedded.broker import Broker as EmbeddedBroker
from lanthorn.embedded.ports import free_ports
from lanthorn.embedded.store import Store
from tests.ingest.cars import START, Car, Spool, a_read
from tests.ingest.granting import Grants, grants_on
from tests.ingest.servers import Mosquitto, Postgres, until
from tests.ingest.sign_in_provider import FOLDER, SignInProvider


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Any]:
    return until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> Log:
    return Log.open(tmp_path / "log", clock, service_signer(tmp_path / "keys", "met"))


@pytest.fixture(autouse=True, scope="module")
def cheap_password_hashes() -> Iterator[None]:
    """Argon2id with the least work that it allows: these tests make thousands of accounts. The cost that a force has is
    held by tests/governance/test_passwords.py, and paid by the journeys.
    """
    cheap = PasswordHasher(1, 8, 1, passwords.HASH_BYTES, passwords.SALT_BYTES, type=Type.ID)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", cheap)
        patch.setattr(passwords, "_NOBODY", cheap.hash(os.urandom(16)))
        yield


# ---- databases -----------------------------------------------------------------------------------------------------


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


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables and nothing in them, to be copied: that takes a hundredth of making them."""
    path = tmp_path_factory.mktemp("sqlite") / "tables.db"
    engine = open_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a row on each engine in turn. tests/ingest/database has its own, without tables."""
    if request.param == "sqlite":
        path = tmp_path / "centre.db"
        shutil.copyfile(request.getfixturevalue("sqlite_with_tables"), path)
        return f"sqlite:///{path}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.emptied()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def grants(engine: Engine, log: Log, clock: Clock) -> Grants:
    """A register of authorities whose officer grants what a test asks for."""
    return grants_on(engine, log, clock)


# ---- brokers -------------------------------------------------------------------------------------------------------


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


# ---- sign-in provider ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sign_in_provider() -> Iterator[SignInProvider]:
    """The provider, which a test starts for the address of its pages."""
    if shutil.which("node") is None or not (FOLDER / "node_modules").is_dir():
        pytest.skip("the sign-in provider is not installed (bin/sign-in-provider, which needs Node.js)")
    provider = SignInProvider()
    yield provider
    provider.close()


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


@pytest.fixture
def spool() -> Spool:
    return Spool()


@pytest.fixture
def make_spool() -> type[Spool]:
    return Spool


@pytest.fixture
def make_read() -> Callable[..., Read]:
    return a_read


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
        keys_dir=tmp_path / "keys",
        database=DatabaseSettings(url=f"sqlite:///{tmp_path / 'centre.db'}"),
        store=store_settings,
        broker=BrokerSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id=f"centre-{force}"),
        intake=IntakeSettings(retry_max_s=0.2),
    )
