"""Receipts of disposal: what went, under which rule, from which places, and that it is gone; never what it was.

A receipt is a signed document of the kind "disposal-receipt" (governance.signed). Items are in it as one digest:

    leaf  = SHA-256( "lanthorn disposed item v1" 0x0A kind 0x0A id )
    items = SHA-256( "lanthorn disposed items v1" 0x0A, then the leaves' 32 bytes each, in ascending order )

So whoever knows an id can ask whether it is among the leaves that were kept with a receipt, and the leaves say nothing
to whoever does not: an id has 74 random bits.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from governance.errors import BadDocument
from governance.keys import PrivateKey, PublicKey
from governance.signed import Signed

KIND: Final = "disposal-receipt"

_LEAF: Final = b"lanthorn disposed item v1\n"
_ITEMS: Final = b"lanthorn disposed items v1\n"
_TIME: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


class Receipt(BaseModel):
    """What a receipt says. Times are UTC; from and until are those of the items' own clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: str = Field(min_length=1)
    force: str
    place: str
    kind: str
    item_class: str
    rule: dict[str, str | None]
    rules_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    items: int = Field(ge=1)
    items_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    clock_from: str = Field(pattern=_TIME)
    clock_until: str = Field(pattern=_TIME)
    go_by: str = Field(pattern=_TIME, description="the earliest by which one of them had to be gone")
    removed: dict[str, int]
    checked: tuple[str, ...] = Field(min_length=1)
    intended_at: str = Field(pattern=_TIME)
    removed_at: str = Field(pattern=_TIME)
    checked_at: str = Field(pattern=_TIME)

    @classmethod
    def read(cls, document: bytes, key: PublicKey) -> Self:
        """Read a receipt and check its signature. Raises BadDocument."""
        signed = Signed.parse(document, KIND)
        if not signed.signed_by(key):
            raise BadDocument("this receipt was not signed with the key of receipts, or was changed since")
        try:
            return cls.model_validate(dict(signed.body))
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise BadDocument(f"this is not what a receipt of disposal says: {faults}") from error

    def sign(self, key: PrivateKey) -> Signed:
        """The signed document."""
        return Signed.make(KIND, self.model_dump(mode="json"), key)


def leaf(kind: str, item_id: str) -> bytes:
    """The 32 bytes that stand for an item that is gone."""
    return hashlib.sha256(_LEAF + kind.encode() + b"\n" + item_id.encode()).digest()


def items_digest(leaves: Iterable[bytes]) -> str:
    """The digest over all of a batch's leaves, in hexadecimal."""
    return hashlib.sha256(_ITEMS + b"".join(sorted(leaves))).hexdigest()
