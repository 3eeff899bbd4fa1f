"""The process may die at any instruction: what was answered is stored, what was not is wholly absent (R-A2)."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.logs import conversation, opened

ROOT = Path(__file__).resolve().parents[2]

WRITES = """
import asyncio, sys
from pathlib import Path
from agent_core.store import Append, Store
from agent_core.contract.bodies import new_body
from tests.store.logs import conversation, finished, opening

async def write(store, number):
    await store.append(opening(number))
    for i in range(100_000):
        body = new_body("result", f"{number}-{i} " * 200)
        events = [finished(f"e{i}", body), finished(f"n{i}")]
        await store.append(Append(conversation(number), events, bodies=[body], keys=[f"k{number}-{i}"]))
        sys.stdout.write(f"{number} {i}\\n")
        sys.stdout.flush()

async def main():
    store = await Store.open(Path(sys.argv[1]))
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(write(store, number))

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_R_A2_killed_in_the_middle_of_appends_the_log_is_whole(tmp_path: Path, lines: int) -> None:
    child = subprocess.Popen([sys.executable, "-c", WRITES, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    answered: dict[int, int] = {}
    with child, child.stdout:
        for line in child.stdout:
            number, i = map(int, line.split())
            answered[number] = i + 1
            if sum(answered.values()) == lines:
                child.kill()

    async def body() -> None:
        async with opened(tmp_path) as store:
            for number, steps in answered.items():
                head = await store.verify(conversation(number))
                records = await store.records(conversation(number))
                stored = (len(records) - 1) // 2
                assert len(records) == head.seq == 1 + 2 * stored, "half of an append was stored"
                assert stored >= steps, "something answered was lost"
                assert await store.read(lambda tx, n=number, s=stored: tx.unique_key_exists(f"k{n}-{s - 1}"))
                assert not await store.read(lambda tx, n=number, s=stored: tx.unique_key_exists(f"k{n}-{s}"))
                refs = [result for r in records if (result := getattr(r.event, "result", None)) is not None]
                assert len(await store.bodies(refs)) == stored

    asyncio.run(body())


DIES = """
import asyncio, os, sys
from pathlib import Path
from agent_core.contract.ids import BrandId
from agent_core.store import Append, Store, WakeRequest
from tests.store.logs import START, conversation, finished, message, opening

class Dies:
    def __init__(self, point):
        self.left = point

    def _pass(self):
        self.left -= 1
        if self.left == 0:
            os._exit(9)

    def before_commit(self, append):
        self._pass()

    def after_commit(self, append):
        self._pass()

async def main():
    async with await Store.open(Path(sys.argv[1]), observer=Dies(int(sys.argv[2]))) as store:
        await store.append(opening(wake=WakeRequest()))
        await store.append(message(wake=WakeRequest(), timers={"silence": START}, keys=["evt_1"], tallies={"spent": 5}))
        await store.append_all([Append(conversation(), [finished("e1")]), Append(conversation(), [finished("e2")])])

asyncio.run(main())
"""


@pytest.mark.parametrize(("point", "events"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (7, 4), (9, 4)])
def test_R_A2_at_every_commit_point_all_of_an_append_is_there_or_none(tmp_path: Path, point: int, events: int) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), str(point)], cwd=ROOT, check=False, timeout=300)
    assert done.returncode == (0 if point == 9 else 9)

    async def body() -> None:
        async with opened(tmp_path) as store:
            records = await store.records(conversation())
            assert len(records) == events
            second = events >= 2
            assert await store.read(lambda tx: tx.unique_key_exists("evt_1")) is second
            assert await store.read(lambda tx: tx.tally("spent")) == (5 if second else 0)
            rows = await store.write(lambda c: c.exec_driver_sql("SELECT count(*) FROM timer").scalar_one())
            assert rows == int(second)
            wakes = await store.write(lambda c: c.exec_driver_sql("SELECT max(generation) FROM wake").scalar_one())
            assert wakes == (None if events == 0 else 2 if second else 1)
            if events:
                await store.verify(conversation())

    asyncio.run(body())
