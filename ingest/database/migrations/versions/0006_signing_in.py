"""Second factors, accounts of a sign-in provider, and how each session began: everybody signs in again once"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="who it is at that sign-in provider; never an e-mail address",
        ),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_account_identity_account_id_account")
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_account_identity")),
    )
    op.create_index(op.f("ix_account_identity_account_id"), "account_identity", ["account_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "secret",
            sa.LargeBinary(),
            nullable=False,
            comment="sealed under the service's key (governance.sealing)",
        ),
        sa.Column("set_up_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            nullable=False,
            comment="the time step of the last code taken: none older counts",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_second_factor_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column(
            "code_hash", sa.Text(), nullable=False, comment="SHA-256 of account and code; deleted when it is used"
        ),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_recovery_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"], unique=False)
    _make_sessions_anew()
    _make_links_anew()


def _make_sessions_anew() -> None:
    """Nothing says how the sessions that are open now began, so none of them goes on."""
    op.drop_table("session")
    op.create_table(
        "session",
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 of the token; the token itself is nowhere"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False, comment="password, link or provider"),
        sa.Column("second_factor", sa.Text(), nullable=True, comment="what was given as second factor; null: none was"),
        sa.ForeignKeyConstraint(["account_id"], ["account.account_id"], name=op.f("fk_session_account_id_account")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_index(op.f("ix_session_ends_at"), "session", ["ends_at"], unique=False)


def _make_links_anew() -> None:
    op.drop_table("sign_in_link")
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 of the token; the token itself is nowhere"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column(
            "second_factor",
            sa.Boolean(),
            nullable=False,
            comment="whether it counts as second factor too: the demo's do",
        ),
        sa.CheckConstraint("uses_left >= 0", name=op.f("ck_sign_in_link_uses_left")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.account_id"], name=op.f("fk_sign_in_link_account_id_account")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_index(op.f("ix_sign_in_link_account_id"), "sign_in_link", ["account_id"], unique=False)
