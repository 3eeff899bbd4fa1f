"""What is written beside an append, in its COMMIT where that can be: the claim of whoever the append wakes.

One fsync then serves both, and the look begins with the commit instead of one commit later. It must never make the append
fail: what does not work out is undone alone.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import Connection

from agent_core.contract.errors import CountersignError
from agent_core.store.statements import Statement
from agent_core.store.writer import Writer

_SAVEPOINT = Statement("SAVEPOINT beside")
_ROLL_BACK = Statement("ROLLBACK TO SAVEPOINT beside")
_RELEASE = Statement("RELEASE SAVEPOINT beside")

T = TypeVar("T")


class Beside(Generic[T]):
    """A piece of work and what came of it. Each is written once: together with the append, or by itself.

    Attributes:
        work: Runs in a writing transaction; may run again after a rollback.
        future: What came of it, after the COMMIT.
    """

    __slots__ = ("future", "work")

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.future: Future[T] = Future()

    def submitted(self, writer: Writer) -> None:
        """Queues it by itself."""
        try:
            queued = writer.submit(self.work)
        except CountersignError as error:
            self.failed(error)
        else:
            queued.add_done_callback(self._ended)

    def came(self, value: T) -> None:
        """Tells whoever still waits."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(value)

    def failed(self, error: BaseException) -> None:
        """Tells whoever still waits."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)

    def _ended(self, queued: Future[T]) -> None:
        error = queued.exception()
        if error is None:
            self.came(queued.result())
        else:
            self.failed(error)


class Together(Generic[T]):
    """An append with what is beside it, as one work; afterwards whoever waits is told."""

    def __init__(self, work: Callable[[Connection], T], besides: Sequence[Beside[Any]]) -> None:
        self._work = work
        self._besides = besides
        self._came: list[tuple[Any, CountersignError | None]] = []

    def __call__(self, connection: Connection) -> T:
        """Runs all of it."""
        self._came.clear()
        value = self._work(connection)
        for beside in self._besides:
            _SAVEPOINT.run(connection, {})
            try:
                self._came.append((beside.work(connection), None))
            except CountersignError as error:
                _ROLL_BACK.run(connection, {})
                self._came.append((None, error))
            _RELEASE.run(connection, {})
        return value

    def tell(self) -> None:
        """To be called after the COMMIT."""
        for beside, (value, error) in zip(self._besides, self._came, strict=True):
            if error is None:
                beside.came(value)
            else:
                beside.failed(error)
