"""The tables of authorities: requests, signed documents, statements on them, their uses, and officers' keys.

The signed bytes count; every other column of authority is there to find and sort by, and may() does not believe it.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from ingest.database.schema.base import metadata
from ingest.database.types import UtcMs

authority = Table(
    "authority",
    metadata,
    Column("authority_id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("applicant", Text, nullable=False, comment="the account"),
    Column("made_at", UtcMs, nullable=False),
    Column("submitted_at", UtcMs),
    Column("decided_at", UtcMs),
    Column("starts_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False, index=True),
    Column("review_at", UtcMs, nullable=False),
    Column("confirm_by", UtcMs, comment="an urgent verbal grant that no officer has confirmed lapses then"),
    Column("request", LargeBinary, nullable=False, comment="canonical JSON, as the applicant wrote it"),
    Column("document", LargeBinary, comment="the signed document, from the decision on"),
    Column("statements", Integer, nullable=False),
    Column("head", Text, comment="SHA-256 of the newest statement"),
)

authority_statement = Table(
    "authority_statement",
    metadata,
    Column("authority_id", Uuid, ForeignKey("authority.authority_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", LargeBinary, nullable=False, comment="the signed statement"),
)

authority_use = Table(
    "authority_use",
    metadata,
    Column("use_id", Uuid, primary_key=True),
    Column("authority_id", Uuid, ForeignKey("authority.authority_id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("object", Text, nullable=False, comment="the id of what it was used on; never a mark"),
    Column("at", UtcMs, nullable=False),
    Column("by", Text, nullable=False),
)
Index("ix_authority_use_authority_id_at", authority_use.c.authority_id, authority_use.c.at)

authority_year = Table(
    "authority_year",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False, comment="the last number given out in this year's references"),
)

officer_key = Table(
    "officer_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("public", Text, nullable=False, comment="base64"),
    Column("private", LargeBinary, nullable=False, comment="PEM, encrypted under the officer's passphrase"),
    Column("made_at", UtcMs, nullable=False),
    Column("rank", Text, comment="as it was when the key was trusted"),
    Column("trusted_from", UtcMs),
    Column("trusted_until", UtcMs),
    Column("compromised", Boolean, nullable=False, comment="nothing that it signed counts, whenever it did"),
)

trust_list = Table(
    "trust_list",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("issued_at", UtcMs, nullable=False),
    Column("document", LargeBinary, nullable=False, comment="signed with the force's trust key"),
)
