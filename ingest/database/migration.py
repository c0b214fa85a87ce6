"""Brings the schema up to date with the Alembic steps in ingest/database/migrations, inside the caller's transaction.

Two processes that start at once both call this: PostgreSQL holds the second at an advisory lock, SQLite at BEGIN
IMMEDIATE, and it then finds nothing left to do. A step that fails leaves the schema as it was.
"""

import threading
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

MIGRATIONS: Final = Path(__file__).with_name("migrations")

_one_at_a_time = threading.Lock()
"""Alembic keeps the steps' surroundings in module globals, so two threads must not run steps at once."""

_LOCK: Final = 0x6C616E74686F726E
"""The advisory lock's number: "lanthorn" in ASCII, so that it meets no other program's."""


def upgrade(connection: Connection) -> None:
    """Run every step that this database has not had, in order."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if not connection.in_transaction():
        connection.begin()  # or Alembic, which finds none, commits after each step
    with _one_at_a_time:
        command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Alembic's settings for steps on this connection."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings
