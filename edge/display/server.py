"""Serves the display from a thread of the agent's process."""

import asyncio
import ipaddress
import socket
import threading
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from edge.errors import DisplayNotStarted

STOP_LIMIT_S: Final = 2
"""At the end: how long requests that are being answered are waited for."""

_BACKLOG: Final = 64


class Server:
    """One HTTP server on one address."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        """Take the address at once. Raises DisplayNotStarted where another program has it."""
        self._socket = _listen(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # the link's token is in a request line
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_LIMIT_S,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="display", daemon=True)

    @property
    def origin(self) -> str:
        """Scheme, host and port, as in a browser's address line."""
        host = f"[{self.host}]" if ipaddress.ip_address(self.host).version == 6 else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End what is being served, and release the address. May be called twice, or without a start."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise DisplayNotStarted(
            f"the display cannot listen on {host}:{port}: {error.strerror}; set another display.port, or 0 for any"
        ) from error
    return listener
