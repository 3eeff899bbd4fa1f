"""A few rows by key, read on the spot: on the caller's own thread, without a hand-over to another one.

Two hand-overs between threads cost ten times what SQLite needs for a row it has at hand. A glance never waits for a lock:
what is busy is asked again on a reader's thread. It must stay brief, for the event loop stands still meanwhile.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.store.database import Database
from agent_core.store.reading import ReadTx
from agent_core.store.statements import Statement

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

T = TypeVar("T")


_BEGIN = Statement("BEGIN")
_END = Statement("COMMIT")


class Busy(Exception):
    """It cannot be answered without waiting."""


class Glance:
    """One connection that cannot write, used by one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._closed = False

    def ask(self, question: Callable[[ReadTx], T]) -> T:
        """Asks in a transaction of its own.

        Raises:
            Busy: Ask a reader.
            CountersignError: What `question` raised, or `data_damaged`.
        """
        if not self._lock.acquire(blocking=False):
            raise Busy
        try:
            return self._ask(question)
        except Exception as error:
            ours = self._database.translate(error)
            if isinstance(ours, Unavailable):
                raise Busy from error
            if ours is None:
                raise
            raise ours from error
        finally:
            self._lock.release()

    def close(self) -> None:
        """Gives the connection back; a glance afterwards is `Busy`."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def _ask(self, question: Callable[[ReadTx], T]) -> T:
        engine = self._database.glance
        if engine is None or self._closed:
            raise Busy
        if self._connection is None:
            self._connection = engine.connect()
        try:
            return _in_transaction(self._connection, question)
        except CountersignError:
            raise
        except Exception:
            # It may still be in its transaction, in which no other can begin: closed, it is rolled back or thrown away.
            connection, self._connection = self._connection, None
            connection.close()
            raise


def _in_transaction(connection: "Connection", question: Callable[[ReadTx], T]) -> T:
    """Not SQLAlchemy's own transaction: its bookkeeping would take longer than the question.

    After an error of the driver nothing is ended here: there may be no transaction any more, and that complaint would hide
    the error.
    """
    _BEGIN.run(connection, {})
    try:
        answer = question(ReadTx(connection))
    except CountersignError:
        _end(connection)
        raise
    _end(connection)
    return answer


def _end(connection: "Connection") -> None:
    if connection.in_transaction():  # the question did not keep to prepared statements
        connection.rollback()
    else:
        _END.run(connection, {})
