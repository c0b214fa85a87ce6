"""Searches of reads, their audit, samples that oversight opens, and the indexes that a search needs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample",
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="searches or alerts"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("announced_at", sa.BigInteger(), nullable=False),
        sa.Column("announced_by", sa.Text(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False, comment="secret until the sample is opened"),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False, comment="to the seed; in the log before anything is drawn"),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True, comment="the overseer's own part of the draw"),
        sa.Column(
            "drawn",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=True,
            comment="the ids, in the order of the draw",
        ),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_sample")),
    )
    op.create_table(
        "search",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False, comment="its name in governance.access.purposes"),
        sa.Column("reference", sa.Text(), nullable=False, comment="crime, incident or operation"),
        sa.Column("on_behalf_of", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=True, comment="its reference, where the tier needs one"),
        sa.Column("authority_id", sa.Text(), nullable=True),
        sa.Column(
            "surveillance",
            sa.Text(),
            nullable=True,
            comment="the reference of a directed surveillance authority, where one was given",
        ),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("more", sa.Boolean(), nullable=False, comment="whether there were more than a search may give"),
        sa.Column(
            "repeated", sa.Boolean(), nullable=False, comment="whether it had a mark in common with an earlier one"
        ),
        sa.Column("question", sa.Text(), nullable=True, comment="personal: the marks and places asked for, as JSON"),
        sa.Column(
            "salt",
            sa.LargeBinary(),
            nullable=True,
            comment="personal: ties the log's commitment to the question; erase it with that",
        ),
        sa.Column("commitment", sa.Text(), nullable=False, comment="what the log holds in place of the question"),
        sa.PrimaryKeyConstraint("search_id", name=op.f("pk_search")),
    )
    op.create_index("ix_search_account_made_at", "search", ["account", "made_at"], unique=False)
    op.create_index(op.f("ix_search_made_at"), "search", ["made_at"], unique=False)
    op.create_table(
        "search_refusal",
        sa.Column("refusal_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="the name of the rule; never what was asked for"),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_search_refusal")),
    )
    op.create_index(op.f("ix_search_refusal_at"), "search_refusal", ["at"], unique=False)
    op.create_table(
        "search_audit",
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("auditor", sa.Text(), nullable=True, comment="null until it is assigned"),
        sa.Column("assigned_at", sa.BigInteger(), nullable=True),
        sa.Column("assigned_by", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("found_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["search_id"], ["search.search_id"], name=op.f("fk_search_audit_search_id_search")),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_search_audit")),
        sa.UniqueConstraint("search_id", name=op.f("uq_search_audit_search_id")),
    )
    op.create_table(
        "search_target",
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column(
            "digest", sa.Text(), nullable=False, comment="personal: keyed digest of a mark that the search was about"
        ),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["search.search_id"], name=op.f("fk_search_target_search_id_search")),
        sa.PrimaryKeyConstraint("search_id", "digest", name=op.f("pk_search_target")),
    )
    op.create_index("ix_search_target_digest_made_at", "search_target", ["digest", "made_at"], unique=False)
    op.create_index(op.f("ix_search_target_made_at"), "search_target", ["made_at"], unique=False)
    op.create_table(
        "search_use",
        sa.Column("use_id", sa.Uuid(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="page, picture, export, share"),
        sa.Column("account", sa.Text(), nullable=False, comment="who did it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True, comment="of an export in words; of a share the account"),
        sa.ForeignKeyConstraint(["search_id"], ["search.search_id"], name=op.f("fk_search_use_search_id_search")),
        sa.PrimaryKeyConstraint("use_id", name=op.f("pk_search_use")),
    )
    op.create_index(op.f("ix_search_use_at"), "search_use", ["at"], unique=False)
    op.create_index(op.f("ix_search_use_search_id"), "search_use", ["search_id"], unique=False)
    op.create_index("ix_read_captured_at", "read", ["captured_at"], unique=False)
    op.create_index("ix_read_device_captured_at", "read", ["device", "captured_at"], unique=False)
