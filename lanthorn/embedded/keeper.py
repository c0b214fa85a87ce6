"""Keeps one server process, and ends it when whoever started it is gone. Standard library only; run by its path:

    python -I keeper.py GRACE_S COMMAND [ARGUMENT …]

Standard input is the leash: a pipe whose other end the starter holds. When it closes, be it by a clean stop or because
the starter was killed, the server is asked to end (SIGTERM) and, after GRACE_S seconds, made to (SIGKILL). Should this
process itself be killed, the kernel kills the server (PR_SET_PDEATHSIG). A process of its own is needed because that
signal is tied to the starting thread, and the starter's threads come and go; here there is only one.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""From linux/prctl.h."""

_LEASH: Final = 0


def main(arguments: Sequence[str]) -> int:
    grace_s, command = float(arguments[0]), list(arguments[1:])
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    server = _start(command)
    while server.poll() is None:
        readable, _, _ = select.select((_LEASH, woken), (), ())
        let_go = _LEASH in readable and not os.read(_LEASH, 1)
        if let_go or (woken in readable and signal.SIGTERM in os.read(woken, 64)):
            _end(server, grace_s)
    return server.returncode if server.returncode >= 0 else 128 - server.returncode


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    keeper = os.getpid()
    libc = ctypes.CDLL(None)

    def die_with_keeper() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if os.getppid() != keeper:
            os._exit(1)

    # Safe here: this process has one thread.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_keeper)


def _end(server: subprocess.Popen[bytes], grace_s: float) -> None:
    server.terminate()
    try:
        server.wait(grace_s)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
