"""The loop of the race tests keeps its promises: one step at a time, chosen, in its own time, for the living."""

import asyncio
import random

import pytest

from tests.stepping.loop import SteppingLoop, Stuck


def test_time_passes_only_when_nothing_is_ready_and_then_at_once() -> None:
    loop = SteppingLoop()
    seen: list[tuple[str, float]] = []

    async def waits(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen.append((name, loop.time()))

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(waits("late", 3600.0))
            group.create_task(waits("soon", 0.5))

    loop.run_until_complete(all_of_them())
    assert seen == [("soon", 0.5), ("late", 3600.0)]


def test_the_same_choices_give_the_same_order_and_others_another() -> None:
    def played(seed: int) -> list[int]:
        chance = random.Random(seed)
        loop = SteppingLoop(chance.randrange)
        order: list[int] = []

        async def one(number: int) -> None:
            for _ in range(3):
                await asyncio.sleep(0)
                order.append(number)

        async def together() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(5):
                    group.create_task(one(number))

        loop.run_until_complete(together())
        return order

    assert played(1) == played(1)
    assert len({tuple(played(seed)) for seed in range(20)}) > 10


def test_what_is_held_stands_still_and_what_is_dead_does_not_even_clean_up() -> None:
    loop = SteppingLoop()
    seen: list[str] = []

    async def works(name: str) -> None:
        try:
            await asyncio.sleep(1)
            seen.append(name)
        finally:
            seen.append(f"{name} cleans up")

    one, two, three = (loop.task(name, works(name)) for name in ("held", "dead", "free"))
    loop.step()
    loop.held.add("held")
    loop.dead.add("dead")
    with pytest.raises(Stuck):
        loop.run_until_complete(asyncio.wait({one}))
    assert seen == ["free", "free cleans up"]
    loop.held.clear()
    loop.run_until_complete(one)
    assert seen[2:] == ["held", "held cleans up"]
    assert not two.done()
    assert three.done()
    loop.dead.clear()
    two.cancel()
    loop.run_until_complete(asyncio.wait({two}))


def test_work_alone_ends_before_anybody_else_takes_a_step() -> None:
    loop = SteppingLoop()
    seen: list[str] = []

    async def walks() -> None:
        for number in range(3):
            seen.append(str(number))
            await asyncio.sleep(0)

    async def comes_between() -> str:
        for _ in range(5):
            await asyncio.sleep(0)
        seen.append("between")
        return "done"

    task = loop.task("walker", walks())
    loop.step()
    assert loop.alone("other", comes_between()) == "done"
    loop.run_until_complete(task)
    assert seen == ["0", "between", "1", "2"]


def test_timeouts_threads_and_cancellation_work_as_on_every_loop() -> None:
    loop = SteppingLoop()

    async def body() -> tuple[int, bool]:
        value = await asyncio.to_thread(lambda: 41)
        try:
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        except TimeoutError:
            return value + 1, loop.time() == 5.0
        raise AssertionError("no time-out")

    assert loop.run_until_complete(body()) == (42, True)


def test_an_error_nobody_takes_is_kept() -> None:
    loop = SteppingLoop()

    def breaks() -> None:
        raise KeyError("lost")

    loop.call_soon(breaks)
    loop.step()
    assert [type(each["exception"]) for each in loop.errors] == [KeyError]
