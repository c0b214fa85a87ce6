"""Drives the whole system as people do: the real commands in real processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Row, text

from ingest.database.engine import make_engine, read_transaction
from ingest.devices import Devices, StreamAccount
from lanthorn.street.passes import Body, StreetPass, Way

PASSWORD = "three random words"
PEOPLE = {"patrol": "patrol", "lister": "list-manager", "overseer": "oversight", "boss": "admin"}
"""Account name to role."""


def wait_until(condition: Callable[[], Any], limit_s: float, what: str) -> Any:
    """Wait for a condition to give something true, and give that; fail with what was waited for."""
    pause, deadline = threading.Event(), time.monotonic() + limit_s
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {limit_s:g} s: {what}")
        pause.wait(0.05)
    return found


@dataclass
class Site:
    """One force's centre with its settings file, run by the real commands."""

    folder: Path
    environment: dict[str, str]
    port: int = 0
    database_url: str = ""
    """Empty: the embedded one."""
    _children: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def lanthorn(self, *arguments: str, user: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as a person at the terminal would."""
        environment = self.environment | ({"LANTHORN_USER": user} if user else {})
        done = subprocess.run(
            [sys.executable, "-m", "lanthorn", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        if check and done.returncode:
            pytest.fail(f"lanthorn {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def start(self, *arguments: str, log: str) -> subprocess.Popen[str]:
        """Start a command that goes on; what it says on standard error goes to a file in the site's folder."""
        with (self.folder / log).open("a") as errors:
            child = subprocess.Popen(
                [sys.executable, "-m", "lanthorn", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._children.append(child)
        return child

    def serve(self) -> subprocess.Popen[str]:
        """Start the centre and wait until it says where it is."""
        before = self.said("serve.err").count("Lanthorn is at")
        child = self.start("serve", log="serve.err")

        def up() -> bool:
            if child.poll() is not None:
                pytest.fail(f"lanthorn serve ended with {child.returncode}:\n{self.said('serve.err')}")
            return self.said("serve.err").count("Lanthorn is at") > before

        wait_until(up, 90, "the centre is up")
        return child

    def said(self, log: str) -> str:
        path = self.folder / log
        return path.read_text() if path.exists() else ""

    def stop(self, child: subprocess.Popen[str]) -> int:
        """Press Ctrl-C, and wait for the end."""
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        return child.wait(60)

    def stop_all(self) -> None:
        for child in reversed(self._children):
            if child.poll() is None:
                self.stop(child)
            if child.stdout:
                child.stdout.close()

    def log_text(self) -> str:
        """All that the log's files hold, byte for byte."""
        files = sorted(path for path in (self.state / "log").rglob("*") if path.is_file())
        return "\n".join(path.read_bytes().decode(errors="replace") for path in files)

    def rows(self, statement: str) -> list[Row[Any]]:
        """Ask the centre's database."""
        engine = make_engine(self.database_url or f"sqlite:///{self.state / 'centre.sqlite'}")
        try:
            with read_transaction(engine) as connection:
                return list(connection.execute(text(statement)).all())
        finally:
            engine.dispose()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - a test's own words

    def account(self, device: str = "car-1") -> StreamAccount:
        """What the centre says that a device made, what arrived, and what is missing."""
        engine = make_engine(self.database_url or f"sqlite:///{self.state / 'centre.sqlite'}")
        try:
            (found,) = (account for account in Devices(engine).overview() if account.device == device)
            return found
        finally:
            engine.dispose()

    def add_people(self) -> None:
        for name, role in PEOPLE.items():
            self.lanthorn("account", "add", name, "--role", role, "--display-name", name.title())


def new_site(folder: Path, *, extra: str = "", broker: str = "", edge: str = "", **environment: str) -> Site:
    """Make a site in a new folder: its settings file, with more lines of TOML at the end, under [broker] and [edge]."""
    folder.mkdir()
    port = free_port()
    broker = broker or f"embedded_port = {free_port()}"
    (folder / "lanthorn.toml").write_text(
        f'force = "test"\nstate_dir = "state"\n[service]\nport = {port}\n[broker]\n{broker}\n'
        f'[edge]\ndevice = "car-1"\n{edge}\n[edge.camera]\nsource = "."\n[edge.display]\nport = 0\n'
        # The tests' machines cannot all say how wrong their clocks are; car and centre have the same one.
        f"[edge.authorities]\nunknown_clock_error_s = 0\n{extra}\n"
    )
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LANTHORN_")}
    return Site(folder, kept | {"LANTHORN_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"} | environment, port)


class EdgeRun:
    """`lanthorn edge run --json` as it goes: what it says, line by line, as it comes."""

    def __init__(self, site: Site, source: Path, *arguments: str) -> None:
        self._site = site
        self.child = site.start("edge", "run", "--source", str(source), "--json", *arguments, log="edge.err")
        self.said: list[dict[str, Any]] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        self.said.extend(json_lines(self.child))

    @property
    def reads(self) -> list[dict[str, Any]]:
        return [line for line in self.said if line["what"] == "read"]

    @property
    def hits(self) -> set[str]:
        """The ids of the hits that it told of."""
        return {hit for read in self.reads for hit in read["hits"]}

    @property
    def display(self) -> str:
        """The link that opens the car's display."""
        return str(self.said[0]["display"])

    def wait_reads(self, count: int, limit_s: float = 90) -> Self:
        """Wait until it has told of so many reads."""

        def told() -> bool:
            if self.child.poll() is not None and len(self.reads) < count:
                pytest.fail(f"the edge ended with {self.child.returncode}:\n{self._site.said('edge.err')}")
            return len(self.reads) >= count

        wait_until(told, limit_s, f"{count} reads are told")
        return self

    def end(self, limit_s: float = 120) -> dict[str, Any]:
        """Wait until it ends by itself, and give its summary."""
        code = self.child.wait(limit_s)
        self._listener.join()
        assert code == 0, self._site.said("edge.err")
        assert self.said[-1]["what"] == "ended"
        return self.said[-1]

    def stop(self) -> dict[str, Any]:
        """Press Ctrl-C, and give its summary."""
        self.child.send_signal(signal.SIGINT)
        return self.end(30)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.child.kill()
        self.child.wait()
        self._listener.join()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def one_line(said: str) -> str:
    """The one red line among what a command said on standard error."""
    assert "Traceback" not in said, said
    lines = [line for line in said.splitlines() if line.startswith("lanthorn: ")]
    assert len(lines) == 1, said
    return lines[0]


def json_lines(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a command with --json says, line by line."""
    assert child.stdout is not None
    for line in child.stdout:
        yield json.loads(line)


# ---- the main job: what every whole-system test of it needs ---------------------------------------------------------

MARK = "YS70 PLM"
STREET = (StreetPass(MARK, Way.AHEAD, Body.HATCHBACK, (40, 36, 170)),)
EXPIRES = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"
"""When a vehicle that these tests list expires: the centre takes none that stays for years."""

LIST = f"""mark,reason,marker,action,risk warnings,owner,expires,authority
{MARK},Driver wanted for assault,WANTED,Stop with support,VIOLENT;MAY CARRY A KNIFE,CID Camden,{EXPIRES},AUTH/2026/17
"""


def sign_in(browser: Browser, site: Site, name: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page
