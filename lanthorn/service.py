"""The centre as it runs: the embedded servers that the settings ask for, the centre, and its pages over HTTP."""

import logging
import shutil
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Final, Self

import uvicorn

from ingest.centre import Centre
from ingest.clock import system_clock
from ingest.web.app import create_app
from lanthorn.console import step
from lanthorn.embedded.broker import Broker
from lanthorn.embedded.store import Store
from lanthorn.errors import NotStarted
from lanthorn.settings import EMBEDDED, Settings, centre_settings
from lanthorn.state_folder import make_private
from lanthorn.watch import Server, Watch

LEAST_FREE_BYTES: Final = 16_000_000
"""Room without which a start is refused: the database's write-ahead log alone takes 4 MB, and the embedded store ends
in a fault of its own where it cannot write its first files."""

START_LIMIT_S: Final = 30.0
"""How long the pages may take to answer after everything else is up."""

STOP_LIMIT_S: Final = 5
"""How long open requests may take to end when the service stops."""

_log = logging.getLogger(__name__)


class Service:
    """Everything that `lanthorn serve` runs. A context manager; on leaving, every part is stopped in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parts = ExitStack()
        self.centre: Centre
        self.address = settings.address

    def __enter__(self) -> Self:
        with self._parts:
            try:
                self._start()
            except OSError as error:
                folder = self._settings.state_dir
                raise NotStarted(
                    f"the state folder {folder} cannot be used: {error}; it must be writable, with room"
                ) from error
            self._parts = self._parts.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with step("Stopping"):
            self._parts.close()

    def _start(self) -> None:
        settings = self._settings
        make_private(settings.state_dir)
        if (free := shutil.disk_usage(settings.state_dir).free) < LEAST_FREE_BYTES:
            raise NotStarted(
                f"the disk of the state folder {settings.state_dir} is full ({free:,} bytes free): make at least"
                f" {LEAST_FREE_BYTES:,} free"
            )
        host, port = settings.service.host, settings.service.port
        listener = listen(host, port)  # first: a port that is taken is said before any server is started
        self._parts.callback(listener.close)
        embedded: dict[str, Server] = {}
        if settings.broker.url == EMBEDDED:
            broker = Broker(settings.state_dir / "broker", settings.broker.embedded_port)
            with step("Starting the broker"):
                broker.start()
            self._parts.callback(broker.stop)
            embedded["broker"] = broker
        keys, store_url = None, settings.store.url
        if store_url == EMBEDDED:
            store = Store(settings.state_dir / "store")
            with step("Starting the object store"):
                store.start()
            self._parts.callback(store.stop)
            embedded["store"] = store
            keys, store_url = (store.access_key, store.secret_key), f"http://{store.endpoint}"
        with step("Opening the database and the log"):
            self.centre = Centre.open(centre_settings(settings, keys, store_url), system_clock)
        self._parts.callback(self.centre.close)
        with step("Starting the centre"):
            self.centre.start()
            pages = Pages(self.centre, host, listener)
            pages.start()
        self._parts.callback(pages.stop)
        self.address = pages.address
        for name, server in embedded.items():
            watch = Watch(name, server, self.centre.counters)
            watch.start()
            self._parts.callback(watch.stop)


class Pages:
    """The centre's HTTP server, in a thread of its own, so that the main thread is free for signals."""

    def __init__(self, centre: Centre, host: str, listener: socket.socket) -> None:
        self._centre = centre
        self._host = host
        self._socket = listener
        config = uvicorn.Config(
            create_app(centre), log_level="warning", access_log=False, timeout_graceful_shutdown=STOP_LIMIT_S
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="pages")

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://{self._host}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Start, and wait until it answers. Raises NotStarted."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_LIMIT_S / 0.05)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.05)
        self.stop()
        raise NotStarted(f"the pages at {self.address} did not come up; LANTHORN_LOG_LEVEL=INFO says more")

    def stop(self) -> None:
        """End every open page's stream, then the server."""
        self._centre.hub.close()
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()


def listen(host: str, port: int, remedy: str = "choose another port in [service]") -> socket.socket:
    """A socket that listens there. Raises NotStarted, which ends with the remedy."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise NotStarted(f"the pages cannot listen at {host}:{port}: {error.strerror}; {remedy}") from error
    return listener


def wait_for_signal(also: Callable[[], bool] = lambda: False) -> None:
    """Wait until SIGINT or SIGTERM comes, or until `also` says so (asked a few times a second)."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not stop.wait(0.3):
            if also():
                return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
