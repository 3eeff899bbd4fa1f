"""A person opens a conversation that went to people and knows within seconds what it is about (R-E2)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.handing import MOST_PACKET_WORDS
from agent_core.contract.ids import ConversationId, StreamId
from console.headless.errors import CoreRefused
from tests.service.scene import approval, scene, settled


def test_R_E2_the_packet_of_a_real_conversation_holds_words_amount_and_reason(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as stage, asyncio.timeout(60):
            client, _ = await stage.admin()
            conversation = await stage.write("Please refund NW-10023.")
            await approval(client)
            await settled(client, conversation, 2)
            packet = await client.handoff_packet(conversation)
            said = {bullet.kind: bullet for bullet in packet.bullets}
            assert said["issue"].quoted == "Please refund NW-10023."
            assert "NW-10023" in said["tried"].text
            assert "refund payment" in said["pending"].text
            assert "EUR" in said["pending"].text
            assert "decide what waits" in said["next"].text
            assert "done" not in said
            assert 0 < packet.words <= MOST_PACKET_WORDS
            assert await client.handoff_packet(conversation) == packet
            with pytest.raises(CoreRefused) as nobody:
                await client.handoff_packet(ConversationId(StreamId("c_00000000000000000000")))
            assert nobody.value.code == "not_found"

    asyncio.run(body())
