"""A refund whose answer was lost: nobody guesses; a person finds out, signs it, and the customer hears the truth (R-A7)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.canonical import digest
from agent_core.contract.commands import ResolveAsk, SettleUnknown
from agent_core.contract.events import AskResolved, ProposalSettled
from console.headless.errors import Conflict, CoreRefused
from tests.service.lost_answer import SHORT, approved_and_lost
from tests.service.scene import closed, scene, settled


def test_R_A7_a_person_settles_what_nobody_knows_and_signs_it(tmp_path: Path, expected_logs: Callable[..., Any]) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path, deadlines=SHORT) as it:
            client, signer = await it.admin()
            conversation, card, unknown = await approved_and_lost(it, client)
            assert len(it.refunds()) == 1
            assert len(await it.replies()) == 1  # nothing is said that nobody knows
            with pytest.raises(Conflict) as denied:
                await client.deny(await client.ask(card.ask))
            assert denied.value.code in {"decided_already", "proposal_over"}
            with pytest.raises(Conflict) as wrong:
                await client.command(ResolveAsk(ask=unknown.ask, conversation=conversation))
            assert wrong.value.code == "verb_not_allowed"
            envelope = signer.widening(await client.challenge(), "settle_unknown", unknown.ask, "0" * 64)
            with pytest.raises(CoreRefused) as unsigned:
                await client.command(
                    SettleUnknown(ask=unknown.ask, conversation=conversation, happened=True, envelope=envelope)
                )
            assert unsigned.value.code == "other_arguments"

            nowhere = signer.widening(
                await client.challenge(), "settle_unknown", unknown.ask, digest({"ask": unknown.ask, "happened": True})
            )
            with pytest.raises(CoreRefused) as elsewhere:
                await client.command(
                    SettleUnknown(ask=unknown.ask, conversation=conversation, happened=True, envelope=nowhere)
                )
            assert elsewhere.value.code == "other_brand"

            await client.settle_unknown(unknown, happened=True, comment="The shop's list shows it.")
            await closed(client, unknown)
            ends = [
                record.event
                for record in await it.core.store.records(conversation)
                if isinstance(record.event, AskResolved | ProposalSettled) and record.event.code == "settled_by_person"
            ]
            assert {type(end) for end in ends} == {AskResolved, ProposalSettled}
            assert len({end.statement for end in ends}) == 1
            for end in ends:
                assert end.statement is not None
                assert end.envelope is not None
                assert isinstance(end, ProposalSettled) or end.comment is not None
            over = await closed(client, card)
            assert over.closed_by == "person"
            await settled(client, conversation, 3)
            assert len(it.refunds()) == 1
            assert len(await it.replies()) == 2

    asyncio.run(run())
