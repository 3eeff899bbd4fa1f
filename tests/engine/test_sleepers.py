"""A worker that slept past its lease, as a closed laptop or a paused machine does, finds others at its work (R-A2)."""

import asyncio
import logging
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.contract.ids import StreamId
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Priority, Store, WakeRequest, wakes
from tests.engine.harness import ORDER
from tests.engine.worker import Worker, nothing_waits
from tests.stepping.outside import ENGINE
from tests.stepping.outsiders import Outsiders
from tests.stepping.play import playing
from tests.store.logs import HeldClock, conversation, message, opened, opening

LEASE = timedelta(seconds=10)


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


async def lose(store: Store, clock: HeldClock) -> None:
    """Another worker finds that every lease has ended."""
    now = wakes.microseconds(clock())
    await store.write(lambda c: wakes.take_over(c, "another", now, longest_us=wakes.FAR_US))


def test_R_A6_who_still_looks_at_a_conversation_does_not_take_it_again(tmp_path: Path) -> None:
    async def body() -> None:
        clock = HeldClock()
        async with opened(tmp_path, clock=clock) as store:

            async def take(owner: str, *besides: StreamId) -> list[StreamId]:
                now = wakes.microseconds(clock())
                found = await store.write(lambda c: wakes.claim(c, owner, 5, LEASE, now, besides=besides))
                return [claim.stream for claim in found.claims]

            await store.append(opening(wake=WakeRequest()))
            c = conversation()
            assert await take("sleeper") == [c]
            await store.append(message(wake=WakeRequest()))
            clock.advance(60)
            await lose(store, clock)
            assert await take("sleeper", c) == []
            assert await take("other") == [c]

    asyncio.run(body())


def test_R_A9_a_row_that_nobody_can_look_at_stops_no_engine(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(wake=WakeRequest()))
            now = wakes.microseconds(store.clock())
            (claim,) = (await store.write(lambda c: wakes.claim(c, "me", 5, LEASE, now))).claims
            lost = {"attempts": 0, "priority": Priority.BACKGROUND, "due_us": wakes.FAR_US, "rank_us": wakes.FAR_US}
            await store.write(lambda c: wakes.give_back(c, "me", claim.stream, **lost))  # pyright: ignore[reportArgumentType] - as named
            found = await store.write(lambda c: wakes.claim(c, "me", 5, LEASE, now))
            assert (found.claims, found.next_due) == ((), None)

    asyncio.run(body())


def test_R_A6_an_engine_that_lost_its_lease_looks_again_only_when_its_old_look_has_ended(tmp_path: Path) -> None:
    async def body() -> None:
        clock, worker, goes_on = HeldClock(), Worker(), asyncio.Event()

        async def first_one_waits(stream: StreamId) -> Handled:
            if worker.seen == [conversation()]:
                await goes_on.wait()
            return Handled()

        worker.then = first_one_waits
        async with opened(tmp_path, clock=clock) as store:
            engine = TableEngine(store, Pace(concurrency=4, lease=10, poll=0.02, grace=0.2))
            running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
            await store.append(opening(wake=WakeRequest()))
            await worker.until(lambda: worker.seen == [conversation()])
            await store.append(message(wake=WakeRequest()))
            clock.advance(60)
            await lose(store, clock)
            await store.append(opening(2, wake=WakeRequest()))
            await worker.until(lambda: conversation(2) in worker.seen)
            assert worker.seen.count(conversation()) == 1
            goes_on.set()
            await worker.until(lambda: worker.seen.count(conversation()) == 2)
            await nothing_waits(store)
            await engine.stop()
            await running
        assert worker.errors == []

    asyncio.run(body())


def test_R_A6_a_worker_wakes_up_beside_the_one_that_took_over_and_the_customer_gets_one_answer() -> None:
    with playing(workers=2) as play:
        people = Outsiders(play)
        play.run(people.writes("t1", f"Please refund order {ORDER}.", "m1"))
        while play.world.model.asked < 2:
            assert play.loop.step() or play.loop.forward()
        asleep = str(next(line for line in reversed(play.world.book.lines) if line["what"] == "model_asked")["by"])
        play.loop.held.add(asleep)
        play.run(asyncio.sleep(ENGINE.lease * 1.5))
        play.run(people.writes("t1", "Hello?", "m2"))
        play.loop.held.clear()
        play.run(people.writes("t1", "Is anybody there?", "m3"))
        play.settle()
        assert all(worker.task is not None and not worker.task.done() for worker in play.core.workers)
        state = play.state(play.core.conversation("t1"))
        assert (state.control, state.waiting, state.damaged) == ("agent", (), False)
        assert len(play.world.channel.delivered) == 1
