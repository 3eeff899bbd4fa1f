"""What a conversation shows is said for people: no code of a machine, no bare number, nothing meant for the model (R-M1)."""

import asyncio
import re
from pathlib import Path

import pytest

from agent_core.contract.actors import Person
from agent_core.contract.clock import system_clock
from agent_core.contract.errors import Conflict
from agent_core.contract.events import RunInput
from agent_core.contract.facts import Fact
from agent_core.contract.ids import ConversationId, FactId, RunId
from agent_core.contract.views import ConversationDetail, MarkItem, ToolCallItem
from agent_core.service.projection.fact_rows import fact_shown, facts_of
from agent_core.service.settled_append import Read, append_on_newest
from agent_core.store import Append, Draft
from console.headless.client import CoreClient
from console.headless.signing import Signer
from tests.service.scene import Scene, approval, closed, scene, settled, until

CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T")
TO_THE_MODEL = re.compile(r"You will be told|Do not call it")


def said(detail: ConversationDetail) -> list[str]:
    """Everything that stands in words of ours in a transcript and beside it."""
    marks = [text for item in detail.items if isinstance(item, MarkItem) for text in (item.text, item.detail)]
    calls = [item.sentence for item in detail.items if isinstance(item, ToolCallItem)]
    facts = [text for fact in detail.facts for text in (fact.label, fact.value)]
    return [*marks, *calls, *facts, *(row.value for row in detail.waits_for)]


def is_for_people(detail: ConversationDetail) -> None:
    for text in said(detail):
        assert not CODE.search(text), text
        assert not MOMENT.search(text), text
        assert not TO_THE_MODEL.search(text), text


async def a_wish_is_refused(
    stage: Scene, client: CoreClient, conversation: ConversationId, who: Signer
) -> ConversationDetail:
    """Somebody asks for what no table allows; the conversation can still be looked at, and says so."""
    person = Person(operator=who.operator)

    async def build(read: Read) -> Append:
        return Append(read.stream, [Draft(RunInput(run=RunId("r99"), turn=1, messages=()), person)])

    with pytest.raises(Conflict) as refused:
        await append_on_newest(stage.core.store, conversation, build)
    assert refused.value.code == "not_possible"

    async def look() -> ConversationDetail | None:
        detail = await client.detail(conversation)
        assert detail is not None
        told = [item for item in detail.items if isinstance(item, MarkItem) and item.what == "failure"]
        return detail if told else None

    return await until(client, look)


def test_R_M1_R_A1_a_conversation_is_told_in_words_decided_and_after_a_refused_wish(
    tmp_path: Path,
) -> None:
    async def body() -> None:
        async with scene(tmp_path) as stage, asyncio.timeout(300):
            client, signer = await stage.admin()
            conversation = await stage.write("Please refund NW-10023.")
            card = await approval(client)
            before = await settled(client, conversation, 2)
            is_for_people(before)
            held = next(item for item in before.items if isinstance(item, ToolCallItem) and item.writes)
            assert (held.outcome, held.sentence) == ("pending", "A person must approve this first. It has not been done.")
            amounts = [fact.value for fact in before.facts if fact.key.rpartition(".")[2] in {"amount", "refundable"}]
            assert amounts
            assert all(value.endswith("EUR") for value in amounts)
            assert not [fact.key for fact in before.facts if fact.key.endswith(".currency")]
            cited = [belief for belief in before.beliefs if belief.facts]
            assert cited
            await client.approve(card)
            await closed(client, card)
            after = await settled(client, conversation, 3)
            is_for_people(after)
            assert all(belief.facts for belief in after.beliefs if belief.at_seq in {one.at_seq for one in cited})
            is_for_people(await a_wish_is_refused(stage, client, conversation, signer))

    asyncio.run(body())


def fact(number: str, value: object, key: str = "order.NW-1.status") -> Fact:
    return Fact.model_validate(
        {"id": number, "key": key, "value": value, "source": "get_order", "source_seq": 5, "read_at": system_clock()}
    )


def test_R_M1_a_fact_that_was_read_anew_says_what_it_was_and_what_it_is_now() -> None:
    old, new, same = fact("e1.1", "in_transit"), fact("e2.1", "delivered"), fact("e3.1", "in_transit")
    changed = fact_shown(old, {old.key: new})
    assert (changed.id, changed.label) == (FactId("e1.1"), "Order NW-1 status")
    assert (changed.value, changed.now) == ("in transit", "delivered")
    assert fact_shown(old, {old.key: same}).now is None, "what was read anew and is as before is not stale"
    assert fact_shown(old, {}).now is None


def test_R_M1_a_number_is_money_only_where_its_currency_was_read_beside_it() -> None:
    amount, currency = fact("e1.1", 3790, "payment.pay_1.refundable"), fact("e1.2", "EUR", "payment.pay_1.currency")
    count = fact("e1.3", 3790, "order.NW-1.items")
    shown = facts_of({one.key: one for one in (amount, currency, count)})
    assert [one.value.replace("\u00a0", " ") for one in shown] == ["37.90 EUR", "3790"]
    alone = fact("e1.4", "EUR", "shop.currency")
    assert [one.value for one in facts_of({alone.key: alone})] == ["EUR"]
    strange = fact("e1.5", "euros", "payment.pay_1.currency")
    assert [one.value for one in facts_of({amount.key: amount, strange.key: strange})] == ["3790", "euros"]
