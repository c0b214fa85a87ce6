"""The order between the log and the database.

The rule: what is done is written to the log, and is on the log's disk, before the database commits it. So the log may
say more than was done, never less:

- A statement that fails comes before the log is written: nothing is done, nothing is logged.
- A log that cannot be written (full, damaged) undoes the transaction: what cannot be logged is not done.
- A commit that fails comes after: an entry "<act>.not-done" is appended for each act, which names the first entry's
  index and whether it is certain. It is not certain where the connection broke during the commit: the database may have
  committed all the same, and its rows tell.
- A process that dies between the two leaves the entries without a not-done. Their ids are in no table.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from governance.errors import GovernanceError
from governance.log import Act, Entry, Log
from ingest.database.engine import commit, open_write

_log = logging.getLogger(__name__)

NOT_DONE = ".not-done"


class Acts:
    """What a transaction does, in order. Written to the log when it is about to commit, or earlier in parts."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: list[Act] = []
        self._written: list[Entry] = []

    def add(self, *acts: Act) -> None:
        """Note acts, to be written before the commit."""
        self._waiting += acts

    def write(self) -> None:
        """Write what is noted so far. A long transaction calls it now and then, so as not to hold everything."""
        self._written += self._log.append(*self._waiting)
        self._waiting.clear()

    def take_back(self, why: str, *, certain: bool) -> None:
        """Say in the log that what was written did not happen after all."""
        if not self._written:
            return
        _log.warning("%d logged acts are taken back: %s", len(self._written), why)
        try:
            self._log.append(*(_not_done(entry, why, certain=certain) for entry in self._written))
        except GovernanceError as error:
            # The first entries stand, and their ids are in no table: lanthorn verify still passes.
            _log.error("the log could not be told that %d acts were not done: %s", len(self._written), error)


@contextmanager
def recorded(engine: Engine, log: Log) -> Iterator[tuple[Connection, Acts]]:
    """A write transaction and the list of what it does; on leaving, first the log is written, then it commits.

    Raises DatabaseUnavailable or governance.errors.LogWriteFailed; then nothing was done (see the module's rule).
    """
    acts = Acts(log)
    with open_write(engine) as connection:
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


def _not_done(entry: Entry, why: str, *, certain: bool) -> Act:
    act = entry.act
    return Act(
        actor=act.actor,
        act=act.act + NOT_DONE,
        purpose=f"entry {entry.index} did not happen",
        authority=act.authority,
        objects=act.objects,
        details={"entry": entry.index, "why": why, "certain": certain},
    )
