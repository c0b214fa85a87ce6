"""The tables of the devices and of what arrived from them: streams, ranges, counts, quarantine."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from ingest.database.schema.base import metadata
from ingest.database.types import JSON_VALUE, UtcMs

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
