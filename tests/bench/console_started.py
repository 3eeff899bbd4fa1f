"""A whole console with a core of its own, from nothing to a live window; prints how many milliseconds each step took.

The figure of a cold start as a person has it, through the command they give: the process, the core as a child, Qt, the
window, the keyring, the session, the feed.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.__main__ import main as opened

if TYPE_CHECKING:
    from console.app import Console

PATIENCE_S: Final = 180.0
CUSTOMERS: Final = "6"


def companion(console: "Console", began: float) -> "asyncio.Task[Any]":
    """Watches the console come alive, says when it did, and ends it in order."""
    return asyncio.get_running_loop().create_task(_watch(console, began), name="bench")


async def _watch(console: "Console", began: float) -> int:
    shown, shown_worked = time.monotonic() - began, time.process_time()
    from console.demo_person import until  # no part of a start

    try:
        assert await until(console, lambda state: state.connection.phase == "live", PATIENCE_S)
        console.window.refresh.flush()
        console.window.repaint()
        assert console.core is not None
        found = {
            "shown": [shown * 1e3],
            "shown_worked": [shown_worked * 1e3],
            "live": [(time.monotonic() - began) * 1e3],
            "live_worked": [time.process_time() * 1e3],
            "core_worked": [_worked(console.core.process.pid) * 1e3],
        }
        sys.stdout.write(json.dumps(found) + "\n")
    finally:
        console.end()
    return 0


def _worked(process: int) -> float:
    """Seconds of the processor that another process has had; only Linux tells."""
    try:
        threads = Path(f"/proc/{process}/task").iterdir()
        return sum(int((thread / "schedstat").read_text("ascii").split()[0]) for thread in threads) / 1e9
    except OSError:
        return 0.0


if __name__ == "__main__":
    folder, asked = Path(sys.argv[1]), float(sys.argv[2])
    more = ["--data", str(folder / "data"), "--config", str(folder / "config"), "--customers", CUSTOMERS]
    sys.exit(opened(more, lambda console: companion(console, asked)))
