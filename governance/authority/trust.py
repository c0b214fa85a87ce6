"""Trust: the list of authorising officers' public keys, signed by the force's trust key and numbered.

Whoever verifies pins one thing, the force's trust public key, and refuses a list with a lower number than one it has
seen. A key is in the list for ever: what it signed while it was trusted still counts after it is retired. A key that is
marked compromised never counts, and with it falls everything that rests on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from pydantic import Field, model_validator

from governance.authority.document import Officer
from governance.authority.fields import Name, Record, UtcTime
from governance.errors import BadDocument, BadKey
from governance.keys import PrivateKey, PublicKey
from governance.signed import Signed

TRUST: Final = "trust"
"""The kind of signed document that a trust list is."""

MOST_KEYS: Final = 2_000


class TrustedKey(Record):
    """One officer's key: from when and until when what it signs counts. until is the first moment it does not."""

    key: str
    officer: Officer
    trusted_from: UtcTime
    trusted_until: UtcTime | None = None
    compromised: bool = False

    def at(self, moment: datetime) -> bool:
        """Whether what it signed at that moment counts."""
        ended = self.trusted_until is not None and moment >= self.trusted_until
        return not self.compromised and self.trusted_from <= moment and not ended


class TrustBody(Record):
    """The list itself."""

    force: Name
    number: int = Field(ge=1)
    issued_at: UtcTime
    keys: tuple[TrustedKey, ...] = Field(max_length=MOST_KEYS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({entry.key for entry in self.keys}) != len(self.keys):
            raise ValueError("a key is there twice")
        return self


@dataclass(frozen=True, slots=True)
class Trust:
    """A list that was verified. anchor is the force's trust key, which also signs verbal grants; keys are by id."""

    anchor: PublicKey
    body: TrustBody
    keys: Mapping[str, tuple[PublicKey, TrustedKey]]

    @classmethod
    def read(cls, data: bytes, anchor: PublicKey, force: str | None) -> Self:
        """Read a signed list. Raises BadDocument for any but one of this force (None: of whichever holds the key),
        signed with the pinned key.
        """
        signed = Signed.parse(data, TRUST)
        if not signed.signed_by(anchor) or len(signed.signatures) != 1:
            raise BadDocument(f"the trust list is not signed by the pinned key {anchor.id} alone")
        body = TrustBody.read(signed.body)
        if force is not None and body.force != force:
            raise BadDocument(f"this is the trust list of {body.force}, not of {force}")
        try:
            keys = [(PublicKey.from_text(entry.key), entry) for entry in body.keys]
        except BadKey as error:
            raise BadDocument(f"the trust list holds what is not a key: {error}") from error
        return cls(anchor, body, {key.id: (key, entry) for key, entry in keys})

    @property
    def force(self) -> str:
        """Whose list it is."""
        return self.body.force

    @property
    def number(self) -> int:
        """Its number: the higher is the newer."""
        return self.body.number


def sign_trust(body: TrustBody, key: PrivateKey) -> bytes:
    """The list, signed with the force's trust key."""
    return Signed.make(TRUST, body.body(), key).to_bytes()
