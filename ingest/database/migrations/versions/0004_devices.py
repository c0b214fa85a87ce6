"""What proves a device: codes, keys, certificates and links"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_code",
        sa.Column("code_hash", sa.Text(), nullable=False, comment="SHA-256 of the code; the code itself is nowhere"),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("used_by", sa.Text(), nullable=True, comment="the id of the key that was enrolled with it"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_device_code")),
    )
    op.create_index(op.f("ix_device_code_device"), "device_code", ["device"], unique=False)
    op.create_table(
        "device_code_failure",
        sa.Column("device_hash", sa.Text(), nullable=False, comment="SHA-256 of the name that was given"),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_hash", name=op.f("pk_device_code_failure")),
    )
    op.create_index(op.f("ix_device_code_failure_last_at"), "device_code_failure", ["last_at"], unique=False)
    op.create_table(
        "device_key",
        sa.Column(
            "key_id", sa.Text(), nullable=False, comment="governance.keys: the first 16 digits of the key's SHA-256"
        ),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False, comment="32 bytes, Ed25519"),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "ends_at",
            sa.BigInteger(),
            nullable=False,
            comment="with its last certificate, or when another key was enrolled",
        ),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoked_why", sa.Text(), nullable=True),
        sa.Column(
            "unsigned_stream",
            sa.Uuid(),
            nullable=True,
            comment="the stream that the device numbered before it had a key",
        ),
        sa.Column("unsigned_made", sa.BigInteger(), nullable=True, comment="how many messages that stream had then"),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_device_key")),
    )
    op.create_index(op.f("ix_device_key_device"), "device_key", ["device"], unique=False)
    op.create_table(
        "device_link",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("stream", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_device_link_from_one")),
        sa.PrimaryKeyConstraint("device", "stream", "seq", name=op.f("pk_device_link")),
    )
    op.create_index("ix_device_link_received_at", "device_link", ["received_at"], unique=False)
    op.create_table(
        "device_certificate",
        sa.Column("serial", sa.Text(), nullable=False, comment="hexadecimal, lower case"),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column(
            "renews", sa.Text(), nullable=True, comment="the serial of the certificate that it took the place of"
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["device_key.key_id"], name=op.f("fk_device_certificate_key_id_device_key")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_device_certificate")),
        sa.UniqueConstraint("renews", name=op.f("uq_device_certificate_renews")),
    )
    op.create_index(op.f("ix_device_certificate_key_id"), "device_certificate", ["key_id"], unique=False)
