"""An X server nobody has to look at, started for one suite and ended with it.

Why not xvfb-run: it picks a display by trying and hung once as the first process of a container. Here the server picks
its own free number and says it through a pipe. This module must never leave a server behind, however its user ends.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30
PR_SET_PDEATHSIG = 1


@contextmanager
def virtual_display(log: Path) -> Generator[str]:
    """Start Xvfb and give the value for `DISPLAY`; end it on the way out.

    Args:
        log: Where the server's own words go.

    Raises:
        OSError: The server did not start; the message names the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    told, tell = os.pipe()
    with log.open("wb") as words:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(tell), "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=(tell,),
            stdout=words,
            stderr=words,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent if sys.platform.startswith("linux") else None,
        )
    os.close(tell)
    try:
        ready, _, _ = select.select([told], [], [], START_SECONDS)
        number = os.read(told, 16).decode().strip() if ready else ""
        if not number:
            raise OSError(f"Xvfb did not start: see {log}")
        yield f":{number}"
    finally:
        os.close(told)
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _end_with_parent() -> None:
    """Ask the kernel to end the server when we are killed without a chance to clean up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
