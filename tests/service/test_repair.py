"""On-call at a console: find what is held, look, repair, done; signed, once, on what was shown (R-A8, DESIGN §1.8)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.commands import ResolveAsk
from agent_core.contract.events import QuarantineLifted
from agent_core.contract.ids import ConversationId
from agent_core.contract.repairing import RepairShown, repair_value
from agent_core.contract.views import AskCard
from agent_core.sandbox.local_http import local_client
from agent_core.service.quarantine import quarantine
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from console.headless.on_call import listed, page
from tests.service.scene import NORTHWIND, Scene, approval, scene, settled, until

WHERE = "Where is NW-10024?"


async def hold(it: Scene, client: CoreClient, conversation: ConversationId) -> AskCard:
    """Looking at it failed again and again; the customer has been told."""
    core = it.core
    before = len(await it.replies())
    await quarantine(core.store, core.shelf, core.means.clock, conversation, ValueError("a customer's words"))

    async def told() -> AskCard | None:
        found = [card for card in await client.quarantined() if card.conversation == conversation]
        return found[0] if found and len(await it.replies()) == before + 1 else None

    return await until(client, told)


async def refused(client: CoreClient, shown: RepairShown, code: str, **more: Any) -> None:
    """The repair is refused with this code, and nothing is done."""
    with pytest.raises(CoreRefused) as error:
        await client.repair(shown, **more)
    assert error.value.code == code


def test_R_A8_on_call_finds_looks_and_repairs_and_the_next_message_is_answered(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            boss = await it.admin()
            client, _ = await it.colleague(boss, "Otto Oncall", role="on_call")
            supervisor, _ = await it.colleague(boss, "Sue Supervisor")
            conversation = await it.write(WHERE)
            other = await it.write(WHERE, thread="t2")
            await settled(client, conversation, 2)
            await settled(client, other, 2)
            before = (await it.core.store.records(other))[-1].seq
            card = await hold(it, client, conversation)
            assert card.verbs == ("take_over", "repair")
            assert (await client.rows()).counts.quarantined == 1

            with pytest.raises(CoreRefused) as not_theirs:
                await supervisor.repair_shown(conversation)
            assert not_theirs.value.code == "role_not_allowed"
            with pytest.raises(CoreRefused) as nothing:
                await client.repair_shown(other)
            assert nothing.value.code == "not_quarantined"
            with pytest.raises(CoreRefused) as put_away:
                await client.command(ResolveAsk(ask=card.ask, conversation=conversation))
            assert put_away.value.code == "verb_not_allowed"

            shown = await client.repair_shown(conversation)
            assert (shown.ask, shown.cause, shown.diagnosis) == (card.ask, "handling", "handling_failed:ValueError")
            assert (shown.told, shown.calls, shown.obstacle) == (True, (), "")
            assert [(each.run, each.verdict) for each in shown.runs] == [("r1", ())]
            assert "NW-10024" in shown.runs[0].request
            assert "a customer's words" not in shown.model_dump_json()
            assert conversation in listed(await client.quarantined())
            assert "r1 (where_is_my_order, all) goes on as r2; its repaired request would be sent." in page(shown)
            labels = {row.label: row.value for row in (await client.ask(card.ask)).rows}
            assert labels["Diagnosis"] == "handling_failed:ValueError"
            assert labels["Customer"] == "Was told that a person will come back."
            await refused(supervisor, shown, "role_not_allowed")
            await refused(client, shown.model_copy(update={"plan": "0" * 64}), "moved")
            await refused(client, shown, "answers_do_not_fit", answers={"r1/x": "executed"})
            await refused(client, shown.model_copy(update={"brand": "other"}), "other_brand")

            await it.write("Hello?")  # the world moves on
            await until(client, lambda: newer(client, conversation, shown))
            await refused(client, shown, "moved")
            shown = await client.repair_shown(conversation)
            assert shown.unanswered == 1
            done = await client.repair(shown, comment="A library was wrong; it is fixed.", key="once")
            await settled(client, conversation, 5)
            await refused(client, shown, "not_quarantined")
            log = [(r.seq, r.event) for r in await it.core.store.records(conversation)]
            lifted = [(seq, event.statement) for seq, event in log if isinstance(event, QuarantineLifted)]
            assert lifted == [(done.seq, done.statement)]
            assert await client.quarantined() == ()
            replies = await it.replies()
            assert [each["by"] for each in replies] == ["agent", "system", "agent"]
            assert (await it.core.store.records(other))[-1].seq == before

    asyncio.run(run())


async def newer(client: CoreClient, conversation: ConversationId, shown: RepairShown) -> bool | None:
    """Whether the conversation has moved on."""
    found = await client.detail(conversation)
    return True if found is not None and found.seq > shown.log_head.seq and found.row.messages >= 4 else None


def test_R_A8_the_same_repair_sent_twice_is_done_once_and_an_approval_waits_through_it(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            conversation = await it.write("Please refund NW-10023")
            card = await approval(client)
            await settled(client, conversation, 2)
            await hold(it, client, conversation)
            shown = await client.repair_shown(conversation)
            assert shown.calls == ()
            assert shown.left_alone == (card.binding.proposal if card.binding else None,)
            envelope = signer.widening(
                await client.challenge(), "repair", conversation, repair_value(shown.plan, ()), brand=NORTHWIND,
                conversation=conversation, log_head=shown.log_head,
            )  # fmt: skip
            body = {
                "type": "repair", "conversation": conversation, "plan": shown.plan, "answers": [],
                "envelope": envelope.model_dump(mode="json"),
            }  # fmt: skip
            headers = {"authorization": f"Bearer {client.session.token if client.session else ''}", "idempotency-key": "k1"}
            path = f"{it.url}/v1/conversations/{conversation}/repair"
            async with local_client(headers=headers) as wire:
                first = await wire.post(path, json=body)
                again = await wire.post(path, json=body)
                elsewhere = await wire.post(f"{it.url}/v1/conversations/c_0000/repair", json=body)
            assert first.status_code == again.status_code == 200
            assert first.json() == again.json()
            assert elsewhere.json()["error"]["code"] == "other_conversation"
            lifted = [r for r in await it.core.store.records(conversation) if isinstance(r.event, QuarantineLifted)]
            assert len(lifted) == 1
            assert it.refunds() == []
            await client.approve(await client.ask(card.ask))
            await settled(client, conversation, 4)
            assert len(it.refunds()) == 1

    asyncio.run(run())
