"""Servers that are not ours, each run apart on loopback for one test, as a force would run them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.journeys.driving import free_port, wait_until

START_LIMIT_S = 30
STOP_LIMIT_S = 20


@contextmanager
def mosquitto(folder: Path, user: str, password: str) -> Iterator[str]:
    """Run a mosquitto that lets in one name with one password, and give its URL."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    program, passwords = shutil.which("mosquitto", path=path), shutil.which("mosquitto_passwd", path=path)
    if program is None or passwords is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    folder.mkdir()
    port = free_port()
    subprocess.run([passwords, "-b", "-c", folder / "passwords", user, password], check=True, capture_output=True)
    account = ["user root"] if os.getuid() == 0 else []
    lines = [f"listener {port} 127.0.0.1", f"password_file {folder / 'passwords'}", "persistence false", *account]
    (folder / "mosquitto.conf").write_text("\n".join([*lines, ""]))
    with (folder / "mosquitto.log").open("wb") as output:
        server = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stdout=output, stderr=output)
    try:
        wait_until(lambda: _listens(port), START_LIMIT_S, "mosquitto listens")
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(STOP_LIMIT_S)


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL with an empty database, and give its URL. As root it runs as the user postgres."""
    # Debian keeps the server's programs out of the path, one folder a version.
    found = shutil.which("initdb") or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    port = free_port()
    url = f"postgresql://lanthorn@127.0.0.1:{port}/lanthorn"
    # A folder of its own: what pytest makes is closed to other users, postgres among them.
    with tempfile.TemporaryDirectory(prefix="lanthorn-pg-") as folder:
        if account:
            shutil.chown(folder, "postgres", "postgres")
        make = [Path(found).parent / "initdb", "-D", "data", "-U", "lanthorn", "--auth=trust", "-E", "UTF8", "-N"]
        subprocess.run([*make, "--locale=C.UTF-8"], cwd=folder, check=True, capture_output=True, **account)
        command = [Path(found).parent / "postgres", "-D", "data", f"--port={port}", "--listen_addresses=127.0.0.1"]
        with (Path(folder) / "server.log").open("wb") as output:
            server = subprocess.Popen(
                [*command, f"--unix_socket_directories={folder}"], cwd=folder, stdout=output, stderr=output, **account
            )
        try:
            wait_until(lambda: _made(port), START_LIMIT_S, "PostgreSQL answers")
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # "fast": ends the sessions, then itself
            server.wait(STOP_LIMIT_S)


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _made(port: int) -> bool:
    try:
        with psycopg.connect(f"postgresql://lanthorn@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE lanthorn")
    except psycopg.OperationalError:
        return False
    return True
