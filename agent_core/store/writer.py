"""The one that writes: a thread with a queue, or the caller itself when nobody else is about to.

Requests that queue at the same time share one COMMIT, each in its own savepoint: one fsync then serves many conversations,
and a refused request never harms its neighbours. A short request that finds nobody writing and a disk that is quick is
written on the spot: two hand-overs between threads cost more than such a commit. Must never run anything that waits for
something else: while it waits, nobody writes.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import Connection

from agent_core.contract.errors import CountersignError, Unavailable
from agent_core.store.database import Database
from agent_core.store.statements import Statement

_MOST_PER_COMMIT = 64
_QUICK = 0.005
"""Seconds: as long as any thread may hold the interpreter. A disk that takes longer is waited for on another thread."""
_KEEPS = 0.8
"""How much of a slow COMMIT is still feared at the next one: a disk that hung once is not trusted for a while."""
_SAVEPOINT = Statement("SAVEPOINT request")
_ROLL_BACK = Statement("ROLLBACK TO SAVEPOINT request")
_RELEASE = Statement("RELEASE SAVEPOINT request")

T = TypeVar("T")


def _nothing(_value: object = None) -> None:
    """Nobody wants to know."""


class Request(Generic[T]):
    """One piece of work for the writer's thread: `work` runs in a transaction and may run again after a rollback."""

    __slots__ = ("after_commit", "before_commit", "future", "work")

    def __init__(
        self, work: Callable[[Connection], T], before_commit: Callable[[], None], after_commit: Callable[[T], None]
    ) -> None:
        self.work = work
        self.before_commit = before_commit
        self.after_commit = after_commit
        self.future: Future[T] = Future()

    def refuse(self, error: BaseException) -> None:
        """Tells the caller, once."""
        if not self.future.done():
            self.future.set_exception(error)


class Writer:
    """Owns the writing connection and its thread."""

    def __init__(self, database: Database, *, seconds: Callable[[], float] = time.perf_counter) -> None:
        self._database = database
        self._seconds = seconds
        self._takes = 0.0 if database.glance is not None else float("inf")
        """Seconds that a COMMIT is expected to take; where each is a round trip, always too long."""
        self._queue: queue.SimpleQueue[Request[Any] | None] = queue.SimpleQueue()
        self._writing = threading.Lock()
        """Held by whoever uses the connection."""
        self._lock = threading.Lock()
        self._written: list[tuple[Future[Any], Any]] = []
        """What is to be answered once nobody writes any more."""
        self._closed = False
        self._connection: Connection | None = None
        self._thread: threading.Thread | None = None
        self._begin()

    def submit(
        self,
        work: Callable[[Connection], T],
        *,
        before_commit: Callable[[], None] = _nothing,
        after_commit: Callable[[T], None] = _nothing,
    ) -> Future[T]:
        """Queues work. The future resolves after COMMIT; cancelling it before its turn means it is never run.

        Args:
            work: Runs in a transaction; a `CountersignError` undoes exactly this work.
            before_commit: Called on the writer's thread right before COMMIT.
            after_commit: Called on the writer's thread right after COMMIT, before the future resolves.

        Raises:
            Unavailable: `store_closed`.
        """
        request = Request(work, before_commit, after_commit)
        with self._lock:
            if self._closed:
                raise Unavailable("store_closed", "The core is shutting down.")
            self._put(request)
        return request.future

    def on_the_spot(
        self,
        work: Callable[[Connection], T],
        *,
        before_commit: Callable[[], None] = _nothing,
        after_commit: Callable[[T], None] = _nothing,
    ) -> tuple[T] | None:
        """Writes short work on the caller's own thread, without waiting for anybody; takes what `submit` takes.

        Returns:
            The value; None when it has to be submitted, and nothing was done.

        Raises:
            CountersignError: What `work` raised, or `disk_full`; nothing was written.
            Unavailable: `store_closed`.
        """
        if self._takes > _QUICK or not self._queue.empty() or not self._writing.acquire(blocking=False):
            return None
        try:
            if self._closed:
                raise Unavailable("store_closed", "The core is shutting down.")
            value = self._perform(work, before_commit, wait=False)
        except _WouldWait:
            return None
        finally:
            self._writing.release()
        after_commit(value)
        return (value,)

    def close(self) -> None:
        """Finishes what is queued and ends the thread. Blocks; harmless when done twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._put(None)
        self._join()

    # A test that chooses the moment of every commit writes without a thread: it replaces these three.

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def _put(self, request: Request[Any] | None) -> None:
        self._queue.put(request)

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        closing = False
        try:
            while not closing:
                closing = self._round()
        finally:
            with self._writing:
                self._forget()

    def _round(self) -> bool:
        """Writes what waits; answers whether that was the last."""
        waiting = [self._queue.get()]
        while len(waiting) < _MOST_PER_COMMIT and not self._queue.empty():
            waiting.append(self._queue.get())
        self._write([request for request in waiting if request is not None])
        return None in waiting

    def _write(self, waiting: list[Request[Any]]) -> None:
        batch = [request for request in waiting if request.future.set_running_or_notify_cancel()]
        self._written.clear()
        try:
            with self._writing:
                if batch and not self._together(batch):
                    for request in batch:
                        if not request.future.done():
                            self._alone(request)
        finally:
            for future, value in self._written:
                future.set_result(value)

    def _together(self, batch: list[Request[Any]]) -> bool:
        """One transaction for all. False when it failed as a whole: nothing is written, each must be tried alone."""
        if len(batch) == 1:
            return False
        results: list[tuple[Request[Any], Any]] = []
        refused: list[tuple[Request[Any], CountersignError]] = []
        """Told after the COMMIT: it may be because of a neighbour, and what that wrote is not there before."""
        try:
            with self._transaction(wait=True) as connection:
                for request in batch:
                    _SAVEPOINT.run(connection, {})
                    try:
                        results.append((request, request.work(connection)))
                    except CountersignError as error:
                        _ROLL_BACK.run(connection, {})
                        refused.append((request, error))
                    _RELEASE.run(connection, {})
                for request, _ in results:
                    request.before_commit()
        except Exception:  # noqa: BLE001 - whose fault it was shows when each is tried alone
            return False
        for request, value in results:
            self._told(request, value)
        for request, error in refused:
            request.refuse(error)
        return True

    def _alone(self, request: Request[Any]) -> None:
        try:
            value = self._perform(request.work, request.before_commit, wait=True)
        except Exception as error:  # noqa: BLE001 - every error belongs to the caller
            request.refuse(error)
        else:
            self._told(request, value)

    def _perform(self, work: Callable[[Connection], T], before_commit: Callable[[], None], *, wait: bool) -> T:
        """One request in a transaction of its own; its error is ours, where the driver's has a meaning for us."""
        try:
            with self._transaction(wait=wait) as connection:
                value = work(connection)
                before_commit()
        except Exception as error:
            ours = self._database.translate(error)
            if ours is None:
                raise
            raise ours from error
        return value

    @contextmanager
    def _transaction(self, *, wait: bool) -> Generator[Connection]:
        """A transaction on the one connection, which is kept as long as all goes well and else begun anew."""
        connection = self._connection
        if connection is None:
            connection = self._connection = self._database.writer.connect()
        try:
            if not self._database.begin(connection, wait=wait):
                raise _WouldWait
            yield connection
            began = self._seconds()
            self._database.commit(connection)
            self._takes = max(self._takes * _KEEPS, self._seconds() - began)
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _told(self, request: Request[Any], value: object) -> None:
        """Listeners hear of commits in their order, so while nobody else writes; the caller a little later."""
        self._written.append((request.future, value))
        request.after_commit(value)


class _WouldWait(Exception):
    """Somebody else holds the database's lock."""
