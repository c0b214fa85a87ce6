"""The tables of what was seen: reads, alerts, answers, pictures.

read is laid out so that PostgreSQL can partition it by ranges of captured_at, one a day: that column is part of its key
and no other table refers to it. An alert therefore keeps its own copy of its read.
"""

from sqlalchemy import CheckConstraint, Column, Float, Index, Integer, LargeBinary, Table, Text, Uuid

from ingest.database.schema.base import metadata
from ingest.database.types import JSON_VALUE, UtcMs

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
    Index("ix_read_device_captured_at", "device", "captured_at"),
    Index("ix_read_captured_at", "captured_at"),
)
# Reads of a device whose clock was ahead: few, and their time of keeping counts from when they came.
Index(
    "ix_read_ahead",
    read.c.received_at,
    sqlite_where=read.c.captured_at > read.c.received_at,
    postgresql_where=read.c.captured_at > read.c.received_at,
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
    Column("matched", Text, comment="exact or misread; null for an alert from before 0012, which was exact"),
    Column("listed", Text, comment="personal: the mark on the list, as the car had it; null where it did not say"),
    Column("made_at", UtcMs, nullable=False, index=True),
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
    Column("received_at", UtcMs, nullable=False, index=True),
    Column("locked_until", UtcMs, comment="until when the store lets nobody delete it"),
    Column("held_at", UtcMs, comment="since when the store has it under a legal hold"),
)
