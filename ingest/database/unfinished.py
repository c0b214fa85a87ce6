"""Finds acts that are in the log and were never committed, and says so in the log.

It runs at each start, before anything else is written, before an export, and every half minute, for another process may
have died. It waits until no transaction that is in the log is under way; then an entry that is in no committed
transaction's note (log_commit) never happened, whatever it says, and a further entry "<act>.not-done" names it.

Only entries that a crash can have left are explained so (governance.not_done). Where others are missing as well, the
database is not the one that the log was written beside, such as one from a backup: then nothing is explained, and
`lanthorn verify` names what is gone.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, select, text

from governance.entry import Entry
from governance.errors import GovernanceError
from governance.log import Log
from governance.merkle.checkpoint import Head
from governance.not_done import Recent, is_not_done
from ingest.counters import Counters
from ingest.database.engine import commit, open_write, read_transaction
from ingest.database.recorded import UNDER_WAY, not_done
from ingest.database.schema import log_commit, log_settled
from ingest.database.statements import insert
from ingest.errors import IngestError

WITHOUT_DATABASE: Final = frozenset(
    (
        *("access.refused", "authority.key-refused", "device.broker-files", "device.chain.export"),
        *("log.disclose", "log.export", "page.view"),
    )
)
"""Acts that are written to the log alone: no transaction goes with them. A test holds it against the code."""

EVERY: Final = timedelta(seconds=30)
WAIT_MS: Final = 5_000
"""How long a start waits for another process's transactions. What it does not see then, the next look does."""

WHY: Final = "the process ended before the commit"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Entries that were never committed. explained says whether a crash can have left them all."""

    entries: tuple[Entry, ...]
    explained: bool


def unfinished(entries: Iterable[Entry], committed: Sequence[tuple[int, int]]) -> Unfinished:
    """Which of these entries, given in order, are in no committed transaction. committed has first entry and number."""
    ours = {index for first, number in committed for index in range(first, first + number)}
    recent, open_ = Recent(), dict[int, Entry]()
    for entry in entries:
        if is_not_done(entry):
            named = entry.act.details.get("entry")
            if isinstance(named, int) and entry.act.details.get("certain") is True:
                open_.pop(named, None)
            continue
        recent.add(entry)
        if entry.index not in ours and entry.act.act not in WITHOUT_DATABASE:
            open_[entry.index] = entry
    return Unfinished(tuple(open_.values()), all(recent.get(index) is not None for index in open_))


def settle(engine: Engine, log: Log, *, wait: bool = True) -> int:
    """Look at every entry since the last look, and take back those that were never committed; gives their number.

    wait: for transactions under way elsewhere, a few seconds. Raises DatabaseUnavailable, LogDamaged, LogWriteFailed.
    """
    name = log.verifier.text
    if trouble := lost(engine, log):
        _log.error("%s", trouble)
        return 0
    with read_transaction(engine) as connection:
        if _mark(connection, name) == log.size:
            return 0
    with open_write(engine) as connection:
        if not _alone(connection, wait=wait):
            return 0
        found, size = _look(connection, log, name)
        if found.entries and found.explained:
            said = log.append(*(not_done(entry, WHY, certain=True) for entry in found.entries))
            size = said[-1].index + 1
            _log.warning("%d acts in the log were never carried out: the log says so now", len(found.entries))
        elif found.entries:
            first, last = found.entries[0].index, found.entries[-1].index
            _log.error(
                "%d acts of the entries %d to %d of the log are not in the database, and a crash does not explain it:"
                " is this database from a backup? Look with: lanthorn verify --database",
                *(len(found.entries), first, last),
            )
        _keep(connection, log.head_at(size), name)
        commit(connection)
    return len(found.entries) if found.explained else 0


def lost(engine: Engine, log: Log) -> str:
    """How the log does not continue the one that this database was written beside; empty where it does.

    It stays so for as long as that log is not put back: nothing is settled meanwhile. Raises DatabaseUnavailable,
    LogDamaged, LogWriteFailed.
    """
    with read_transaction(engine) as connection:
        query = select(log_settled.c.size, log_settled.c.root).where(log_settled.c.log == log.verifier.text)
        held = connection.execute(query).one_or_none()
    if held is None:
        return ""
    if held.size > (size := log.size):
        return (
            f"the log has {size} entries, and the database was written beside one of {held.size}: its end was cut off,"
            " or it is from a backup. Put the whole log back, and ask the overseer's witness"
        )
    if held.root is not None and log.head_at(held.size).root.hex() != held.root:
        return (
            f"the first {held.size} entries of the log are not those that this database was written beside: it was"
            " written anew, or is another. Put the right log back, and ask the overseer's witness"
        )
    return ""


class Settling:
    """Calls settle every half minute, in a thread of its own. trouble says how the log is not the one that it was."""

    def __init__(self, engine: Engine, log: Log, counters: Counters) -> None:
        self._engine = engine
        self._log = log
        self._counters = counters
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settling", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        """Begin. Gives back at once."""
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self, *, wait: bool = False) -> None:
        """Settle once; what hinders it is logged, counted, and tried again at the next look."""
        try:
            self._counters.add("acts_taken_back", settle(self._engine, self._log, wait=wait))
            self.trouble = lost(self._engine, self._log)
        except (IngestError, GovernanceError) as error:
            self._counters.add("settling_retries")
            _log.warning("whether the log and the database agree is looked at later: %s", error)

    def _run(self) -> None:
        while not self._ending.wait(EVERY.total_seconds()):
            self.look()


def _alone(connection: Connection, *, wait: bool) -> bool:
    """Whether no transaction that is in the log is under way, and none begins until this one ends."""
    if connection.dialect.name != "postgresql":
        connection.execute(text("SELECT 1"))  # BEGIN IMMEDIATE: one writes at a time
        return True
    if wait:
        connection.execute(text(f"SET LOCAL lock_timeout = {WAIT_MS}"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": UNDER_WAY})
        return True
    query = text("SELECT pg_try_advisory_xact_lock(:number)")
    return bool(connection.execute(query, {"number": UNDER_WAY}).scalar_one())


def _look(connection: Connection, log: Log, name: str) -> tuple[Unfinished, int]:
    """What is unfinished of the entries since the last look, and how many the log has."""
    size, begin = log.size, _mark(connection, name)
    c = log_commit.c
    if begin is None:  # the first look of all: what is older than the oldest note was before there were any
        begin = connection.execute(select(func.min(c.first)).where(c.log == name)).scalar_one()
    if begin is None or begin > size:
        return Unfinished((), explained=True), size
    committed = [
        (row.first, row.entries) for row in connection.execute(select(c.first, c.entries).where(c.log == name))
    ]
    return unfinished(log.read(begin, size - begin), committed), size


def _keep(connection: Connection, head: Head, name: str) -> None:
    connection.execute(delete(log_commit).where(log_commit.c.log == name, log_commit.c.first < head.size))
    values = {"size": head.size, "root": head.root.hex()}
    statement = insert(connection, log_settled).values(log=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["log"], set_=values))


def _mark(connection: Connection, name: str) -> int | None:
    size = connection.execute(select(log_settled.c.size).where(log_settled.c.log == name)).scalar_one_or_none()
    return None if size is None else int(size)
