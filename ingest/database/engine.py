"""Opens the database, brings its schema up to date, and gives transactions that mean the same on both engines.

SQLite runs in WAL mode with synchronous=FULL, so a commit is on disk when it returns. A write transaction there begins
with BEGIN IMMEDIATE: it waits for its turn at the start, instead of failing half way when two readers both begin to
write. PostgreSQL runs at its default level, READ COMMITTED; who must not race locks rows (SELECT … FOR UPDATE).

SQLite's file holds marks, reasons and risks. Only the account that the centre runs as may read it, and what SQLite
writes beside it (-wal, -shm), which takes its mode.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ingest.database.migration import upgrade
from ingest.errors import DatabaseUnavailable

SQLITE_WAIT_S: Final = 30.0
"""How long a writer waits for another; an import of 100,000 rows holds the lock for some seconds."""

_LOOK_AGAIN_S: Final = 0.02

CHECKPOINT_WAIT_S: Final = 1.0
"""How long the emptying of the write-ahead log waits for readers: nobody is to wait long for it in turn."""

CONNECT_LIMIT_S: Final = 5
SILENT_LIMIT_MS: Final = 10_000
"""A PostgreSQL connection that acknowledges nothing for this long is taken to be dead (tcp_user_timeout)."""

POOL_SIZE: Final = 10

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077
_PARTS: Final = ("", "-wal", "-shm")

_WRITE: Final = "lanthorn_write"

_log = logging.getLogger(__name__)


def open_engine(url: str) -> Engine:
    """Open the database and bring its schema up to date; safe when several processes start at once.

    Raises DatabaseUnavailable where it cannot be reached or written.
    """
    engine = make_engine(url)
    if engine.dialect.name == "sqlite" and engine.url.database:
        _keep_private(Path(engine.url.database))
    try:
        with unavailable_in_words(), write_transaction(engine) as connection:
            upgrade(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def make_engine(url: str) -> Engine:
    """Make the engine without touching the database."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        pool_pre_ping=True,
        hide_parameters=True,  # an error that is logged must not show a mark
        connect_args={"connect_timeout": CONNECT_LIMIT_S, "tcp_user_timeout": SILENT_LIMIT_MS},
    )


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """A connection to read with, in one transaction. Raises DatabaseUnavailable where the database is away."""
    with unavailable_in_words(), engine.connect() as connection:
        yield connection


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that is committed at the end, and undone by any exception."""
    with open_write(engine) as connection:
        yield connection
        commit(connection)


@contextmanager
def open_write(engine: Engine) -> Iterator[Connection]:
    """A connection whose first statement begins a write transaction, which the caller must commit."""
    with unavailable_in_words(), engine.execution_options(**{_WRITE: True}).connect() as connection:
        yield connection


def commit(connection: Connection) -> None:
    """Commit. Where that fails (a full disk, a lost server) the connection is thrown away.

    SQLAlchemy takes the transaction to be over then; SQLite's is not, and would keep the write lock for ever.
    """
    try:
        connection.commit()
    except SQLAlchemyError:
        connection.invalidate()
        raise


@contextmanager
def unavailable_in_words() -> Iterator[None]:
    """Raise DatabaseUnavailable in place of the driver's error where the database, not the statement, is at fault."""
    try:
        yield
    except SQLAlchemyError as error:
        if is_unavailable(error):
            raise DatabaseUnavailable(f"the database is not available: {_cause(error)}") from error
        raise


def overwrite_deleted(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, which holds what has been deleted since. Whoever reads now is waited for briefly;
    where that is not enough, the next call does it. PostgreSQL does the like by itself (VACUUM).
    """
    if engine.dialect.name != "sqlite":
        return
    with closing(sqlite3.connect(str(engine.url.database), timeout=CHECKPOINT_WAIT_S)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_unavailable(error: SQLAlchemyError) -> bool:
    """Whether this error says that the database is away, locked or full, rather than that a value is wrong."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error.orig, sqlite3.OperationalError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return type(error.orig).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
    # 08 connection, 25006 read-only, 40 serialisation and deadlock, 53 no room, 55 locked, 57 shut down, 58 system
    return state == "25006" or state[:2] in ("08", "40", "53", "55", "57", "58")


def _cause(error: SQLAlchemyError) -> str:
    """The driver's own first line. Never the statement's parameters: they may hold a mark."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def _keep_private(path: Path) -> None:
    """Make SQLite's file, and its folder, for this account alone, or take a file that is there from all others.

    A folder that is there is left as it is: it may hold other people's files.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path.touch(mode=FILE_MODE)
        for part in (path.with_name(path.name + part) for part in _PARTS):
            if part.exists() and part.stat().st_mode & _OTHERS:
                part.chmod(FILE_MODE)
                _log.warning("others on this machine could read %s: that is over", part)
    except OSError as error:
        raise DatabaseUnavailable(f"the database is not available: {path}: {error.strerror}") from error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Set the file's mode. Where two connections do it to a new file at once SQLite refuses one of them immediately,
    whatever its timeout is: that one waits here.
    """
    until = time.monotonic() + SQLITE_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, pool_size=POOL_SIZE, connect_args={"timeout": SQLITE_WAIT_S}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # this module says BEGIN; the driver must not
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not left in free pages

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
