"""A look ends in the transaction of its last append, and a claim shares that of its wake; nothing is lost by either."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.ids import StreamId
from agent_core.engine.port import LOOK, Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Append, LookEnd, Store, Taken, WakeRequest, wakes
from tests.engine.harness import Harness
from tests.engine.worker import Worker, nothing_waits
from tests.store.commits import counting
from tests.store.logs import HeldClock, conversation, finished, message, opened, opening

ME = "w_me"


def play(folder: Path, body: Callable[[Store, HeldClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = HeldClock()
        async with opened(folder, clock=clock) as store:
            await body(store, clock)

    asyncio.run(main())


async def claimed(store: Store) -> wakes.Claim:
    now = wakes.microseconds(store.clock())
    found = await store.write(lambda c: wakes.claim(c, ME, 1, timedelta(seconds=30), now))
    return found.claims[0]


async def rows(store: Store) -> list[tuple[Any, ...]]:
    query = "SELECT owner, due_us, generation, attempts FROM wake"
    return await store.read(lambda tx: [tuple(row) for row in tx.connection.exec_driver_sql(query)])


def last(claim: wakes.Claim, after: int, *, owner: str = ME, next_due: datetime | None = None) -> Append:
    end = LookEnd(owner, claim.generation, after, next_due)
    return Append(conversation(), [finished("e1")], ends=end)


def test_a_look_to_which_nothing_came_ends_with_its_last_append(tmp_path: Path) -> None:
    async def body(store: Store, _: HeldClock) -> None:
        await store.append(opening(wake=WakeRequest()))
        claim = await claimed(store)
        assert (await store.append(last(claim, 1))).ended
        assert await rows(store) == []

    play(tmp_path, body)


def test_a_look_that_is_to_be_repeated_leaves_its_row_free_and_due_then(tmp_path: Path) -> None:
    async def body(store: Store, clock: HeldClock) -> None:
        await store.append(opening(wake=WakeRequest()))
        claim = await claimed(store)
        due = clock.now + timedelta(minutes=5)
        assert (await store.append(last(claim, 1, next_due=due))).ended
        assert await rows(store) == [(None, wakes.microseconds(due), claim.generation, 0)]

    play(tmp_path, body)


@pytest.mark.parametrize("next_due", [None, timedelta(minutes=5)])
def test_R_A6_a_look_that_was_woken_meanwhile_does_not_end(tmp_path: Path, next_due: timedelta | None) -> None:
    async def body(store: Store, clock: HeldClock) -> None:
        await store.append(opening(wake=WakeRequest()))
        claim = await claimed(store)
        await store.append(Append(conversation(), wake=WakeRequest()))
        before = await rows(store)
        due = None if next_due is None else clock.now + next_due
        assert not (await store.append(last(claim, 1, next_due=due))).ended
        assert await rows(store) == before
        assert before[0][0] == ME

    play(tmp_path, body)


def test_R_A6_a_look_that_an_event_came_to_meanwhile_does_not_end(tmp_path: Path) -> None:
    async def body(store: Store, _: HeldClock) -> None:
        await store.append(opening(wake=WakeRequest()))
        claim = await claimed(store)
        await store.append(message())  # without a wake: nobody else would look at it
        assert not (await store.append(last(claim, 1))).ended
        assert len(await rows(store)) == 1

    play(tmp_path, body)


def test_R_A2_a_worker_that_lost_its_claim_ends_nobody_elses_look(tmp_path: Path) -> None:
    async def body(store: Store, _: HeldClock) -> None:
        await store.append(opening(wake=WakeRequest()))
        claim = await claimed(store)
        assert not (await store.append(last(claim, 1, owner="w_late"))).ended
        assert (await rows(store))[0][0] == ME

    play(tmp_path, body)


def test_an_append_that_is_refused_ends_nothing(tmp_path: Path) -> None:
    async def body(store: Store, _: HeldClock) -> None:
        await store.append(opening(wake=WakeRequest(), keys=["k"]))
        claim = await claimed(store)
        end = LookEnd(ME, claim.generation, 1, None)
        with pytest.raises(Taken):
            await store.append(Append(conversation(), [finished("e1")], keys=["k"], ends=end))
        assert (await rows(store))[0][0] == ME

    play(tmp_path, body)


async def looks_ended() -> None:
    """Until every look that is going on has ended."""
    looks = [task for task in asyncio.all_tasks() if task.get_name().startswith("look ")]
    if looks:
        await asyncio.wait(looks)


def test_a_wake_its_claim_and_the_end_of_the_look_are_two_transactions_where_four_would_do(tmp_path: Path) -> None:
    async def body(store: Store, _: HeldClock) -> None:
        worker = Worker()

        async def appends_once(stream: StreamId) -> Handled:
            look, head = LOOK.get(), await store.head(stream)
            assert look is not None
            assert head is not None
            ends = LookEnd(look.owner, look.generation, head.seq, None)
            return Handled(ended=(await store.append(Append(stream, [finished(f"e{head.seq}")], ends=ends))).ended)

        worker.then = appends_once
        engine = TableEngine(store, Pace(poll=5))
        running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
        await store.append(opening(wake=WakeRequest()))
        await worker.until(lambda: len(worker.seen) == 1)
        rounds: list[int] = []
        for number in range(2, 12):
            await looks_ended()
            await asyncio.sleep(0)  # a scheduler that has not gone to sleep again claims by itself, which costs one more
            with counting(store) as count:
                await store.append(message(wake=WakeRequest()))
                await worker.until(lambda number=number: len(worker.seen) == number)
                await looks_ended()
            rounds.append(count())
        assert min(rounds) == 2
        assert max(rounds) <= 3
        await nothing_waits(store)
        await engine.stop()
        await running

    play(tmp_path, body)


def test_R_A3_a_message_while_the_reply_is_sent_is_answered_by_the_next_reply(tmp_path: Path) -> None:
    async def main() -> None:
        harness = await Harness.open(tmp_path)
        again = asyncio.Event()

        async def before(_: str) -> None:
            if not again.is_set():
                again.set()
                await harness.customer_writes("And where is NW-10023?", "evt_2")

        harness.channel.before = before
        changed = asyncio.Event()
        unsubscribe = harness.store.subscribe(lambda _: changed.set())
        engine = TableEngine(harness.store, Pace(poll=0.1))
        worker = Worker()
        running = asyncio.create_task(
            engine.run(harness.runner.handle, quarantine=worker.quarantine, nudge=harness.runner.nudge)
        )
        try:
            c = await harness.customer_writes("Where is NW-10024?")
            async with asyncio.timeout(300):
                while (await harness.state(c)).waiting or len(harness.channel.sent()) < 2:
                    await changed.wait()
                    changed.clear()
            assert not worker.quarantined
        finally:
            unsubscribe()
            await engine.stop()
            await running
            await harness.close()

    asyncio.run(main())
