"""Long suites that look for what short ones do not find; every failure is one seed that plays it again.

    python -m tests.crash.torture races --count 20000 --seed 1 --jobs 2

Without a suite, every one is played, each as long as is usual for it. A suite answers one line per failed seed, counts at
the end, and exit code 1 when one failed. Seeds are shared out to processes of their own, each with the same hash seed, so
that a seed plays the same race everywhere. Another suite is one more entry of `SUITES`.
"""

import argparse
import gc
import json
import logging
import os
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from tests.audit import played as tampers
from tests.crash import disk as failing
from tests.crash import exits as exiting
from tests.crash import faults as outside
from tests.crash import kills as killing
from tests.crash import locks as foreign
from tests.crash.races import race

ROOT: Final = Path(__file__).resolve().parents[2]
_SHOWN: Final = 4
_SWEPT: Final = 20
"""Seeds after which what plays left behind is collected."""
_EVERY: Final = 60.0
"""Seconds after which a job says how far it is."""


@dataclass(frozen=True)
class Played:
    """What one seed came to: nothing wrong, or what, and a history that shows it."""

    problems: Sequence[str]
    history: str = ""
    counted: Mapping[str, int] = field(default_factory=dict[str, int])
    """What there was of it, by name: counts of all seeds are added up."""


def races(seed: int) -> Played:
    """One seeded race; see `races`."""
    raced = race(seed)
    return Played(raced.problems, raced.history, raced.seen)


def exits(seed: int) -> Played:
    """One story with deaths in it; see `exits`."""
    problems, history = exiting.exits(seed)
    return Played(problems, history)


def kills(seed: int) -> Played:
    """A thousand kills under a hundred conversations, and with every tenth seed under a thousand; see `kills`."""
    crowd = seed % 10 == 0
    batch = killing.killed(seed, conversations=1_000 if crowd else 100, customers=1_500 if crowd else 200)
    counted = {"conversations": batch.conversations, "kills": batch.kills, "interrupted": batch.interrupted,
               "messages": batch.messages, "decisions": batch.decisions, "effects": batch.effects}  # fmt: skip
    return Played(batch.problems, batch.history, counted)


def database(seed: int) -> Played:
    """One story whose disk fails; see `disk`."""
    problems, history = failing.fails(seed)
    return Played(problems, history)


def locks(seed: int) -> Played:
    """One story whose database another program has open; see `locks`."""
    problems, history = foreign.locked(seed)
    return Played(problems, history)


def faults(seed: int) -> Played:
    """One conversation over sockets in which what is outside fails; see `faults`."""
    came = outside.faulty(seed)
    return Played(came.problems, came.history, {"conversations": 1, "faults": came.fired})


def tampering(seed: int) -> Played:
    """One way to write into a core's database by hand; see `tests.audit.tampering`."""
    return Played(tampers.play(seed))


@dataclass(frozen=True)
class Suite:
    """A function from a seed to what went wrong, and how many seeds are usual."""

    play: Callable[[int], Played]
    usual: Callable[[], int]


SUITES: Final[dict[str, Suite]] = {
    "races": Suite(races, lambda: 20_000),
    "exits": Suite(exits, lambda: exiting.count() + 1_000),
    "database": Suite(database, lambda: failing.count() + 1_000),
    "locks": Suite(locks, lambda: 1_000),
    "faults": Suite(faults, lambda: 3_500),
    "tampering": Suite(tampering, lambda: 10_000),
    "kills": Suite(kills, lambda: 10),
}


def main(words: Sequence[str] | None = None) -> int:
    """Runs a suite, or all of them; 1 when a seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.torture", description=__doc__)
    parser.add_argument("suite", nargs="?", choices=list(SUITES), help="all of them, when none is named")
    parser.add_argument("--count", type=int, help="how many seeds")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes side by side")
    parser.add_argument("--keep", type=Path, help="write the history of each failed seed into this folder")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(words)
    _quiet()
    if chosen.step is not None:
        return _job(chosen)
    named = [chosen.suite] if chosen.suite else list(SUITES)
    outcomes = [_played_whole(argparse.Namespace(**{**vars(chosen), "suite": suite})) for suite in named]
    return max(outcomes)


def _quiet() -> None:
    """What the core logs while it is tortured is no news."""
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)


def _played_whole(chosen: argparse.Namespace) -> int:
    if chosen.count is None:
        chosen.count = SUITES[chosen.suite].usual()
    begun = time.monotonic()
    failed, counted = _shared_out(chosen)
    seconds = time.monotonic() - begun
    sys.stdout.write(f"{chosen.count} {chosen.suite}, {len(failed)} failed, {seconds:.0f} s{_listed(counted)}\n")
    if failed:
        sys.stdout.write(f"failed seeds: {' '.join(map(str, failed))}\n")
        sys.stdout.write(f"again: python -m tests.crash.torture {chosen.suite} --count 1 --seed {failed[0]} --keep build\n")
    return 1 if failed else 0


def _listed(counted: Mapping[str, int]) -> str:
    return "".join(f", {count} {name}" for name, count in counted.items())


def _shared_out(chosen: argparse.Namespace) -> tuple[list[int], Counter[str]]:
    """Starts the jobs and reads what they say; the failed seeds, and what all jobs counted."""
    jobs: list[subprocess.Popen[str]] = []
    count = max(1, min(chosen.jobs, chosen.count))
    for number in range(count):
        mine = len(range(number, chosen.count, count))
        command = [
            sys.executable, "-m", "tests.crash.torture", chosen.suite, "--count", str(mine),
            "--seed", str(chosen.seed + number), "--step", str(count),
        ]  # fmt: skip
        if chosen.keep is not None:
            command += ["--keep", str(chosen.keep.resolve())]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        jobs.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True))
    failed: list[int] = []
    counted: Counter[str] = Counter()
    for line in _lines_of(jobs):
        told: dict[str, Any] = json.loads(line)
        if "problems" in told:
            failed.append(told["seed"])
            sys.stdout.write(f"seed {told['seed']}: {'; '.join(told['problems'])[:1500]}\n")
        elif "seed" in told:
            sys.stdout.write(f"seed {told['seed']}: well so far{_listed(told['counted'])}\n")
        else:
            counted.update(told["counted"])
        sys.stdout.flush()
    for job in jobs:
        if job.wait() not in (0, 1):
            raise RuntimeError(f"a job ended with {job.returncode}")
    return sorted(failed), counted


def _lines_of(jobs: list[subprocess.Popen[str]]) -> Iterator[str]:
    """What all jobs say, job after job; the pipes hold the rest."""
    for job in jobs:
        with job:
            assert job.stdout is not None
            yield from job.stdout


def _job(chosen: argparse.Namespace) -> int:
    """One process: plays its seeds one after another."""
    gc.disable()  # a play leaves little behind, and looking for it all the time is a fifth of a race
    try:
        return _plays(chosen)
    finally:
        gc.enable()


def _plays(chosen: argparse.Namespace) -> int:
    failed, counted, said = 0, Counter[str](), time.monotonic()
    for number in range(chosen.count):
        if number % _SWEPT == 0:
            gc.collect()
        seed = chosen.seed + number * chosen.step
        played = _played(chosen.suite, seed)
        counted.update(played.counted)
        if played.problems:
            failed += 1
            _say({"seed": seed, "problems": [each[:500] for each in played.problems[:_SHOWN]]})
            if chosen.keep is not None:
                chosen.keep.mkdir(parents=True, exist_ok=True)
                (chosen.keep / f"{chosen.suite}-{seed}.jsonl").write_text(played.history, encoding="utf-8")
        elif time.monotonic() - said > _EVERY:
            said = time.monotonic()
            _say({"seed": seed, "counted": counted})
    _say({"counted": counted})
    return 1 if failed else 0


def _played(suite: str, seed: int) -> Played:
    """A seed; an error of the play itself is a failure of it like others."""
    try:
        return SUITES[suite].play(seed)
    except Exception as error:  # noqa: BLE001 - the seed must be told, whatever it was
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Played([f"{type(error).__name__}: {error} at {where.filename}:{where.lineno}"])


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
