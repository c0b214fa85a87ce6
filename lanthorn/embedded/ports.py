"""Free ports on loopback for the embedded servers."""

import random
import socket
import time
from typing import Final

from lanthorn.errors import NotStarted

LOOPBACK: Final = "127.0.0.1"

PORTS: Final = range(20_000, 30_000)
"""Below 32768, where Linux by default begins to give ports to outgoing connections, so that a port which was chosen
once is not in the way of one of those at the next start."""

FREED_WITHIN_S: Final = 4.0
"""How long a port that is taken is waited for. When the service is killed, the object store takes up to 2 s to follow,
and whatever starts the service again must not fail on that."""

_LOOK_EVERY_S: Final = 0.1


class PortTaken(NotStarted):
    """Another program has a port that one of our servers needs."""


def free_ports(count: int) -> list[int]:
    """Choose this many ports that are free now. Raises NotStarted where there are not enough."""
    held: list[socket.socket] = []
    try:
        for port in random.SystemRandom().sample(PORTS, len(PORTS)):
            if len(held) == count:
                break
            if (listener := _bound(port)) is not None:
                held.append(listener)
        if len(held) < count:
            raise NotStarted(f"fewer than {count} ports of {PORTS.start} to {PORTS.stop - 1} are free")
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()


def require_free(port: int, what: str) -> None:
    """Raise PortTaken where this port cannot be listened on soon. what names the server, for the message."""
    deadline = time.monotonic() + FREED_WITHIN_S
    while (listener := _bound(port)) is None and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    if listener is None:
        raise PortTaken(f"{what} cannot listen on {LOOPBACK}:{port}: another program does, perhaps an earlier lanthorn")
    listener.close()


def _bound(port: int) -> socket.socket | None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(1)
    except OSError:
        listener.close()
        return None
    return listener
