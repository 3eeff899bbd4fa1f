"""The wake table on SQLite behind the port: the whole conformance suite, and what only one process can promise."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent_core.contract.errors import Unavailable
from agent_core.contract.ids import StreamId
from agent_core.engine.port import Engine
from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Store, WakeRequest, wakes
from tests.engine.conformance import EngineConformance
from tests.engine.worker import Worker, count_until, nothing_waits
from tests.store.logs import HeldClock, conversation, message, opened, opening

ROOT = Path(__file__).resolve().parents[2]


class TestTableEngineOnSqlite(EngineConformance):
    def open(self, folder: Path, clock: HeldClock) -> AbstractAsyncContextManager[Store]:
        return opened(folder, clock=clock)

    def engine(self, store: Store, *, concurrency: int = 8, attempts: int = 3, lease: float = 30.0) -> Engine:
        return TableEngine(store, Pace(concurrency=concurrency, lease=lease, poll=0.02, attempts=attempts, grace=0.2))


DIES = """
import asyncio, os, sys
from pathlib import Path
from agent_core.engine.port import Handled
from agent_core.engine.table import TableEngine
from agent_core.store import Store, WakeRequest
from tests.store.logs import opening

async def main():
    async with await Store.open(Path(sys.argv[1])) as store:
        await store.append(opening(wake=WakeRequest()))

        async def handle(stream):
            os._exit(9)

        async def quarantine(stream, error):
            raise AssertionError

        await TableEngine(store).run(handle, quarantine=quarantine, nudge=lambda stream: None)

asyncio.run(main())
"""


def test_R_A2_after_a_kill_the_next_core_goes_on_at_once_without_waiting_for_a_lease(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], cwd=ROOT, check=False, timeout=300)
    assert done.returncode == 9

    async def body() -> None:
        async with opened(tmp_path) as store:
            worker = Worker()
            engine = TableEngine(store, Pace(lease=3600))
            running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
            await worker.until(lambda: worker.seen == [conversation()])
            await nothing_waits(store)
            await engine.stop()
            await running

    asyncio.run(body())


def test_R_A9_a_conversation_whose_looks_never_survive_is_quarantined_without_another_look(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine.table", "look_quarantined", required=True)

    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1, wake=WakeRequest()))
            await store.append(opening(2, wake=WakeRequest()))
            died = sa.text("UPDATE wake SET attempts = 20 WHERE stream = :stream")
            await store.write(lambda c: c.execute(died, {"stream": conversation(1)}))
            worker = Worker()
            engine = TableEngine(store, Pace(lease=3600))
            running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
            await worker.until(lambda: worker.quarantined == [conversation(1)])
            await count_until(store, "owner IS NOT NULL OR attempts > 0", wanted=False)
            await engine.stop()
            await running
            assert worker.seen == [conversation(2)]

    asyncio.run(body())


def test_R_A9_what_cannot_even_be_quarantined_is_tried_less_and_less_often(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    """All conversations of a brand that is served no more fail so: every four seconds each, they took the others' time."""
    expected_logs("agent_core.engine.table", "look_failed|look_quarantined|quarantine_failed", required=True)

    async def body() -> None:
        clock, waits = HeldClock(), list[int]()
        async with opened(tmp_path, clock=clock) as store:
            worker = Worker()
            worker.quarantine_fails = 1_000

            async def fail(_: StreamId) -> None:
                raise ZeroDivisionError

            worker.then = fail
            await store.append(opening(wake=WakeRequest()))
            engine = TableEngine(store, Pace(poll=0.02, attempts=5))
            running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
            for times in range(1, 41):
                await worker.until(lambda t=times: len(worker.seen) == t)
                await count_until(store, "owner IS NULL AND due_us > 0", wanted=True)
                due = await store.write(lambda c: c.exec_driver_sql("SELECT due_us FROM wake").scalar_one())
                waits.append((due - wakes.microseconds(clock())) // 1_000_000)
                clock.advance(61)
            await engine.stop()
            await running
        assert waits[:9] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
        assert set(waits[9:]) == {60}
        assert len(worker.errors) == 36, "it is never taken for one that ends processes, which nobody looks at"

    asyncio.run(body())


def test_R_A9_a_conversation_that_keeps_killing_the_process_comes_later_each_time(tmp_path: Path) -> None:
    def due() -> int:
        async def body() -> int:
            clock = HeldClock()
            async with opened(tmp_path, clock=clock) as store:
                claim = "UPDATE wake SET owner = 'dead', lease_us = 0, claimed_priority = 1"
                query = "SELECT due_us FROM wake"
                value = await store.write(lambda c: c.exec_driver_sql(query).scalar_one())
                await store.write(lambda c: c.exec_driver_sql(claim).rowcount)
                return value

        return asyncio.run(body())

    async def first() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(wake=WakeRequest()))
            await store.write(lambda c: c.exec_driver_sql("UPDATE wake SET owner = 'dead'").rowcount)

    asyncio.run(first())
    dues = [due() for _ in range(4)]
    assert dues[0] == 0, "the first time it goes on at once"
    assert 0 < dues[1] < dues[2] < dues[3]


def test_a_full_disk_stops_the_wake_table_only_while_it_is_full(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine.table", "wake_table_unavailable|look_put_off", required=False)

    async def body() -> None:
        async with opened(tmp_path) as store:
            worker = Worker()
            engine = TableEngine(store, Pace(poll=0.02, grace=0.2))
            running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
            await store.append(opening(1, wake=WakeRequest()))
            await nothing_waits(store)
            pages = await store.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
            await store.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one())
            with pytest.raises(Unavailable) as full:
                await store.append(message(1, "x" * 40_000, wake=WakeRequest()))
            assert full.value.code == "disk_full"
            await worker.until(lambda: worker.seen == [conversation(1)])
            await store.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000").scalar_one())
            await store.append(opening(2, wake=WakeRequest()))
            await worker.until(lambda: conversation(2) in worker.seen)
            await nothing_waits(store)
            await engine.stop()
            await running

    asyncio.run(body())


def test_the_back_off_doubles_up_to_its_limit() -> None:
    pace = Pace(first_retry=0.5, longest_retry=60)
    assert [pace.retry_after(n) for n in (1, 2, 3, 8, 1000)] == [timedelta(seconds=s) for s in (0.5, 1, 2, 60, 60)]
