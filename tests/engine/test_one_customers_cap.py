"""Two conversations of one customer, two people, two cores: together they never pass the cap of a day (R-C1)."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import CallJudged, EffectStarted
from agent_core.contract.ids import ConversationId
from agent_core.store import Append, Store
from agent_core.store.folder import DATABASE_NAME
from agent_core.store.sqlite import SqliteDatabase
from agent_core.systems.tallying import CannotTell, Told
from tests.engine.harness import Harness
from tests.engine.stage import Stage, StageModel, play
from tests.engine.test_day_counts import DOWN, elsewhere, told
from tests.engine.world import nowhere


def both(stage: Stage) -> tuple[str, list[str]]:
    """A customer with two orders of which money can be given back, and the orders."""
    shop = stage.harness.shop
    for person in shop.people():
        orders = [
            str(o["id"]) for o in shop.orders_of(person.id)
            if o["payment"]["refundable_minor"] >= 3_000 and o["total"]["currency"] == "EUR" and o["payment"]["count"] == 1
        ]  # fmt: skip
        if len(orders) >= 2:
            return person.id, orders[:2]
    raise AssertionError("nobody has two orders")


def held_up(stage: Stage) -> tuple[asyncio.Event, asyncio.Event]:
    """The next refund is held up before the shop hears of it: set once it has left us, and what lets it arrive."""
    left, arrive = asyncio.Event(), asyncio.Event()

    async def slow(name: str, perform: Any) -> Any:
        if name == "refund_payment" and not left.is_set():
            left.set()
            await arrive.wait()
        return perform()

    stage.harness.tools.around = slow
    return left, arrive


async def waiting(stage: Stage, customer: str, order: str) -> ConversationId:
    """Twenty euros that wait for a person, because the shop could not be asked."""
    told(stage, DOWN)
    c = await stage.writes(f"Please refund 20 EUR of order {order}.", "1", customer=customer, thread="t1")
    await stage.settle(c)
    assert len((await stage.harness.state(c)).open_proposals()) == 1
    return c


def test_R_C1_two_conversations_of_one_customer_cannot_both_pass_the_cap(tmp_path: Path) -> None:
    """Both ask at the same moment and hear the same; the shop has given 15.00, and each wants 20.00 of the last 35.00."""

    async def scene(stage: Stage) -> None:
        customer, orders = both(stage)
        elsewhere(stage, 1_500, orders[0])
        meet = asyncio.Barrier(2)

        async def together(found: Told | CannotTell) -> Told | CannotTell:
            await meet.wait()
            return found

        stage.harness.tools.tallied = together
        talks = [
            await stage.writes(f"Please refund 20 EUR of order {order}.", str(n), customer=customer, thread=f"t{n}")
            for n, order in enumerate(orders)
        ]
        async with asyncio.TaskGroup() as group:
            for c in talks:
                group.create_task(stage.harness.runner.handle(c))
        made = [r["amount_minor"] for order in orders for r in stage.harness.refunds(order)]
        assert sorted(made) == [1_500, 2_000]
        waiting = [len((await stage.harness.state(c)).open_proposals()) for c in talks]
        assert sorted(waiting) == [0, 1]

    play(tmp_path, scene, alone=True)


def test_R_C1_what_is_under_way_counts_before_the_shop_has_heard_of_it(tmp_path: Path) -> None:
    """One refund has begun and its answer is still on its way; the shop does not list it. Another one is asked for."""

    async def scene(stage: Stage) -> None:
        customer, orders = both(stage)
        elsewhere(stage, 1_500, orders[0])
        left, arrive = held_up(stage)
        first = await stage.writes(f"Please refund 20 EUR of order {orders[0]}.", "1", customer=customer, thread="t1")
        under_way_now = asyncio.create_task(stage.harness.runner.handle(first))
        await left.wait()
        second = await stage.writes(f"Please refund 20 EUR of order {orders[1]}.", "2", customer=customer, thread="t2")
        await stage.settle(second)
        (known,) = (await stage.harness.state(second)).open_proposals()
        (judged,) = [e for e in await stage.events(second, CallJudged) if e.writes]
        assert judged.counted is not None
        assert (judged.counted.theirs_minor, judged.counted.missing_minor) == (1_500, 2_000)
        arrive.set()
        await under_way_now
        assert known.open
        assert [r["amount_minor"] for r in stage.harness.refunds(orders[1])] == []

    play(tmp_path, scene, alone=True)


def test_R_C1_what_a_person_approved_counts_while_it_is_under_way(tmp_path: Path) -> None:
    """Somebody approved 20.00 that the shop does not list yet; 15.00 of the day are left, and 20.00 are asked for."""

    async def scene(stage: Stage) -> None:
        customer, orders = both(stage)
        first = await waiting(stage, customer, orders[0])
        told(stage, None)
        elsewhere(stage, 1_500, orders[1])
        left, arrive = held_up(stage)
        await stage.harness.decide(first, "approve")
        stage.clock.forward(seconds=30)
        under_way_now = asyncio.create_task(stage.harness.runner.handle(first))
        await left.wait()
        second = await stage.writes(f"Please refund 20 EUR of order {orders[1]}.", "2", customer=customer, thread="t2")
        await stage.settle(second)
        (judged,) = [e for e in await stage.events(second, CallJudged) if e.writes]
        assert judged.counted is not None
        assert (judged.counted.theirs_minor, judged.counted.missing_minor) == (1_500, 2_000)
        assert len((await stage.harness.state(second)).open_proposals()) == 1
        arrive.set()
        await under_way_now
        assert [r["amount_minor"] for r in stage.harness.refunds(orders[0])] == [2_000]
        await stage.settle(first)
        third = await stage.writes(f"Please refund 10 EUR of order {orders[0]}.", "3", customer=customer, thread="t3")
        await stage.settle(third)
        (judged,) = [e for e in await stage.events(third, CallJudged) if e.writes]
        assert judged.counted is not None
        assert (judged.counted.theirs_minor, judged.counted.missing_minor) == (3_500, 0), "done: in their list alone"

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("done", [True, False], ids=["it was done", "it is under way"])
def test_R_C1_what_people_approved_after_the_shop_was_asked_counts_too(tmp_path: Path, done: bool) -> None:
    """The shop says 15.00 and is asked to give 20.00 that a person approved, before the agent acts on what it said."""

    async def scene(stage: Stage) -> None:
        customer, orders = both(stage)
        first = await waiting(stage, customer, orders[0])
        stage.clock.forward(seconds=30)
        elsewhere(stage, 1_500, orders[1])
        said, act = asyncio.Event(), asyncio.Event()

        async def meanwhile(found: Told | CannotTell) -> Told | CannotTell:
            said.set()
            await act.wait()
            return found

        stage.harness.tools.tallied = meanwhile
        second = await stage.writes(f"Please refund 20 EUR of order {orders[1]}.", "2", customer=customer, thread="t2")
        async with asyncio.TaskGroup() as group:
            alone = group.create_task(stage.harness.runner.handle(second))
            await said.wait()
            left, arrive = held_up(stage)
            await stage.harness.decide(first, "approve")
            approved = group.create_task(stage.harness.runner.handle(first))
            await left.wait()
            if done:
                arrive.set()
                await approved
            act.set()
            await alone
            arrive.set()
        assert [r["amount_minor"] for r in stage.harness.refunds(orders[0])] == [2_000]
        assert [r["amount_minor"] for r in stage.harness.refunds(orders[1])] == [1_500]
        (judged,) = [e for e in await stage.events(second, CallJudged) if e.writes]
        assert judged.counted is not None
        assert (judged.counted.theirs_minor, judged.counted.missing_minor) == (1_500, 2_000)
        assert len((await stage.harness.state(second)).open_proposals()) == 1

    play(tmp_path, scene, alone=True)


def test_R_C1_two_cores_over_one_database_cannot_both_pass_the_cap_of_one_customer(tmp_path: Path) -> None:
    """Two workers that share nothing but the database ask at one instant, judge at one instant, and start at one instant."""

    async def scene(stage: Stage) -> None:
        here = stage.harness
        customer, orders = both(stage)
        elsewhere(stage, 1_500, orders[0])
        beside = await Store.open(
            tmp_path / "another",
            clock=here.clock,
            database=lambda _: SqliteDatabase(here.folder / "data" / DATABASE_NAME, readers=2),
        )
        there = Harness(here.folder, beside, here.clock, nowhere, StageModel())
        there.brands.at_work = replace(there.brand, release=here.brand.release)
        asked, begins = asyncio.Barrier(2), asyncio.Barrier(2)

        async def together(found: Told | CannotTell) -> Told | CannotTell:
            await asked.wait()
            return found

        def at_once(store: Store) -> None:
            append = store.append

            async def met(request: Append) -> Any:
                if any(isinstance(d.event, EffectStarted) and d.event.kind == "write" for d in request.drafts):
                    await begins.wait()
                return await append(request)

            store.append = met

        here.tools.tallied = there.tools.tallied = together
        for store in (here.store, beside):
            at_once(store)
        try:
            talks = [
                await stage.writes(f"Please refund 20 EUR of order {order}.", str(n), customer=customer, thread=f"t{n}")
                for n, order in enumerate(orders)
            ]
            async with asyncio.TaskGroup() as group:
                for harness, c in zip((here, there), talks, strict=True):
                    group.create_task(harness.runner.handle(c))
        finally:
            await there.close()
        made = [r["amount_minor"] for order in orders for r in here.refunds(order)]
        assert sorted(made) == [1_500, 2_000]
        assert sorted([len((await here.state(c)).open_proposals()) for c in talks]) == [0, 1]

    play(tmp_path, scene, alone=True)
