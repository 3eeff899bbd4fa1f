"""A whole console with a core of its own, from nothing to a live window; prints how many milliseconds each step took.

The figure of a cold start as a person has it: the process, Qt, the window, the core as a child, the session, the feed.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import qasync

from console.app import Console, Launch, application
from console.demo_person import until
from console.headless.keys import MemoryKeyStore

PATIENCE_S = 180.0


async def started(folder: Path, began: float) -> dict[str, list[float]]:
    """Start, wait until it is live, end it in order."""
    launch = Launch(folder / "console.ini", MemoryKeyStore(), folder / "data", folder / "anchor")
    console = Console(application(), launch)
    running = asyncio.get_running_loop().create_task(console.run())
    try:
        await asyncio.sleep(0)
        shown, shown_worked = time.monotonic() - began, time.process_time()
        assert await until(console, lambda state: state.connection.phase == "live", PATIENCE_S)
        console.window.refresh.flush()
        console.window.repaint()
        return {
            "shown": [shown * 1e3],
            "shown_worked": [shown_worked * 1e3],
            "live": [(time.monotonic() - began) * 1e3],
            "live_worked": [time.process_time() * 1e3],
        }
    finally:
        console.end()
        await running


def main() -> None:
    """`FOLDER BEGAN`: the second is the monotonic moment at which the process was asked for."""
    loop = qasync.QEventLoop(application())
    with loop:
        found = loop.run_until_complete(started(Path(sys.argv[1]), float(sys.argv[2])))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
