"""What is stuck is found and named, and what only waits is not; one conversation shows all on-call needs (R-M4, R-A8)."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from agent_core.contract.actors import Agent
from agent_core.contract.bodies import new_body
from agent_core.contract.commands import Pause
from agent_core.contract.events import ModelSpoke, Recorded
from agent_core.contract.ids import ConversationId, EffectId, RunId
from agent_core.contract.integrations import IntegrationShown
from agent_core.contract.triage import ConversationTriage, ReconcileAnswer, ReconcileWanted, TriageAnswer
from agent_core.conversation import plan
from agent_core.conversation.ask_state import Failing
from agent_core.conversation.evolve import fold
from agent_core.service.quarantine import quarantine
from agent_core.service.triage_faults import GRACE, faults
from agent_core.service.triage_steps import WORDS, fork_points, resting
from agent_core.store import Append, Draft, Priority, WakeRequest, wakes
from agent_core.store.stuck import OVERDUE, stuck_wakes
from agent_core.systems.breaker import Breaker
from console.headless.client import CoreClient
from console.headless.errors import CoreRefused
from tests.poisoned_examples import NOT_HERE, examples
from tests.service.lost_answer import SHORT, approved_and_lost
from tests.service.scene import NORTHWIND, Scene, approval, scene, settled, until

WHERE = "Where is NW-10024?"


async def listed(client: CoreClient) -> TriageAnswer:
    return await client.query(TriageAnswer, "/v1/triage")


async def shown(client: CoreClient, conversation: ConversationId, **page: Any) -> ConversationTriage:
    return await client.query(ConversationTriage, f"/v1/conversations/{conversation}/triage", **page)


async def held(it: Scene, client: CoreClient, conversation: ConversationId, content: list[Any] | None = None) -> None:
    """The conversation is in quarantine; with content of an assistant that no event of ours would have made."""
    if content is not None:
        body = new_body("model_message", json.dumps(content))
        spoke = ModelSpoke(run=RunId("r1"), effect=EffectId("e999"), content=body.ref, stop="end")
        await it.core.store.append(Append(conversation, [Draft(spoke, Agent(run=RunId("r1")))], bodies=[body]))
    await quarantine(it.core.store, it.core.shelf, it.core.means.clock, conversation, ValueError("x"))

    async def told() -> bool | None:
        found = [card for card in await client.quarantined() if card.conversation == conversation]
        state = fold(await it.core.store.records(conversation))
        return True if found and state.told_held and not state.open else None

    await until(client, told)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recorded, ...]:
    """The log of a conversation that was answered."""

    async def run() -> tuple[Recorded, ...]:
        async with scene(tmp_path_factory.mktemp("lived")) as it:
            client, _ = await it.admin()
            conversation = await it.write(WHERE)
            await settled(client, conversation, 2)
            return await it.core.store.records(conversation)

    return asyncio.run(run())


def test_every_step_that_can_be_planned_has_words() -> None:
    assert set(WORDS) == set(get_args(plan.Step))
    assert len({name for name, _ in WORDS.values()}) == len(WORDS)


def test_R_M4_a_waiting_approval_and_a_healthy_turn_are_no_faults_and_a_held_conversation_is(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            boss = await it.admin()
            client, _ = boss
            supervisor, _ = await it.colleague(boss, "Sue Supervisor")
            conversation = await it.write("Please refund NW-10023")
            card = await approval(client)
            await settled(client, conversation, 2)
            assert (await listed(client)).rows == ()
            waits = await shown(client, conversation)
            assert card.binding is not None
            assert (waits.row, waits.plan, waits.compared, waits.calls) == (None, None, (), ())
            assert waits.left_alone == (card.binding.proposal,)
            assert (waits.dry_run.of, waits.dry_run.verdict) == ("as_it_stands", "waits")
            assert waits.dry_run.sentence == "It waits for a person's yes. Nothing is wrong with that."
            (request,) = waits.requests
            assert request.findings == ()
            assert request.messages[0].role == "user"
            assert "refund NW-10023" in request.messages[0].blocks[-1].text
            assert {block.type for message in request.messages for block in message.blocks} >= {
                "text",
                "tool_use",
                "tool_result",
            }
            assert {tool.name for tool in request.tools}
            one = await shown(client, conversation, run=request.run, first=1, limit=1)
            assert [message.index for message in one.requests[0].messages] == [1]
            assert (one.requests[0].next, one.requests[0].total) == (2, request.total)
            positions = [point.position for point in waits.points]
            assert positions == sorted(positions)
            assert {point.kind for point in waits.points} >= {"turn_opened", "routed", "asks_model", "judged"}

            # long after its clock, it still only waits
            records = await it.core.store.records(conversation)
            much_later = it.core.means.clock() + timedelta(days=30)
            assert faults(fold(records), None, None, (), much_later) == []
            # nor is any moment on the way there
            for end in range(1, len(records) + 1):
                state = fold(records[:end])
                assert faults(state, None, None, (), records[end - 1].at) == [], records[end - 1].event.type

            for path in ("/v1/triage", f"/v1/conversations/{conversation}/triage"):
                with pytest.raises(CoreRefused) as refused:
                    await supervisor.query(TriageAnswer, path)
                assert refused.value.code == "role_not_allowed"

            await held(it, client, conversation)
            found = await listed(client)
            (row,) = found.rows
            assert (row.conversation, row.kind, row.repairable, row.also) == (conversation, "quarantined", True, ())
            assert row.diagnosis == "handling_failed:ValueError"
            assert row.ask == next(each.ask for each in await client.quarantined())
            stands = await shown(client, conversation)
            assert stands.left_alone == (card.binding.proposal,)
            assert stands.row is not None
            assert stands.dry_run.of == "repaired"
            repair = await client.repair_shown(conversation)
            assert (stands.plan, stands.log_head) == (repair.plan, repair.log_head)
            await client.repair(repair)
            assert (await listed(client)).rows == ()

    asyncio.run(run())


GHOST = {"type": "tool_use", "id": "toolu_ghost", "name": "get_order", "input": {"order_id": "NW-10024"}}


def test_R_A8_a_damaged_request_is_shown_block_by_block_with_its_repair_and_the_turn_that_would_follow(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            conversation = await it.write(WHERE)
            await settled(client, conversation, 2)
            hidden = {"type": "text", "text": "seen\u200bunseen"}
            await held(it, client, conversation, [hidden, GHOST])
            found = await shown(client, conversation)
            (request,) = found.requests
            named = {each.diagnosis.partition(":")[0]: each for each in request.findings}
            ghost = named["dangling_tool_use"]
            assert ghost.message is not None
            assert ghost.severity == "error"
            number = request.findings.index(ghost)
            message = request.messages[ghost.message]
            marked = [block for block in message.blocks if number in block.findings]
            assert number in message.findings or [block.tool_use_id for block in marked] == ["toolu_ghost"]
            assert any(block.text == "seen\\u{200B}unseen" for block in message.blocks)
            (compared,) = found.compared
            assert compared.verdict == ()
            assert {row.state for row in compared.blocks} >= {"added"}
            assert compared.kept + compared.changed + compared.removed == sum(len(m.blocks) for m in request.messages)
            assert (found.dry_run.of, found.dry_run.verdict, found.dry_run.next) == ("repaired", "waits", ())
            assert found.obstacle == ""
            await it.write("Hello?")
            await settled(client, conversation, 4)
            wrote = await shown(client, conversation)
            assert wrote.row is not None
            assert (wrote.row.unanswered, "A message of the customer waits" in wrote.row.blocks) == (1, True)
            assert (wrote.dry_run.verdict, [step.step for step in wrote.dry_run.next]) == ("passes", ["open_turn"])
            await client.command(Pause(brand=NORTHWIND))
            stopped = (await shown(client, conversation)).dry_run
            assert (stopped.verdict, stopped.sentence[:20]) == ("waits", "The agent is stopped")
            await client.resume(NORTHWIND)
            await client.repair(await client.repair_shown(conversation))
            await settled(client, conversation, 5)
            assert (await listed(client)).rows == ()

            # a log that cannot be read is a row of its own
            await held(it, client, conversation)
            damage = sa.text("UPDATE event SET data = '{' WHERE stream = :s AND seq = 3")
            await it.core.store.write(lambda c: c.execute(damage, {"s": conversation}))
            (row,) = (await listed(client)).rows
            assert (row.kind, row.conversation, row.brand, row.repairable) == ("unreadable", conversation, NORTHWIND, False)

    asyncio.run(run())


def test_R_A7_a_write_nobody_knows_about_is_a_fault_and_the_other_side_is_asked_only_on_demand(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path, deadlines=SHORT) as it:
            client, _ = await it.admin()
            conversation, _, unknown = await approved_and_lost(it, client)
            (row,) = (await listed(client)).rows
            assert (row.kind, row.ask, row.repairable) == ("outcome_unknown", unknown.ask, False)
            found = await shown(client, conversation)
            (call,) = found.calls
            assert (call.settle_by, call.ask, call.can_ask) == ("ask", unknown.ask, True)
            assert (call.call.presumed, call.call.looked_up, call.call.tool) == ("unknown", "not_asked", "refund_payment")
            assert call.attempts[0].outcome == "unknown"
            assert "NW-10023" in call.call.arguments
            seq = len(await it.core.store.records(conversation))
            path = f"/v1/conversations/{conversation}/triage/reconcile"
            answer = await client.tell(ReconcileAnswer, path, ReconcileWanted())
            assert [(each.call, each.found, each.presumed) for each in answer.calls] == [
                (call.call.key, "unknown", "unknown")
            ]
            await mend(it)
            answer = await client.tell(ReconcileAnswer, path, ReconcileWanted(calls=(call.call.key,)))
            assert [(each.found, each.presumed) for each in answer.calls] == [("happened", "executed")]
            with pytest.raises(CoreRefused) as refused:
                await client.tell(ReconcileAnswer, path, ReconcileWanted(calls=("e99",)))
            assert refused.value.code == "no_such_call"
            assert len(await it.core.store.records(conversation)) == seq
            assert len(it.refunds()) == 1

    asyncio.run(run())


async def mend(it: Scene) -> None:
    """The shop answers questions again, and is asked."""
    await it.faults()
    it.core.shelf.active(NORTHWIND).integrations.restore("shop", "read", Breaker())


def test_R_M4_looks_that_fail_or_do_not_come_are_found_and_those_that_come_are_not(tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            conversation = await it.write(WHERE)
            await settled(client, conversation, 2)
            store, now = it.core.store, it.core.means.clock()
            await it.core.engine.stop()
            await store.append(Append(conversation, [], wake=WakeRequest(priority=Priority.CUSTOMER)))

            async def stuck(moment: Any) -> list[tuple[int, bool]]:
                found = await store.read(lambda tx: stuck_wakes(tx.connection, (NORTHWIND,), moment, 10))
                return [(each.attempts, each.overdue) for each in found]

            assert await stuck(now) == []
            assert await stuck(now + OVERDUE + timedelta(seconds=30)) == [(0, True)]
            claimed = await store.write(
                lambda c: wakes.claim(c, "w", 5, timedelta(seconds=10), wakes.microseconds(it.core.means.clock()))
            )
            assert [claim.stream for claim in claimed.claims] == [conversation]
            assert await stuck(now + timedelta(seconds=5)) == []
            assert await stuck(now + timedelta(seconds=15) + OVERDUE) == [(0, True)]
            later = wakes.microseconds(now + timedelta(hours=1))
            await store.write(
                lambda c: wakes.give_back(
                    c, "w", conversation, attempts=3, priority=Priority.CUSTOMER, due_us=later, rank_us=later
                )
            )
            assert await stuck(now) == [(3, False)]
            (row,) = (await listed(client)).rows
            assert (row.kind, row.diagnosis) == ("failing", "looks_fail")
            assert await client.query(ConversationTriage, f"/v1/conversations/{conversation}/triage")

    asyncio.run(run())


def test_R_M4_an_effect_whose_time_is_long_over_is_a_fault_and_one_under_way_is_not(lived: tuple[Recorded, ...]) -> None:
    started = next(n for n, record in enumerate(lived) if record.event.type == "effect_started")
    state = fold(lived[: started + 1])
    (effect,) = state.open.values()
    assert faults(state, None, None, (), effect.deadline + GRACE) == []
    (fault,) = faults(state, None, None, (), effect.deadline + GRACE + timedelta(seconds=1))
    assert (fault.kind, fault.since) == ("effect_overdue", effect.deadline)
    assert faults(replace(state, control="closed"), None, None, (), effect.deadline + timedelta(days=1)) == []


def test_R_M4_a_run_whose_model_fails_over_and_over_is_a_fault_and_one_that_failed_once_is_not(
    lived: tuple[Recorded, ...],
) -> None:
    working = next(n for n, record in enumerate(lived) if record.event.type == "run_opened")
    state = fold(lived[: working + 1])
    (run,) = state.runs.values()

    def failed(times: int) -> list[Any]:
        failing = Failing(codes=("model_overloaded",) * times, since=lived[working].at)
        return faults(replace(state, runs={run.run: replace(run, failing=failing)}), None, None, (), lived[working].at)

    assert failed(2) == []
    (fault,) = failed(3)
    assert (fault.kind, fault.diagnosis, fault.since) == ("failing", "model_overloaded", lived[working].at)


def test_R_M4_a_system_that_does_not_work_is_a_fault_only_where_something_failed_because_of_it(
    lived: tuple[Recorded, ...],
) -> None:
    now = lived[-1].at

    def down(system: str) -> IntegrationShown:
        return IntegrationShown(
            brand=NORTHWIND, system=system, operation="read", state="open", since=now, requests=9, failures=9,
            code="timeout", sentence="It is not working.", next_probe=None,
        )  # fmt: skip

    asked = next(n for n, record in enumerate(lived) if record.event.type == "turn_opened")
    state = fold(lived[: asked + 1])
    assert faults(state, None, None, (down("shop"), down("model:m")), now) == []
    failing = replace(state.turn, failing=Failing(codes=("timeout",), since=now))
    (fault,) = faults(replace(state, turn=failing), None, None, (down("shop"), down("model:m")), now)
    assert (fault.kind, fault.diagnosis) == ("system_down", "model:m:read")


def test_a_turn_is_run_again_only_from_where_nothing_was_under_way(lived: tuple[Recorded, ...]) -> None:
    points = {point.position for point in fork_points(lived)}
    for record in lived:
        place = resting(lived, record.seq)
        assert place is None or (place <= record.seq and not fold(lived[:place]).open)
        assert place is None or place in points or place == lived[-1].seq
    assert resting(lived, 0) is None
    assert resting(lived, 10**6) == lived[-1].seq


def _contents(path: Path) -> Iterator[list[Any]]:
    """What the assistant of an example said, message by message; a text is a block."""
    for message in json.loads(path.read_text(encoding="utf-8"))["request"]["messages"]:
        if message["role"] == "assistant":
            content = message["content"]
            yield [{"type": "text", "text": content}] if isinstance(content, str) else content


@pytest.mark.skipif(not examples(), reason=NOT_HERE)
@pytest.mark.slow  # the damaged request above is the sample of every run
def test_R_A8_a_conversation_poisoned_like_each_recorded_example_is_shown_repaired_and_goes_on(
    tmp_path: Path, expected_logs: Callable[..., Any]
) -> None:
    expected_logs("agent_core", required=False)

    async def run() -> None:
        async with scene(tmp_path) as it:
            client, _ = await it.admin()
            for number, path in enumerate(examples()):
                conversation = await it.write(WHERE, thread=f"p{number}")
                await settled(client, conversation, 2)
                for content in _contents(path):
                    body = new_body("model_message", json.dumps(content))
                    spoke = ModelSpoke(run=RunId("r1"), effect=EffectId("e999"), content=body.ref, stop="end")
                    await it.core.store.append(Append(conversation, [Draft(spoke, Agent(run=RunId("r1")))], bodies=[body]))
                await held(it, client, conversation)
                found = await shown(client, conversation)
                (request,) = found.requests
                for index, finding in enumerate(request.findings):
                    if finding.message is not None and finding.message < len(request.messages):
                        message = request.messages[finding.message]
                        pinned = message.findings if finding.block is None else message.blocks[finding.block].findings
                        assert index in pinned, path.name
                assert found.dry_run.verdict in ("passes", "waits"), path.name
                assert all(each.verdict == () for each in found.compared), path.name
                assert any(row.conversation == conversation for row in (await listed(client)).rows)
                await client.repair(await client.repair_shown(conversation))
            assert (await listed(client)).rows == ()

    asyncio.run(run())
