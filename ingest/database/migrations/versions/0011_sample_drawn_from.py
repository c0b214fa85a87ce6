"""How many there were to draw a sample from"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sample",
        sa.Column(
            "drawn_from", sa.Integer(), nullable=True, comment="how many searches or alerts there were to draw from"
        ),
    )
