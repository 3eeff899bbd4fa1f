"""What the channel goes on saying about a thread whose conversation was erased, or is about to be (R-N5, R-A6)."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.bodies import new_body
from agent_core.contract.clock import iso
from agent_core.contract.events import ErasureOrdered, MessageReceived
from agent_core.contract.ids import ConversationId, OperatorId, conversation_id
from agent_core.service.inbound import Accepted
from agent_core.store import Append, Draft, WakeRequest
from tests.engine.harness import OTHER_ORDER
from tests.engine.stage import SUE, Stage, staged
from tests.service.test_personal_data import BRAND, CANARY, Outside, holders, named

WHERE = f"Where is {OTHER_ORDER}?"


async def order(stage: Stage, conversation: ConversationId) -> None:
    envelope = new_body("envelope", "{}")
    event = ErasureOrdered(
        operator=OperatorId("sue"), scope="conversation", reason="law", statement="0" * 64, envelope=envelope.ref
    )
    keys = (f"erased:{conversation}",)
    await stage.harness.store.append(
        Append(conversation, [Draft(event, SUE)], bodies=[envelope], keys=keys, wake=WakeRequest())
    )


async def takes(outside: Outside, event: str, kind: str, message: dict[str, Any]) -> Accepted:
    body = json.dumps({
        "type": kind, "id": event, "occurred_at": iso(outside.stage.clock()),
        "conversation": {"id": CANARY, "channel": "chat"}, "customer": {"id": CANARY}, "message": message,
    }).encode()  # fmt: skip

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return await outside.entrance.take(BRAND, "chat", outside.signed(event, body), chunks())


def played(folder: Path, scene: Callable[[Stage, Outside, ConversationId], Awaitable[None]]) -> None:
    async def body() -> None:
        async with staged(folder) as stage, asyncio.timeout(300):
            outside = Outside(stage)
            conversation = await outside.writes(WHERE, "1")
            await stage.settle(conversation)
            await scene(stage, outside, conversation)

    asyncio.run(body())


def test_R_N5_a_webhook_that_is_repeated_after_an_erasure_brings_nothing_back(tmp_path: Path) -> None:
    async def scene(stage: Stage, outside: Outside, conversation: ConversationId) -> None:
        await order(stage, conversation)
        await stage.settle(conversation)
        before = await stage.harness.log(conversation)
        assert await outside.writes(WHERE, "1") == conversation
        assert await outside.writes(f"Something else, {CANARY}", "1") == conversation, "told otherwise the second time"
        assert await stage.harness.log(conversation) == before
        assert await stage.harness.store.streams("conversation") == (await stage.harness.store.head(conversation),)
        assert await holders(stage.harness.store, named) == set()
        state = await outside.entrance.status(BRAND, "chat", "1", outside.signed("1", b""))
        assert state != "unknown"

    played(tmp_path, scene)


def test_R_N5_a_deletion_of_what_is_erased_is_taken_and_an_edit_of_it_begins_anew(tmp_path: Path) -> None:
    async def scene(stage: Stage, outside: Outside, conversation: ConversationId) -> None:
        await order(stage, conversation)
        await stage.settle(conversation)
        before = await stage.harness.log(conversation)
        gone = await takes(outside, "2", "message.deleted", {"id": "1"})
        assert (gone.conversation, gone.duplicate) == (conversation, True)
        edited = await takes(outside, "3", "message.updated", {"id": "1", "text": "Where is it now?"})
        assert edited.conversation != conversation
        assert await stage.harness.log(conversation) == before

    played(tmp_path, scene)


def test_R_N5_what_is_written_between_an_order_and_its_erasure_begins_anew_also_where_the_order_came_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Stage, outside: Outside, conversation: ConversationId) -> None:
        looked = outside.entrance._stream  # pyright: ignore[reportPrivateUsage] - the moment between look-up and append
        asked: list[int] = []

        async def late(*names: Any) -> Any:
            asked.append(1)
            if len(asked) == 1:
                found = await looked(*names)
                await order(stage, conversation)
                return found
            return await looked(*names)

        monkeypatch.setattr(outside.entrance, "_stream", late)
        again = await outside.writes(WHERE, "2")
        assert len(asked) == 2
        assert again == conversation_id(BRAND, "chat", CANARY, secret=stage.harness.store.secret, again=1)
        assert len([r for r in await stage.harness.log(conversation) if isinstance(r.event, MessageReceived)]) == 1
        await stage.settle(conversation)
        await stage.settle(again)
        assert (await stage.harness.state(conversation)).erased
        assert not (await stage.harness.state(again)).erased
        assert await outside.writes(WHERE, "3") == again
        assert not (await stage.harness.state(conversation)).damaged

    played(tmp_path, scene)
