"""The tables of the people of the force: accounts, second factors, sessions, sign-in links."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text, Uuid

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

account_identity = Table(
    "account_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True, comment="who it is at that sign-in provider; never an e-mail address"),
    Column("account_id", Uuid, ForeignKey("account.account_id"), nullable=False, index=True),
    Column("made_at", UtcMs, nullable=False),
)

second_factor = Table(
    "second_factor",
    metadata,
    Column("account_id", Uuid, ForeignKey("account.account_id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False, comment="sealed under the service's key (governance.sealing)"),
    Column("set_up_at", UtcMs, nullable=False),
    Column("last_step", BigInteger, nullable=False, comment="the time step of the last code taken: none older counts"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("code_hash", Text, primary_key=True, comment="SHA-256 of account and code; deleted when it is used"),
    Column("account_id", Uuid, ForeignKey("account.account_id"), nullable=False, index=True),
    Column("made_at", UtcMs, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the token; the token itself is nowhere"),
    Column("account_id", Uuid, ForeignKey("account.account_id"), nullable=False, index=True),
    Column("created_at", UtcMs, nullable=False),
    Column("last_seen_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False, index=True),
    Column("how", Text, nullable=False, comment="password, link or provider"),
    Column("second_factor", Text, comment="what was given as second factor; null: none was"),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the token; the token itself is nowhere"),
    Column("account_id", Uuid, ForeignKey("account.account_id"), nullable=False, index=True),
    Column("created_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("second_factor", Boolean, nullable=False, comment="whether it counts as second factor too: the demo's do"),
    CheckConstraint("uses_left >= 0", name="uses_left"),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("name_hash", Text, primary_key=True, comment="SHA-256 of what was typed: people type passwords there"),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcMs, nullable=False, index=True),
)
