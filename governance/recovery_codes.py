"""Recovery codes: what lets a person in whose phone is lost. Ten at a time, each good once, kept as hashes only.

A code has 120 random bits. NIST SP 800-63B (section 3.1.2.2, look-up secrets) lets one of 112 or more be kept under a
plain hash; a shorter one would need a password's slow hash, ten times over for each wrong try.
"""

import hashlib
import secrets
from typing import Final
from uuid import UUID

CODES: Final = 10
GROUPS: Final = 6
GROUP_LETTERS: Final = 4
LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's 32: no i, l, o or u, which are misread or make words."""

_MISREAD: Final = str.maketrans("ilo", "110")


def new_codes() -> tuple[str, ...]:
    """Ten codes as they are shown, such as 7k2m-9qxd-… in six groups of four."""
    return tuple(
        "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))
        for _ in range(CODES)
    )


def hash_of(code: str, account_id: UUID) -> str:
    """What is kept of a code. Case, spaces and hyphens do not count, and i, l and o are taken as 1, 1 and 0."""
    plain = "".join(code.split()).replace("-", "").lower().translate(_MISREAD)
    return hashlib.sha256(f"{account_id}:{plain}".encode(errors="surrogatepass")).hexdigest()
