"""Many conversations of one brand act at the same moment: each ends, counters are exact, no cap is passed (R-A6, R-C2)."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent_core.contract.events import EffectStarted
from agent_core.contract.ids import CORE_STREAM, BrandId, ConversationId
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.sandbox.wire import Refusal
from agent_core.store import Append, Appended
from agent_core.systems.tallying import Told
from tests.engine.desk import given
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play

BRAND = BrandId("northwind")
MANY, EACH, CAP = 50, 1_000, 200_000


def refundable(shop: ShopWorld, now: datetime) -> list[tuple[str, str]]:
    """Orders from which ten euros can be given back, with their customers; of each customer at most two.

    Nobody to whom the shop itself gave something back today: the caps know of that.
    """
    found: list[tuple[str, str]] = []
    per: Counter[str] = Counter()
    for number in range(10_001, 10_400):
        try:
            order = shop.order(f"NW-{number}")
        except Refusal:
            continue
        payments = shop.payments_of(str(order["id"]))
        owner = str(order["customer_id"])
        if given(shop, owner, "EUR", now - timedelta(days=1), now) != Told(0, 0):
            continue
        whole = len(payments) == 1 and payments[0]["currency"] == "EUR" and payments[0]["refunded_minor"] == 0
        if whole and payments[0]["refundable_minor"] >= EACH and per[owner] < 2:
            per[owner] += 1
            found.append((str(order["id"]), owner))
    return found


@pytest.mark.parametrize("room", [30, pytest.param(MANY, marks=pytest.mark.slow)], ids=["the cap is near", "all may"])
def test_R_A6_fifty_refunds_at_once_are_counted_exactly_and_all_finish(tmp_path: Path, room: int) -> None:
    async def scene(stage: Stage) -> None:
        store, shop = stage.harness.store, stage.harness.shop
        key = f"alone:{stage.clock.at:%Y-%m-%d}:{BRAND}:all:EUR"
        await store.append(Append(CORE_STREAM, tallies={key: CAP - room * EACH}))
        orders = refundable(shop, stage.clock.at)[:MANY]
        assert len(orders) == MANY
        conversations: list[ConversationId] = [
            await stage.harness.customer_writes(
                f"Please refund 10 EUR of order {order}.", f"evt_{n}", customer=owner, thread=f"t{n}"
            )
            for n, (order, owner) in enumerate(orders)
        ]
        async with asyncio.TaskGroup() as group:
            for c in conversations:
                group.create_task(stage.harness.runner.handle(c))
        refunds = [refund for order, _ in orders for refund in stage.harness.refunds(order)]
        assert len(refunds) == room
        counted = await store.read(lambda tx: tx.tally(key))
        assert counted == CAP - room * EACH + sum(int(refund["amount_minor"]) for refund in refunds) == CAP
        assert await store.read(lambda tx: tx.tally(key.replace(":EUR", ":count"))) == room
        ended = Counter[str]()
        for c in conversations:
            state = await stage.harness.state(c)
            assert not state.open
            (run,) = state.runs.values()
            ended[run.phase] += 1
            alone = [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]
            assert len(alone) == (run.phase == "answered")
        assert ended == Counter({"answered": room, "awaiting_approval": MANY - room})

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("step", [1, CAP], ids=["within the cap", "past the cap"])
def test_R_A6_whoever_else_acts_right_before_each_start_holds_nobody_up(tmp_path: Path, step: int) -> None:
    """Whenever this conversation is about to act, another one of its brand has just acted: policy is asked again at once."""

    async def scene(stage: Stage) -> None:
        store = stage.harness.store
        key, append = f"alone:{stage.clock.at:%Y-%m-%d}:{BRAND}:all:EUR", stage.harness.store.append
        others = 0

        async def after_another(request: Append) -> Appended:
            nonlocal others
            if request.checks:
                others += 1
                await append(Append(CORE_STREAM, tallies={key: step}))
            return await append(request)

        store.append = after_another
        c = await stage.writes(f"Please refund 10 EUR of order {ORDER}.", "1")
        await stage.settle(c)
        state = await stage.harness.state(c)
        assert len(stage.harness.refunds(ORDER)) == (step == 1)
        assert len(state.open_proposals()) == (step == CAP)
        assert 0 < others < 10
        assert len(stage.texts()) == 1

    play(tmp_path, scene, alone=True)
