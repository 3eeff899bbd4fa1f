"""What nobody waits for gives way: while somebody is waited on, the looks of timers begin one after another (R-A4, R-A6).

All looks share one loop, so ten of them at once make each live one ten times as slow, however small their share of the
places is. With nobody to wait for they go side by side. It must never hold one back for good: the next begins when the one
before has ended, or a moment after it began, whichever comes first; and not at all once somebody wants its conversation.
"""

import asyncio
from collections.abc import Collection, Generator
from contextlib import contextmanager
from typing import Final

from agent_core.contract.ids import StreamId

QUIET_SECONDS: Final = 0.25
"""So long after the last look that somebody waited for, the next such one is still expected."""

APART_SECONDS: Final = 0.05
"""So long after one began the next one does, also where that one hangs."""


class GivingWay:
    """The order in which looks that nobody waits for begin. Must be used inside one loop."""

    def __init__(self) -> None:
        self._live = 0
        self._live_ended = float("-inf")
        self._running = 0
        self._began = float("-inf")
        self._waiting: dict[StreamId, asyncio.Event] = {}
        self._wanted: set[StreamId] = set()

    @property
    def waiting(self) -> frozenset[StreamId]:
        """Looks that were claimed and have not begun: as long as there are any, more of them need not be claimed."""
        return frozenset(self._waiting)

    @contextmanager
    def live(self) -> Generator[None]:
        """A look that somebody waits for, for as long as the block lasts."""
        self._live += 1
        try:
            yield
        finally:
            self._live -= 1
            self._live_ended = asyncio.get_running_loop().time()
            self._stir()

    @contextmanager
    def later(self) -> Generator[None]:
        """One that nobody waits for, after its `turn` came."""
        self._running += 1
        self._began = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self._running -= 1
            self._stir()

    async def turn(self, stream: StreamId) -> None:
        """Waits until this look may begin."""
        loop = asyncio.get_running_loop()
        stirred = self._waiting[stream] = asyncio.Event()
        try:
            while (pause := self._pause(stream, loop.time())) > 0:
                stirred.clear()
                try:
                    async with asyncio.timeout(pause):
                        await stirred.wait()
                except TimeoutError:
                    continue
        finally:
            del self._waiting[stream]
            self._wanted.discard(stream)

    def wanted(self, streams: Collection[StreamId]) -> None:
        """Somebody waits for these now: where one's look has not begun, it begins."""
        for stream in self._waiting.keys() & set(streams):
            self._wanted.add(stream)
            self._waiting[stream].set()

    def _pause(self, stream: StreamId, now: float) -> float:
        """Seconds until it may begin, unless something ends before."""
        if not self._running or stream in self._wanted:
            return 0.0
        apart = self._began + APART_SECONDS - now
        if self._live:
            return apart
        return min(apart, self._live_ended + QUIET_SECONDS - now)

    def _stir(self) -> None:
        """Whoever waited longest looks first whether it may begin."""
        for stirred in self._waiting.values():
            stirred.set()
