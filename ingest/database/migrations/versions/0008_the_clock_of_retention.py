"""When a round of retention last found the centre's clock good"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_clock",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="1: there is one row"),
        sa.Column(
            "known_at", sa.BigInteger(), nullable=False, comment="when a round last found the centre's clock good"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_retention_clock")),
    )
