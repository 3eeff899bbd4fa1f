"""A worker that writes down what happens to it, and ways to wait for a state of the wake table."""

import asyncio
from collections.abc import Awaitable, Callable

from agent_core.contract.ids import StreamId
from agent_core.engine.port import Handled
from agent_core.store import Store


class Worker:
    """A handler that writes down what happened to it, and does what the test says."""

    def __init__(self) -> None:
        self.seen: list[StreamId] = []
        self.running: set[StreamId] = set()
        self.most = 0
        self.nudged: list[StreamId] = []
        self.quarantined: list[StreamId] = []
        self.errors: list[Exception] = []
        self._pulse = asyncio.Event()
        self.then: Callable[[StreamId], Awaitable[Handled | None]] | None = None
        self.quarantine_fails = 0

    async def handle(self, stream: StreamId) -> Handled:
        assert stream not in self.running, "two looks at one conversation"
        self.running.add(stream)
        self.most = max(self.most, len(self.running))
        self.seen.append(stream)
        self._tell()
        try:
            return (await self.then(stream) if self.then is not None else None) or Handled()
        finally:
            self.running.discard(stream)
            self._tell()

    async def quarantine(self, stream: StreamId, error: Exception) -> None:
        self.errors.append(error)
        if self.quarantine_fails:
            self.quarantine_fails -= 1
            raise OSError("cannot write either")
        self.quarantined.append(stream)
        self._tell()

    def nudge(self, stream: StreamId) -> None:
        self.nudged.append(stream)
        self._tell()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(300):
            while not what():
                await self._pulse.wait()

    def _tell(self) -> None:
        pulse, self._pulse = self._pulse, asyncio.Event()
        pulse.set()


async def count_until(store: Store, condition: str, wanted: bool) -> None:
    """Until the wake table has a row (`wanted`) or none for which the condition holds; asking takes a moment each time."""
    query = f"SELECT count(*) FROM wake WHERE {condition}"  # noqa: S608 - a constant of a test

    async def asked() -> bool:
        return bool(await store.write(lambda c: c.exec_driver_sql(query).scalar_one()))

    async with asyncio.timeout(300):
        while await asked() is not wanted:
            pass


async def nothing_waits(store: Store) -> None:
    """Until the wake table is empty."""
    await count_until(store, "1 = 1", wanted=False)
