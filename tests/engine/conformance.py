"""What every implementation of the engine's port must do, on every database. One suite, free of what only one can do.

An implementation subclasses `EngineConformance` in a `test_*.py` and says how a store is opened and an engine is built.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.errors import Unavailable
from agent_core.contract.ids import BrandId, StreamId, brand_stream
from agent_core.engine.port import Engine, Handled
from agent_core.store import Append, NewStream, Priority, Store, WakeRequest, brand_scope
from tests.engine.worker import Worker, count_until, nothing_waits
from tests.store.logs import BRAND, HeldClock, conversation, finished, message, opening, pause

OTHER = BrandId("southwind")


class EngineConformance:
    """The suite. Times are short: `lease` 0.4 s, first retry at once by the held clock."""

    def open(self, folder: Path, clock: HeldClock) -> AbstractAsyncContextManager[Store]:
        raise NotImplementedError

    def engine(self, store: Store, *, concurrency: int = 8, attempts: int = 3, lease: float = 30.0) -> Engine:
        raise NotImplementedError

    @asynccontextmanager
    async def at_work(self, store: Store, worker: Worker, **pace: Any) -> AsyncGenerator[Engine]:
        engine = self.engine(store, **pace)
        running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
        try:
            yield engine
        finally:
            await engine.stop()
            await running

    @pytest.fixture
    def play(self, tmp_path: Path) -> Generator[Callable[..., None]]:
        """Runs `body(store, clock, worker)` with an open store."""

        def run(body: Callable[[Store, HeldClock, Worker], Awaitable[None]]) -> None:
            async def main() -> None:
                clock = HeldClock()
                async with self.open(tmp_path, clock) as store:
                    await body(store, clock, Worker())

            asyncio.run(main())

        return (yield run)

    def test_R_A2_a_wake_committed_before_the_engine_ran_is_looked_at(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker):
                await worker.until(lambda: worker.seen == [conversation()])
                await nothing_waits(store)

        play(body)

    def test_a_wake_that_is_rolled_back_wakes_nobody(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            await store.append(opening(1, keys=["k"]))
            async with self.at_work(store, worker):
                with pytest.raises(Exception, match="already done"):
                    await store.append(message(1, keys=["k"], wake=WakeRequest()))
                await store.append(opening(2, wake=WakeRequest()))
                await worker.until(lambda: bool(worker.seen))
                await nothing_waits(store)
                assert worker.seen == [conversation(2)]

        play(body)

    def test_R_A6_a_wake_during_a_look_is_looked_at_afterwards_and_never_beside_it(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            go_on = asyncio.Event()

            async def wait(_: StreamId) -> None:
                await go_on.wait()

            worker.then = wait
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker):
                await worker.until(lambda: len(worker.seen) == 1)
                await store.append(message(wake=WakeRequest()))
                await store.append(message(wake=WakeRequest()))
                await worker.until(lambda: worker.nudged == [conversation()] * 2)
                assert worker.seen == [conversation()]
                go_on.set()
                await nothing_waits(store)
                assert worker.seen == [conversation()] * 2

        play(body)

    def test_R_A6_different_conversations_go_side_by_side_up_to_the_limit(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            go_on = asyncio.Event()

            async def wait(_: StreamId) -> None:
                await go_on.wait()

            worker.then = wait
            for number in range(7):
                await store.append(opening(number, wake=WakeRequest()))
            async with self.at_work(store, worker, concurrency=3):
                await worker.until(lambda: len(worker.running) == 3)
                go_on.set()
                await nothing_waits(store)
            assert worker.most == 3
            assert Counter(worker.seen) == Counter(conversation(n) for n in range(7))

        play(body)

    def test_R_A3_only_what_concerns_a_running_look_nudges_it(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            go_on = asyncio.Event()

            async def wait(_: StreamId) -> None:
                await go_on.wait()

            worker.then = wait
            for brand in (BRAND, OTHER):
                await store.append(Append(brand_stream(brand), create=NewStream("brand", brand)))
            await store.append(opening(1, wake=WakeRequest()))
            await store.append(opening(2, OTHER, wake=WakeRequest()))
            async with self.at_work(store, worker):
                await worker.until(lambda: len(worker.running) == 2)
                await store.append(Append(conversation(1), [finished("e1")]))  # the look's own event: no nudge
                await store.append(pause(brand_stream(OTHER), brand_scope(OTHER)))
                await worker.until(lambda: bool(worker.nudged))
                assert worker.nudged == [conversation(2, OTHER)]
                await store.append(pause(brand_stream(BRAND), "global"))
                await worker.until(lambda: len(worker.nudged) == 3)
                go_on.set()

        play(body)

    def test_a_resumed_brand_wakes_its_conversations(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            await store.append(Append(brand_stream(BRAND), create=NewStream("brand", BRAND)))
            await store.append_all([opening(1), opening(2), opening(3, OTHER)])
            async with self.at_work(store, worker):
                resume = Append(
                    brand_stream(BRAND), scope_paused={brand_scope(BRAND): False}, wake_scopes=[brand_scope(BRAND)]
                )
                await store.append(resume)
                await worker.until(lambda: len(worker.seen) == 2)
                assert set(worker.seen) == {conversation(1), conversation(2)}
                await store.append(Append(brand_stream(BRAND), wake_scopes=["global"], also_wake=[brand_stream(BRAND)]))
                await nothing_waits(store)
                assert Counter(worker.seen)[conversation(3, OTHER)] == 1
                assert brand_stream(BRAND) in worker.seen

        play(body)

    def test_R_A5_a_timer_wakes_when_it_is_due_and_a_changed_one_at_its_new_moment(self, play: Callable[..., None]) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            later, earlier = clock() + timedelta(minutes=10), clock() + timedelta(minutes=5)
            await store.append(opening(1, timers={"silence": later, "gone": earlier}))
            await store.append(opening(2, timers={"silence": later}))
            await store.append(Append(conversation(1), timers={"gone": None}))
            await store.append(Append(conversation(2), timers={"silence": earlier}))
            async with self.at_work(store, worker):
                await store.append(opening(3, wake=WakeRequest()))
                await worker.until(lambda: worker.seen == [conversation(3)])
                clock.advance(301)
                await worker.until(lambda: len(worker.seen) == 2)
                clock.advance(300)
                await worker.until(lambda: len(worker.seen) == 3)
                await nothing_waits(store)
                assert worker.seen == [conversation(3), conversation(2), conversation(1)]

        play(body)

    def test_R_A4_handled_until_later_is_looked_at_then_or_earlier_when_woken(self, play: Callable[..., None]) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def later(_: StreamId) -> Handled | None:
                return Handled(clock() + timedelta(minutes=10)) if len(worker.seen) < 3 else None

            worker.then = later
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker):
                await worker.until(lambda: len(worker.seen) == 1)
                await store.append(message(wake=WakeRequest()))
                await worker.until(lambda: len(worker.seen) == 2)
                clock.advance(601)
                await worker.until(lambda: len(worker.seen) == 3)
                await nothing_waits(store)

        play(body)

    def test_a_persons_command_goes_before_customers_and_customers_before_timers(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            order = [Priority.BACKGROUND, Priority.CUSTOMER, Priority.TIMER, Priority.COMMAND, Priority.ANSWER]
            for number, priority in enumerate(order):
                await store.append(opening(number, wake=WakeRequest(priority)))
            async with self.at_work(store, worker, concurrency=1):
                await nothing_waits(store)
            assert worker.seen == [conversation(n) for n in (3, 1, 4, 2, 0)]

        play(body)

    @pytest.mark.parametrize("brand", [BRAND, OTHER])
    def test_who_has_waited_long_goes_before_who_is_more_urgent(self, play: Callable[..., None], brand: BrandId) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            await store.append(opening(1, wake=WakeRequest(Priority.BACKGROUND)))
            clock.advance(600)
            await store.append(opening(2, brand, wake=WakeRequest(Priority.CUSTOMER)))
            async with self.at_work(store, worker, concurrency=1):
                await nothing_waits(store)
            assert worker.seen == [conversation(1), conversation(2, brand)]

        play(body)

    def test_a_brand_with_many_conversations_does_not_starve_another(self, play: Callable[..., None]) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            for number in range(30):
                await store.append(opening(number, wake=WakeRequest()))
            clock.advance(1)
            for number in range(3):
                await store.append(opening(number, OTHER, wake=WakeRequest()))
            async with self.at_work(store, worker, concurrency=2):
                await nothing_waits(store)
            theirs = [worker.seen.index(conversation(n, OTHER)) for n in range(3)]
            assert max(theirs) < 8

        play(body)

    @pytest.mark.parametrize("concurrency", [1, 2, 8])
    def test_R_A9_a_brand_whose_looks_hang_takes_no_look_that_is_another_brands_own(
        self, play: Callable[..., None], concurrency: int
    ) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            never, done = asyncio.Event(), 0

            async def hang(stream: StreamId) -> None:
                nonlocal done
                if stream in stuck:
                    await never.wait()
                done += stream not in stuck

            stuck = {conversation(n) for n in range(3 * concurrency)}
            worker.then = hang
            for number in range(3 * concurrency):
                await store.append(opening(number, wake=WakeRequest()))
            async with self.at_work(store, worker, concurrency=concurrency):
                await worker.until(lambda: len(worker.running) == concurrency)
                for number in range(5):
                    await store.append(opening(number, OTHER, wake=WakeRequest()))
                await worker.until(lambda: done == 5 and len(worker.running) == concurrency)
                await store.append(opening(5, OTHER, wake=WakeRequest(Priority.TIMER)))
                await worker.until(lambda: done == 6)
                assert {s for s in worker.seen if s in stuck} == worker.running, "nothing that hangs was left or begun anew"
                never.set()
                await nothing_waits(store)
            assert worker.most <= concurrency + max(1, concurrency // 8)

        play(body)

    def test_R_A9_a_look_that_keeps_failing_ends_in_quarantine_and_harms_nobody(
        self, play: Callable[..., None], expected_logs: Callable[..., object]
    ) -> None:
        expected_logs("agent_core.engine.table", "look_failed|look_quarantined", required=True)

        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def fail(stream: StreamId) -> None:
                if stream == conversation(1):
                    raise ZeroDivisionError

            worker.then = fail
            await store.append(opening(1, wake=WakeRequest()))
            async with self.at_work(store, worker, attempts=3):
                for number in range(2, 6):
                    await store.append(opening(number, wake=WakeRequest()))
                for tries in (1, 2):
                    await worker.until(lambda t=tries: worker.seen.count(conversation(1)) == t)
                    assert worker.quarantined == []
                    await worker.until(lambda: conversation(1) not in worker.running)
                    await self.past_every_retry(store, clock)
                await worker.until(lambda: worker.quarantined == [conversation(1)])
                await count_until(store, "owner IS NOT NULL OR attempts > 0", wanted=False)
                assert worker.seen.count(conversation(1)) == 3
                assert isinstance(worker.errors[0], ZeroDivisionError)
                assert len(worker.seen) == 7
                await store.append(message(1, wake=WakeRequest()))  # it can be woken again, and counts from the start
                await worker.until(lambda: worker.seen.count(conversation(1)) == 4)
                assert len(worker.quarantined) == 1

        play(body)

    def test_R_A4_what_still_fails_behind_its_quarantine_is_looked_at_again_much_later(
        self, play: Callable[..., None], expected_logs: Callable[..., object]
    ) -> None:
        """Its clocks run on: it was forgotten until somebody happened to wake it, and they never rang."""
        expected_logs("agent_core.engine.table", "look_quarantined", required=True)

        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def fail(_: StreamId) -> None:
                if len(worker.seen) < 3:
                    raise ZeroDivisionError

            worker.then = fail
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker, attempts=1):
                for times in (1, 2):
                    await worker.until(lambda t=times: len(worker.quarantined) == t)
                    await count_until(store, "owner IS NOT NULL", wanted=False)
                    assert len(worker.seen) == times, "not at once"
                    clock.advance(3600)
                await worker.until(lambda: len(worker.seen) == 3)
                await nothing_waits(store)

        play(body)

    async def past_every_retry(self, store: Store, clock: HeldClock) -> None:
        """Until the failed look is given back; then the clock goes past its back-off."""
        await count_until(store, "owner IS NULL AND attempts > 0", wanted=True)
        clock.advance(120)

    def test_a_quarantine_that_fails_is_tried_again(
        self, play: Callable[..., None], expected_logs: Callable[..., object]
    ) -> None:
        expected_logs("agent_core.engine.table", "look_|quarantine_failed", required=True)

        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def fail(_: StreamId) -> None:
                raise ZeroDivisionError

            worker.then, worker.quarantine_fails = fail, 1
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker, attempts=1):
                await self.past_every_retry_or_first(store, clock)
                await worker.until(lambda: worker.quarantined == [conversation()])
                assert len(worker.errors) == 2

        play(body)

    async def past_every_retry_or_first(self, store: Store, clock: HeldClock) -> None:
        await count_until(store, "owner IS NULL AND due_us > 0", wanted=True)
        clock.advance(120)

    def test_try_again_later_is_nobodys_fault_and_never_quarantines(
        self, play: Callable[..., None], expected_logs: Callable[..., object]
    ) -> None:
        expected_logs("agent_core.engine.table", "look_put_off", required=True)

        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def fail(_: StreamId) -> None:
                if len(worker.seen) < 6:
                    raise Unavailable("provider_down", "Later.")

            worker.then = fail
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker, attempts=2):
                for tries in range(1, 6):
                    await worker.until(lambda t=tries: len(worker.seen) == t)
                    await self.past_every_retry(store, clock)
                await nothing_waits(store)
            assert worker.quarantined == []

        play(body)

    @pytest.mark.parametrize("raised", [asyncio.CancelledError, type("Odd", (BaseException,), {})])
    def test_a_look_that_ends_in_no_ordinary_way_does_not_block_its_conversation(
        self, play: Callable[..., None], expected_logs: Callable[..., object], raised: type[BaseException]
    ) -> None:
        expected_logs("agent_core.engine.table", "look_failed", required=True)

        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def odd(_: StreamId) -> None:
                if len(worker.seen) == 1:
                    raise raised

            worker.then = odd
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker):
                await self.past_every_retry(store, clock)
                await worker.until(lambda: len(worker.seen) == 2)
                await nothing_waits(store)

        play(body)

    def test_R_A2_a_stopped_engine_gives_back_what_it_had_not_finished(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            never = asyncio.Event()

            async def wait(_: StreamId) -> None:
                await never.wait()

            worker.then = wait
            await store.append(opening(wake=WakeRequest(Priority.COMMAND)))
            async with self.at_work(store, worker):
                await worker.until(lambda: len(worker.running) == 1)
            assert not worker.running
            second = Worker()
            async with self.at_work(store, second):
                await second.until(lambda: second.seen == [conversation()])
                await nothing_waits(store)
            assert worker.quarantined == second.quarantined == []

        play(body)

    def test_R_A2_a_cancelled_engine_gives_back_what_it_had_not_finished(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            never = asyncio.Event()

            async def wait(_: StreamId) -> None:
                await never.wait()

            worker.then = wait
            await store.append(opening(wake=WakeRequest()))
            engine = self.engine(store)
            running = asyncio.create_task(engine.run(worker.handle, quarantine=worker.quarantine, nudge=worker.nudge))
            await worker.until(lambda: len(worker.running) == 1)
            running.cancel()
            await asyncio.wait([running])
            second = Worker()
            async with self.at_work(store, second):
                await second.until(lambda: second.seen == [conversation()])

        play(body)

    def test_two_engines_share_the_work_and_never_look_at_one_conversation_together(self, play: Callable[..., None]) -> None:
        async def body(store: Store, _: HeldClock, worker: Worker) -> None:
            async def yielding(_: StreamId) -> None:
                for _turn in range(5):
                    await asyncio.sleep(0)

            worker.then = yielding  # the worker asserts that no conversation is looked at twice at the same time
            for number in range(6):
                await store.append(opening(number))
            async with self.at_work(store, worker, concurrency=2), self.at_work(store, worker, concurrency=2):
                for round_ in range(10):
                    for number in range(6):
                        await store.append(message(number, str(round_), wake=WakeRequest()))
                await nothing_waits(store)
            assert worker.quarantined == []
            assert set(worker.seen) == {conversation(n) for n in range(6)}

        play(body)

    def test_R_A2_a_silent_worker_is_taken_over_when_its_lease_ends_and_its_late_end_changes_nothing(
        self, play: Callable[..., None]
    ) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            go_on = asyncio.Event()

            async def wait(_: StreamId) -> None:
                await go_on.wait()

            worker.then = wait
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker, lease=3600.0):  # its heartbeat is too slow to be seen here
                await worker.until(lambda: len(worker.running) == 1)
                second = Worker()
                hold = asyncio.Event()

                async def hold_on(_: StreamId) -> None:
                    await hold.wait()

                second.then = hold_on
                async with self.at_work(store, second, lease=3600.0):
                    clock.advance(3601)
                    await second.until(lambda: second.seen == [conversation()])
                    go_on.set()
                    await worker.until(lambda: not worker.running)
                    count = await store.write(lambda c: c.exec_driver_sql("SELECT count(*) FROM wake").scalar_one())
                    assert count == 1
                    hold.set()
                    await nothing_waits(store)
            assert worker.seen == [conversation()]

        play(body)

    @pytest.mark.parametrize("jump", [-7200, 7200])
    def test_no_wake_is_lost_when_the_clock_jumps(self, play: Callable[..., None], jump: int) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            await store.append(opening(1, wake=WakeRequest()))
            clock.advance(jump)
            async with self.at_work(store, worker):
                await worker.until(lambda: worker.seen == [conversation(1)])
                clock.advance(-jump)
                await store.append(opening(2, wake=WakeRequest()))
                await worker.until(lambda: len(worker.seen) == 2)
                clock.advance(-jump)
                await store.append(opening(3, wake=WakeRequest()))
                await worker.until(lambda: len(worker.seen) == 3)

        play(body)

    def test_a_back_off_or_lease_written_by_a_wrong_clock_is_not_believed(
        self, play: Callable[..., None], expected_logs: Callable[..., object]
    ) -> None:
        expected_logs("agent_core.engine.table", "look_failed", required=True)

        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            async def fail(_: StreamId) -> None:
                if len(worker.seen) == 1:
                    raise ZeroDivisionError

            worker.then = fail
            clock.advance(90_000)
            await store.append(opening(wake=WakeRequest()))
            async with self.at_work(store, worker):
                await worker.until(lambda: len(worker.seen) == 1)
                await self.past_every_retry(store, HeldClock())
                clock.advance(-90_000)
                await worker.until(lambda: len(worker.seen) == 2)
                await nothing_waits(store)

        play(body)

    def test_R_A4_ten_thousand_due_timers_do_not_stall(self, play: Callable[..., None]) -> None:
        async def body(store: Store, clock: HeldClock, worker: Worker) -> None:
            number = 2_500
            for start in range(0, number, 100):
                batch = [opening(n, timers={f"t{i}": clock() for i in range(4)}) for n in range(start, start + 100)]
                await store.append_all(batch)
            await store.append(opening(number))
            loop = asyncio.get_running_loop()
            async with self.at_work(store, worker, concurrency=50):
                await worker.until(lambda: len(worker.seen) > 100)
                began = loop.time()
                await store.append(Append(conversation(number), wake=WakeRequest(Priority.COMMAND)))
                await worker.until(lambda: conversation(number) in worker.seen)
                waited = loop.time() - began
                at = worker.seen.index(conversation(number))
                await nothing_waits(store)
            assert set(worker.seen) == {conversation(n) for n in range(number + 1)}
            assert at < number, "a person's command waited for timers"
            assert waited < 5

        play(body)
