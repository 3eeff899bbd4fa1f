"""A person opens a conversation that went to people and knows within seconds what it is about (R-E2)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.assessing import AssessmentsAnswer
from agent_core.contract.commands import FlagAssessment
from agent_core.contract.handing import MOST_PACKET_WORDS, HandoffPacket
from agent_core.contract.ids import ConversationId, StreamId
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import approval, scene, settled, until


async def _corrected(client: CoreClient, packet: HandoffPacket) -> None:
    """R-E3: one command keeps what would be right beside what was shown, and it is listed and counted."""
    right = "They want an exchange, not money."
    flag = FlagAssessment(conversation=packet.conversation, part="next", wrong="misread", correction=right, seen=packet.seq)
    done = await client.command(flag, key="flag")
    assert await client.command(flag, key="flag") == done
    answer = await until(client, lambda: _listed(client))
    (shown,) = answer.assessments
    assert (shown.correction, shown.part, shown.wrong, shown.seen) == (right, "next", "misread", packet.seq)
    assert (shown.bullets, shown.reasons) == (packet.bullets, packet.reasons), "what they saw, as code says it"
    assert shown.workflows == ("refund_order",)
    assert [(each.part, each.wrong, each.count) for each in answer.counts] == [("next", "misread", 1)]
    with pytest.raises(CoreRefused) as refused:
        await client.command(flag.model_copy(update={"seen": 10_000}))
    assert refused.value.code == "not_seen"
    after = await client.handoff_packet(packet.conversation)
    assert after.bullets == packet.bullets, "a correction changes nothing here"


async def _listed(client: CoreClient) -> AssessmentsAnswer | None:
    answer = await client.assessments()
    return answer if answer.assessments else None


def test_R_E2_the_packet_of_a_real_conversation_holds_words_amount_and_reason(tmp_path: Path) -> None:
    async def body() -> None:
        async with scene(tmp_path) as stage, asyncio.timeout(300):
            client, _ = await stage.admin()
            conversation = await stage.write("Please refund NW-10023.")
            await approval(client)
            await settled(client, conversation, 2)
            packet = await client.handoff_packet(conversation)
            said = {bullet.kind: bullet for bullet in packet.bullets}
            assert said["issue"].quoted == "Please refund NW-10023."
            assert "Look up an order: NW-10023" in said["tried"].text
            assert "Refund" in said["pending"].text
            assert "_" not in said["pending"].text.replace("pay_", "")
            (since,) = said["customer"].moments
            assert since.said in said["customer"].text
            assert "EUR" in said["pending"].text
            assert "decide what waits" in said["next"].text
            assert "done" not in said
            assert 0 < packet.words <= MOST_PACKET_WORDS
            assert await client.handoff_packet(conversation) == packet
            await _corrected(client, packet)
            with pytest.raises(CoreRefused) as nobody:
                await client.handoff_packet(ConversationId(StreamId("c_00000000000000000000")))
            assert nobody.value.code == "not_found"

    asyncio.run(body())
