"""The agent's SQLite files: written durably, put aside where damaged, and refusing in words when the disk is full.

Write-ahead logging with synchronous=FULL: what a transaction stored is on the disk when it returns, and a process that
is killed at any instruction leaves a whole file. What is deleted is overwritten (secure_delete): it is personal data.
"""

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from edge.counters import Counters
from edge.errors import DiskFault, DiskFull, NotStored

_log = logging.getLogger(__name__)

RESERVE_BYTES: Final = 4_194_304
"""Room that a file may keep back for a full disk: in WAL mode even a DELETE needs room for its log, and without it a
full disk could never be emptied. SQLite starts the log anew after about 4 MB (1,000 pages of 4 KiB)."""

BUSY_LIMIT_S: Final = 5.0

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_PARTS: Final = ("", "-wal", "-shm")
_FEW_BYTES: Final = 65_536
"""Fewer free bytes than this, and a fault of the disk is taken for a full one."""


Upgrade = Callable[[sqlite3.Connection], str]
"""Gives the statements that make an older file fit for the schema."""


class SqliteFile:
    """One open SQLite file, for any thread: one transaction at a time.

    reserve keeps RESERVE_BYTES in a second file, to be given up by free_reserve.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, reserve: bool) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._reserve = _reserve_of(path) if reserve else None
        self.keep_reserve()

    @classmethod
    def open(
        cls,
        path: Path,
        schema: str,
        now: datetime,
        counters: Counters,
        *,
        reserve: bool = False,
        upgrade: Upgrade = lambda _db: "",
    ) -> Self:
        """Open the file or make it. One that is damaged is put aside under a new name, counted, and made anew.

        upgrade looks at what is there and gives the statements to run before the schema's, in the same transaction.

        Raises DiskFull or DiskFault where it can be neither opened nor made.
        """
        try:
            connection = _open_or_put_aside(path, schema, upgrade, now, counters)
        except DiskFull as error:
            # What it holds can be sent and let go of only once it is open.
            spare = _reserve_of(path)
            if not reserve or not spare.exists():
                raise
            spare.unlink()
            counters.count(f"{path.stem}_reserve_used", warn=f"{error}. Its reserve was given up to open it")
            connection = _open_or_put_aside(path, schema, upgrade, now, counters)
        return cls(path, connection, reserve=reserve)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and on the disk when it ends. Raises DiskFull or DiskFault, and then nothing is stored."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise _in_words(self.path, error) from error
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for looking only. Raises DiskFault."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise _in_words(self.path, error) from error

    def free_reserve(self) -> bool:
        """Give up the reserve to make room; false where there was none."""
        if self._reserve is None or not self._reserve.exists():
            return False
        self._reserve.unlink()
        return True

    def keep_reserve(self) -> bool:
        """Make the reserve where there is room for it and as much again, so that it never fills the disk itself. False
        where it was given up and there is no room for another.
        """
        if self._reserve is None or self._reserve.exists():
            return True
        if shutil.disk_usage(self.path.parent).free <= 2 * RESERVE_BYTES:
            return False
        self._reserve.write_bytes(bytes(RESERVE_BYTES))
        return True

    def full(self) -> DiskFull:
        """The error of a disk that is full, for a caller that must leave the last of its room to others."""
        return _full(self.path, shutil.disk_usage(self.path.parent).free)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after some errors, SQLITE_FULL among them.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _reserve_of(path: Path) -> Path:
    return path.with_name(path.name + "-reserve")


def _open_or_put_aside(
    path: Path, schema: str, upgrade: Upgrade, now: datetime, counters: Counters
) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return _open(path, schema, upgrade)
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGED:
                raise
            aside = _put_aside(path, now)
            _log.error("%s is damaged (%s): kept as %s for a person to look at; starting anew", path, error, aside)
            counters.count(f"{path.stem}_damaged")
            return _open(path, schema, upgrade)
    except (OSError, sqlite3.Error) as error:
        raise _in_words(path, error) from error


def _open(path: Path, schema: str, upgrade: Upgrade) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, BUSY_LIMIT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
        )
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _damage(str(verdict))
        connection.executescript(f"BEGIN IMMEDIATE; {upgrade(connection)} {schema} COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def _damage(what: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(what)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _put_aside(path: Path, now: datetime) -> Path:
    stamp = now.strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for part in _PARTS:
        file = path.with_name(path.name + part)
        if file.exists():
            file.rename(aside.with_name(aside.name + part))
    return aside


def _code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else None


def _in_words(path: Path, error: OSError | sqlite3.Error) -> NotStored:
    code = _code(error)
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        return DiskFault(f"{path}: {error}; make its folder, or set another state folder")
    if code in _FULL or (isinstance(error, (OSError, sqlite3.OperationalError)) and free < _FEW_BYTES):
        return _full(path, free)
    if code is not None and code & 0xFF in _DAMAGED:
        return DiskFault(f"{path}: damaged ({error}); start the agent again, which puts the file aside")
    return DiskFault(f"{path}: {error}; check the disk and who may write to it")


def _full(path: Path, free: int) -> DiskFull:
    return DiskFull(f"{path}: the disk is full ({free:,} bytes free); free some room on it")
