"""A file that holds a secret of the service: made once, by whoever is first, readable by its owner alone."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

_MODE: Final = 0o600


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """What lies at path; where nothing does, what make gives, once it is on disk there.

    Of several processes that start at once, one makes the file and all give the same. Raises OSError.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    made = make()
    staged = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
    with open(descriptor, "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(staged, path)  # fails where another process was first; then what that one made counts
    except FileExistsError:
        return path.read_bytes()
    finally:
        staged.unlink()
    return made
