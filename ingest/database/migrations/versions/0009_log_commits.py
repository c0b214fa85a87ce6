"""Which entries of the log belong to a transaction that was committed, and up to where that was looked at"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_commit",
        sa.Column("log", sa.Text(), nullable=False, comment="the verifier key of the log: another log, other entries"),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False, comment="index of the first entry"),
        sa.Column("entries", sa.Integer(), nullable=False, comment="how many follow one another from there"),
        sa.PrimaryKeyConstraint("log", "first", name=op.f("pk_log_commit")),
    )
    op.create_table(
        "log_settled",
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column(
            "size",
            sa.BigInteger(),
            nullable=False,
            comment="every entry below was committed, or is said not to have been",
        ),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_log_settled")),
    )
