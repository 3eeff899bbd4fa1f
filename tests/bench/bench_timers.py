"""What ten thousand timers that fall due at once cost the living: wake to start of a look, beside the same without them.

The store, its one writer and the wake table are real; a look does nothing but note when it began, and a timer's look writes
one event as a reminder would. Live conversations are woken one after another, while the timers are worked off.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final

from sqlalchemy.engine import Connection

from agent_core.contract.clock import system_clock
from agent_core.contract.ids import StreamId
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Append, Priority, Store, WakeRequest, wakes
from tests.bench.figure import Figure
from tests.store.logs import conversation, finished, message, opening

TIMERS: Final = 10_000
LIVE: Final = 60
ROUNDS: Final = 3
_AT_ONCE: Final = 200


def run() -> list[Figure]:
    """In turns with and without, in folders of their own."""
    alone: list[float] = []
    beside: list[float] = []
    left: list[float] = []
    for _ in range(ROUNDS):
        alone.append(asyncio.run(_measured(0))[0])
        slow, waiting = asyncio.run(_measured(TIMERS))
        beside.append(slow)
        left.append(float(waiting))
    return [
        Figure(f"p95 wake to start, {TIMERS:,} timers due at once", beside, "ms", "the same without timers", alone),
        Figure("timers still waiting when the last live look began", left, "timers"),
    ]


async def _measured(timers: int) -> tuple[float, int]:
    """Milliseconds at the 95th percentile, and how many timers waited at the end."""
    with tempfile.TemporaryDirectory() as folder:
        async with await Store.open(Path(folder), clock=system_clock) as store:
            await _filled(store, timers)
            return await _played(store)


async def _filled(store: Store, timers: int) -> None:
    """Conversations that exist, those of timers with one that was due a minute ago."""
    names = [*range(LIVE), *range(LIVE, LIVE + timers)]
    for first in range(0, len(names), _AT_ONCE):
        await store.append_all([opening(number) for number in names[first : first + _AT_ONCE]])
    now_us = wakes.microseconds(system_clock())
    due = wakes.moment(now_us - 60_000_000)

    def arm(connection: Connection) -> None:
        for number in names[LIVE:]:
            wakes.put_wake(connection, conversation(number), Priority.TIMER, due, now_us)

    await store.write(arm)


async def _played(store: Store) -> tuple[float, int]:
    begun: dict[StreamId, float] = {}
    live = [StreamId(conversation(number)) for number in range(LIVE)]
    started = {name: asyncio.Event() for name in live}
    timers_done = 0

    async def handle(stream: StreamId) -> Handled:
        nonlocal timers_done
        if stream in started:
            begun[stream] = time.perf_counter()
            started[stream].set()
        else:
            await store.append(Append(stream, [finished("e1")]))
            timers_done += 1
        return Handled()

    async def never(stream: StreamId, error: Exception) -> None:
        raise AssertionError(stream) from error

    engine = TableEngine(store, Pace(grace=5.0))
    working = asyncio.create_task(engine.run(handle, quarantine=never, nudge=lambda _: None))
    took: list[float] = []
    for number, name in enumerate(live):
        await store.append(message(number, wake=WakeRequest(Priority.CUSTOMER)))
        woken = time.perf_counter()
        await started[name].wait()
        took.append(max(0.0, (begun[name] - woken) * 1000))
    waiting = await store.read(lambda tx: sum(1 for _ in wakes.waiting_streams(tx.connection)))
    await engine.stop()
    await working
    return sorted(took)[int(len(took) * 0.95)], waiting
