"""Run the checks and the test suites, some side by side, and add up what they found.

Why one sum: the suites run in different environments (without Qt, with Qt on no screen, with Qt on a real X server,
with a keyring), and a reader wants one line at the end. A suite that ends without saying what it found counts as a
failure: silence must never look like success. This module decides nothing about what is tested.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, Any, cast

SUITE_SECONDS = 90 * 60
"""A suite that takes longer hangs: it is ended and counts as failed. Ten minutes of work are an hour on a busy machine."""

SHOWN_FAILURES = 30

_KEPT_BACK: ContextVar[bool] = ContextVar("kept_back", default=False)
_PRINTING = Lock()


@dataclass(frozen=True)
class Outcome:
    """What one check or suite found.

    Args:
        name: As printed.
        passed: Number of tests (a check counts as one).
        failed: Number of failed tests, errors while setting up or cleaning up included.
        skipped: Number of tests that said why they did not run.
        seconds: Wall time.
        failures: Names of the failed ones.
    """

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    failures: tuple[str, ...] = field(default=())


def run_check(name: str, command: Sequence[str], root: Path, variables: Mapping[str, str]) -> Outcome:
    """Run one checker; it counts as one test.

    Args:
        name: As printed.
        command: Program and arguments.
        root: Working directory.
        variables: The child's whole environment.
    """
    started = time.monotonic()
    code = _run(name, command, root, variables)
    seconds = time.monotonic() - started
    return Outcome(name, int(code == 0), int(code != 0), 0, seconds, () if code == 0 else (name,))


def run_suite(name: str, command: Sequence[str], tally: Path, root: Path, variables: Mapping[str, str]) -> Outcome:
    """Run one pytest suite that writes its numbers to `tally`.

    Args:
        name: As printed.
        command: Program and arguments, `--tally` included.
        tally: The file it was told to write.
        root: Working directory.
        variables: The child's whole environment.
    """
    tally.parent.mkdir(parents=True, exist_ok=True)
    tally.unlink(missing_ok=True)
    started = time.monotonic()
    try:
        code = _run(name, command, root, variables, SUITE_SECONDS)
    except subprocess.TimeoutExpired:
        code = -1
    return outcome_of(name, code, tally, time.monotonic() - started)


def side_by_side(jobs: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Run checks and suites at the same time; what each prints appears in one piece when it has ended.

    Args:
        jobs: What to run; each starts its own processes, so a thread for each is enough.

    Returns:
        The outcomes, in the order of `jobs`.
    """

    def alone(job: Callable[[], Outcome]) -> Outcome:
        _KEPT_BACK.set(True)
        return job()

    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        return list(pool.map(alone, jobs))


def _run(name: str, command: Sequence[str], root: Path, variables: Mapping[str, str], seconds: float | None = None) -> int:
    with _output(name) as output:
        return subprocess.run(
            list(command),
            cwd=root,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            timeout=seconds,
        ).returncode


@contextmanager
def _output(name: str) -> Generator[IO[bytes] | None]:
    if not _KEPT_BACK.get():
        print(f"\n── {name}", flush=True)
        yield None
        return
    with tempfile.TemporaryFile() as kept:
        try:
            yield kept
        finally:
            kept.seek(0)
            with _PRINTING:
                print(f"\n── {name}", flush=True)
                sys.stdout.buffer.write(kept.read())
                sys.stdout.flush()


def outcome_of(name: str, code: int, tally: Path, seconds: float) -> Outcome:
    """Read a suite's numbers and believe them only as far as its exit code agrees.

    Args:
        name: As printed.
        code: The exit code; anything but 0 means that something failed, whatever the numbers say.
        tally: The file it was told to write.
        seconds: Wall time.
    """
    try:
        numbers = cast("dict[str, Any]", json.loads(tally.read_text(encoding="utf-8")))
        passed, failed, skipped = (int(numbers[key]) for key in ("passed", "failed", "skipped"))
        failures = [str(item) for item in numbers["failures"]]
    except (OSError, ValueError, KeyError, TypeError):
        return Outcome(name, 0, 1, 0, seconds, (f"{name}: ended with code {code} before it could say what it found",))
    if code != 0 and failed == 0:
        return Outcome(name, passed, 1, skipped, seconds, (f"{name}: ended with code {code} though no test failed",))
    return Outcome(name, passed, failed, skipped, seconds, tuple(failures))


def report(outcomes: Sequence[Outcome]) -> int:
    """Print a line per suite, what failed, and the total in plain form as the very last line.

    Args:
        outcomes: In the order they ran.

    Returns:
        0 when nothing failed, else 1.
    """
    print()
    for outcome in outcomes:
        mark = "FAILED" if outcome.failed else "ok"
        numbers = f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
        print(f"{mark:>6}  {outcome.name:<44} {numbers}  ({outcome.seconds:.1f} s)")
    failures = [name for outcome in outcomes for name in outcome.failures]
    for name in failures[:SHOWN_FAILURES]:
        print(f"        {name}")
    if len(failures) > SHOWN_FAILURES:
        print(f"        … and {len(failures) - SHOWN_FAILURES} more")
    passed, failed, skipped = (
        sum(outcome.passed for outcome in outcomes),
        sum(outcome.failed for outcome in outcomes),
        sum(outcome.skipped for outcome in outcomes),
    )
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not outcomes else 0


def quiet_variables(extra: Mapping[str, str]) -> dict[str, str]:
    """Copy this process's variables for a child that must not meet the person's own screen, keys or settings.

    A child keeps the bytecode of what it imports (`make clean` removes it): the suites start hundreds of processes, and
    compiling everything again in each is most of their time.
    """
    own = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "ANTHROPIC_API_KEY"}
    own |= {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return kept | {"PYTHONFAULTHANDLER": "1", "PYTHONUTF8": "1"} | dict(extra)
