"""`lanthorn device`, command by command, against a real centre."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import uvicorn
from click.testing import Result
from pydantic import SecretStr
from typer.testing import CliRunner

from edge.errors import EnrolmentFailed
from edge.identity import Identity
from governance.devices.export import verify_export
from governance.roles import Role
from ingest.centre import Centre
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, StoreSettings
from ingest.web.app import create_app
from lanthorn.centre_client import CentreClient
from lanthorn.devices import app
from lanthorn.errors import CentreRefused


class Office:
    """A centre with an administrator, and the command line on its machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        secret = SecretStr("secretsecret")
        state = folder / "state"
        self.centre = Centre.open(
            CentreSettings(
                force="met",
                log_path=state / "log",
                keys_dir=state / "keys",
                database=DatabaseSettings(url=f"sqlite:///{state / 'centre.sqlite'}"),
                store=StoreSettings(url="http://127.0.0.1:9", access_key=secret, secret_key=secret),
                broker=BrokerSettings(url="mqtt://127.0.0.1:9"),
            )
        )
        self.centre.accounts.create("boss", "Drawn boss", {Role.ADMIN}, None, "system:test")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.settings = folder / "lanthorn.toml"
        self.settings.write_text(f'force = "met"\nstate_dir = "{state}"\n')
        self._server = uvicorn.Server(uvicorn.Config(create_app(self.centre), log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        self.centre.engine.dispose()

    def sign_in(self, server: str, user: str, *_: str) -> CentreClient:
        """With a second factor, as administrators need it; signing in itself is tested elsewhere."""
        token = self.centre.accounts.enter(
            self.centre.accounts.make_link(user, timedelta(minutes=5), second_factor=True)
        )
        return CentreClient(server, token, httpx2.Client(base_url=server, timeout=20))

    def run(self, *arguments: str, named: bool = False) -> Result:
        who = ["--user", "boss", "--server", self.address] if named else []
        return CliRunner().invoke(
            app,
            [*arguments, *who, "--settings", str(self.settings)],
            env={"LANTHORN_PASSWORD": "not asked for here"},
        )

    def code(self, device: str) -> str:
        return str(json.loads(self.run("code", device, "--json", named=True).stdout)["code"])

    def enrol(self, device: str, code: str) -> Result:
        return self.run("enrol", "--device", device, "--code", code, "--centre", self.address)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("office"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CentreClient, "sign_in", office.sign_in)
        yield office
    office.close()


def test_a_device_is_enrolled_listed_and_revoked(office: Office) -> None:
    said = office.run("code", "car-1", named=True)
    assert "good once" in said.stderr
    assert "lanthorn device enrol --device car-1 --code" in said.stderr
    enrolled = office.enrol("car-1", said.stdout.strip())
    identity = Identity.load(office.folder / "state" / "edge" / "car-1", "car-1", "met")
    assert identity is not None
    assert enrolled.stdout.startswith(f"car-1: enrolled; key {identity.key.public.id}, certificate until ")
    assert f"car-1                {identity.key.public.id}  good" in office.run("list", named=True).stdout
    revoked = office.run("revoke", "car-1", "--why", "stolen", named=True)
    assert "1 key revoked" in revoked.stdout
    assert "broker-files" in revoked.stderr
    (shown,) = json.loads(office.run("list", "--json", named=True).stdout)
    assert (shown["state"], shown["revoked_why"], shown["revoked_by"]) == ("revoked", "stolen", "boss")
    assert "by boss: stolen" in office.run("list", named=True).stdout


def test_a_code_that_is_not_good_is_refused_in_words(office: Office) -> None:
    refused = office.enrol("car-2", "AAAA-BBBB-CCCC-DDDD")
    assert isinstance(refused.exception, EnrolmentFailed)
    assert "the code is not one of this device" in str(refused.exception)


def test_what_no_device_can_be_called_is_refused(office: Office) -> None:
    refused = office.run("code", "lists", named=True)
    assert isinstance(refused.exception, CentreRefused)


def test_the_brokers_files_are_written_and_logged(office: Office, tmp_path: Path) -> None:
    said = office.run("broker-files", str(tmp_path / "broker"), "--host", "localhost")
    assert "the list is good for 30 days" in said.stdout
    names = {path.name for path in (tmp_path / "broker").iterdir()}
    assert {"devices-ca.crt", "devices.crl", "devices.acl", "mosquitto.conf", "broker.key", "centre.crt"} <= names
    assert "device.broker-files" in [entry.act.act for entry in office.centre.log.read()]


def test_the_chain_is_exported(office: Office, tmp_path: Path) -> None:
    office.enrol("car-3", office.code("car-3"))
    said = office.run("export-chain", str(tmp_path / "export"))
    assert said.stdout.strip().endswith(": 0 links")
    report, keys = verify_export(tmp_path / "export")
    assert report.whole
    assert {key.device for key in keys.values()} >= {"car-3"}


@pytest.mark.parametrize("command", ["broker-files", "export-chain"])
def test_a_folder_that_cannot_be_written_is_named(office: Office, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    refused = office.run(
        command, str(tmp_path / "file"), *(["--host", "localhost"] if command == "broker-files" else [])
    )
    assert "cannot be written" in str(refused.exception)
