"""Work that a slot started and nobody waits for: kept until done, reported when it fails, ended with the window.

Why: a task nobody holds can vanish, and an exception nobody reads is a silent loss. It must never swallow an error of our
own code, and never outlive `close`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Report = Callable[[BaseException], None]


class Tasks:
    """A set of tasks of one loop.

    Args:
        report: Told about every exception that ended a task.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin; after `close` nothing begins any more."""
        if self._closed:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report(error)

    async def close(self) -> None:
        """End everything and wait until it has ended."""
        self._closed = True
        while self._tasks:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.wait(tuple(self._tasks))
