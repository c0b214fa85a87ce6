"""Drives the whole system as people do: the real commands in real processes."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

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

    def add_people(self) -> None:
        for name, role in PEOPLE.items():
            self.lanthorn("account", "add", name, "--role", role, "--display-name", name.title())


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def json_lines(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a command with --json says, line by line."""
    assert child.stdout is not None
    for line in child.stdout:
        yield json.loads(line)
