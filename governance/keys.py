"""Ed25519 keys: made, kept on disk with or without a passphrase, and used to sign. RFC 8032, through `cryptography`.

A key's id is the first 16 hexadecimal digits of the SHA-256 of its 32 public bytes: enough to find a key by, never
enough to trust one by. A private key lies in a PKCS #8 PEM file that only its owner may read; with a passphrase it is
encrypted there (PBES2 with scrypt and AES-256, the best that the library offers).
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from governance.errors import BadKey, WrongPassphrase
from governance.key_files import read_or_make

PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half that verifies. raw are its 32 bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_BYTES:
            raise BadKey(f"a public key has {PUBLIC_BYTES} bytes, this one {len(self.raw)}")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what text gives. Raises BadKey."""
        try:
            return cls(base64.b64decode(text, validate=True))
        except ValueError as error:
            raise BadKey(f"{text[:60]!r} is not a public key in base64") from error

    @property
    def text(self) -> str:
        """The key in base64, for files and settings."""
        return base64.b64encode(self.raw).decode()

    @property
    def id(self) -> str:
        """The short name that a signature carries to say whose it is."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class PrivateKey:
    """The half that signs. It shows nothing of itself in a log or a traceback."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(
            key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        )

    def __repr__(self) -> str:
        return f"PrivateKey(id={self.public.id})"

    @classmethod
    def new(cls) -> Self:
        """Make a key from the system's random numbers."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: str | None = None) -> Self:
        """Read what pem gives. Raises WrongPassphrase, or BadKey for anything but an Ed25519 key."""
        try:
            key = serialization.load_pem_private_key(pem, passphrase.encode() if passphrase else None)
        except TypeError as error:
            raise WrongPassphrase("the key is held under a passphrase: give it") from error
        except ValueError as error:
            if passphrase:
                raise WrongPassphrase("the passphrase does not open this key") from error
            raise BadKey(f"this is not a private key in PEM form: {error}") from error
        except UnsupportedAlgorithm as error:
            raise BadKey(f"this key cannot be read: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey(f"this is a {type(key).__name__}, not an Ed25519 key")
        return cls(key)

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """The key that lies at path without a passphrase; one is made where there is none. Raises BadKey or OSError."""
        return cls.from_pem(read_or_make(path, lambda: cls.new().pem()))

    def pem(self, passphrase: str | None = None) -> bytes:
        """The key as PKCS #8 PEM, encrypted under the passphrase where one is given."""
        encryption: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
        )
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature over these bytes."""
        return self._key.sign(message)
