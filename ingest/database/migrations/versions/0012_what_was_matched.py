"""How a hit matched its entry, and the mark that the car had on its list"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "alert",
        sa.Column(
            "matched",
            sa.Text(),
            nullable=True,
            comment="exact or misread; null for an alert from before 0012, which was exact",
        ),
    )
    op.add_column(
        "alert",
        sa.Column(
            "listed",
            sa.Text(),
            nullable=True,
            comment="personal: the mark on the list, as the car had it; null where it did not say",
        ),
    )
