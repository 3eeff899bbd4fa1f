"""The console as a person has it: start, first paint, scroll, filter, a flood of news, a long transcript, memory (R-M1).

Each in a process of its own, far into a list of a million conversations, beside the same window at its first page. Goals
(wall time, a machine of one's own): paint 400 ms, scroll p99 16, filter p95 50, stall p99 16, transcript 300, 250 MB, start
2 s. Times of the processor stand beside those of the wall: they say what the work costs when others use the machine too.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.bench.figure import Figure

ROOT: Final = Path(__file__).resolve().parents[2]
FAR: Final = 10
"""Pages of 200 that somebody has scrolled through."""
STARTS: Final = 2
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SHOWN: Final = (
    ("first_paint", "first rows painted after the window opens", "p50"),
    ("scroll", "one step of scrolling", "p99"),
    ("filter", "a filter chosen, read and painted", "p95"),
    ("transcript", "a conversation of 2,000 messages opens in the window", "p50"),
)


def run() -> list[Figure]:
    """Measure."""
    few, many = (asked("tests.bench.console_window", str(pages)) for pages in (1, FAR))
    figures: list[Figure] = []
    for key, name, most in _SHOWN:
        for suffix, clock in (("", ""), ("_worked", ", processor")):
            figures.append(_figure(f"{name}, {most}{clock}", key + suffix, most, many, few))
    figures.append(Figure("words searched in the list, p95", [at_quantile(many["search"], "p95")], "ms"))
    stalls = {"late": many["stall"], "quiet": many["quiet"]}
    figures.append(
        Figure(
            "2,000 events a second: the loop is deaf for, p99", [at_quantile(stalls["late"], "p99")], "ms", "with no events",
            [at_quantile(stalls["quiet"], "p99")],
        )
    )  # fmt: skip
    figures.append(_figure("2,000 events a second: the loop is deaf for, p99, processor", "stall_worked", "p99", many, few))
    figures.append(
        _figure("the same with a long conversation open, processor", "stall_beside_worked", "p99", many, few)
    )  # fmt: skip
    figures.append(
        Figure("2,000 events a second: the processor is taken", many["busy"], "%", "at the first page", few["busy"])
    )
    figures.append(Figure("2,000 events a second: came through", many["rate"], "events/s"))
    figures.append(Figure("2,000 events a second: not shown in the end", many["lost"], "rows"))
    figures.append(Figure("memory at most, in all of it", many["memory"], "MB", "no window yet", many["memory_empty"]))
    return [*figures, *_starts()]


def _figure(
    name: str, key: str, most: str, many: Mapping[str, Sequence[float]], few: Mapping[str, Sequence[float]]
) -> Figure:
    return Figure(name, [at_quantile(many[key], most)], "ms", "at the first page", [at_quantile(few[key], most)])


def at_quantile(samples: Sequence[float], quantile: str) -> float:
    """The value that so many of the samples do not pass."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * _QUANTILES[quantile]))]


def _starts() -> list[Figure]:
    """Starts on folders that exist already, as every start but the first finds them."""
    with tempfile.TemporaryDirectory() as folder:
        taken = [
            asked("tests.bench.console_started", folder, str(time.monotonic())) for _ in range(STARTS + 1)
        ][1:]  # fmt: skip
    each = {key: [one[key][0] for one in taken] for key in taken[0]}
    return [
        Figure("cold start to a live window", each["live"], "ms", "to a window", each["shown"]),
        Figure("cold start, processor of the console", each["live_worked"], "ms", "to a window", each["shown_worked"]),
        Figure(
            "cold start, processor of the core beside it", each["core_worked"], "ms", "of the console", each["live_worked"]
        ),
    ]


def asked(module: str, *arguments: str) -> dict[str, list[float]]:
    """What a module said, run in a process of its own without a screen."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [sys.executable, "-m", module, *arguments]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return json.loads(said.stdout.splitlines()[-1])
