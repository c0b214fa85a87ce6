"""Keyed digests of marks, by which a search finds its repeats without a history of marks in clear.

    digest = HMAC-SHA-256(key, "lanthorn mark digest v1" || 0x00 || mark)

There are few enough marks to try them all against an unkeyed digest. The key lies in a file of its own, outside the
database: a copy of the database gives no marks away.
"""

import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from governance.errors import BadKey

KEY_BYTES: Final = 32
_DOMAIN: Final = b"lanthorn mark digest v1\0"
_KEY_FILE_MODE: Final = 0o600


def digest(mark: str, key: bytes) -> str:
    """The digest of a mark, in lower-case hexadecimal. Raises BadKey for a key of the wrong length."""
    if len(key) != KEY_BYTES:
        raise BadKey(f"the key of mark digests has {len(key)} bytes, not {KEY_BYTES}")
    return hmac.digest(key, _DOMAIN + mark.encode(), "sha256").hex()


def load_or_make(path: Path) -> bytes:
    """The key that lies at path; one is made where there is none. Raises BadKey for another file, or OSError."""
    try:
        return _checked(path.read_bytes(), path)
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_bytes(KEY_BYTES)
    staged = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _KEY_FILE_MODE)
    with open(descriptor, "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(staged, path)  # fails where another process was first; then that one's key counts
    except FileExistsError:
        return _checked(path.read_bytes(), path)
    finally:
        staged.unlink()
    return made


def _checked(key: bytes, path: Path) -> bytes:
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path.name} has {len(key)} bytes, not {KEY_BYTES}: it is not the key of mark digests")
    return key
