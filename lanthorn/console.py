"""What a person sees in the terminal: messages, steps with their time, and how a command ends on an error.

Results go to standard output, so that they can be piped; everything said to a person goes to standard error.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
"""For results."""

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""For messages to the person at the terminal."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is being done, and when it is done, how long it took. On a terminal a spinner shows that it goes on."""
    started = time.monotonic()
    if err.is_terminal:
        with err.status(f"{title} …"):
            yield
    else:
        err.print(f"  {title} …")
        yield
    err.print(f"  [green]✓[/green] {title} ({time.monotonic() - started:.1f} s)")


def operator() -> str:
    """Who is at this machine's command line, for the log: the operating system's account."""
    return f"system:{os.environ.get('SUDO_USER') or os.environ.get('USER') or f'uid-{os.getuid()}'}"
