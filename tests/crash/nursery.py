"""Forks one process per play, so that a hundred deaths cost no hundred imports.

Reads `FOLDER DIE_AT KILL_AT` per line and answers a JSON list: the child's exit code, then the points it passed, in order.
 `DIE_AT` 0 plays to the end; `KILL_AT` above 0 sends SIGKILL when that many points have been passed.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import structlog

from tests.crash.scenario import Points, play


def main() -> None:
    """Serves until its input ends."""
    logging.disable(logging.CRITICAL)
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())
    for line in sys.stdin:
        folder, die_at, kill_at = line.split()
        code, passed = _bear(Path(folder), int(die_at), int(kill_at))
        sys.stdout.write(f"{json.dumps([code, *passed])}\n")
        sys.stdout.flush()


def _bear(folder: Path, die_at: int, kill_at: int) -> tuple[int, list[str]]:
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _live(folder, die_at, tell)
    os.close(tell)
    passed: list[str] = []
    with os.fdopen(told, encoding="utf-8") as lines:
        for line in lines:
            passed.append(line.strip())
            if len(passed) == kill_at:
                os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), passed


def _live(folder: Path, die_at: int, tell: int) -> None:
    """The child: never returns."""
    code = 1
    try:
        points = Points(die_at, lambda line: _write(tell, line))
        asyncio.run(play(folder, points))
        code = 0
    except BaseException as error:  # noqa: BLE001 - nothing of the child may reach the parent's stack
        _write(tell, f"{type(error).__name__}: {error}")
    finally:
        os._exit(code)


def _write(tell: int, line: str) -> None:
    os.write(tell, f"{line.replace(chr(10), ' ')}\n".encode())


if __name__ == "__main__":
    main()
