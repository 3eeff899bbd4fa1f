"""The log takes what is true and refuses what is not (R-A2, R-A3, R-A6, R-A10)."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from agent_core.contract.bodies import new_body
from agent_core.contract.clock import iso
from agent_core.contract.errors import Conflict, CountersignError, Invalid, Unavailable
from agent_core.contract.events import MAX_EVENT_BYTES, FactsLearned, InboundRefused, Recorded
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import CORE_STREAM, FactId, RunId, brand_stream
from agent_core.store import (
    GLOBAL_SCOPE,
    Append,
    BodyErased,
    Committed,
    Corrupt,
    Draft,
    Erasure,
    EventTooLarge,
    Fence,
    NewStream,
    NoSuchStream,
    ReadTx,
    Stale,
    StreamExists,
    Taken,
    WakeRequest,
    brand_scope,
    verify_chain,
)
from tests.store.logs import (
    BRAND,
    CODE,
    RUN,
    START,
    HeldClock,
    contents,
    conversation,
    fence_now,
    finished,
    message,
    opened,
    opening,
    pause,
    started,
)


def test_what_append_returns_is_what_a_read_returns(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            first = await store.append(opening())
            second = await store.append(message())
            result = new_body("result", "x" * 900)
            fence = await fence_now(store)
            third = await store.append(
                Append(conversation(), [finished("e1", result), started("e2")], bodies=[result], fence=fence)
            )
            records = await store.records(conversation())
            assert records == (*first.records, *second.records, *third.records)
            assert [r.seq for r in records] == [1, 2, 3, 4]
            assert [r.epoch for r in records] == [0, 1, 1, 1]
            assert {r.at for r in records} == {START}
            assert (await store.run_heads(conversation())) == {RUN: 4}
            assert await store.records(conversation(), after=3) == third.records[1:]
            assert await store.records(conversation(), after=1, limit=1) == second.records
            assert (await store.body(result.ref)).text == result.text

    asyncio.run(body())


def test_the_log_survives_closing_and_opening(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            before = await store.records(conversation())
            generation = store.generation
        async with opened(tmp_path) as store:
            assert await store.records(conversation()) == before
            assert store.generation == generation

    asyncio.run(body())


def test_R_A6_the_first_to_open_a_conversation_wins_and_the_second_is_told(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            with pytest.raises(StreamExists):
                await store.append(opening())
            with pytest.raises(NoSuchStream):
                await store.append(message(2))
            assert await store.head(conversation(2)) is None

    asyncio.run(body())


def test_R_A6_a_key_is_taken_once_and_the_second_learns_where(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(message(keys=["inbound:evt_1"]))
            with pytest.raises(Taken) as taken:
                await store.append(message(keys=["fresh", "inbound:evt_1"]))
            assert (taken.value.stream, taken.value.seq) == (conversation(), 2)
            assert len(await store.records(conversation())) == 2
            assert not await store.read(lambda tx: tx.unique_key_exists("fresh"))
            assert await store.read(lambda tx: tx.unique_key_exists("inbound:evt_1"))

    asyncio.run(body())


@pytest.mark.parametrize("key", ["", "x" * 401, "nul\x00", "line\nbreak", "half\ud800"])
def test_R_A10_a_key_that_cannot_be_stored_everywhere_is_refused(tmp_path: Path, key: str) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            with pytest.raises(Invalid):
                await store.append(opening(keys=[key]))

    asyncio.run(body())


def _moved(fence: Fence, what: str) -> Fence:
    assert fence.read is not None
    before = fence.read - 1  # a run moves with an event: who decided on another head read less than there is now
    match what:
        case "epoch":
            return replace(fence, epoch=fence.epoch - 1)
        case "run":
            return replace(fence, run_heads={RUN: fence.run_heads[RUN] + 1}, read=before)
        case "another run":
            return replace(fence, run_heads={**fence.run_heads, RunId("r9"): 3}, read=before)
        case _:
            return replace(fence, scopes={**fence.scopes, GLOBAL_SCOPE: 7})


@pytest.mark.parametrize("what", ["epoch", "run", "another run", "scope"])
def test_R_A3_a_start_behind_a_moved_fence_is_refused(tmp_path: Path, what: str) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(message())
            fence = await fence_now(store)
            with pytest.raises(Stale) as stale:
                await store.append(Append(conversation(), [started("e1")], fence=_moved(fence, what)))
            assert stale.value.reason == what.split()[-1]
            assert len(await store.records(conversation())) == 2
            await store.append(Append(conversation(), [started("e1")], fence=fence))

    asyncio.run(body())


@pytest.mark.parametrize("scope", [GLOBAL_SCOPE, brand_scope(BRAND)])
def test_R_A3_one_write_stops_every_start_of_its_scope(tmp_path: Path, scope: str) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(Append(brand_stream(BRAND), create=NewStream("brand", BRAND)))
            fence = await fence_now(store)
            await store.append(pause(brand_stream(BRAND), scope))
            for asked in (fence, await fence_now(store)):  # also one decided after the pause
                with pytest.raises(Stale) as stale:
                    await store.append(Append(conversation(), [started("e1")], fence=asked))
                assert stale.value.reason == "paused"
            await store.append(Append(brand_stream(BRAND), scope_paused={scope: False}))
            with pytest.raises(Stale) as moved:
                await store.append(Append(conversation(), [started("e1")], fence=fence))
            assert moved.value.reason == "scope"
            await store.append(Append(conversation(), [started("e1")], fence=await fence_now(store)))

    asyncio.run(body())


def test_R_A3_a_start_without_a_fence_or_without_its_run_is_refused(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            for fence in (None, Fence(0)):
                with pytest.raises(Invalid) as refused:
                    await store.append(Append(conversation(), [started("e1")], fence=fence))
                assert refused.value.code == "start_without_fence"
            await store.append(Append(conversation(), [started("e1", run=None)], fence=Fence(0)))

    asyncio.run(body())


def test_an_outcome_needs_no_fence(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            await store.append(message())
            await store.append(Append(conversation(), [finished("e1")]))

    asyncio.run(body())


def test_finish_and_start_of_two_requests_share_one_transaction(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            fence = await fence_now(store)
            finish, start = Append(conversation(), [finished("e1")]), Append(conversation(), [started("e2")], fence=fence)
            first, second = await store.append_all([finish, start])
            assert (first.records[0].seq, second.records[0].seq) == (2, 3)
            with pytest.raises(Stale):
                await store.append_all([Append(conversation(), [finished("e2")]), start])
            assert len(await store.records(conversation())) == 3
            await store.verify(conversation())

    asyncio.run(body())


def test_a_check_sees_the_state_of_the_same_instant_and_can_refuse(tmp_path: Path) -> None:
    seen: list[int] = []

    def check(tx: ReadTx) -> None:
        seen.append(len(tx.events(conversation())))
        if tx.tally("approved:op_1:2026-03-01:EUR") + 6490 > 10_000:
            raise Conflict("limit", "This is above the limit.")

    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            spend = message(checks=[check], tallies={"approved:op_1:2026-03-01:EUR": 6490})
            await store.append(spend)
            with pytest.raises(Conflict):
                await store.append(message(checks=[check], tallies={"approved:op_1:2026-03-01:EUR": 6490}))
            assert seen == [1, 2]
            assert await store.read(lambda tx: tx.tally("approved:op_1:2026-03-01:EUR")) == 6490

    asyncio.run(body())


def test_R_A10_an_event_above_eight_kibibytes_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    def learned(count: int) -> Draft:
        ref = new_body("facts", "{}").ref
        facts = tuple(FactRef(id=FactId(f"f{i}"), key=f"order.line_{i}") for i in range(count))
        return Draft(FactsLearned(source="test", facts=facts, body=ref), CODE)

    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            with pytest.raises(EventTooLarge) as refused:
                await store.append(Append(conversation(), [finished("e1"), learned(300)]))
            assert refused.value.size > MAX_EVENT_BYTES
            assert len(await store.records(conversation())) == 1
            await store.append(Append(conversation(), [learned(150)]))

    asyncio.run(body())


def test_R_A10_text_with_half_a_character_is_refused(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            bad = new_body("message", "fine").model_copy(update={"text": "half \ud800"})
            with pytest.raises(Invalid):
                await store.append(Append(conversation(), bodies=[bad]))
            event = InboundRefused(entrance="mail", code="bad", sentence="Bad.", size=1)
            event = event.model_copy(update={"entrance": "mail \ud800"})
            with pytest.raises(Invalid):
                await store.append(Append(conversation(), [Draft(event, CODE)]))
            assert len(await store.records(conversation())) == 1

    asyncio.run(body())


def test_R_A6_many_tasks_append_at_once_without_a_gap_and_the_feed_shows_all_of_it_in_order(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            for number in range(4):
                await store.append(opening(number))

            async def writes(task: int) -> None:
                for i in range(10):
                    await store.append(Append(conversation(task % 4), [finished(f"e{task}-{i}")]))

            async with asyncio.TaskGroup() as group:
                for task in range(20):
                    group.create_task(writes(task))
            for number in range(4):
                records = await store.records(conversation(number))
                assert [r.seq for r in records] == list(range(1, 52))
                verify_chain(records)
            feed = await store.feed(0, 1000)
            assert len(feed) == 204
            assert [r.position for r in feed] == sorted({r.position for r in feed})
            assert await store.feed(feed[99].position, 5) == feed[100:105]

    asyncio.run(body())


def test_one_refused_request_does_not_harm_those_committed_with_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            outcomes: list[object] = []

            async def write(i: int) -> None:
                keys = [f"own {i}", *(["the one"] if i % 2 else [])]
                try:
                    outcomes.append((await store.append(Append(conversation(), [finished(f"e{i}")], keys=keys))).records[0])
                except Taken as error:
                    outcomes.append(error)

            async with asyncio.TaskGroup() as group:
                for i in range(40):
                    group.create_task(write(i))
            assert sum(isinstance(o, Taken) for o in outcomes) == 19
            own = [await store.read(lambda tx, n=i: tx.unique_key_exists(f"own {n}")) for i in range(40)]
            assert sum(own) == 21, "half of a refused request was stored"
            kept = sorted((o for o in outcomes if isinstance(o, Recorded)), key=lambda r: r.seq)
            assert tuple(kept) == (await store.records(conversation()))[1:]
            await store.verify(conversation())

    asyncio.run(body())


class FullFor:
    """The disk has no room at the first so many COMMITs."""

    def __init__(self, times: int) -> None:
        self.times = times

    def before_commit(self, append: Append) -> None:
        if self.times:
            self.times -= 1
            raise Unavailable("disk_full", "There is no room.")

    def after_commit(self, append: Append) -> None:
        """Nothing to do."""


def test_R_A6_nobody_is_told_that_a_key_is_taken_by_what_was_never_committed(tmp_path: Path) -> None:
    """It was: of a message that came twice the second was answered as a duplicate, and the first was not stored either."""

    async def body() -> None:
        full = FullFor(0)
        async with opened(tmp_path, observer=full) as store:
            await store.append(opening())
            full.times = 2  # the COMMIT that they share, and the first's own
            began, go_on = threading.Event(), threading.Event()
            busy = store.submit(lambda _: began.set() or go_on.wait())
            await asyncio.to_thread(began.wait)
            twice = [asyncio.create_task(store.append(message(keys=["evt_1"]))) for _ in range(2)]
            for _ in range(3):
                await asyncio.sleep(0)  # both are queued
            go_on.set()
            told = await asyncio.wait_for(asyncio.wait(twice), 120)
            await asyncio.wrap_future(busy)
            assert not told[1]
            codes = [getattr(task.exception(), "code", None) for task in twice]
            assert codes == ["disk_full", None], "either it is stored, or whoever sent it is told to send it again"
            assert len(await store.records(conversation())) == 2

    asyncio.run(body())


def test_a_bug_in_one_request_does_not_harm_those_committed_with_it(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())

            def bug(_: ReadTx) -> None:
                raise ZeroDivisionError

            async def write(i: int) -> None:
                checks = [bug] if i == 7 else []
                try:
                    await store.append(Append(conversation(), [finished(f"e{i}")], checks=checks))
                except ZeroDivisionError:
                    assert i == 7

            async with asyncio.TaskGroup() as group:
                for i in range(20):
                    group.create_task(write(i))
            assert len(await store.records(conversation())) == 20
            await store.verify(conversation())

    asyncio.run(body())


def test_listeners_hear_of_it_after_it_is_committed_and_not_of_what_was_refused(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            heard: asyncio.Queue[Committed] = asyncio.Queue()
            unsubscribe = store.subscribe(heard.put_nowait)
            appended = await store.append(opening(wake=WakeRequest()))
            committed = await heard.get()
            assert committed.records == appended.records
            assert committed.woken == (conversation(),)
            assert committed.scheduled
            with pytest.raises(StreamExists):
                await store.append(opening())
            unsubscribe()
            await store.append(message())
            await store.head(conversation())
            assert heard.empty()

    asyncio.run(body())


def test_a_brand_sees_its_own_feed_and_nothing_else(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            await store.append(Append(CORE_STREAM, [finished("e1")], create=NewStream("core", None)))
            assert len(await store.feed(0, 10)) == 2
            assert [r.stream for r in await store.feed(0, 10, [BRAND])] == [conversation(1)]
            assert await store.feed(0, 10, []) == ()
            assert [s.id for s in await store.streams("core")] == [CORE_STREAM]
            assert [s.id for s in await store.streams(brand=BRAND)] == [conversation(1)]

    asyncio.run(body())


def test_R_N5_erased_bodies_are_gone_from_the_disk_and_the_chain_still_holds(tmp_path: Path) -> None:
    secret = "Erika Mustermann, Heidestrasse 17"

    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening(1))
            await store.append(opening(2))
            erased, kept = message(1, secret), message(2, "kept")
            await store.append(erased)
            await store.append(kept)
            assert any(secret.encode() in data for data in contents(tmp_path))
            assert sum(each.count for each in await store.read(lambda tx: tx.standing_bodies(conversation(1)))) == 3
            await store.append(Append(conversation(1), erases=Erasure()))
            assert await store.scrub()
            assert await store.read(lambda tx: tx.standing_bodies(conversation(1))) == ()
            assert not any(secret.encode() in data for data in contents(tmp_path))
            assert not any(erased.bodies[0].salt in data for data in contents(tmp_path))
            with pytest.raises(BodyErased):
                await store.body(erased.bodies[0].ref)
            assert await store.bodies([b.ref for b in (*erased.bodies, *kept.bodies)]) == {b.id: b for b in kept.bodies}
            await store.verify(conversation(1))
            verify_chain(await store.records(conversation(1)))

    asyncio.run(body())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE event SET data = replace(data, '\"e1\"', '\"e9\"') WHERE seq = 2",
        "UPDATE event SET at = '2026-01-01T00:00:00.000000Z' WHERE seq = 2",
        "UPDATE event SET epoch = 5 WHERE seq = 2",
        "UPDATE event SET brand = 'other' WHERE seq = 2",
        "UPDATE event SET version = 2 WHERE seq = 2",
        'UPDATE event SET actor = \'{"kind":"person","operator":"op"}\' WHERE seq = 2',
        "DELETE FROM event WHERE seq = 2",
        "DELETE FROM event WHERE seq = 3",
        "UPDATE event SET seq = CASE seq WHEN 2 THEN 30 ELSE seq END",
    ],
)
def test_whoever_changes_the_database_breaks_the_chain(tmp_path: Path, damage: str) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            for i in (1, 2):
                await store.append(Append(conversation(), [finished(f"e{i}")]))
            await store.verify(conversation())
            await store.write(lambda c: c.exec_driver_sql(damage).rowcount)
            with pytest.raises(Corrupt):
                await store.verify(conversation())

    asyncio.run(body())


def test_a_changed_or_missing_body_is_noticed_when_it_is_read(tmp_path: Path) -> None:
    async def body() -> None:
        async with opened(tmp_path) as store:
            await store.append(opening())
            wrote = message()
            await store.append(wrote)
            changed = "UPDATE body SET data = CAST('other' AS BLOB)"
            await store.write(lambda c: c.exec_driver_sql(changed).rowcount)
            for name in (wrote.bodies[0].ref, wrote.bodies[0].id):
                with pytest.raises(Corrupt):
                    await store.body(name)
            with pytest.raises(Corrupt):
                await store.body(new_body("message", "never stored").ref)

    asyncio.run(body())


def test_the_observer_stands_on_both_sides_of_the_commit(tmp_path: Path) -> None:
    clock = HeldClock()
    seen: list[str] = []

    class Watching:
        def before_commit(self, append: Append) -> None:
            seen.append(f"before {append.stream}")
            if append.stream == conversation(2):
                raise CountersignError("crash", "A crash.")

        def after_commit(self, append: Append) -> None:
            seen.append(f"after {append.stream}")

    async def body() -> None:
        async with opened(tmp_path, clock=clock, observer=Watching()) as store:
            await store.append(opening(1))
            with pytest.raises(CountersignError):
                await store.append(opening(2))
            assert seen == [f"before {conversation(1)}", f"after {conversation(1)}", f"before {conversation(2)}"]
            assert await store.head(conversation(2)) is None
            assert iso(clock()) == "2026-03-01T09:30:00.123456Z"

    asyncio.run(body())
