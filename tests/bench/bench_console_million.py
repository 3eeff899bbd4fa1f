"""A window over a real core with a million conversations, three hundred thousand of them open, over a socket (R-M1).

The same window over a core with twenty thousand stands beside: what there is must not be felt, only what is looked at.
Goals: paint 400 ms, scroll p99 16, stall p99 16, filter p95 50, 250 MB in all of it. Times of the processor stand beside
those of the wall, and are the console's alone. The full size takes minutes, most of them to fill the core.
"""

import tempfile
from collections.abc import Mapping, Sequence
from typing import Final

from tests.bench.bench_console import asked, at_quantile
from tests.bench.figure import Figure

MANY: Final = 1_000_000
FEW: Final = 20_000
_SHOWN: Final = (
    ("look", "from nothing to rows and asks painted", "p50"),
    ("look_worked", "from nothing to rows and asks painted, processor", "p50"),
    ("scroll_worked", "one step of scrolling, processor", "p99"),
    ("paging_worked", "scrolling far: the loop is deaf for, p99, processor", "p99"),
    ("stall", "2,000 events a second over the wire: the loop is deaf for", "p99"),
    ("stall_worked", "2,000 events a second over the wire: the loop is deaf for, processor", "p99"),
    ("filter_first", "a filter chosen: what is held is narrowed and painted", "p95"),
    ("filter_first_worked", "a filter chosen: what is held is narrowed and painted, processor", "p95"),
    ("filter", "a filter chosen, asked of the core and painted", "p95"),
    ("search", "words typed, looked for until they are found", "p50"),
)
_COUNTED: Final = (
    ("busy", "2,000 events a second over the wire: the processor is taken", "%"),
    ("rate", "2,000 events a second: the core told", "events/s"),
    ("lost", "2,000 events a second: rows shown otherwise than the core has them", "rows"),
    ("held", "rows held at the end of scrolling", "rows"),
    ("memory", "memory at most, in all of it", "MB"),
)


def run() -> list[Figure]:
    """Measure both."""
    many, few = (_window(count) for count in (MANY, FEW))
    title = f"of {FEW:,}"
    figures = [
        Figure(f"{name}, {most}", [at_quantile(many[key], most)], "ms", title, [at_quantile(few[key], most)])
        for key, name, most in _SHOWN
    ]
    return figures + [Figure(name, many[key], unit, title, few[key]) for key, name, unit in _COUNTED]


def _window(count: int) -> Mapping[str, Sequence[float]]:
    with tempfile.TemporaryDirectory() as folder:
        return asked("tests.bench.million_window", folder, str(count))
