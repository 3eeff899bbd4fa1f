"""A whole console that runs for as long as a block lasts, with a core of its own in a process beside it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from console import demo_person
from console.app import Console, Launch, application
from console.headless.keys import KeyStore, MemoryKeyStore
from console.state.app_state import AppState

PATIENCE_SECONDS = 300
"""A bound only, for a test that would wait for ever."""


async def until(console: Console, true: Callable[[AppState], bool]) -> bool:
    """Wait until the state says something; answer whether it ever came to it."""
    return await demo_person.until(console, true, PATIENCE_SECONDS)


@asynccontextmanager
async def running(console: Console) -> AsyncGenerator[None]:
    """Lets a console run for as long as the block lasts; ends it, and waits for it."""
    task = asyncio.get_running_loop().create_task(console.run())
    try:
        yield
    finally:
        console.end()
        await task


@asynccontextmanager
async def running_console(folder: Path, *, customers: float = 0.0, keys: KeyStore | None = None) -> AsyncGenerator[Console]:
    """Starts it over a folder's core, which it finds again there; ends both, and waits for them.

    Args:
        folder: Where everything of it lies.
        customers: New conversations a minute, at six times the speed of life.
        keys: Where its keys lie; nothing is kept without.
    """
    launch = Launch(
        settings_file=folder / "console.ini", keys=keys or MemoryKeyStore(), data=folder / "data", anchor=folder / "anchor",
        customers=customers, more=("--crowd-speed", "6") if customers else (),
    )  # fmt: skip
    console = Console(application(), launch)
    async with running(console):
        yield console
