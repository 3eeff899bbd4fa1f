"""What a turn takes of the machine, counted: calls, statements, pages, transactions. Counts are the same under any load.

Times of a loaded machine say little; these say whether a change makes a turn cheaper. The floor appends the same rows in
the same transactions by hand (`bench_turn.Floor`).
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.bench_turn import Floor
from tests.bench.figure import Figure
from tests.bench.turns import Core, Learned, learn
from tests.store.commits import writing_driver

TURNS = 12
EFFECTS = 10
_FRAME = 4096 + 24
"""Bytes of one page in the log of writes."""


def run() -> list[Figure]:
    """Counts turns and their floor in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        learned = learn(folder / "learned")
        core = Core(folder / "turns", learned)
        floor = Floor(folder / "floor.sqlite", learned.commits.written)
        try:
            for _ in range(3):
                core.one()
                floor.one()
            return _counted(core, floor, folder, learned)
        finally:
            core.close()
            floor.close()


def _counted(core: Core, floor: Floor, folder: Path, learned: Learned) -> list[Figure]:
    ours, theirs = writing_driver(core.harness.store), floor.connection
    written = len(learned.commits.written)
    beside = "the same commits by hand"
    calls = [_calls(core.one) for _ in range(TURNS)]
    spent, floor_spent = [], []
    for _ in range(TURNS):
        spent.append(_processor(core.one))
        floor_spent.append(_processor(floor.one))
    log = next((folder / "turns").rglob("*-wal"))
    return [
        Figure("Python calls of a turn", calls, "calls"),
        Figure("processor time of a turn", spent, "ms", beside, floor_spent),
        Figure(
            "statements of a turn on the writing connection", [_statements(ours, core.one)], "statements", beside,
            [_statements(theirs, floor.one)],
        ),
        Figure(
            "pages of a turn in the log of writes", [_pages(ours, log, core.one)], "pages", beside,
            [_pages(theirs, folder / "floor.sqlite-wal", floor.one)],
        ),
        Figure("write transactions of a turn beyond one for each effect", [float(written - EFFECTS)], "commits"),
    ]  # fmt: skip


def _calls(work: Callable[[], None]) -> float:
    count = 0

    def called(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return float(count)


def _processor(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _statements(driver: Any, work: Callable[[], None]) -> float:
    ran: list[str] = []
    driver.set_trace_callback(ran.append)
    try:
        work()
    finally:
        driver.set_trace_callback(None)
    return float(len(ran))


def _pages(driver: Any, log: Path, work: Callable[[], None]) -> float:
    """The mean of some turns; nothing is carried over into the database meanwhile."""
    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    driver.execute("PRAGMA wal_autocheckpoint=0")
    for _ in range(TURNS):
        work()
    return log.stat().st_size / _FRAME / TURNS
