"""The one statement with no common form in SQLAlchemy: an insert that says what to do about a row already there."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert(connection: Connection, table: Table) -> Insert:
    """An INSERT of this connection's dialect: both have on_conflict_do_nothing and on_conflict_do_update alike."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
