"""The tables of the people of the force: accounts, sessions, sign-in links."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text, Uuid

from ingest.database.schema.base import metadata
from ingest.database.types import JSON_VALUE, UtcMs

account = Table(
    "account",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("roles", JSON_VALUE, nullable=False),
    Column("password_hash", Text, comment="Argon2id; null for an account that signs in by link only"),
    Column("created_at", UtcMs, nullable=False),
    Column("disabled_at", UtcMs),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the token; the token itself is nowhere"),
    Column("account_id", Uuid, ForeignKey("account.account_id"), nullable=False, index=True),
    Column("created_at", UtcMs, nullable=False),
    Column("last_seen_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False, index=True),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the token; the token itself is nowhere"),
    Column("account_id", Uuid, ForeignKey("account.account_id"), nullable=False, index=True),
    Column("created_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False),
    Column("uses_left", Integer, nullable=False),
    CheckConstraint("uses_left >= 0", name="uses_left"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name_hash", Text, primary_key=True, comment="SHA-256 of what was typed: people type passwords there"),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcMs, nullable=False, index=True),
)
