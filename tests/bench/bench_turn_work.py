"""What a turn takes of the machine, counted: calls, statements, pages, transactions. Counts are the same under any load.

Times of a loaded machine say little; these say whether a change makes a turn cheaper. The floor appends the same rows in
the same transactions by hand (`bench_turn.Floor`). Shares say what the processor does in a turn: whoever wants it cheaper
begins at the largest.
"""

import selectors
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.bench.bench_turn import Floor
from tests.bench.figure import Figure
from tests.bench.turns import Core, Learned, learn
from tests.store.commits import writing_driver

TURNS = 12
EFFECTS = 10
SHARED_TURNS = 60
_EVERY = 0.002
"""Seconds of processor time between two looks; a system may be as coarse as 4 ms."""
_LOOP = "tasks and the event loop"
_WRITER = "the log on the writer's thread, where the disk is slow"
_PARTS: Final = {
    "the log: rows, chain, indexes, commits": ("/agent_core/store/",),
    "may it be done: policy and its facts": ("/agent_core/authority/", "/engine/judging.py"),
    "is it sound: replies, requests, outside texts": (
        "/agent_core/guardrails/", "/agent_core/boundary/", "/conversation/health/", "/engine/reply_context.py",
        "/engine/flagging.py", "/engine/sight.py",
    ),
    "what is so, and what is next: fold and decide": ("/agent_core/conversation/",),
    "the words of a call, and their record": ("/agent_core/models/", "/agent_core/workflows/", "/agent_core/routing/"),
    "steps and effects": ("/agent_core/engine/", "/agent_core/systems/"),
    "stand-ins of model, shop and channel": ("/agent_core/sandbox/", "/tests/"),
}  # fmt: skip
"""Parts of a turn, by where their code is; the first that fits."""
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
            return [*_counted(core, floor, folder, learned), *_shares(core)]
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


def _shares(core: Core) -> list[Figure]:
    """Where the processor is when it is looked at now and then: by its own time, so that others' work does not count."""
    seen: Counter[str] = Counter()

    def look(_signal: int, frame: FrameType | None) -> None:
        seen[_part_of(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        for _ in range(SHARED_TURNS):
            core.one()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    whole = sum(seen.values()) or 1
    return [Figure(f"share of a turn: {name}", [100 * count / whole], "%") for name, count in seen.most_common()]


def _part_of(frame: FrameType | None) -> str:
    """Whose work it is: the innermost part that is no common ground, such as values and their canonical form.

    While the loop only waits, another thread is at work: the writer's, because the disk is slow.
    """
    if frame is not None and frame.f_code.co_filename == selectors.__file__:
        return _WRITER
    while frame is not None and frame.f_code is not Core.one.__code__:
        place = frame.f_code.co_filename
        found = next((name for name, pieces in _PARTS.items() if any(piece in place for piece in pieces)), None)
        if found is not None:
            return found
        frame = frame.f_back
    return _LOOP


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
