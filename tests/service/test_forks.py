"""A turn is run again in thought: the same where nothing differs, told apart where something does, and never done (R-M4)."""

import asyncio
import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.commands import Pause
from agent_core.contract.events import TurnForked
from agent_core.contract.forking import ForkAnswer, ForkWanted, OtherArguments
from agent_core.contract.ids import ConversationId, ToolName, WorkflowName, conversation_id
from agent_core.service import fork_ports
from agent_core.service.fork_ports import ForkedTools, SilentChannel, Thread, reads_of
from agent_core.service.fork_recorded import Record, asked_as
from agent_core.service.triage_steps import fork_points
from agent_core.systems.port import ToolResult
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused, CoreUnreachable
from console.headless.triage import OnCall
from tests.service.scene import BOTH, NORTHWIND, Scene, approval, scene, settled

FORBIDDEN = """
use commerce;
@id("no-cancelling")
@why("Nobody cancels anything here")
@code("no_cancelling")
forbid (principal, action in [Action::"cancel_order.execute", Action::"cancel_order.propose"], resource);
"""


class Spy:
    """The brand's tools, and every call that reached them."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls: list[tuple[str, str | None]] = []

    async def perform(self, name: str, arguments: Any, *, idempotency_key: str | None, **more: Any) -> ToolResult:
        self.calls.append((name, idempotency_key))
        return await self.inner.perform(name, arguments, idempotency_key=idempotency_key, **more)

    async def reconcile(self, *given: Any, **more: Any) -> Any:
        self.calls.append(("reconcile", None))
        return await self.inner.reconcile(*given, **more)


def spied(it: Scene) -> Spy:
    brand = it.core.shelf.active(NORTHWIND)
    spy = Spy(brand.tools)
    object.__setattr__(brand, "tools", spy)
    return spy


async def cancels(it: Scene, thread: str = "c1") -> ConversationId:
    """A customer cancels an order that has not left yet: the agent does it alone."""
    assert it.core.sandbox is not None
    known = [(who, order) for who in it.core.sandbox.shop.people() for order in who.orders]
    who, order = next((who, order) for who, order in known if order.status in ("placed", "packed", "paid"))
    customer = {"id": who.id, "name": who.name, "email": who.email, "authenticated": True}
    text = f"Please cancel order {order.id}, I ordered it by mistake."
    async with it.channel as channel:
        body = {"conversation": thread, "channel": "chat", "customer": customer, "text": text}
        (await channel.post("/_sandbox/messages", json=body)).raise_for_status()
    return conversation_id(NORTHWIND, "chat", thread, secret=it.core.store.secret)


async def points(it: Scene, conversation: ConversationId) -> dict[str, int]:
    """The first place of each kind."""
    found = fork_points(await it.core.store.records(conversation))
    return {point.kind: point.position for point in reversed(found)}


async def fork(client: CoreClient, conversation: ConversationId, position: int, **more: Any) -> ForkAnswer:
    wanted = ForkWanted(position=position, **more)
    return await client.tell(ForkAnswer, f"/v1/conversations/{conversation}/forks", wanted)


async def refused(client: CoreClient, conversation: ConversationId, position: int, **more: Any) -> str:
    with pytest.raises(CoreRefused) as error:
        await fork(client, conversation, position, **more)
    return error.value.code


def test_R_M4_a_turn_run_again_with_what_was_recorded_is_the_same_from_every_place_and_nothing_is_done(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            boss = await it.admin()
            client, _ = boss
            supervisor, _ = await it.colleague(boss, "Sue Supervisor")
            spy = spied(it)
            several = await it.write(BOTH)
            alone = await cancels(it)
            await approval(client)
            await settled(client, several, 2)
            await settled(client, alone, 2)
            done = list(spy.calls)
            assert any(name == "cancel_order" and key for name, key in done)
            said = (await it.replies(), await it.replies("c1"))
            before = {name: await it.core.store.records(name) for name in (several, alone)}
            for conversation in (several, alone):
                for kind, position in (await points(it, conversation)).items():
                    if kind not in ("turn_opened", "judged"):
                        continue
                    answer = await fork(client, conversation, position)
                    assert answer.same, (kind, [row for row in answer.steps if row.state != "same"][:2])
                    assert answer.end in ("proposed", "replied"), kind
                    assert answer.steps
                    assert answer.reply is not None
                    assert answer.recorded_reply is not None
                    assert (answer.reply.text, answer.reply.warnings) == (answer.recorded_reply.text, ())
                    assert all(each.recorded == each.here for each in answer.verdicts)
                    assert (answer.model_calls, answer.reads) == (0, 0)
            assert spy.calls == done
            assert (await it.replies(), await it.replies("c1")) == said
            for name, records in before.items():
                now = await it.core.store.records(name)
                assert now[: len(records)] == records
                assert {type(record.event) for record in now[len(records) :]} == {TurnForked}
            first = (await points(it, alone))["judged"]

            # another policy: the same call, another verdict; what follows was never asked of a model
            other = await fork(client, alone, first, policy=FORBIDDEN)
            (verdict,) = [each for each in other.verdicts if each.tool == "cancel_order"] or [None]
            assert other.different == ("policy",)
            assert not other.same
            assert verdict is not None
            assert (verdict.recorded, verdict.here) == ("execute", "forbid")
            assert other.end == "model_not_recorded"
            assert "no cancelling" in other.would.lower() or "nobody cancels" in other.would.lower() or other.would
            assert await refused(client, alone, first, policy="permit (principal, action, resource") == "policy_invalid"

            # other arguments: the action would be done, and is not
            (call,) = [each for each in other.verdicts if each.tool == "cancel_order"]
            changed = OtherArguments(
                tool_use_id=call.tool_use_id,
                arguments={"order_id": _order(call.arguments), "reason": "Another reason altogether"},
            )
            last = len(before[alone])
            wrote = await fork(client, alone, last, arguments=changed)
            assert wrote.end == "write_not_performed"
            assert '"tool":"cancel_order"' in wrote.would
            assert "Another reason altogether" in wrote.would
            assert spy.calls == done
            nobody = OtherArguments(tool_use_id="toolu_none", arguments={})
            assert await refused(client, alone, last, arguments=nobody) == "no_such_call"

            assert await refused(client, alone, 1) == "nothing_before"
            assert await refused(client, alone, last, model="claude-x") == "model_needs_live"
            assert await refused(client, alone, last, workflow=WorkflowName("none")) == "no_workflow"
            assert await refused(supervisor, alone, last) == "role_not_allowed"
            assert await refused(client, ConversationId(f"{alone}x"), last) == "not_found"  # pyright: ignore[reportArgumentType] - no such one

    asyncio.run(run())


def _order(arguments: str) -> str:
    import json

    return str(json.loads(arguments)["order_id"])


def test_R_M4_another_workflow_is_tried_with_a_live_model_that_reads_and_cannot_write(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            alone = await cancels(it)
            await settled(client, alone, 2)
            spy = spied(it)
            place = (await points(it, alone))["routed"]
            tried = WorkflowName("where_is_my_order")
            stays = await fork(client, alone, place, workflow=tried)
            assert (stays.end, stays.model_calls, stays.different) == ("model_not_recorded", 0, ("workflow",))
            assert '"messages"' in stays.would
            said = await it.replies("c1")

            live = await fork(client, alone, place, workflow=tried, live_model=True, live_reads=True)
            assert live.end in ("replied", "to_people")
            assert live.model_calls >= 1
            assert live.input_tokens > 0
            assert live.reply is not None
            assert any(row.here is not None and row.here.source == "live" for row in live.steps)
            assert [key for _, key in spy.calls] == [None] * live.reads
            noted = [r.event for r in await it.core.store.records(alone) if isinstance(r.event, TurnForked)]
            assert [(event.live, event.model_calls) for event in noted][-2:] == [
                (("model", "reads"), 0), (("model", "reads"), live.model_calls),
            ]  # fmt: skip
            assert noted[-1].usage is not None
            assert await it.replies("c1") == said

            await client.command(Pause(brand=NORTHWIND))
            assert await refused(client, alone, place, workflow=tried, live_model=True) == "stopped"
            assert await refused(client, alone, place, live_reads=True) == "stopped"
            replayed = await fork(client, alone, place)
            assert (replayed.same, replayed.end) == (True, "proposed")

    asyncio.run(run())


def test_R_M4_a_turn_is_run_again_with_what_the_core_knows_workflows_models_and_policies_of_before(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, signer = await it.admin()
            alone = await cancels(it)
            await settled(client, alone, 2)
            known = (await OnCall(client).look(alone)).choices
            assert {one.workflow for one in known.workflows} >= {"refund_order", "where_is_my_order"}
            assert len(known.models) == len(set(known.models)) == 2
            assert known.policies == (), "the active policy is no other one"
            first = (await points(it, alone))["judged"]
        policy = tmp_path / "brands" / "northwind" / "authority.cedar"
        policy.write_text(FORBIDDEN, encoding="utf-8")
        async with scene(tmp_path) as it:
            client = await it.console()
            await client.sign_in(signer)
            (before,) = (await OnCall(client).look(alone)).choices.policies
            assert before.here
            now = await fork(client, alone, first)
            assert [each.here for each in now.verdicts if each.tool == "cancel_order"] == ["forbid"]
            then = await fork(client, alone, first, policy_of=before.release)
            assert [each.here for each in then.verdicts if each.tool == "cancel_order"] == ["execute"]
            assert then.different == ("policy",)
            assert await refused(client, alone, first, policy_of="0" * 64) == "no_release"

    asyncio.run(run())


class Hanging:
    """A model that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def answer(self, request: Any, *, deadline_seconds: float) -> Any:
        self.asked.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to give back."""


def test_R_M4_a_core_that_ends_in_the_midst_of_a_fork_leaves_one_record_and_nothing_else(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            alone = await cancels(it)
            await settled(client, alone, 2)
            place = (await points(it, alone))["routed"]
            before = await it.core.store.records(alone)
            bodies = await it.core.store.read(lambda tx: tx.standing_bodies(alone))
            model = Hanging()
            object.__setattr__(it.core.shelf.active(NORTHWIND), "model", model)
            tried = WorkflowName("where_is_my_order")
            forking = asyncio.create_task(fork(client, alone, place, workflow=tried, live_model=True))
            await model.asked.wait()
            assert await refused(client, alone, place, workflow=tried, live_model=True) == "busy"
            files = sorted(path.name for path in (tmp_path / "data").iterdir())
        with pytest.raises(CoreUnreachable):
            await forking
        async with scene(tmp_path) as again:
            after = await again.core.store.records(alone)
            assert after[: len(before)] == before
            assert [type(record.event) for record in after[len(before) :]] == [TurnForked]
            assert await again.core.store.read(lambda tx: tx.standing_bodies(alone)) == bodies
            assert {path.name for path in (tmp_path / "data").iterdir()} <= set(files)
            await again.core.store.verify(alone)

    asyncio.run(run())


def test_R_M4_a_port_of_a_fork_has_no_way_to_write() -> None:
    """Whatever a fork is asked, and whatever it is allowed: what writes cannot be reached from there."""

    class Declared:
        def __init__(self, *, writes: bool) -> None:
            self.writes = writes

    class Never:
        async def perform(self, name: str, arguments: Any, *, idempotency_key: str | None, **_: Any) -> ToolResult:
            assert (name, idempotency_key) == ("look", None)
            return ToolResult("succeeded", {"seen": True})

        async def reconcile(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("asked about a write")

    async def run() -> None:
        declared: Any = {ToolName("look"): Declared(writes=False), ToolName("pay"): Declared(writes=True)}
        reads = reads_of(Never(), declared)
        assert set(reads) == {"look"}
        now = datetime(2026, 11, 21, tzinfo=UTC)
        for name in ("pay", "look", "unknown"):
            thread = Thread()
            tools = ForkedTools(Record(), thread, reads, lambda: now)
            asked = asyncio.create_task(tools.perform(name, {"a": 1}, idempotency_key="k" * 40, deadline=now, customer=None))
            await thread.over.wait()
            assert thread.end == "write_not_performed"
            asked.cancel()
            await asyncio.wait({asked})
        thread = Thread()
        tools = ForkedTools(Record(), thread, reads, lambda: now)
        seen = await tools.perform("look", {}, idempotency_key=None, deadline=now, customer=None)
        assert (seen.result, thread.reads) == ({"seen": True}, 1)
        hidden = asyncio.create_task(tools.perform("pay", {}, idempotency_key=None, deadline=now, customer=None))
        await thread.over.wait()
        assert thread.end == "read_not_recorded"
        hidden.cancel()
        await asyncio.wait({hidden})
        await tools.reconcile("pay", {}, "k", deadline=now)
        await SilentChannel().send("t", "x", delivery_id="d", by="agent", deadline=now)

    asyncio.run(run())
    source = inspect.getsource(fork_ports)
    assert source.count(".perform(") == 1
    assert "idempotency_key=None" in source
    for word in ("httpx", "Transport", "BrandTools", "store"):
        assert f"import {word}" not in source


def test_what_is_drawn_anew_each_time_is_no_difference_of_a_question() -> None:
    one = b'{"a":"<context-abcdefgh234567ab>{\\"now\\":\\"2026-11-21T10:00:00.000001Z\\"}"}'
    other = b'{"a":"<context-zyxwvuts765432zy>{\\"now\\":\\"2026-11-22T11:30:00Z\\"}"}'
    assert asked_as(one) == asked_as(other)
    assert asked_as(one) != asked_as(one.replace(b"now", b"then"))


def test_answers_that_were_awaited_side_by_side_come_in_the_order_in_which_they_came() -> None:
    async def run() -> None:
        thread, came = Thread(), list[int]()

        async def answered(seq: int) -> None:
            await thread.turn(seq)
            came.append(seq)

        async with asyncio.timeout(timedelta(seconds=10).total_seconds()), asyncio.TaskGroup() as group:
            for seq in (9, 3, 7, 1):
                group.create_task(answered(seq))
        assert came == [1, 3, 7, 9]

    asyncio.run(run())
