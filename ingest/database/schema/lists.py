"""The tables of the lists of vehicles of interest."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    false,
)

from ingest.database.schema.base import metadata
from ingest.database.types import JSON_VALUE, UtcMs

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
    Column("authority_id", Uuid, comment="what it stands on; null: made before a list needed one"),
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
    Column("authority_id", Uuid, comment="what it was published under; null: before a list needed one"),
    Column(
        "withdrawn", Boolean, nullable=False, server_default=false(), comment="whether it took the list off the cars"
    ),
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
