"""The tables of retention: rule sets, classes and holds of single items, disposal in batches, receipts.

Most items have no row here: a read has the class of its table and its clock is its own column, so that hundreds of
millions of them are decided by a range. A row here is the exception, and every disposal asks for it.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from ingest.database.schema.base import metadata
from ingest.database.types import JSON_VALUE, UtcMs

retention_rules = Table(
    "retention_rules",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False, comment="of the file's bytes: what an authority names"),
    Column("file", LargeBinary, nullable=False, comment="TOML, as governance.retention.rules reads it"),
    Column("state", Text, nullable=False, comment="waiting, in-force, past, withdrawn, stopped"),
    Column("proposed_at", UtcMs, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("authority", Text, comment="as it was given; null for the first set, which comes with the program"),
    Column("authority_id", Text),
    Column("starts_at", UtcMs, nullable=False, comment="when it comes, or came, into force"),
    Column("ended_at", UtcMs),
    Column("ended_why", Text),
    Column("preview", JSON_VALUE, nullable=False, comment="what it would change, as it was shown when proposed"),
    Column("document", LargeBinary, nullable=False, comment="signed with the key of receipts"),
)
# Two processes that bring a set into force at once cannot both do it.
Index(
    "uq_retention_rules_in_force",
    retention_rules.c.state,
    unique=True,
    sqlite_where=retention_rules.c.state == "in-force",
    postgresql_where=retention_rules.c.state == "in-force",
)

retention_clock = Table(
    "retention_clock",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1: there is one row"),
    Column("known_at", UtcMs, nullable=False, comment="when a round last found the centre's clock good"),
)

retention_class = Table(
    "retention_class",
    metadata,
    Column("kind", Text, primary_key=True, comment="read, alert, image, entry, …"),
    Column("item_id", Uuid, primary_key=True),
    Column("item_class", Text, primary_key=True, comment="one more class, beside the one that its table gives it"),
    Column("clock_at", UtcMs, comment="when that class's own clock started, such as the close of the case"),
    Column("set_at", UtcMs, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("why", Text, nullable=False),
)

retention_hold = Table(
    "retention_hold",
    metadata,
    Column("hold_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False, comment="legal, scrutiny"),
    Column("owner", Text, nullable=False, comment="who answers for it: a unit or a person of the force"),
    Column("reason", Text, nullable=False, comment="which case or panel; names nobody"),
    Column("starts_at", UtcMs, nullable=False),
    Column("ends_at", UtcMs, nullable=False, index=True),
    Column("review_at", UtcMs, nullable=False),
    Column("renewals", Integer, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ended_by", Text, comment="who ended it early; its ends_at is then that moment"),
    CheckConstraint("ends_at >= starts_at", name="in_order"),
)

retention_hold_item = Table(
    "retention_hold_item",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("item_id", Uuid, primary_key=True),
    Column("hold_id", Uuid, ForeignKey("retention_hold.hold_id"), primary_key=True),
    Index("ix_retention_hold_item_hold_id", "hold_id"),
)

disposal_batch = Table(
    "disposal_batch",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("place", Text, nullable=False),
    Column("item_class", Text, nullable=False, comment="the class whose rule decided"),
    Column("state", Text, nullable=False, comment="intended, removed, signed, done"),
    Column("rules_sha256", Text, nullable=False),
    Column("item_list", JSON_VALUE, comment="the ids; null once it is done"),
    Column("body", JSON_VALUE, nullable=False, comment="what the receipt will say, as far as it is known"),
    Column("receipt", LargeBinary, comment="the signed receipt, from signed on"),
    Column("intended_at", UtcMs, nullable=False),
    Column("done_at", UtcMs),
    Column("number", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", UtcMs, nullable=False),
    Column("trouble", Text, nullable=False, comment="why the last try failed; empty where it did not"),
)
Index(
    "ix_disposal_batch_open",
    disposal_batch.c.place,
    disposal_batch.c.intended_at,
    sqlite_where=disposal_batch.c.state != "done",
    postgresql_where=disposal_batch.c.state != "done",
)
Index("ix_disposal_batch_done_at", disposal_batch.c.done_at)

disposed_item = Table(
    "disposed_item",
    metadata,
    Column("leaf", LargeBinary, primary_key=True, comment="SHA-256 of kind and id: governance.retention.receipt"),
    Column("batch_id", Uuid, ForeignKey("disposal_batch.batch_id"), nullable=False, index=True),
)
