"""The tables of what proves a device: codes to enrol with, keys, certificates, and the chain of its signatures.

None of it is personal data. A link outlives its message: it holds a hash of what was sent, and what was sent holds an
id of 74 random bits, so nobody can try marks until one fits.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from ingest.database.schema.base import metadata
from ingest.database.types import UtcMs

device_code = Table(
    "device_code",
    metadata,
    Column("code_hash", Text, primary_key=True, comment="SHA-256 of the code; the code itself is nowhere"),
    Column("device", Text, nullable=False, index=True),
    Column("made_at", UtcMs, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ends_at", UtcMs, nullable=False),
    Column("used_at", UtcMs),
    Column("used_by", Text, comment="the id of the key that was enrolled with it"),
)

device_code_failure = Table(
    "device_code_failure",
    metadata,
    Column("device_hash", Text, primary_key=True, comment="SHA-256 of the name that was given"),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcMs, nullable=False, index=True),
)

device_key = Table(
    "device_key",
    metadata,
    Column("key_id", Text, primary_key=True, comment="governance.keys: the first 16 digits of the key's SHA-256"),
    Column("device", Text, nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False, comment="32 bytes, Ed25519"),
    Column("enrolled_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False, comment="with its last certificate, or when another key was enrolled"),
    Column("revoked_at", UtcMs),
    Column("revoked_by", Text),
    Column("revoked_why", Text),
    Column("unsigned_stream", Uuid, comment="the stream that the device numbered before it had a key"),
    Column("unsigned_made", BigInteger, comment="how many messages that stream had then"),
)

device_certificate = Table(
    "device_certificate",
    metadata,
    Column("serial", Text, primary_key=True, comment="hexadecimal, lower case"),
    Column("key_id", Text, ForeignKey("device_key.key_id"), nullable=False, index=True),
    Column("issued_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False),
    Column("pem", Text, nullable=False),
    Column("renews", Text, unique=True, comment="the serial of the certificate that it took the place of"),
)

device_link = Table(
    "device_link",
    metadata,
    Column("device", Text, primary_key=True),
    Column("stream", Uuid, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("payload_sha256", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("received_at", UtcMs, nullable=False),
    CheckConstraint("seq >= 1", name="from_one"),
    Index("ix_device_link_received_at", "received_at"),
)
