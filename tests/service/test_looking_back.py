"""A lead looks back: what a model saw in each call, proven, and what was known at any moment (R-M5, R-H3)."""

import asyncio
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.contract.ids import ConversationId, StreamId
from agent_core.contract.looking_back import CallRequestShown, CallsAnswer, ModelCallShown, MomentShown
from agent_core.contract.views import ConversationDetail
from agent_core.conversation.evolve import fold
from agent_core.service.projection.detail import detail_of
from agent_core.service.projection.story import Story
from agent_core.store import Store
from agent_core.store.tables import body
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.service.scene import Scene, approval, scene, settled


async def _calls(client: CoreClient, conversation: ConversationId) -> tuple[ModelCallShown, ...]:
    return (await client.query(CallsAnswer, f"/v1/conversations/{conversation}/calls")).calls


async def _request(client: CoreClient, conversation: ConversationId, effect: str, *, raw: bool = False) -> CallRequestShown:
    path = f"/v1/conversations/{conversation}/calls/{effect}/request"
    return await client.query(CallRequestShown, path, raw="true" if raw else "false")


async def _prepared(it: Scene) -> tuple[CoreClient, ConversationId]:
    client, _ = await it.admin()
    conversation = await it.write("Please refund NW-10023.")
    await approval(client)
    await settled(client, conversation, 2)
    return client, conversation


def test_R_M5_R_H3_each_call_is_listed_and_its_request_is_rebuilt_and_verified(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            client, conversation = await _prepared(it)
            calls = await _calls(client, conversation)
            assert [call.purpose for call in calls][:2] == ["triage", "run"]
            assert calls[1].about == "refund_order"
            assert all(call.outcome == "succeeded" and call.kept and call.input_tokens > 0 for call in calls)
            assert any("refund_payment" in call.tools_called for call in calls)
            for call in calls:
                shown = await _request(client, conversation, call.effect, raw=True)
                assert shown.verdict == "verified", shown.sentence
                assert shown.raw is not None
                assert hashlib.sha256(shown.raw.encode()).hexdigest() == shown.digest
                assert len(shown.raw.encode()) == shown.size
                assert json.loads(shown.raw)["model"] == shown.model
            last = await _request(client, conversation, calls[-1].effect)
            assert last.raw is None, "only when asked for"
            assert last.system
            assert "NW-10023" in "".join(block.text for message in last.messages for block in message.blocks)

    asyncio.run(run())


def test_R_M5_a_part_that_was_changed_and_one_that_was_erased_are_never_shown_as_what_was_sent(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            client, conversation = await _prepared(it)
            call = (await _calls(client, conversation))[-1]
            whole = await _request(client, conversation, call.effect)
            assert whole.system
            of = body.c.stream == conversation
            changed = body.update().where(of, body.c.kind == "model_system").values(data=b"You are a pirate.")
            await it.core.store.write(lambda connection: connection.execute(changed))
            differs = await _request(client, conversation, call.effect, raw=True)
            assert (differs.verdict, differs.system, differs.digest, differs.raw) == ("differs", None, None, None)
            assert "the system text" in differs.sentence
            gone = body.update().where(of, body.c.kind == "model_system").values(
                data=None, salt=None, erased_at="2026-01-01T00:00:00.000000Z"
            )  # fmt: skip
            await it.core.store.write(lambda connection: connection.execute(gone))
            erased = await _request(client, conversation, call.effect, raw=True)
            assert (erased.verdict, erased.erased, erased.system_erased, erased.raw) == ("erased", 1, True, None)
            assert erased.messages == whole.messages
            every = body.update().where(of).values(data=None, salt=None, erased_at="2026-01-01T00:00:00.000000Z")
            await it.core.store.write(lambda connection: connection.execute(every))
            nothing = await _request(client, conversation, call.effect)
            assert (nothing.verdict, nothing.messages, nothing.call.kept) == ("erased", (), False)

    asyncio.run(run())


def test_R_M5_a_log_that_does_not_hold_proves_no_request(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            client, conversation = await _prepared(it)
            call = (await _calls(client, conversation))[-1]
            await it.core.store.write(lambda connection: connection.exec_driver_sql(
                "UPDATE event SET actor = '{\"kind\":\"customer\"}' WHERE stream = ? AND seq = 2 AND actor LIKE '%system%'"
                " OR stream = ? AND seq = 3", (conversation, conversation)
            ))  # fmt: skip
            shown = await _request(client, conversation, call.effect)
            assert (shown.verdict, shown.digest) == ("differs", None)
            assert "does not hold together" in shown.sentence

    asyncio.run(run())


async def _at(client: CoreClient, conversation: ConversationId, **where: object) -> MomentShown:
    return await client.query(MomentShown, f"/v1/conversations/{conversation}/at", **where)


async def _from_scratch(it: Scene, store: Store, conversation: ConversationId, seq: int) -> ConversationDetail:
    story = await it.core.projector.story(conversation)
    records = await store.records(conversation, limit=seq)
    return detail_of(Story(conversation, records, fold(records), story.texts), await it.core.people.people(), it.core.shelf)


def test_R_M5_every_moment_shows_what_was_known_and_believed_and_waited_for_then(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it, asyncio.timeout(300):
            client, conversation = await _prepared(it)
            now = await _at(client, conversation)
            assert now.seq == now.newest_seq
            assert now.detail == await client.detail(conversation)
            moments = [await _at(client, conversation, seq=seq) for seq in range(1, now.newest_seq + 1)]
            for moment in (moments[0], moments[9], moments[-1]):
                assert moment.detail == await _from_scratch(it, it.core.store, conversation, moment.seq)
            known = [{fact.key for fact in moment.detail.facts} for moment in moments]
            first = next(number for number, keys in enumerate(known) if any(key.startswith("order.") for key in keys))
            assert 0 < first < len(moments) - 1, "at first nothing of the order was known"
            assert not any(moment.detail.beliefs for moment in moments[:first])
            waiting = [any("approval" in row.label for row in moment.detail.waits_for) for moment in moments]
            assert waiting[-1]
            assert not waiting[first]
            assert [moment.by_event for moment in moments][:2] == ["conversation_opened", "facts_learned"]
            middle = moments[len(moments) // 2]
            same = await _at(client, conversation, time=(middle.as_of + timedelta(microseconds=1)).isoformat())
            assert same.seq >= middle.seq
            assert same.as_of == middle.as_of + timedelta(microseconds=1)
            for refused, where in (("not_yet", {"time": "2001-01-01T00:00:00Z"}), ("malformed", {"seq": 0})):
                with pytest.raises(CoreRefused) as error:
                    await _at(client, conversation, **where)
                assert error.value.code == refused
            with pytest.raises(CoreRefused) as nobody:
                await _at(client, ConversationId(StreamId("c_00000000000000000000")))
            assert nobody.value.code == "not_found"

    asyncio.run(run())
