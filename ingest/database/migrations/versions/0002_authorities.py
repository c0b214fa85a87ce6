"""Authorities"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authority",
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("applicant", sa.Text(), nullable=False, comment="the account"),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("review_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "confirm_by",
            sa.BigInteger(),
            nullable=True,
            comment="an urgent verbal grant that no officer has confirmed lapses then",
        ),
        sa.Column("request", sa.LargeBinary(), nullable=False, comment="canonical JSON, as the applicant wrote it"),
        sa.Column("document", sa.LargeBinary(), nullable=True, comment="the signed document, from the decision on"),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("head", sa.Text(), nullable=True, comment="SHA-256 of the newest statement"),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_authority")),
        sa.UniqueConstraint("reference", name=op.f("uq_authority_reference")),
    )
    op.create_index(op.f("ix_authority_state"), "authority", ["state"], unique=False)
    op.create_index(op.f("ix_authority_ends_at"), "authority", ["ends_at"], unique=False)
    op.create_table(
        "authority_statement",
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="the signed statement"),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.authority_id"], name=op.f("fk_authority_statement_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("authority_id", "number", name=op.f("pk_authority_statement")),
    )
    op.create_table(
        "authority_use",
        sa.Column("use_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False, comment="the id of what it was used on; never a mark"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.authority_id"], name=op.f("fk_authority_use_authority_id_authority")
        ),
        sa.PrimaryKeyConstraint("use_id", name=op.f("pk_authority_use")),
    )
    op.create_index("ix_authority_use_authority_id_at", "authority_use", ["authority_id", "at"], unique=False)
    op.create_table(
        "authority_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False, comment="the last number given out in this year's references"),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_authority_year")),
    )
    op.create_table(
        "officer_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False, comment="base64"),
        sa.Column("private", sa.LargeBinary(), nullable=False, comment="PEM, encrypted under the officer's passphrase"),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Text(), nullable=True, comment="as it was when the key was trusted"),
        sa.Column("trusted_from", sa.BigInteger(), nullable=True),
        sa.Column("trusted_until", sa.BigInteger(), nullable=True),
        sa.Column(
            "compromised", sa.Boolean(), nullable=False, comment="nothing that it signed counts, whenever it did"
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_officer_key")),
    )
    op.create_index(op.f("ix_officer_key_account"), "officer_key", ["account"], unique=False)
    op.create_table(
        "trust_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="signed with the force's trust key"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trust_list")),
    )
