"""Waits until the process is asked to end, on every system we run on.

Why it exists: commands must end cleanly on Ctrl-C and on ``SIGTERM``: connections closed, files closed, exit code chosen by
the command. It must put the previous signal handlers back.
"""

import asyncio
import contextlib
import signal
from collections.abc import Generator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stop_event() -> Generator[asyncio.Event]:
    """Yields an event that is set by ``SIGINT`` or ``SIGTERM``; must be entered in a running loop of the main thread."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    previous = {number: signal.getsignal(number) for number in _SIGNALS}
    by_loop = True

    def wake(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:
            # Windows loops know no signal handlers; the plain kind may only wake the loop from outside.
            by_loop = False
            signal.signal(number, wake)
    try:
        yield stop
    finally:
        for number in _SIGNALS:
            if by_loop:
                loop.remove_signal_handler(number)
            signal.signal(number, previous[number])
