"""Runs the stand-in as its own process until it is told to stop, and ends with the verdict over its script.

The command line of the product and ``python -m agent_core.sandbox.messages`` both come here. It prints nothing; the caller
is told where the stand-in listens.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable

from starlette.applications import Starlette

from agent_core.sandbox.messages.app import create_messages_app, service_of
from agent_core.sandbox.messages.script import Script
from agent_core.sandbox.serving import Served, serve


async def run_until(
    app: Starlette,
    stop: asyncio.Event,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[Served], None] | None = None,
) -> int:
    """Serves the stand-in until ``stop`` is set.

    Args:
        app: Made by :func:`create_messages_app`.
        stop: Ends the stand-in.
        host: Address to listen on.
        port: Port to listen on; 0 lets the system choose.
        on_ready: Told where it listens.

    Returns:
        Exit status: 1 when a script was not played as written, else 0.
    """
    async with serve(app, host, port) as served:
        if on_ready is not None:
            on_ready(served)
        await stop.wait()
    script = service_of(app).script
    return 0 if script is None or script.fulfilled else 1


def main_messages(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    api_key: str | None = None,
    script: Script | None = None,
    seed: int = 0,
    chunk_seconds: float = 0.0,
    on_ready: Callable[[Served], None] | None = None,
    on_end: Callable[[str], None] | None = None,
) -> int:
    """Runs the stand-in in this process until an interrupt or a termination signal; returns the exit status.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        api_key: Key clients must send; None accepts any.
        script: Script to play instead of the offline brain.
        seed: Seed of ids.
        chunk_seconds: Pause between two events of a stream.
        on_ready: Told where it listens.
        on_end: Told, sentence by sentence, what was wrong with the script.

    Raises:
        AddressInUse: Another program has the port.
        AddressUnavailable: The address cannot be bound.
    """

    async def live() -> int:
        app = create_messages_app(api_key=api_key, script=script, seed=seed, chunk_seconds=chunk_seconds)
        async with _signals() as stop:
            return await run_until(app, stop, host=host, port=port, on_ready=on_ready)

    status = asyncio.run(live())
    if script is not None and on_end is not None:
        for failure in script.failures:
            on_end(failure)
        for number in script.unconsumed():
            on_end(f"turn {number} of the script was never asked for")
    return status


@contextlib.asynccontextmanager
async def _signals() -> AsyncGenerator[asyncio.Event, None]:
    """An event that an interrupt or a termination signal sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end(_signal: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, end) for kind in kinds]
    try:
        yield stop
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)
