"""A person puts a belief of the agent right, over HTTP, and everybody sees what was and what is (R-M1, R-B7, R-C5)."""

import asyncio
from pathlib import Path

import pytest

from agent_core.contract.correcting import CorrectBelief, EndCorrection
from agent_core.contract.ids import FactId
from agent_core.contract.views import ConversationDetail
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import approval, closed, scene, settled

SAYS = "It was delivered to a neighbour."


def test_R_M1_a_belief_is_corrected_with_its_source_and_what_rests_on_it_is_asked_anew(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            boss = await it.admin()
            client, _ = boss
            conversation = await it.write("Please refund NW-10023.")
            card = await approval(client)
            await settled(client, conversation, 1)
            found = await client.detail(conversation)
            assert found is not None
            evidence = card.evidence[0]
            fact = next(one for one in found.facts if one.key == evidence.key)
            command = CorrectBelief(
                conversation=conversation, fact=FactId(fact.id), right=SAYS, source="The carrier, by phone"
            )
            first = await client.command(command, key="one")
            assert await client.command(command, key="one") == first, "the same key does nothing twice"
            old = await closed(client, card)
            assert old.closed_by == "lapsed"
            anew = await _another(client, card.ask)
            assert any(
                SAYS in change.value and "Ada Admin: The carrier, by phone" in change.value for change in anew.changes
            )
            shown = await _detail(client, command)
            (correction,) = shown.corrections
            assert (correction.fact, correction.right, correction.name, correction.over) == (
                fact.id,
                SAYS,
                "Ada Admin",
                False,
            )
            assert not any(one.key.startswith("staff.") for one in shown.facts)
            assert any(item.kind == "mark" and SAYS in item.detail for item in shown.items)
            colleague, _ = await it.colleague(boss, "Cleo")
            await colleague.command(EndCorrection(conversation=conversation, correction="k1"))
            assert (await _detail(client, command)).corrections[0].over

            async def refused(what: CorrectBelief | EndCorrection) -> str:
                with pytest.raises(CoreRefused) as error:
                    await client.command(what)
                return error.value.code

            again = EndCorrection(conversation=conversation, correction="k1")
            assert await refused(again) == "correction_over"
            assert await refused(again.model_copy(update={"correction": "k9"})) == "no_such_correction"
            assert await refused(command.model_copy(update={"fact": FactId("e999.1")})) == "no_such_belief"
            assert await refused(command.model_copy(update={"fact": FactId("k1.1")})) == "no_such_belief"
            assert await refused(CorrectBelief(conversation=conversation, at=1, right="x", source="y")) == "no_such_belief"
            assert await refused(command.model_copy(update={"source": "in\u200bvisible"})) == "unclean_comment"

    asyncio.run(run())


def test_R_M1_a_belief_is_named_by_the_answer_that_holds_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            client, _ = await it.admin()
            conversation = await it.write("Where is NW-10024?")
            shown = await settled(client, conversation, 2)
            belief = shown.beliefs[0]
            assert belief.at_seq > 0
            wrong = CorrectBelief(conversation=conversation, at=belief.at_seq, index=belief.index, source="I see it myself")
            await client.command(wrong)
            (correction,) = (await _detail(client, wrong)).corrections
            assert (correction.believed_at, correction.index) == (belief.at_seq, belief.index)
            assert correction.statement == belief.statement
            assert correction.right == "This is not so."
            with pytest.raises(CoreRefused):
                await client.command(wrong.model_copy(update={"index": 77}))

    asyncio.run(run())


def test_a_correction_names_one_thing() -> None:
    with pytest.raises(ValueError, match="one of them"):
        CorrectBelief.model_validate({"conversation": "c_00000000000000000000", "source": "x"})


async def _detail(client: CoreClient, command: CorrectBelief) -> ConversationDetail:
    found = await client.detail(command.conversation)
    assert found is not None
    return found


async def _another(client: CoreClient, ask: str):
    while True:
        card = await approval(client)
        if card.ask != ask:
            return card
