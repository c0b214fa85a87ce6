"""The authority that each list stands on, and the one that each published version was published under

Lists from before have none: they are withdrawn from the cars until somebody puts them under one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "voi_list",
        sa.Column(
            "authority_id",
            sa.Uuid(),
            nullable=True,
            comment="what it stands on; null: made before a list needed one",
        ),
    )
    op.add_column(
        "list_version",
        sa.Column(
            "authority_id",
            sa.Uuid(),
            nullable=True,
            comment="what it was published under; null: before a list needed one",
        ),
    )
    op.add_column(
        "list_version",
        sa.Column(
            "withdrawn",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="whether it took the list off the cars",
        ),
    )
