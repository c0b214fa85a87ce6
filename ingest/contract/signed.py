"""Signed documents on the wire, as their shape is described. What they say is verified by governance.authority.

Canonical JSON (RFC 8785). A signature covers  `lanthorn ` + kind + ` v1` + 0x0A + the canonical JSON of body.
"""

from typing import Any, Literal

from pydantic import Field

from ingest.contract.base import WireModel


class DocumentSignature(WireModel):
    """One Ed25519 signature (RFC 8032): the id of the key, and the signature in base64."""

    key: str = Field(pattern=r"^[0-9a-f]{16}$")
    signature: str = Field(min_length=88, max_length=88)


class SignedAuthority(WireModel):
    """An authority, signed by its authorising officer, or by the force where it was granted by word of mouth."""

    kind: Literal["authority"]
    body: dict[str, Any]
    signatures: tuple[DocumentSignature, ...] = Field(min_length=1, max_length=1)


class SignedStatement(WireModel):
    """A step after the request: granted, suspended, ended. Each names the digest of what it follows."""

    kind: Literal["authority-state"]
    body: dict[str, Any]
    signatures: tuple[DocumentSignature, ...] = Field(min_length=1, max_length=1)


class AuthorityCase(WireModel):
    """All that a device needs to know of one authority, beside the trust list."""

    document: SignedAuthority
    statements: tuple[SignedStatement, ...] = Field(min_length=1)


class SignedTrust(WireModel):
    """The numbered list of the authorising officers' keys, signed with the force's trust key, which a device pins."""

    kind: Literal["trust"]
    body: dict[str, Any]
    signatures: tuple[DocumentSignature, ...] = Field(min_length=1, max_length=1)
