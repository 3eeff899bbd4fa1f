"""A supervisor tells the agent something in private, over HTTP (R-E3, R-M9)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.commands import EndSteering, HandBack, Steer, TakeOver
from agent_core.contract.ids import ConversationId, RunId, StreamId
from console.headless.errors import CoreRefused
from tests.service.scene import approval, scene, settled

NOTE = "This is a journalist. Say nothing about other customers."


def test_R_E3_an_instruction_is_given_shown_to_colleagues_and_ended_by_another_of_them(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as stage, asyncio.timeout(300):
            boss = await stage.admin()
            client, _ = boss
            conversation = await stage.write("Please refund NW-10023.")
            await approval(client)
            await settled(client, conversation, 1)
            command = Steer(conversation=conversation, note=NOTE, holds_s=3600)
            first = await client.command(command, key="one")
            assert await client.command(command, key="one") == first, "the same key does nothing twice"
            detail = await client.detail(conversation)
            assert detail is not None
            (shown,) = detail.steering
            assert (shown.text, shown.name, shown.run, shown.over) == (NOTE, "Ada Admin", None, False)
            assert any(item.kind == "mark" and item.detail == NOTE for item in detail.items)
            colleague, _ = await stage.colleague(boss, "Cleo")
            await colleague.command(EndSteering(conversation=conversation, steering="s1"))
            detail = await client.detail(conversation)
            assert detail is not None
            assert detail.steering[0].over
            assert not any(NOTE in str(reply["text"]) for reply in await stage.replies())

            async def refused(what: Steer | EndSteering) -> str:
                with pytest.raises(CoreRefused) as found:
                    await client.command(what)
                return found.value.code

            again = EndSteering(conversation=conversation, steering="s1")
            assert await refused(again) == "instruction_over"
            assert await refused(again.model_copy(update={"steering": "s9"})) == "no_such_instruction"
            assert await refused(command.model_copy(update={"run": RunId("r99")})) == "no_such_run"
            assert await refused(command.model_copy(update={"note": "in\u200bvisible"})) == "unclean_comment"
            nowhere = ConversationId(StreamId("c_00000000000000000000"))
            assert await refused(command.model_copy(update={"conversation": nowhere})) == "not_found"
            for _ in range(8):
                await client.command(command)
            assert await refused(command) == "too_many_instructions"
            await client.command(TakeOver(conversation=conversation))
            assert await refused(command) == "not_in_agents_hands"
            await client.command(HandBack(conversation=conversation, note="Go on."))
            other, _ = await stage.colleague(boss, "Bo", brands=("lumen",))
            with pytest.raises(CoreRefused) as foreign:
                await other.command(command)
            assert foreign.value.code in ("not_found", "brand_not_allowed", "not_allowed")

    asyncio.run(body())
