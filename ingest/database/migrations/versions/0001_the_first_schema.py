"""The first schema"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "account",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "password_hash",
            sa.Text(),
            nullable=True,
            comment="Argon2id; null for an account that signs in by link only",
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.Uuid(), nullable=False, comment="the hit's id"),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("read_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "read",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="personal: its own copy of the read",
        ),
        sa.Column(
            "salt",
            sa.LargeBinary(),
            nullable=True,
            comment="personal: ties the log's commitment to the mark; erase it with the mark",
        ),
        sa.Column("commitment", sa.Text(), nullable=False, comment="what the log holds in place of the mark"),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_entry_id"), "alert", ["entry_id"], unique=False)
    op.create_index(op.f("ix_alert_message_id"), "alert", ["message_id"], unique=False)
    op.create_index(op.f("ix_alert_read_id"), "alert", ["read_id"], unique=False)
    op.create_index(op.f("ix_alert_received_at"), "alert", ["received_at"], unique=False)
    op.create_table(
        "answer",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True, comment="null for an answer given on the centre's page"),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False, comment="the name to show"),
        sa.Column("account", sa.Text(), nullable=True, comment="null for an answer given in the car"),
        sa.Column("via", sa.Text(), nullable=False),
        sa.CheckConstraint("via IN ('car', 'centre')", name=op.f("ck_answer_via")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_alert_id"), "answer", ["alert_id"], unique=False)
    op.create_index(op.f("ix_answer_message_id"), "answer", ["message_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_status_at", sa.BigInteger(), nullable=True, comment="by the device's own clock"),
        sa.Column("current_stream", sa.Uuid(), nullable=True),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("lists", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("counters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device")),
    )
    op.create_table(
        "device_count",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="reads, hits, answers, images, repeats, quarantined"),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "what", name=op.f("pk_device_count")),
    )
    op.create_table(
        "device_stream",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column(
            "made", sa.BigInteger(), nullable=False, comment="the highest number that the device says it gave out"
        ),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device", "stream", name=op.f("pk_device_stream")),
    )
    op.create_table(
        "image",
        sa.Column("image_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("read_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False, comment="personal: names a picture in the object store"),
        sa.Column("version_id", sa.Text(), nullable=True, comment="the store's own version of the object"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_image")),
    )
    op.create_index(op.f("ix_image_message_id"), "image", ["message_id"], unique=False)
    op.create_index(op.f("ix_image_read_id"), "image", ["read_id"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False, comment="how often this same payload came on this topic"),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True, comment="from the topic, where it names one"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True, comment="where its envelope could be read"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the whole payload"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "payload",
            sa.LargeBinary(),
            nullable=False,
            comment="personal: may hold a mark or a picture; cut at a limit",
        ),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_last_at"), "quarantine", ["last_at"], unique=False)
    op.create_index(op.f("ix_quarantine_message_id"), "quarantine", ["message_id"], unique=False)
    op.create_index("uq_quarantine_topic_sha256", "quarantine", ["topic", "sha256"], unique=True)
    op.create_table(
        "read",
        sa.Column("read_id", sa.Uuid(), nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "message_id", sa.Uuid(), nullable=True, comment="null while only the hit that carries this read has come"
        ),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("vrm", sa.Text(), nullable=False, comment="personal: a vehicle registration mark"),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("latitude_deg", sa.Float(), nullable=True, comment="personal: where a vehicle was"),
        sa.Column("longitude_deg", sa.Float(), nullable=True, comment="personal: where a vehicle was"),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="personal: the whole read, as ingest.contract writes it",
        ),
        sa.PrimaryKeyConstraint("read_id", "captured_at", name=op.f("pk_read")),
    )
    op.create_index(op.f("ix_read_message_id"), "read", ["message_id"], unique=False)
    op.create_index("ix_read_vrm_captured_at", "read", ["vrm", "captured_at"], unique=False)
    op.create_table(
        "sign_in_failure",
        sa.Column(
            "name_hash", sa.Text(), nullable=False, comment="SHA-256 of what was typed: people type passwords there"
        ),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"], unique=False)
    op.create_table(
        "voi_list",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_voi_list")),
        sa.UniqueConstraint("name", name=op.f("uq_voi_list_name")),
    )
    op.create_table(
        "list_version",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("cleared", sa.Boolean(), nullable=False, comment="whether its chunks were taken off the broker"),
        sa.ForeignKeyConstraint(["list_id"], ["voi_list.list_id"], name=op.f("fk_list_version_list_id_voi_list")),
        sa.PrimaryKeyConstraint("list_id", "version", name=op.f("pk_list_version")),
    )
    op.create_table(
        "received_range",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first >= 1 AND last >= first", name=op.f("ck_received_range_in_order")),
        sa.ForeignKeyConstraint(
            ["device", "stream"],
            ["device_stream.device", "device_stream.stream"],
            name=op.f("fk_received_range_device_stream_device_stream"),
        ),
        sa.PrimaryKeyConstraint("device", "stream", "first", name=op.f("pk_received_range")),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 of the token; the token itself is nowhere"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name=op.f("fk_session_account_id_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_index(op.f("ix_session_ends_at"), "session", ["ends_at"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 of the token; the token itself is nowhere"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.CheckConstraint("uses_left >= 0", name=op.f("ck_sign_in_link_uses_left")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_sign_in_link_account_id_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_index(op.f("ix_sign_in_link_account_id"), "sign_in_link", ["account_id"], unique=False)
    op.create_table(
        "voi_entry",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("vrm", sa.Text(), nullable=False, comment="personal: a vehicle registration mark"),
        sa.Column("reason", sa.Text(), nullable=False, comment="personal: free text about a vehicle or its keeper"),
        sa.Column("marker", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False, comment="personal: free text"),
        sa.Column(
            "risk_warnings",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="personal: warnings about people",
        ),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=True),
        sa.Column(
            "salt",
            sa.LargeBinary(),
            nullable=True,
            comment="personal: ties the log's commitment to the mark; erase it with the mark",
        ),
        sa.Column("commitment", sa.Text(), nullable=False, comment="what the log holds in place of the mark"),
        sa.ForeignKeyConstraint(["list_id"], ["voi_list.list_id"], name=op.f("fk_voi_entry_list_id_voi_list")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_voi_entry")),
    )
    op.create_index(
        "uq_voi_entry_list_id_vrm_live",
        "voi_entry",
        ["list_id", "vrm"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "list_chunk",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "payload",
            sa.LargeBinary(),
            nullable=False,
            comment="personal: entries, compressed; the newest version's only",
        ),
        sa.ForeignKeyConstraint(
            ["list_id", "version"],
            ["list_version.list_id", "list_version.version"],
            name=op.f("fk_list_chunk_list_id_version_list_version"),
        ),
        sa.PrimaryKeyConstraint("list_id", "version", "number", name=op.f("pk_list_chunk")),
    )
