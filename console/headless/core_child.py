"""A core as a child process, started before anything else of a console is loaded.

Why it exists: to load a core takes as long as to load Qt and the console, and both can happen at once. So this names the
standard library alone, and the parts of it that load quickly. What the child says is read by threads: that works before
there is a loop, and with every kind of loop. It must never put a secret where others can read it (arguments, environment,
files): those go over standard input, which ends the child when it closes. It must never wait for the child.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Final, NamedTuple

_MOST_LINES: Final = 40
_MOST_CHARACTERS: Final = 400
_ROOT: Final = Path(__file__).resolve().parents[2]


class ServeOptions(NamedTuple):
    """How an embedded core is started.

    Attributes:
        data: Its data folder; its own choice when none.
        config: Where the anchor is kept.
        brands: Brand folders.
        sandbox: With the stand-ins of the outside world.
        customers: New conversations a minute, in the sandbox.
        crowd_speed: 1 is real time, 10 ten times as fast.
        more: Further options, for tests.
    """

    data: Path | None = None
    config: Path | None = None
    brands: Sequence[Path] = ()
    sandbox: bool = False
    customers: float = 0.0
    crowd_speed: float = 1.0
    more: Sequence[str] = ()

    def words(self) -> list[str]:
        """The command line. A core works in another folder than whoever starts it: folders are named whole."""
        words = ["serve", "--embedded", "--port", "0"]
        words += ["--data", str(self.data.absolute())] if self.data is not None else []
        words += ["--config", str(self.config.absolute())] if self.config is not None else []
        for folder in self.brands:
            words += ["--brand", str(folder.absolute())]
        words += ["--sandbox"] if self.sandbox else []
        if self.customers > 0:
            words += ["--customers", f"{self.customers:g}", "--crowd-speed", f"{self.crowd_speed:g}"]
        return [*words, *self.more]


class CoreChild:
    """A core that was started; it loads by itself and then waits for the line that it is handed.

    Args:
        options: How it is started.

    Attributes:
        first_line: The first line of its standard output; empty when it ended without one.
        silent: Done once everything it wrote to standard error is in `said`.
        ended: Its exit code.
        said: The last lines of its standard error.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program, our own options
            [sys.executable, "-m", "agent_core", *options.words()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=_ROOT,
        )  # fmt: skip
        self.first_line: Future[bytes] = Future()
        self.silent: Future[None] = Future()
        self.ended: Future[int] = Future()
        self.said: list[str] = []
        self._begin(self._read_output, "core-stdout")
        self._begin(self._read_errors, "core-stderr")
        self._begin(lambda: self.ended.set_result(self._process.wait()), "core-ended")

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code; none while it runs."""
        return self.ended.result() if self.ended.done() else None

    def hand_over(self, line: bytes) -> None:
        """Gives it what it waits for; when it has ended already, its own words say why."""
        stream = _pipe(self._process.stdin)
        with contextlib.suppress(OSError, ValueError):
            stream.write(line)
            stream.flush()

    def close_input(self) -> None:
        """Tells it to end; harmless when done twice."""
        with contextlib.suppress(OSError):
            _pipe(self._process.stdin).close()

    def kill(self) -> None:
        """Ends it by force; harmless when it has ended."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def _begin(self, work: Callable[[], None], name: str) -> None:
        threading.Thread(target=work, name=name, daemon=True).start()

    def _read_output(self) -> None:
        with _pipe(self._process.stdout) as stream:
            self.first_line.set_result(stream.readline())
            for _ in stream:
                pass

    def _read_errors(self) -> None:
        with _pipe(self._process.stderr) as stream:
            for line in stream:
                self.said.append(line.decode("utf-8", "replace").strip()[:_MOST_CHARACTERS])
                del self.said[:-_MOST_LINES]
        self.silent.set_result(None)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "all three are pipes"
    return stream
