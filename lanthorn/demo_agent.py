"""The demo's edge agent: `lanthorn edge run` as a child, what it says shown to the person at the terminal."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from ingest.contract.card.words import percent
from lanthorn.console import err
from lanthorn.errors import NotStarted

START_LIMIT_S: Final = 60.0
"""The models take about two seconds to load; the rest is for a busy machine."""

STOP_LIMIT_S: Final = 45.0
"""The agent gives its last messages time to arrive before it ends."""


class DemoAgent:
    """One agent that plays a source. finished tells when it has ended by itself."""

    def __init__(self, settings_file: Path, source: str, *, again: bool) -> None:
        self.log = settings_file.with_name("edge.log")
        self.display_link = ""
        self._command = [sys.executable, "-m", "lanthorn", "edge", "run", "--settings", str(settings_file)]
        self._command += ["--source", source, "--paced", "--json", *(["--again"] if again else [])]
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._started = threading.Event()

    @property
    def finished(self) -> bool:
        """Whether it was started and has ended."""
        return self._process is not None and self._process.poll() is not None

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""
        return self._process is not None and bool(self._process.poll())

    def start(self) -> None:
        """Start it and wait until its display answers. Raises NotStarted, with the last lines that it wrote."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,), name="demo agent")
        self._listener.start()
        self._started.wait(START_LIMIT_S)
        if not self.display_link:
            self.stop()
            raise NotStarted(f"the edge agent did not start; the last that it said:\n  {self.last_words()}")

    def last_words(self) -> str:
        """The last lines that it wrote. Its log is erased with the demo's folder."""
        return "\n  ".join(self.log.read_text(errors="replace").splitlines()[-6:])

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._listener is not None:
            self._listener.join()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        for line in process.stdout:
            try:
                self._show(json.loads(line))
            except ValueError:
                err.print(line.rstrip(), markup=False)
        self._started.set()

    def _show(self, said: dict[str, Any]) -> None:
        match said.get("what"):
            case "started":
                self.display_link = said["display"]
                self._started.set()
            case "read":
                hit = "  [bold red]HIT[/bold red]" if said["hits"] else ""
                err.print(f"  {said['captured_at'][11:19]}  {said['mark']:<9} {percent(said['confidence'])}{hit}")
            case "ended":
                err.print(f"  The footage has been played: {said['frames']}.", markup=False)
