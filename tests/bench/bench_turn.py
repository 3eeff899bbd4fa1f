"""What a turn costs at zero latency, beside the same commits by hand; how soon work starts, and how soon it stops.

The floor appends the very same events and bodies in the very same transactions, through the same driver with the same
durability, with none of our code between: no hash, no index but the row's own, no fence, no decision. So it is a floor of
what is written, not of what a turn has to do.

A turn of n effects is n + 2 transactions, and fewer would be bought with something. Whoever calls a model, moves money or
speaks to a customer does so behind a durable start (seven here); the message and the last word are one each. That leaves
nine. The other three keep a model's answer durable before a read acts on it: without them a crash would ask the model once
more, be paid for once more, and answer otherwise; a bounded wait for the read would hide a slow one from people meanwhile.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.contract.ids import StreamId
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.store import Append
from tests.bench.figure import Figure, alternating
from tests.bench.turns import Core, Learned, Rows, Synchronous, learn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

TURNS = 30
AT_ONCE = 50
WAKES = 60
STOPS = 20


class Floor:
    """The same rows in the same transactions, by hand."""

    def __init__(self, path: Path, commits: Sequence[tuple[Rows, Rows]], synchronous: Synchronous = "FULL") -> None:
        self._commits = commits
        self.connection = sqlite3.connect(path, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            f"PRAGMA synchronous={synchronous}",
            "CREATE TABLE event(position INTEGER PRIMARY KEY, type TEXT, data TEXT)",
            "CREATE TABLE body(number INTEGER PRIMARY KEY, id TEXT, data TEXT)",
        ):
            self.connection.execute(statement)

    def one(self) -> None:
        """A turn's commits."""
        for events, bodies in self._commits:
            self.connection.execute("BEGIN IMMEDIATE")
            self.connection.executemany("INSERT INTO event(type, data) VALUES(?, ?)", events)
            self.connection.executemany("INSERT INTO body(id, data) VALUES(?, ?)", bodies)
            self.connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()


class Noting:
    """Notes when each commit was durable: the store's observer."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def before_commit(self, append: Append) -> None:
        """Nothing."""

    def after_commit(self, append: Append) -> None:
        """It is durable now."""
        self.at.setdefault(append.stream, time.perf_counter())


@asynccontextmanager
async def at_work(core: Core, handled: "list[tuple[StreamId, float]] | None" = None) -> "AsyncGenerator[TableEngine]":
    """The wake table's engine on the core."""
    runner = core.harness.runner
    engine = TableEngine(core.harness.store, Pace())

    async def handle(stream: StreamId) -> Handled:
        if handled is not None:
            handled.append((stream, time.perf_counter()))
        return await runner.handle(stream)

    async def quarantine(_: StreamId, error: Exception) -> None:
        raise error

    running = asyncio.create_task(engine.run(handle, quarantine=quarantine, nudge=runner.nudge))
    try:
        yield engine
    finally:
        await engine.stop()
        await running


def turns(folder: Path, learned: Learned) -> list[Figure]:
    """One conversation after the other."""
    core = Core(folder / "turns", learned)
    floor = Floor(folder / "floor.sqlite", learned.commits.written)
    try:
        ours, beside = alternating((core.one, floor.one), TURNS, warm_up=3)
    finally:
        core.close()
        floor.close()
    written = len(learned.commits.written)
    name = f"the same {written} commits by hand ({learned.commits.size // 1024} KiB)"
    return [Figure("a turn at zero latency", ours, "ms", name, beside)]


def with_engine(folder: Path, learned: Learned) -> list[Figure]:
    """Woken by the wake table: transactions of a turn, wake -> start, many conversations at once."""
    noting, handled = Noting(), list[tuple[StreamId, float]]()
    core = Core(folder / "engine", learned, observer=noting)
    commits: list[float] = []

    async def replied(engine: TableEngine, count: int) -> None:
        """Until so many replies were sent and nothing is being looked at, so that what a look ends with is written, too."""
        while len(core.channel.taken) < count or engine.looking_at:  # noqa: ASYNC110 - nobody is told when a look has ended
            await asyncio.sleep(0.002)

    async def play() -> float:
        async with at_work(core, handled) as engine:
            for number in range(1, WAKES + 1):
                with core.counting() as count:
                    await core.customer_writes()
                    await replied(engine, number)
                    commits.append(float(count()))
            began = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(core.customer_writes())
            await replied(engine, WAKES + AT_ONCE)
            return time.perf_counter() - began

    try:
        seconds = core.loop.run_until_complete(play())
    finally:
        core.close()
    first = dict(reversed(handled[:WAKES]))
    starts = [(at - noting.at[stream]) * 1000 for stream, at in first.items()]
    return [
        Figure("write transactions of a turn of 10 effects, wake table included", commits, "commits"),
        Figure("wake -> start, p50", [_percentile(starts, 50)], "ms"),
        Figure("wake -> start, p95", [_percentile(starts, 95)], "ms"),
        Figure(f"turns a second at {AT_ONCE} conversations", [AT_ONCE / seconds], "turns/s"),
    ]


class Thinking:
    """A model that thinks until it is stopped, and notes when."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.stopped: asyncio.Queue[float] = asyncio.Queue()

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        self.asked.put_nowait(request.purpose)
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.put_nowait(time.perf_counter())
        raise AssertionError("it was never answered")

    async def close(self) -> None:
        """Nothing to close."""


def preemption(folder: Path, learned: Learned) -> list[Figure]:
    """The customer writes again while a model thinks: from the append's beginning to the call's end."""
    core = Core(folder / "preempted", learned)
    thinking = Thinking()
    core.answered_by(thinking)
    took: list[float] = []

    async def play() -> None:
        async with at_work(core):
            for number in range(1, STOPS + 1):
                await core.customer_writes()
                await thinking.asked.get()
                began = time.perf_counter()
                await core.harness.customer_writes("Wait!", f"again_{number}", thread=f"thread_{number}")
                took.append((await thinking.stopped.get() - began) * 1000)
                await thinking.asked.get()  # about both messages

    try:
        core.loop.run_until_complete(play())
    finally:
        core.close()
    return [
        Figure("a new message -> the model's call is stopped, p50", [_percentile(took, 50)], "ms"),
        Figure("a new message -> the model's call is stopped, p95", [_percentile(took, 95)], "ms"),
    ]


def _percentile(samples: Sequence[float], percent: int) -> float:
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def run() -> list[Figure]:
    """Measures turns and their floor in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        learned = learn(folder / "learned")
        return [*turns(folder, learned), *with_engine(folder, learned), *preemption(folder, learned)]
