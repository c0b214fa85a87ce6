"""Real servers for the centre's tests, and waiting for what they do."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from lanthorn.embedded.ports import free_ports

LIMIT_S = 20.0


def until(condition: Callable[[], Any], what: str = "", limit_s: float = LIMIT_S) -> Any:
    """Wait until a condition holds and give its value; fail, saying what was waited for, after the limit."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        pause.wait(0.01)
    return value


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

    def emptied(self) -> str:
        """The database with its tables, and nothing in them. To make the tables takes four times as long."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename != 'alembic_version'"
            tables = [SQL("{}").format(Identifier(name)) for (name,) in connection.execute(query)]
            if tables:
                connection.execute(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(tables)))
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
