"""Retention: rule sets, classes and holds of single items, batches of disposal and their receipts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disposal_batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("item_class", sa.Text(), nullable=False, comment="the class whose rule decided"),
        sa.Column("state", sa.Text(), nullable=False, comment="intended, removed, signed, done"),
        sa.Column("rules_sha256", sa.Text(), nullable=False),
        sa.Column(
            "item_list",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=True,
            comment="the ids; null once it is done",
        ),
        sa.Column(
            "body",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="what the receipt will say, as far as it is known",
        ),
        sa.Column("receipt", sa.LargeBinary(), nullable=True, comment="the signed receipt, from signed on"),
        sa.Column("intended_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False, comment="why the last try failed; empty where it did not"),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_disposal_batch")),
    )
    op.create_index("ix_disposal_batch_done_at", "disposal_batch", ["done_at"])
    op.create_index(
        "ix_disposal_batch_open",
        "disposal_batch",
        ["place", "intended_at"],
        sqlite_where=sa.text("state != 'done'"),
        postgresql_where=sa.text("state != 'done'"),
    )
    op.create_table(
        "retention_class",
        sa.Column("kind", sa.Text(), nullable=False, comment="read, alert, image, entry, …"),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column(
            "item_class", sa.Text(), nullable=False, comment="one more class, beside the one that its table gives it"
        ),
        sa.Column(
            "clock_at",
            sa.BigInteger(),
            nullable=True,
            comment="when that class's own clock started, such as the close of the case",
        ),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", "item_class", name=op.f("pk_retention_class")),
    )
    op.create_table(
        "retention_hold",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="legal, scrutiny"),
        sa.Column("owner", sa.Text(), nullable=False, comment="who answers for it: a unit or a person of the force"),
        sa.Column("reason", sa.Text(), nullable=False, comment="which case or panel; names nobody"),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("review_at", sa.BigInteger(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True, comment="who ended it early; its ends_at is then that moment"),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_retention_hold_in_order")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_retention_hold")),
    )
    op.create_index(op.f("ix_retention_hold_ends_at"), "retention_hold", ["ends_at"])
    op.create_table(
        "retention_rules",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the file's bytes: what an authority names"),
        sa.Column("file", sa.LargeBinary(), nullable=False, comment="TOML, as governance.retention.rules reads it"),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, in-force, past, withdrawn, stopped"),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column(
            "authority",
            sa.Text(),
            nullable=True,
            comment="as it was given; null for the first set, which comes with the program",
        ),
        sa.Column("authority_id", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False, comment="when it comes, or came, into force"),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column(
            "preview",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
            comment="what it would change, as it was shown when proposed",
        ),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="signed with the key of receipts"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_retention_rules")),
    )
    op.create_index(
        "uq_retention_rules_in_force",
        "retention_rules",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'in-force'"),
        postgresql_where=sa.text("state = 'in-force'"),
    )
    op.create_table(
        "disposed_item",
        sa.Column(
            "leaf", sa.LargeBinary(), nullable=False, comment="SHA-256 of kind and id: governance.retention.receipt"
        ),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["disposal_batch.batch_id"], name=op.f("fk_disposed_item_batch_id_disposal_batch")
        ),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_disposed_item")),
    )
    op.create_index(op.f("ix_disposed_item_batch_id"), "disposed_item", ["batch_id"])
    op.create_table(
        "retention_hold_item",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["retention_hold.hold_id"], name=op.f("fk_retention_hold_item_hold_id_retention_hold")
        ),
        sa.PrimaryKeyConstraint("kind", "item_id", "hold_id", name=op.f("pk_retention_hold_item")),
    )
    op.create_index("ix_retention_hold_item_hold_id", "retention_hold_item", ["hold_id"])
    op.create_index(op.f("ix_alert_made_at"), "alert", ["made_at"])
    op.add_column(
        "image",
        sa.Column("locked_until", sa.BigInteger(), nullable=True, comment="until when the store lets nobody delete it"),
    )
    op.add_column(
        "image",
        sa.Column("held_at", sa.BigInteger(), nullable=True, comment="since when the store has it under a legal hold"),
    )
    op.create_index(op.f("ix_image_received_at"), "image", ["received_at"])
    op.create_index(
        "ix_read_ahead",
        "read",
        ["received_at"],
        sqlite_where=sa.text("captured_at > received_at"),
        postgresql_where=sa.text("captured_at > received_at"),
    )
