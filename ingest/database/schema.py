"""The tables. A column whose comment begins "personal" holds, or may hold, data about a person outside the force.

Rows that come over the wire have no foreign keys to one another: an answer or a picture may arrive before its hit, and
a read may be disposed of before the alert that it made. What came twice is found by its id.

read is laid out so that PostgreSQL can partition it by ranges of captured_at, one a day: that column is part of its key
and no other table refers to it. An alert therefore keeps its own copy of its read.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)

from ingest.database.types import JSON_VALUE, UtcMs

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# ---- people of the force -------------------------------------------------------------------------------------------

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

# ---- devices and what arrived from them ----------------------------------------------------------------------------

device = Table(
    "device",
    metadata,
    Column("device", Text, primary_key=True),
    Column("online", Boolean, nullable=False),
    Column("first_seen_at", UtcMs, nullable=False),
    Column("last_status_at", UtcMs, comment="by the device's own clock"),
    Column("current_stream", Uuid),
    Column("waiting", BigInteger, nullable=False),
    Column("lists", JSON_VALUE, nullable=False),
    Column("counters", JSON_VALUE, nullable=False),
    Column("software", Text, nullable=False),
)

device_stream = Table(
    "device_stream",
    metadata,
    Column("device", Text, primary_key=True),
    Column("stream", Uuid, primary_key=True),
    Column("made", BigInteger, nullable=False, comment="the highest number that the device says it gave out"),
    Column("repeats", BigInteger, nullable=False),
    Column("first_at", UtcMs, nullable=False),
    Column("last_at", UtcMs, nullable=False),
)

received_range = Table(
    "received_range",
    metadata,
    Column("device", Text, primary_key=True),
    Column("stream", Uuid, primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    ForeignKeyConstraint(["device", "stream"], ["device_stream.device", "device_stream.stream"]),
    CheckConstraint("first >= 1 AND last >= first", name="in_order"),
)

device_count = Table(
    "device_count",
    metadata,
    Column("device", Text, primary_key=True),
    Column("what", Text, primary_key=True, comment="reads, hits, answers, images, repeats, quarantined"),
    Column("number", BigInteger, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", Uuid, primary_key=True),
    Column("received_at", UtcMs, nullable=False),
    Column("last_at", UtcMs, nullable=False, index=True),
    Column("times", BigInteger, nullable=False, comment="how often this same payload came on this topic"),
    Column("topic", Text, nullable=False),
    Column("device", Text, comment="from the topic, where it names one"),
    Column("reason", Text, nullable=False),
    Column("message_id", Uuid, index=True, comment="where its envelope could be read"),
    Column("sha256", Text, nullable=False, comment="of the whole payload"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False, comment="personal: may hold a mark or a picture; cut at a limit"),
    Index("uq_quarantine_topic_sha256", "topic", "sha256", unique=True),
)

# ---- lists ---------------------------------------------------------------------------------------------------------

voi_list = Table(
    "voi_list",
    metadata,
    Column("list_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("created_at", UtcMs, nullable=False),
    Column("created_by", Text, nullable=False),
)

voi_entry = Table(
    "voi_entry",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("list_id", Uuid, ForeignKey("voi_list.list_id"), nullable=False),
    Column("vrm", Text, nullable=False, comment="personal: a vehicle registration mark"),
    Column("reason", Text, nullable=False, comment="personal: free text about a vehicle or its keeper"),
    Column("marker", Text, nullable=False),
    Column("action", Text, nullable=False, comment="personal: free text"),
    Column("risk_warnings", JSON_VALUE, nullable=False, comment="personal: warnings about people"),
    Column("owner", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("expires_at", UtcMs, nullable=False),
    Column("added_at", UtcMs, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("removed_at", UtcMs),
    Column("removed_by", Text),
    Column("removed_why", Text),
    Column("salt", LargeBinary, comment="personal: ties the log's commitment to the mark; erase it with the mark"),
    Column("commitment", Text, nullable=False, comment="what the log holds in place of the mark"),
)
# One entry in force for a mark in a list. What has expired is removed when the list is next changed.
Index(
    "uq_voi_entry_list_id_vrm_live",
    voi_entry.c.list_id,
    voi_entry.c.vrm,
    unique=True,
    sqlite_where=voi_entry.c.removed_at.is_(None),
    postgresql_where=voi_entry.c.removed_at.is_(None),
)

list_version = Table(
    "list_version",
    metadata,
    Column("list_id", Uuid, ForeignKey("voi_list.list_id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("published_at", UtcMs, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("cleared", Boolean, nullable=False, comment="whether its chunks were taken off the broker"),
)

list_chunk = Table(
    "list_chunk",
    metadata,
    Column("list_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=False, comment="personal: entries, compressed; the newest version's only"),
    ForeignKeyConstraint(["list_id", "version"], ["list_version.list_id", "list_version.version"]),
)

# ---- reads, alerts, pictures ---------------------------------------------------------------------------------------

read = Table(
    "read",
    metadata,
    Column("read_id", Uuid, primary_key=True),
    Column("captured_at", UtcMs, primary_key=True),
    Column("message_id", Uuid, index=True, comment="null while only the hit that carries this read has come"),
    Column("device", Text, nullable=False),
    Column("camera_id", Text, nullable=False),
    Column("vrm", Text, nullable=False, comment="personal: a vehicle registration mark"),
    Column("confidence", Float, nullable=False),
    Column("latitude_deg", Float, comment="personal: where a vehicle was"),
    Column("longitude_deg", Float, comment="personal: where a vehicle was"),
    Column("received_at", UtcMs, nullable=False),
    Column("body", JSON_VALUE, nullable=False, comment="personal: the whole read, as ingest.contract writes it"),
    Index("ix_read_vrm_captured_at", "vrm", "captured_at"),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", Uuid, primary_key=True, comment="the hit's id"),
    Column("message_id", Uuid, nullable=False, index=True),
    Column("device", Text, nullable=False),
    Column("read_id", Uuid, nullable=False, index=True),
    Column("list_id", Uuid, nullable=False),
    Column("list_version", Integer, nullable=False),
    Column("entry_id", Uuid, nullable=False, index=True),
    Column("probability", Float, nullable=False),
    Column("made_at", UtcMs, nullable=False),
    Column("received_at", UtcMs, nullable=False, index=True),
    Column("read", JSON_VALUE, nullable=False, comment="personal: its own copy of the read"),
    Column("salt", LargeBinary, comment="personal: ties the log's commitment to the mark; erase it with the mark"),
    Column("commitment", Text, nullable=False, comment="what the log holds in place of the mark"),
)

answer = Table(
    "answer",
    metadata,
    Column("answer_id", Uuid, primary_key=True),
    Column("message_id", Uuid, index=True, comment="null for an answer given on the centre's page"),
    Column("alert_id", Uuid, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("answered_at", UtcMs, nullable=False),
    Column("received_at", UtcMs, nullable=False),
    Column("answered_by", Text, nullable=False, comment="the name to show"),
    Column("account", Text, comment="null for an answer given in the car"),
    Column("via", Text, nullable=False),
    CheckConstraint("via IN ('car', 'centre')", name="via"),
)

image = Table(
    "image",
    metadata,
    Column("image_id", Uuid, primary_key=True),
    Column("message_id", Uuid, nullable=False, index=True),
    Column("read_id", Uuid, nullable=False, index=True),
    Column("device", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("object_key", Text, nullable=False, comment="personal: names a picture in the object store"),
    Column("version_id", Text, comment="the store's own version of the object"),
    Column("received_at", UtcMs, nullable=False),
)
