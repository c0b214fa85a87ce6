"""A real mosquitto that lets in devices by the certificates of a small authority of its own."""

import os
import signal
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from governance.devices.authority import Authority, Certificate, Revoked
from ingest.broker_files import Listeners, write_broker_files
from lanthorn.embedded.ports import free_ports
from tests.ingest.servers import LIMIT_S, until

FORCE = "met"
LIFE = timedelta(days=30)


class Broker:
    """A mosquitto that reads the files in one folder."""

    def __init__(self, program: str, folder: Path) -> None:
        self.folder = folder
        self.port, self.centre_port = free_ports(2)
        self.authority = Authority.load_or_make(folder / "keys", FORCE, datetime.now(UTC))
        self._program = program
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def write(self, *revoked: Certificate) -> None:
        now = datetime.now(UTC)
        write_broker_files(
            self.files,
            force=FORCE,
            hosts=["localhost", "127.0.0.1"],
            listeners=Listeners(self.port, self.centre_port),
            authority=self.authority,
            revoked=[Revoked(each.serial, now) for each in revoked],
            now=now,
            list_life=LIFE,
        )

    def start(self) -> None:
        settings = self.folder / "mosquitto.conf"
        account = "user root\n" if os.getuid() == 0 else ""
        settings.write_text(f"{account}persistence false\ninclude_dir {self.files}\n")
        with (self.folder / "mosquitto.log").open("ab") as output:
            self._server = subprocess.Popen([self._program, "-c", settings], stdout=output, stderr=output)
        until(lambda: all(listens(port) for port in (self.port, self.centre_port)), "mosquitto listens")

    def read_again(self) -> None:
        assert self._server is not None
        self._server.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(LIMIT_S)


def listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
