"""A store whose writer is no thread: each round of writing is a step of the loop, at a moment the test chooses."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_core.contract.clock import Clock
from agent_core.store import Observer, Store
from agent_core.store.database import Database
from agent_core.store.sqlite import SqliteDatabase
from agent_core.store.store import READERS
from agent_core.store.writer import Request, Writer
from tests.stepping.loop import OWNER


class SteppedWriter(Writer):
    """Writes when the loop comes to it. Between the COMMIT and the moment its caller learns of it lie more steps.

    Each owner has its own queue, as each process has: what a dead or held one had asked for is not written by another.
    """

    def __init__(self, database: Database) -> None:
        self._waiting: dict[str, list[Request[Any]]] = {}
        super().__init__(database)

    def on_the_spot(self, *_: Any, **__: Any) -> None:
        """Never: the moment of each commit is the test's to choose."""

    def _begin(self) -> None:
        """No thread."""

    def _put(self, request: Request[Any] | None) -> None:
        if request is not None:
            self._waiting.setdefault(OWNER.get(), []).append(request)
            asyncio.get_running_loop().call_soon(self._one_round)

    def _join(self) -> None:
        self._waiting.clear()  # whoever closes has waited for what it wanted; the rest died with its owner
        self._forget()

    def _one_round(self) -> None:
        batch = self._waiting.pop(OWNER.get(), [])
        if batch:
            self._write(batch)


def sqlite(path: Path, **more: Any) -> Database:
    """The usual database of a path."""
    return SqliteDatabase(path, readers=READERS, **more)


async def stepped_store(
    folder: Path,
    *,
    clock: Clock,
    observer: Observer | None = None,
    writer: Callable[[Database], Writer] = SteppedWriter,
    database: Callable[[Path], Database] = sqlite,
) -> Store:
    """A store of a folder, on a stepping loop."""
    return await Store.open(folder, clock=clock, observer=observer, writer=writer, database=database)
