"""Our side of the kills: the engine on its folder, the sandbox's brain, shop and channel in files.

`restart` opens the folder and lets the engine work until nothing is left to do, which is all a core ever does.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Taken
from agent_core.store.wakes import microseconds
from tests.bench.peers.killed_graph import Found
from tests.engine.harness import ORDER, Harness
from tests.engine.stage import refunding_alone

FIRST = f"Please refund 10 EUR of order {ORDER}."
AGAIN = "Hello? Is anybody there?"
LONGEST = 20
SOON = timedelta(seconds=10)
"""What is due later than this is silence, not work."""


def first(folder: Path, happened: Callable[[], None]) -> None:
    """The customer's first message."""
    asyncio.run(_live(folder, happened, FIRST, "evt_1"))


def restart(folder: Path) -> None:
    """The process is back."""
    asyncio.run(_live(folder, lambda: None, None, ""))


def write_again(folder: Path) -> None:
    """The customer writes again."""
    asyncio.run(_live(folder, lambda: None, AGAIN, "evt_2"))


def look(folder: Path) -> Found:
    """What happened, and whether the conversation can still be worked on."""

    async def read() -> Found:
        harness = await Harness.open(folder)
        try:
            conversation = await harness.store.streams("conversation")
            state = await harness.state(conversation[0].id)  # pyright: ignore[reportArgumentType] - the only stream of its kind is a conversation
            replies = tuple(text for text, _ in harness.channel.sent())
            return Found(len(harness.refunds()), replies, state.damaged or state.control == "quarantined")
        finally:
            await harness.close()

    return asyncio.run(read())


async def _live(folder: Path, happened: Callable[[], None], words: str | None, event: str) -> None:
    def point(name: str) -> None:
        if name.startswith("after "):
            happened()

    harness = await Harness.open(folder, point=point)
    harness.brand = harness.brands.at_work = replace(harness.brand, release=refunding_alone(harness.brand.release))
    try:
        if words is not None:
            with suppress(Taken):  # the provider delivers again what was not acknowledged
                await harness.customer_writes(words, event)
        await _work(harness)
    finally:
        await harness.close()


async def _work(harness: Harness) -> None:
    """The engine, until nothing is being looked at and nothing is due."""
    engine = TableEngine(harness.store, Pace(lease=1.0, poll=0.1, first_retry=0.1))

    async def quarantine(_: object, error: Exception) -> None:
        raise RuntimeError("quarantined") from error

    running = asyncio.create_task(engine.run(harness.runner.handle, quarantine=quarantine, nudge=harness.runner.nudge))
    try:
        async with asyncio.timeout(LONGEST):
            quiet = 0
            while quiet < 5:
                await asyncio.sleep(0.05)
                quiet = 0 if engine.looking_at or await _due(harness) else quiet + 1
    finally:
        await engine.stop()
        await running


async def _due(harness: Harness) -> bool:
    """Whether anything is to be looked at soon: a wake, or a retry that waits for its moment."""
    sql = "SELECT count(*) FROM wake WHERE due_us < ?"
    soon = microseconds(harness.clock() + SOON)
    return await harness.store.read(lambda tx: tx.connection.exec_driver_sql(sql, (soon,)).scalar_one()) > 0
