"""Nobody knows what became of a call that another system took: that may be said, and it is asked once more (R-A5, R-A7)."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent_core.contract.events import AskPutOff, AskRaised, EffectStarted, NoticeGiven, ProposalSettled
from agent_core.contract.ids import ConversationId, OperatorId
from agent_core.store import Priority
from agent_core.systems.port import ToolResult
from tests.engine.harness import ORDER
from tests.engine.later import LaterTools, later
from tests.engine.stage import Stage, play

SMALL = f"Please refund 10 EUR of order {ORDER}."
REFUND = f"Please refund order {ORDER}."
YES = ToolResult("succeeded", {"status": "done"})
STILL = ToolResult("accepted", external_ref="op")


async def asked(stage: Stage, wish: str) -> tuple[ConversationId, LaterTools]:
    """A refund was taken, never answered, and people are asked."""
    tools = later(stage, "refund_payment")
    tools.answers = [STILL]
    c = await stage.writes(wish, "1")
    await stage.settle(c)
    if wish == REFUND:
        await stage.harness.decide(c)
        await stage.settle(c)
    await stage.settle(c, within=3700)
    (ask,) = [e.ask for e in await stage.events(c, AskRaised) if e.ask.kind == "unknown_outcome"]
    assert "still_unknown" in ask.verbs
    looked = tools.looked
    await stage.settle(c, within=24 * 3600)
    assert tools.looked == looked, "while people find out nobody is asked again"
    put_off = AskPutOff(ask=ask.id, operator=OperatorId("sue"), look_at=stage.clock.at + timedelta(hours=1))
    await stage.person(c, put_off)
    return c, tools


@pytest.mark.parametrize("wish", [SMALL, REFUND], ids=["alone", "approved"])
def test_R_A7_still_unknown_asks_the_other_system_once_more_and_its_answer_counts(tmp_path: Path, wish: str) -> None:
    async def scene(stage: Stage) -> None:
        c, tools = await asked(stage, wish)
        looked, tools.answers = tools.looked, [YES]
        await stage.settle(c, within=3000)
        assert tools.looked == looked, "not before the moment the person named"
        await stage.settle(c, within=4000)
        assert tools.looked == looked + 1
        state = await stage.harness.state(c)
        assert "refund_payment" in state.actions
        assert not [a for a in state.asks.values() if not a.resolved]
        assert sum(1 for e in await stage.events(c, EffectStarted) if e.kind == "write") == 1
        assert len(await stage.events(c, NoticeGiven)) == 1
        if wish == REFUND:
            assert [e.outcome for e in await stage.events(c, ProposalSettled)] == ["executed"]

    play(tmp_path, scene, alone=wish == SMALL)


def test_R_A7_still_unknown_can_be_said_again_and_again(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c, tools = await asked(stage, SMALL)
        for _ in range(3):
            looked = tools.looked
            await stage.settle(c, within=24 * 3600)
            assert tools.looked == looked + 1, "each time once"
            (ask,) = [a.ask.id for a in (await stage.harness.state(c)).asks.values() if not a.resolved]
            until = stage.clock.at + timedelta(hours=1)
            await stage.person(c, AskPutOff(ask=ask, operator=OperatorId("sue"), look_at=until))
        await stage.found_out(c, happened=False)
        await stage.settle(c)
        looked = tools.looked
        await stage.settle(c, within=24 * 3600)
        assert tools.looked == looked
        assert "refund_payment" not in (await stage.harness.state(c)).actions

    play(tmp_path, scene, alone=True)


def test_R_A6_an_agreed_action_that_waits_is_as_urgent_as_its_customer(tmp_path: Path) -> None:
    """Its undo window is a timer, but somebody waits for the money: thousands of timers must not come first."""

    async def scene(stage: Stage) -> None:
        c = await stage.writes(REFUND, "1")
        await stage.settle(c)
        assert (await stage.harness.runner.handle(c)).priority is Priority.TIMER, "for silence nobody waits"
        await stage.harness.decide(c, undo=timedelta(seconds=20))
        handled = await stage.harness.runner.handle(c)
        assert handled.next_due == stage.clock.at + timedelta(seconds=20)
        assert handled.priority is Priority.CUSTOMER

    play(tmp_path, scene)
