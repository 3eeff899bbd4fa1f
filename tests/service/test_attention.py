"""Care a yes needs, over a whole core: looked at long enough, like cases on one sheet, each answered on its own (R-C3)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from agent_core.contract.clock import system_clock
from agent_core.contract.views import AskCard
from console.headless.bulk import Bulk
from console.headless.client import CoreClient
from console.headless.signing import Seen
from console.state.bulk import batch_of, like
from tests.service.scene import Scene, approval, closed, quick_brand, scene, until
from tests.service.test_asks_life import ONE, refused, shown


def rules(folder: Path, text: str) -> None:
    """What the brand says of risk."""
    config = quick_brand(folder) / "brand.yaml"
    config.write_text(config.read_text(encoding="utf-8") + f"\nrisk: {text}\n", encoding="utf-8")


def test_R_C3_R_C8_a_yes_to_much_counts_only_after_its_card_was_looked_at_and_a_no_never_waits(tmp_path: Path) -> None:
    rules(tmp_path, "{high_from_minor: 5000, min_shown_s: {high: 4}}")

    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, _ = await it.colleague(ada, "Bo Becker")
            # A no is a no at once.
            await it.write("Please refund 60 EUR for order NW-10023", thread="t0")
            first = await approval(bo)
            await bo.deny(first, comment="Not before it is back.")
            await closed(bo, first)

            await it.write(ONE)

            async def another() -> AskCard | None:
                asks = await bo.asks()
                return next((one for one in asks if one.kind == "approval" and one.ask != first.ask and one.binding), None)

            card = await until(bo, another)
            assert card.risk is not None
            assert (card.risk.tier, card.risk.min_shown_s, card.risk.confirm, card.risk.batch) == ("high", 4, True, None)
            words = await refused(bo.approve(card), "shown_too_short")
            assert "Look at it" in words
            early = Seen(card.raised_at - timedelta(hours=1), opened=True)
            await refused(bo.approve(card, seen=early), "shown_implausible")
            assert it.refunds() == []
            looked = Seen(system_clock() - timedelta(seconds=4), opened=True)
            now = await shown(bo, card, lambda one: one.binding)
            await bo.approve(now, seen=looked)
            await closed(bo, card)
            assert len(it.refunds()) == 1

            async def counted() -> bool | None:
                found = (await bo.authority_evidence(days=2)).evidence
                return True if sum(row.refused_yes for row in found) == 2 else None

            await until(bo, counted)

    asyncio.run(run())


async def _two(it: Scene, client: CoreClient) -> tuple[AskCard, ...]:
    """Two like refunds that wait."""
    assert it.core.sandbox is not None
    people = it.core.sandbox.shop.people()
    orders = [order.id for person in people if any(o.id == "NW-10023" for o in person.orders) for order in person.orders]
    paid = [one for one in orders if it.core.sandbox.shop.payments_of(one)][:2]
    for number, order in enumerate(paid):
        await it.write(f"Please refund 25 EUR for order {order}", thread=f"b{number}")

    async def both() -> tuple[AskCard, ...] | None:
        found = tuple(one for one in await client.asks() if one.kind == "approval" and one.binding is not None)
        return found if len(found) == len(paid) == 2 else None

    return await until(client, both)


def test_R_C3_R_C6_like_cases_are_signed_on_their_own_and_one_that_moved_fails_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            ada = await it.admin()
            bo, signer = await it.colleague(ada, "Bo Becker")
            cards = await _two(it, bo)
            assert bo.session is not None
            assert {card.ask for card in like(cards[0], cards, bo.session.operator)} == {card.ask for card in cards}
            before = sum(row["amount_minor"] for row in _all(it))
            batch = batch_of(cards)
            assert batch is not None
            assert batch.total == 5000

            # Too quick for two: nothing happens, and each says why. At their console no time goes by, however slow we are.
            now = system_clock()
            in_haste = await it.console()
            await in_haste.sign_in(replace(signer, clock=lambda: now))
            hasty = [one async for one in Bulk(in_haste).approve(cards, now)]
            assert [one.refused.code for one in hasty if one.refused is not None] == ["shown_too_short"] * 2

            # One of them is decided elsewhere meanwhile: it alone fails, and says who.
            cards = tuple([await shown(bo, card, lambda one: one.binding) for card in cards])
            await ada[0].deny(cards[0], comment="Not this one.")
            await closed(ada[0], cards[0])
            answered = [one async for one in Bulk(bo).approve(cards, system_clock() - timedelta(seconds=2))]
            assert [one.done is not None for one in answered] == [False, True]
            assert answered[0].refused is not None
            assert answered[0].refused.code in ("decided_already", "ask_over", "proposal_over")
            await closed(bo, cards[1])
            assert sum(row["amount_minor"] for row in _all(it)) - before == 2500

    asyncio.run(run())


def _all(it: Scene) -> list[dict[str, int]]:
    assert it.core.sandbox is not None
    shop = it.core.sandbox.shop
    orders = [order.id for person in shop.people() for order in person.orders]
    return [
        refund
        for order in orders
        for payment in shop.payments_of(order)
        for refund in shop.refunds(payment_id=payment["id"])
    ]
