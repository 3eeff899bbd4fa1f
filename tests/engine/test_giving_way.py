"""What nobody waits for gives way to what somebody does, and is held back for a moment only (R-A4, R-A6)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import Connection

from agent_core.contract.clock import system_clock
from agent_core.contract.ids import StreamId
from agent_core.engine.giving_way import APART_SECONDS, GivingWay
from agent_core.engine.port import Handled
from agent_core.engine.table import Pace, TableEngine
from agent_core.store import Append, Priority, ReadTx, Store, WakeRequest, wakes
from tests.store.logs import conversation, message, opening

LEASE = timedelta(seconds=30)
A, B, C = StreamId("a"), StreamId("b"), StreamId("c")


class Played:
    """Looks that nobody waits for, which end when they are told to."""

    def __init__(self, lanes: GivingWay) -> None:
        self.lanes = lanes
        self.begun: asyncio.Queue[StreamId] = asyncio.Queue()
        self.ends = {name: asyncio.Event() for name in (A, B, C)}

    async def look(self, stream: StreamId) -> None:
        await self.lanes.turn(stream)
        with self.lanes.later():
            self.begun.put_nowait(stream)
            await self.ends[stream].wait()


def played(story: Callable[[Played, asyncio.TaskGroup], Awaitable[None]]) -> None:
    async def play() -> None:
        looks = Played(GivingWay())
        async with asyncio.TaskGroup() as group:
            await story(looks, group)
            for end in looks.ends.values():
                end.set()

    asyncio.run(play())


async def settled() -> None:
    """Every task has gone as far as it can without time going on."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_with_nobody_to_wait_for_they_go_side_by_side() -> None:
    async def story(looks: Played, group: asyncio.TaskGroup) -> None:
        for name in (A, B, C):
            group.create_task(looks.look(name))
        await settled()
        assert looks.begun.qsize() == 3

    played(story)


def test_beside_a_live_look_the_next_begins_when_the_one_before_has_ended() -> None:
    async def story(looks: Played, group: asyncio.TaskGroup) -> None:
        with looks.lanes.live():
            for name in (A, B, C):
                group.create_task(looks.look(name))
            await settled()
            assert looks.begun.qsize() == 1
            assert looks.lanes.waiting == {B, C}
            looks.ends[A].set()
            await settled()
            assert [looks.begun.get_nowait(), looks.begun.get_nowait()] == [A, B]
            assert looks.lanes.waiting == {C}

    played(story)


def test_one_that_hangs_holds_the_next_back_for_a_moment_only() -> None:
    async def story(looks: Played, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with looks.lanes.live():
            group.create_task(looks.look(A))
            group.create_task(looks.look(B))
            assert await looks.begun.get() == A
            assert await looks.begun.get() == B
            assert loop.time() - began >= APART_SECONDS * 0.9

    played(story)


def test_one_whose_customer_writes_begins_at_once() -> None:
    async def story(looks: Played, group: asyncio.TaskGroup) -> None:
        with looks.lanes.live():
            for name in (A, B, C):
                group.create_task(looks.look(name))
            await settled()
            looks.lanes.wanted([C, StreamId("unknown")])
            await settled()
            assert [looks.begun.get_nowait(), looks.begun.get_nowait()] == [A, C]
            assert looks.lanes.waiting == {B}

    played(story)


def test_one_that_is_cancelled_while_it_waits_is_forgotten() -> None:
    async def story(looks: Played, group: asyncio.TaskGroup) -> None:
        with looks.lanes.live():
            group.create_task(looks.look(A))
            second = group.create_task(looks.look(B))
            await settled()
            second.cancel()
            await settled()
            assert not looks.lanes.waiting

    played(story)


def waiting_timers(count: int) -> Callable[[Connection], None]:
    def arm(connection: Connection) -> None:
        now = wakes.microseconds(system_clock())
        for number in range(count):
            wakes.put_wake(connection, conversation(number), Priority.TIMER, wakes.moment(now - 1_000_000), now)

    return arm


def test_a_claim_that_leaves_timers_takes_what_somebody_waits_for_alone(tmp_path: Path) -> None:
    async def play() -> None:
        async with await Store.open(tmp_path) as store:
            await store.append_all([opening(number) for number in range(6)])
            await store.write(waiting_timers(5))
            now = wakes.microseconds(system_clock())

            def nothing(*, later: bool) -> Callable[[ReadTx], wakes.Claimed | None]:
                def question(tx: ReadTx) -> wakes.Claimed | None:
                    return wakes.nothing_to_claim(tx.connection, "me", LEASE, now, limit=4, later=later)

                return question

            idle = await store.read(nothing(later=False))
            assert idle == wakes.Claimed((), None)
            assert await store.read(nothing(later=True)) is None
            await store.append(message(5, wake=WakeRequest(Priority.CUSTOMER)))
            assert await store.read(nothing(later=False)) is None
            taken = await store.write(lambda c: wakes.claim(c, "me", 4, LEASE, now, later=False))
            assert [claim.stream for claim in taken.claims] == [conversation(5)]
            assert taken.next_due is None
            others = await store.write(lambda c: wakes.claim(c, "me", 4, LEASE, now))
            assert {claim.priority for claim in others.claims} == {Priority.TIMER}

    asyncio.run(play())


def test_a_timer_that_is_left_does_not_make_the_engine_run_in_circles(tmp_path: Path) -> None:
    async def play() -> None:
        async with await Store.open(tmp_path) as store:
            await store.append(opening(0))
            now = system_clock()
            await store.append(Append(conversation(0), timers={"t": now - timedelta(seconds=1)}))
            at = wakes.microseconds(now)
            left = await store.write(lambda c: wakes.claim(c, "me", 4, LEASE, at, later=False))
            assert left == wakes.Claimed((), None)
            taken = await store.write(lambda c: wakes.claim(c, "me", 4, LEASE, at))
            assert [claim.stream for claim in taken.claims] == [conversation(0)]

    asyncio.run(play())


def test_every_timer_is_looked_at_beside_one_that_somebody_waits_for_all_the_time(tmp_path: Path) -> None:
    """Also where each of them hangs for as long as the live one goes on: none waits for another's end."""
    timers = 6

    async def play() -> None:
        async with await Store.open(tmp_path) as store:
            await store.append_all([opening(number) for number in range(timers + 1)])
            live, all_begun = conversation(timers), asyncio.Event()
            begun: set[StreamId] = set()

            async def handle(stream: StreamId) -> Handled:
                begun.add(stream)
                if len(begun) > timers:
                    all_begun.set()
                await all_begun.wait()
                return Handled()

            async def never(stream: StreamId, error: Exception) -> None:
                raise AssertionError(stream) from error

            engine = TableEngine(store, Pace(concurrency=4 * timers))
            await store.append(message(timers, wake=WakeRequest(Priority.CUSTOMER)))
            running = asyncio.create_task(engine.run(handle, quarantine=never, nudge=lambda _: None))
            while live not in begun:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.001)
            await store.write(waiting_timers(timers))
            async with asyncio.timeout(300):
                await all_begun.wait()
            await engine.stop()
            await running

    asyncio.run(play())
