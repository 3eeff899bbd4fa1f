"""SQLite: one file, one writer, nothing to install. WAL, `synchronous=FULL`, `secure_delete`, `BEGIN IMMEDIATE`.

Durable means durable here: `append` returns after fsync. Must never be opened without the folder's lock being held.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event as hooks
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from agent_core.contract.errors import CountersignError, Unavailable, Unusable
from agent_core.store.errors import Corrupt
from agent_core.store.statements import Statement
from agent_core.store.tables import event

_BUSY_MS = 5_000
_SCRUB_S = 0.25
_INSERT = Statement(sa.insert(event), [name for name in event.c.keys() if name != "position"])  # noqa: SIM118 - columns

_CANNOT_WRITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})


Connect = Callable[..., sqlite3.Connection]


class SqliteDatabase:
    """One database file with one writing and a few reading connections."""

    exclusive = True

    def __init__(self, path: Path, *, readers: int, connect: Connect = sqlite3.connect, busy_ms: int = _BUSY_MS) -> None:
        """Makes the engines; nothing is opened yet.

        Args:
            path: The file.
            readers: How many connections read.
            connect: `sqlite3.connect`; a test of faults passes one that fails.
            busy_ms: How long a statement waits for another program's lock.
        """
        self._connect = connect
        self._busy_ms = busy_ms
        self.writer = _engine(path, "rwc", "BEGIN IMMEDIATE", StaticPool, connect, busy_ms)
        self.reader = _engine(path, "ro", "BEGIN", QueuePool, connect, busy_ms, pool_size=readers, max_overflow=0)
        self.glance = _engine(path, "ro", None, StaticPool, connect, 0)
        self._url = _url(path, "rw")
        self._waits = True
        """Whether the writing connection waits for the lock of another program."""

    def begin(self, connection: Connection, *, wait: bool) -> bool:
        """Begins by itself: SQLAlchemy's own bookkeeping takes longer than a short transaction."""
        driver: Any = connection.connection.driver_connection
        if wait is not self._waits:
            driver.execute(f"PRAGMA busy_timeout={self._busy_ms if wait else 0}")
            self._waits = wait
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if wait or _primary(error) not in _BUSY:
                raise
            return False
        return True

    def commit(self, connection: Connection) -> None:
        """Ends it, and what SQLAlchemy thinks that it began, if anything was executed by it."""
        if connection.in_transaction():
            connection.commit()
        else:
            driver: Any = connection.connection.driver_connection
            driver.commit()

    def insert_events(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Inserts rows; with one writer, row ids of one statement follow each other."""
        return insert_events(connection, rows)

    def translate(self, error: Exception) -> CountersignError | None:
        """Our error for one of SQLite's, by its primary result code."""
        return translate(error)

    def after_erasure(self) -> bool:
        """Empties the write-ahead log, where old pages live on. A reader may hold it: then it was not emptied.

        On a connection of its own: the writer's may be in the midst of a transaction, which this must not end. It waits a
        moment only, because writers wait for it.
        """
        connection = self._connect(self._url, uri=True, timeout=_SCRUB_S)
        try:
            ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as error:
            if _primary(error) not in _BUSY:
                raise
            return False
        finally:
            connection.close()
        return busy == 0

    def close(self) -> None:
        """Closes readers first, so that the writer can empty the write-ahead log."""
        self.glance.dispose()
        self.reader.dispose()
        self.writer.dispose()


def insert_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts rows of events where nobody else writes, and answers their positions."""
    _INSERT.many(connection, rows[:-1])
    last = _INSERT.insert(connection, rows[-1])
    return list(range(last - len(rows) + 1, last + 1))


def translate(error: Exception) -> CountersignError | None:
    """Our error for one of SQLite's, by its primary result code; None when it is a bug of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return None
    code = _primary(cause)
    detail = f"{getattr(cause, 'sqlite_errorname', 'SQLITE_ERROR')}: {cause}"
    if code in _CANNOT_WRITE:
        return Unavailable(
            "disk_full", "The disk with the data folder is full or cannot be written: free some space.", detail=detail
        )
    if code in _DAMAGED:
        return Corrupt(detail)
    if code in _BUSY:
        return Unavailable("store_busy", "Another program has locked the database: close it.", detail=detail)
    if code in _READ_ONLY:
        return data_read_only(detail)
    return None


def _primary(error: sqlite3.Error) -> int:
    """SQLite's result code without its finer half."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def data_read_only(detail: str) -> Unusable:
    """The one sentence about a folder that cannot be written."""
    return Unusable(
        "data_read_only",
        "The data folder cannot be written: change its permissions, or choose another folder with --data.",
        detail=detail,
    )


def _url(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"


def _engine(
    path: Path,
    mode: str,
    begin: str | None,
    pool: type[QueuePool] | type[StaticPool],
    connect: Connect,
    busy_ms: int,
    **options: int,
) -> Engine:
    url = _url(path, mode)
    engine = sa.create_engine(
        "sqlite://",
        creator=lambda: connect(url, uri=True, check_same_thread=False, isolation_level=None, cached_statements=256),
        poolclass=pool,
        pool_reset_on_return="rollback",
        **options,
    )

    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={busy_ms}", "foreign_keys=ON", *_pragmas(mode)):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if begin is not None and not driver.in_transaction:  # `begin` of the database came first
            driver.execute(begin)

    hooks.listen(engine, "connect", on_connect)
    hooks.listen(engine, "begin", on_begin)
    return engine


def _pragmas(mode: str) -> tuple[str, ...]:
    if mode == "ro":
        return ("query_only=ON",)
    return ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF")
