"""Small secrets at rest and in a browser's keeping: sealed under a key of the service: a copy is no use.

AES-256-GCM (NIST SP 800-38D) with a key of its own for each purpose, derived by HKDF-SHA256 (RFC 5869), and a random
nonce of 96 bits. What the secret belongs to is bound in as additional data: a seal moved from one person's row to
another's does not open there.
"""

import secrets
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from governance.errors import BadKey, BadSeal
from governance.key_files import read_or_make

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class Sealer:
    """Seals and opens for one purpose. It shows nothing of its key in a log or a traceback."""

    def __init__(self, key: bytes, purpose: str) -> None:
        if len(key) != KEY_BYTES:
            raise BadKey(f"a key to seal with has {KEY_BYTES} bytes, this one {len(key)}")
        self._purpose = purpose
        self._aead = AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key))

    def __repr__(self) -> str:
        return f"Sealer(purpose={self._purpose!r})"

    @classmethod
    def load_or_make(cls, path: Path, purpose: str) -> Self:
        """A sealer with the key that lies at path; one is made where there is none. Raises BadKey or OSError."""
        return cls(read_or_make(path, lambda: secrets.token_bytes(KEY_BYTES)), purpose)

    def seal(self, secret: bytes, about: str) -> bytes:
        """The secret, sealed; about is what it belongs to, and must be said again to open it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, secret, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed. Raises BadSeal for what was not sealed with this key, for this purpose, about this."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise BadSeal("this was not sealed here, or not about this") from error
