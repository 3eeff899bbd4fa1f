"""Opens a database to read it, whoever else uses it, and keeps notes beside it that are too many for memory.

It must never write to what it reads: the connection cannot, also by mistake.
"""

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from agent_core.contract.errors import Unusable

TABLES: Final = frozenset(
    "meta stream event body run_head scope_epoch unique_key merkle_tile checkpoint alembic_version".split()  # noqa: SIM905
)
_BATCH: Final = 5_000


@contextmanager
def reading(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that can only read, in one transaction: what is read is of one instant.

    Raises:
        Unusable: `no_database`, `not_a_database`.
    """
    if not path.is_file():
        raise Unusable("no_database", "There is no such file.", detail=str(path))
    connection = _opened(path)
    try:
        with closing(connection):
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            found = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if missing := TABLES - found:
                raise Unusable("not_a_database", f"This is no database of a core: it has no table {min(missing)}.")
            yield connection
    except sqlite3.DatabaseError as error:
        raise Unusable("not_a_database", "This file cannot be read as a database.", detail=str(error)) from error


def _opened(path: Path) -> sqlite3.Connection:
    """Read-only; a copy in a folder that cannot be written needs to be told that nobody changes it."""
    url = f"file:{quote(str(path))}?mode=ro"
    for more in ("", "&immutable=1"):
        connection = sqlite3.connect(url + more, uri=True, isolation_level=None, cached_statements=256)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            continue
        connection.text_factory = as_stored
        return connection
    raise Unusable("not_a_database", "This file cannot be read as a database.")


def as_stored(data: bytes) -> str:
    """Text as it is stored: what is not UTF-8 any more is found by its hash, and must not end the reading."""
    return data.decode("utf-8", "surrogateescape")


class Scratch:
    """Names that are compared at the end: bodies that the log names, keys that its events must have taken.

    A file of its own that SQLite removes when it is closed: no more memory for a big log than for a small one.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE named "
            "(id TEXT PRIMARY KEY, digest TEXT, kind TEXT, size INTEGER, stream TEXT, seq INTEGER, at TEXT)"
        )
        self._db.execute("CREATE TABLE taken (key TEXT PRIMARY KEY, stream TEXT, seq INTEGER)")
        self._named: list[tuple[Any, ...]] = []
        self._taken: list[tuple[Any, ...]] = []

    def close(self) -> None:
        """Forgets everything."""
        self._db.close()

    def name(self, id_: str, digest: str, kind: str, size: int, stream: str, seq: int, at: str) -> None:
        """The log names a body; the first name counts."""
        self._named.append((id_, digest, kind, size, stream, seq, at))
        if len(self._named) >= _BATCH:
            self._flush()

    def take(self, key: str, stream: str, seq: int) -> None:
        """An event must have taken a key."""
        self._taken.append((key, stream, seq))
        if len(self._taken) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?, ?, ?, ?, ?, ?)", self._named)
        self._db.executemany("INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", self._taken)
        self._db.execute("COMMIT")
        self._named.clear()
        self._taken.clear()

    def named(self) -> Iterator[tuple[Any, ...]]:
        """Every named body, by id."""
        self._flush()
        return iter(self._db.execute("SELECT id, digest, kind, size, stream, seq, at FROM named ORDER BY id"))

    def manifests(self) -> list[tuple[str, str, str, int, str]]:
        """`(id, digest, stream, seq, at)` of the named manifests, in the order of the log."""
        self._flush()
        found = self._db.execute("SELECT id, digest, stream, seq, at FROM named WHERE kind = 'manifest' ORDER BY rowid")
        return found.fetchall()

    def taken(self) -> Iterator[tuple[str, str, int]]:
        """Every key that must have been taken, by key."""
        self._flush()
        return iter(self._db.execute("SELECT key, stream, seq FROM taken ORDER BY key"))


def merged(
    left: Iterable[tuple[Any, ...]], right: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """Pairs of two lists in byte order of their first column; None where one side has nothing of that name."""
    lefts, rights = iter(left), iter(right)
    one, other = next(lefts, None), next(rights, None)
    while one is not None or other is not None:
        if one is not None and other is not None and type(one[0]) is type(other[0]) is str and one[0] == other[0]:
            yield one, other  # the usual case: the same text has the same bytes
            one, other = next(lefts, None), next(rights, None)
            continue
        first = None if one is None else _order(one[0])
        second = None if other is None else _order(other[0])
        if second is None or (first is not None and first < second):
            yield one, None
            one = next(lefts, None)
        elif first is None or second < first:
            yield None, other
            other = next(rights, None)
        else:
            yield one, other
            one, other = next(lefts, None), next(rights, None)


def _order(name: Any) -> bytes:
    return str(name).encode("utf-8", "surrogateescape")
