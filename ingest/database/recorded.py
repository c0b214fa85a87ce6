"""The order between the log and the database.

The rule: what is done is written to the log, and is on the log's disk, before the database commits it. So the log may
say more than was done, never less:

- A statement that fails comes before the log is written: nothing is done, nothing is logged.
- A log that cannot be written (full, damaged) undoes the transaction: what cannot be logged is not done.
- A commit that fails comes after: an entry "<act>.not-done" is appended for each act, which names the first entry's
  index and whether it is certain. It is not certain where the connection broke during the commit: the database may have
  committed all the same, and its rows tell.
- A process that dies between the two leaves the entries without a not-done. The transaction notes in the database which
  entries are its own (log_commit), so that the next start finds those that are nobody's and says so in the log
  (ingest.database.unfinished).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from governance.errors import GovernanceError
from governance.log import Act, Entry, Log
from governance.not_done import NOT_DONE
from ingest.database.engine import commit, open_write
from ingest.database.schema import log_commit
from ingest.database.statements import insert

UNDER_WAY: Final = 0x6C6F672061637473
"""The advisory lock's number on PostgreSQL: "log acts" in ASCII. A transaction that is in the log shares it to its end;
who has it alone knows that none is under way. On SQLite the write lock, which is taken first, is as much."""

_log = logging.getLogger(__name__)


class Acts:
    """What a transaction does, in order. Written to the log when it is about to commit, or earlier in parts."""

    def __init__(self, connection: Connection, log: Log) -> None:
        self._connection = connection
        self._log = log
        self._waiting: list[Act] = []
        self._written: list[Entry] = []

    def add(self, *acts: Act) -> None:
        """Note acts, to be written before the commit."""
        self._waiting += acts

    def write(self) -> None:
        """Write what is noted so far. A long transaction calls it now and then, so as not to hold everything."""
        if not self._waiting:
            return
        if not self._written:
            under_way(self._connection)
        written = self._log.append(*self._waiting)
        self._written += written
        self._waiting.clear()
        self._note(written[0].index, len(written))

    def _note(self, first: int, entries: int) -> None:
        """Write into the transaction itself which entries are its own."""
        row = {"log": self._log.verifier.text, "first": first, "entries": entries}
        statement = insert(self._connection, log_commit).values(row)
        # The same place in the same key's log was taken before: the log was made anew. Never fewer are ours than noted.
        longer = {"entries": statement.excluded.entries}
        where = log_commit.c.entries < statement.excluded.entries
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["log", "first"], set_=longer, where=where)
        )

    def take_back(self, why: str, *, certain: bool) -> None:
        """Say in the log that what was written did not happen after all."""
        if not self._written:
            return
        _log.warning("%d logged acts are taken back: %s", len(self._written), why)
        try:
            self._log.append(*(not_done(entry, why, certain=certain) for entry in self._written))
        except GovernanceError as error:
            # The first entries stand for now: ingest.database.unfinished finds them.
            _log.error("the log could not be told that %d acts were not done: %s", len(self._written), error)


def under_way(connection: Connection) -> None:
    """Let everybody know, until this transaction ends, that one which is in the log is under way."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": UNDER_WAY})
    else:
        connection.execute(text("SELECT 1"))  # BEGIN IMMEDIATE, where nothing was written yet


@contextmanager
def recorded(engine: Engine, log: Log) -> Iterator[tuple[Connection, Acts]]:
    """A write transaction and the list of what it does; on leaving, first the log is written, then it commits.

    Raises DatabaseUnavailable or governance.errors.LogWriteFailed; then nothing was done (see the module's rule).
    """
    with open_write(engine) as connection:
        acts = Acts(connection, log)
        try:
            yield connection, acts
            acts.write()
        except BaseException as error:
            acts.take_back(type(error).__name__, certain=True)
            raise
        try:
            commit(connection)
        except SQLAlchemyError as error:
            certain = not (isinstance(error, DBAPIError) and error.connection_invalidated)
            acts.take_back("the commit failed", certain=certain)
            raise


def not_done(entry: Entry, why: str, *, certain: bool) -> Act:
    """The act that says of an entry that it did not happen."""
    act = entry.act
    return Act(
        actor=act.actor,
        act=act.act + NOT_DONE,
        purpose=f"entry {entry.index} did not happen",
        authority=act.authority,
        objects=act.objects,
        details={"entry": entry.index, "why": why, "certain": certain},
    )
