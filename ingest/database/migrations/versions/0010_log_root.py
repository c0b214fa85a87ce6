"""The root of the log at the last look: the database remembers which log it was written beside"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "log_settled",
        sa.Column("root", sa.Text(), nullable=True, comment="of the tree of so many entries, in hexadecimal"),
    )
