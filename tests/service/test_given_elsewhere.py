"""Small credits, through a whole core and a shop over HTTP: what people give in the shop itself counts (R-C1, R-C2)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent_core.contract.clock import system_clock
from agent_core.contract.events import EffectFinished, EffectStarted
from agent_core.contract.views import AskCard
from agent_core.sandbox.shop.aftersales import AfterSales
from tests.service.scene import Scene, approval, scene, settled

WANT = "I want a voucher of 4 EUR for the trouble with NW-10023."


def play(tmp_path: Path, play: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            await play(it)

    asyncio.run(run())


def credits(it: Scene) -> list[int]:
    """What the shop has credited for the order."""
    assert it.core.sandbox is not None
    return [row["amount_minor"] for row in AfterSales(it.core.sandbox.shop, system_clock).ledger("NW-10023")["credits"]]


def counts(card: AskCard) -> dict[str, str]:
    """What the card says of the customer's day."""
    return {one.key: one.value.replace("\u00a0", " ") for one in card.evidence if one.key.startswith("today.")}


def test_R_C1_a_small_credit_needs_nobody_until_the_shop_has_given_as_much_itself(tmp_path: Path) -> None:
    async def scenes(it: Scene) -> None:
        client = await it.reader()
        first = await it.write(WANT)
        await settled(client, first, 2)
        assert credits(it) == [400]
        events = [record.event for record in await it.core.store.records(first)]
        (asked,) = [e.effect for e in events if isinstance(e, EffectStarted) and e.purpose == "tally"]
        assert [e.outcome for e in events if isinstance(e, EffectFinished) and e.effect == asked] == ["succeeded"]
        assert it.core.sandbox is not None
        it.core.sandbox.shop.alter_order("NW-10023", status=None, note=None, refund_elsewhere_minor=700)
        second = await it.write(WANT.replace("NW-10023", "NW-10024"), thread="t2")
        card = await approval(client, second)
        assert counts(card) == {"today.ours": "4.00 EUR · 1 ×", "today.theirs": "11.00 EUR · 2 ×"}
        assert credits(it) == [400]

    play(tmp_path, scenes)


def test_R_C2_when_the_shop_cannot_say_a_person_reads_why_and_the_customer_no_error(tmp_path: Path) -> None:
    async def scenes(it: Scene) -> None:
        client = await it.reader()
        await it.faults({"match": "GET /v1/credits", "kind": "status", "status": 500, "times": 9})
        conversation = await it.write(WANT)
        card = await approval(client, conversation)
        assert (card.code, card.kind) == ("caps_unknown", "approval")
        assert "house-given-known" in {rule.id for rule in card.rules}
        assert counts(card)["today.theirs"] == "Not known: system error"
        assert credits(it) == []
        await settled(client, conversation, 2)
        (reply,) = await it.replies()
        assert "waiting for a colleague's approval" in reply["text"]

    play(tmp_path, scenes)
