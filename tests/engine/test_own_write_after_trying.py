"""A write of the agent alone was sent, and then is answered as not done: it is looked up once more before that (R-A7).

Its answer was lost, and the other side said too early that it had not happened, so that it waited to be sent once more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agent_core.contract.events import CallAnswered, EffectStarted
from agent_core.contract.ids import ConversationId
from agent_core.conversation.decide import decide
from agent_core.conversation.plan import Plan, TurnRules
from agent_core.conversation.state import State
from agent_core.engine.runner import Runner
from agent_core.engine.runtime import Instance
from agent_core.systems.breaker import restored
from agent_core.systems.port import DidNotHappen
from tests.engine.harness import CORE, ORDER, QUICK
from tests.engine.stage import Stage, play
from tests.engine.test_ended_after_trying import BLIND, NEVER, says
from tests.engine.test_overriding import WHERE, override, transcripts_hold

SMALL = f"Please refund 10 EUR of order {ORDER}."

Happens = Callable[[Stage, ConversationId], Awaitable[None]]


async def sent(stage: Stage, *, arrives: bool) -> ConversationId:
    """A small refund was sent, its answer lost, and the shop said too early that it had not happened: it waits."""
    stage.harness.tools.loses_one("refund_payment", arrives=arrives)
    stage.harness.tools.looked_up = lambda _: DidNotHappen()
    c = await stage.writes(SMALL, "1")
    while not (waiting := [known for known in await calls(stage, c) if known.writes and known.failures]):
        handled = await stage.harness.runner.handle(c)
        if handled.next_due is not None and not [known for known in await calls(stage, c) if known.failures]:
            stage.clock.at = max(stage.clock.at, handled.next_due)
    (waits,) = waiting
    assert waits.retry_at is not None
    assert waits.retry_at > stage.clock.at
    stage.harness.tools.looked_up = None
    return c


async def calls(stage: Stage, c: ConversationId) -> list[Any]:
    """Calls without a result."""
    return [call for run in (await stage.harness.state(c)).runs.values() for call in run.open_calls]


async def writes(stage: Stage, c: ConversationId) -> list[EffectStarted]:
    return [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]


async def answered(stage: Stage, c: ConversationId) -> list[str]:
    """The results of the first refund's call."""
    (first, *_) = await writes(stage, c)
    results = await stage.events(c, CallAnswered)
    return [e.outcome for e in results if (e.run, e.tool_use_id) == (first.run, first.tool_use_id)]


async def customer_writes(stage: Stage, c: ConversationId) -> None:
    await stage.writes("Thank you very much for your help!", "2")


async def handed_back(stage: Stage, c: ConversationId) -> None:
    await stage.control(c, "human")
    await stage.settle(c, within=60)
    await stage.control(c, "agent")


async def to_people(stage: Stage, c: ConversationId) -> None:
    await override(stage, c, queue="priority")


async def to_another(stage: Stage, c: ConversationId) -> None:
    await override(stage, c, WHERE)


async def actions_stop(stage: Stage, c: ConversationId) -> None:
    harness = stage.harness
    stopping = Instance(CORE, "test", actions_stopped=lambda: True)
    harness.runner = Runner(
        harness.store, harness.brands, harness, instance=stopping, clock=stage.clock, deadlines=QUICK, chance=Random(1)
    )


async def system_held(stage: Stage, c: ConversationId) -> None:
    until = stage.clock.at + timedelta(minutes=5)
    stage.harness.brand.integrations.restore("shop", "write", restored("open", stage.clock.at, until, "timed_out", 5))


async def tried_often_enough(stage: Stage, c: ConversationId) -> None:
    """Another release is active, which tries a write once."""

    def deciding(state: State, rules: TurnRules, now: datetime) -> Plan:
        return decide(state, replace(rules, call_attempts=1), now)

    stage.harness.runner.deciding = deciding


Ends = pytest.mark.parametrize(
    "end", [customer_writes, handed_back, to_people, to_another, actions_stop, system_held, tried_often_enough]
)


@Ends
def test_R_A7_what_had_happened_after_all_is_known_as_done(tmp_path: Path, end: Happens) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=True)
        await end(stage, c)
        await stage.settle(c, within=600)
        assert await answered(stage, c) == ["succeeded"]
        assert len(stage.harness.refunds()) == 1
        assert len(await writes(stage, c)) == 1, "it never leaves again"
        state = await stage.harness.state(c)
        assert "refund_payment" in state.actions
        assert not [call for call in await calls(stage, c) if call.writes]
        await transcripts_hold(stage, c)

    play(tmp_path, scene, alone=True)


@Ends
def test_R_A7_what_really_did_not_happen_ends_as_not_done(tmp_path: Path, end: Happens) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=False)
        await end(stage, c)
        await stage.settle(c, within=600)
        (outcome,) = await answered(stage, c)
        assert outcome in ("failed", "refused")
        await transcripts_hold(stage, c)

    play(tmp_path, scene, alone=True)


@Ends
def test_R_C6_while_the_shop_cannot_say_it_waits_and_nobody_may_do_it_again(tmp_path: Path, end: Happens) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=True)
        says(stage, *[BLIND] * 500)
        await end(stage, c)
        await stage.settle(c, within=60)
        assert await answered(stage, c) == []
        other = await stage.writes(SMALL, "other", thread="thread_2")
        await stage.settle(other, within=60)
        assert len(stage.harness.refunds()) == 1
        stage.harness.tools.looked_up = None
        await stage.settle(c, within=60)
        assert await answered(stage, c) == ["succeeded"]
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene, alone=True)


@Ends
def test_R_A7_what_can_never_be_looked_up_ends_by_what_is_on_record(tmp_path: Path, end: Happens) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=False)
        stage.harness.tools.looked_up = lambda _: NEVER
        await end(stage, c)
        await stage.settle(c, within=600)
        (outcome,) = await answered(stage, c)
        assert outcome in ("failed", "refused")

    play(tmp_path, scene, alone=True)


@pytest.mark.parametrize("arrives", [True, False])
def test_R_A7_undisturbed_it_is_sent_once_more_with_the_same_key(tmp_path: Path, arrives: bool) -> None:
    async def scene(stage: Stage) -> None:
        c = await sent(stage, arrives=arrives)
        says(stage, *[BLIND] * 500)
        await stage.settle(c, within=600)
        assert await answered(stage, c) == ["succeeded"]
        assert len(stage.harness.refunds()) == 1
        first, second = await writes(stage, c)
        assert first.idempotency_key == second.idempotency_key

    play(tmp_path, scene, alone=True)
