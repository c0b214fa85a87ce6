"""What the database knows of the log: which of its entries belong to a transaction that was committed.

Each transaction that is in the log has its entries here, as rows of the transaction itself. So an entry that is in no
row, and belongs to no transaction under way, is of one that never was (ingest.database.unfinished). The rows go once
they have been looked at. How many entries there were then, and their root, stays: a log that was cut, or is another,
does not continue it.
"""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from ingest.database.schema.base import metadata

log_commit = Table(
    "log_commit",
    metadata,
    Column("log", Text, primary_key=True, comment="the verifier key of the log: another log, other entries"),
    Column("first", BigInteger, primary_key=True, autoincrement=False, comment="index of the first entry"),
    Column("entries", Integer, nullable=False, comment="how many follow one another from there"),
)

log_settled = Table(
    "log_settled",
    metadata,
    Column("log", Text, primary_key=True),
    Column("size", BigInteger, nullable=False, comment="every entry below was committed, or is said not to have been"),
    Column("root", Text, comment="of the tree of so many entries, in hexadecimal"),
)
