"""Salted commitments: a log entry can be tied to a personal value without holding it.

A commitment is HMAC-SHA-256 under a random 32-byte salt, over a domain name and the value's UTF-8 bytes. Who holds the
salt and the value can show that the entry is about that value; without the salt nobody can try every number plate
against it. Erasing the salt therefore erases the link, and the log itself stays whole. A salt belongs to one
commitment: used for two, it would show that both are of the same value.

    commitment = HMAC-SHA-256(key = salt, message = "lanthorn commitment v1" || 0x00 || UTF-8(value))

The salt's length is fixed and the domain has a fixed length, so no two (salt, value) pairs give the same message.
"""

import hmac
import secrets
from typing import Final

SALT_BYTES: Final = 32
"""As long as the hash: guessing the salt is then no easier than finding another pre-image."""

_DOMAIN: Final = b"lanthorn commitment v1\0"


def new_salt() -> bytes:
    """A fresh random salt, for one commitment. Keep it where the personal value is kept, and erase it with that."""
    return secrets.token_bytes(SALT_BYTES)


def commit(value: str, salt: bytes) -> str:
    """The commitment to a value, in lower-case hexadecimal. Raises ValueError for a salt of the wrong length."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"the salt has {len(salt)} bytes, not {SALT_BYTES}: use new_salt()")
    return hmac.digest(salt, _DOMAIN + value.encode(), "sha256").hex()


def opens(commitment: str, value: str, salt: bytes) -> bool:
    """Whether the commitment is to this value under this salt. Takes the same time whichever digit differs."""
    return hmac.compare_digest(commit(value, salt).encode(), commitment.encode())
