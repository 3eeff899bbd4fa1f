"""One measured figure, always beside the floor or the peer that says whether it is good.

Why ratios: a machine shared with others is fast today and slow tomorrow; the same work done by hand in the same minute
is the only honest neighbour. Nothing here is a test: a figure never fails a build by itself.
"""

import gc
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Args:
        name: What was done, as a reader would say it.
        samples: One value per repetition, in `unit`, at least one unless it was skipped.
        unit: What the values are counted in, such as `ms` or `events/s`.
        beside: The name of the floor or peer this is compared with; empty for none.
        beside_samples: Its values, in the same unit, taken in turns with ours.
    """

    name: str
    samples: Sequence[float]
    unit: str
    beside: str = ""
    beside_samples: Sequence[float] = ()

    @classmethod
    def skipped(cls, name: str, why: str) -> "Figure":
        """What could not be measured here, and why."""
        return cls(name, (), "", f"skipped: {why}")

    @property
    def median(self) -> float:
        """The middle value; one slow moment of the machine does not move it."""
        return statistics.median(self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest value: how far to trust the median."""
        return min(self.samples), max(self.samples)

    @property
    def ratio(self) -> float | None:
        """Our median divided by that of the floor or peer; None without one, or when both are nothing."""
        if not self.beside_samples:
            return None
        floor = statistics.median(self.beside_samples)
        if floor:
            return self.median / floor
        return math.inf if self.median else None


def timed(work: Callable[[], object], repetitions: int, *, warm_up: int = 1) -> list[float]:
    """Answer how long each repetition took, in milliseconds.

    Args:
        work: What to measure; runs `warm_up` times first without being counted.
        repetitions: How often.
        warm_up: How often beforehand.
    """
    return alternating((work,), repetitions, warm_up=warm_up)[0]


def alternating(works: Sequence[Callable[[], object]], repetitions: int, *, warm_up: int = 1) -> tuple[list[float], ...]:
    """Measure several pieces of work in turns, so that a slow minute of the machine hits all of them alike.

    Args:
        works: What to measure, ours and the floor's.
        repetitions: How often each.
        warm_up: How often each beforehand, uncounted.

    Returns:
        For each work its times in milliseconds, in order.
    """
    for _ in range(warm_up):
        for work in works:
            work()
    times: tuple[list[float], ...] = tuple([] for _ in works)
    gc.collect()
    gc.disable()
    try:
        for _ in range(repetitions):
            for work, into in zip(works, times, strict=True):
                started = time.perf_counter_ns()
                work()
                into.append((time.perf_counter_ns() - started) / 1e6)
    finally:
        gc.enable()
    return times
