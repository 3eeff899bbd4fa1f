"""A supervisor sees what an override would change, carries it out signed, and finds it among the evaluation data (R-B7)."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent_core.contract.overriding import OverrideShown
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import Scene, approval, scene, settled, until


def play(folder: Path, body: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with scene(folder) as stage, asyncio.timeout(300):
            await body(stage)

    asyncio.run(run())


async def listed(client: CoreClient) -> OverrideShown:
    async def look() -> OverrideShown | None:
        return next(iter((await client.overrides()).overrides), None)

    return await until(client, look)


def test_R_B7_preview_override_and_the_list_of_them_over_the_wire(tmp_path: Path) -> None:
    async def body(stage: Scene) -> None:
        client, _ = await stage.admin()
        conversation = await stage.write("Please refund NW-10023.")
        card = await approval(client)
        await settled(client, conversation, 2)

        preview = await client.override_preview(conversation, ["where_is_my_order"])
        assert preview.now == ("refund_order",)
        assert [tool.tool for tool in preview.gained] == ["track_order"]
        lost = {tool.tool: tool.writes for tool in preview.lost}
        assert lost["refund_payment"]
        assert not lost["list_payments"]
        (entering,) = preview.entering
        assert "telling this customer where" in entering.instructions
        (leaving,) = preview.leaving
        assert [done.tool for done in leaving.done] == ["get_order", "list_payments"]
        assert leaving.proposals == (card.binding.proposal if card.binding else None,)
        assert (preview.obstacles, preview.needs_signature) == ((), True)

        with pytest.raises(CoreRefused) as unsigned:
            await client.override_routing(preview.model_copy(update={"needs_signature": False}))
        assert unsigned.value.code == "signature_needed"
        with pytest.raises(CoreRefused) as other:
            await client.override_routing(preview.model_copy(update={"then": ("refund_order", "where_is_my_order")}))
        assert other.value.code == "other_arguments"

        done = await client.override_routing(preview, comment="They only want to know where it is.")
        assert done.statement is not None
        detail = await settled(client, conversation, 3)
        assert [run.phase for run in detail.runs] == ["withdrawn", "answered"]
        assert (await client.ask(card.ask)).state == "closed"
        shown = await listed(client)
        assert (shown.rule, shown.router_workflows, shown.workflows) == (
            "workflows",
            ("refund_order",),
            ("where_is_my_order",),
        )
        assert shown.signed
        assert shown.comment == "They only want to know where it is."
        assert shown.intents == ("refund",)
        assert stage.refunds() == []

        with pytest.raises(CoreRefused) as moved:
            await client.override_routing(preview)
        assert moved.value.code == "moved"

    play(tmp_path, body)


def test_R_B7_a_colleague_of_another_brand_sees_neither_preview_nor_list(tmp_path: Path) -> None:
    async def body(stage: Scene) -> None:
        boss = await stage.admin()
        stranger, _ = await stage.colleague(boss, "Lu Lumen", brands=("lumen",))
        conversation = await stage.write("Please refund NW-10023.")
        await approval(boss[0])
        with pytest.raises(CoreRefused) as unseen:
            await stranger.override_preview(conversation, ["where_is_my_order"])
        assert unseen.value.code == "not_found"
        preview = await boss[0].override_preview(conversation, [], "priority")
        assert not preview.needs_signature, "letting the agent do less needs a session alone"
        await boss[0].override_routing(preview, seen=False)
        assert (await listed(boss[0])).queue == "priority"
        assert (await stranger.overrides()).overrides == ()

    play(tmp_path, body)
