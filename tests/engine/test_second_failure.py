"""The second failure of a tool changes the way: nothing is tried for ever, however stubborn the model is (R-A7)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import CallAnswered, CallJudged, EffectFinished, EffectStarted, ModelSpoke, RunFailed
from agent_core.models.port import ModelAnswer, ModelRequest
from agent_core.models.scripted import call_tools
from agent_core.systems.breaker import restored
from agent_core.systems.port import ToolResult
from tests.engine.harness import ORDER, OTHER_ORDER
from tests.engine.stage import Stage, play
from tests.engine.world import Around

DOWN = ToolResult("failed", code="down", sentence="It is down.", transient=True)
SMALL = f"Please refund 10 EUR of order {ORDER}."


class Stubborn:
    """A model that wants the same thing again and again, whatever it is told."""

    def __init__(self, stage: Stage, tool: str, arguments: dict[str, Any]) -> None:
        self.stage, self.tool, self.arguments, self.asked = stage, tool, arguments, 0
        self.brain = stage.model.answer

    async def answer(self, request: ModelRequest, *, deadline_seconds: float) -> ModelAnswer:
        if request.purpose != "run":
            return await self.brain(request, deadline_seconds=deadline_seconds)
        self.asked += 1
        self.stage.model.requests.append(request)
        return call_tools((f"again_{self.asked}", self.tool, self.arguments))

    async def close(self) -> None:
        """Nothing to close."""


def broken(tool: str, result: ToolResult = DOWN) -> Around:
    async def around(name: str, perform: Callable[[], ToolResult]) -> ToolResult:
        return result if name == tool else perform()

    return around


def with_model(stage: Stage, model: Any) -> None:
    stage.harness.brand = replace(stage.harness.brand, model=model)
    stage.harness.brands.at_work = stage.harness.brand


async def results(stage: Stage, c: Any) -> list[dict[str, Any]]:
    """Every result as the model reads it."""
    answered = await stage.events(c, CallAnswered)
    return [json.loads((await stage.harness.store.body(e.result)).text) for e in answered]


@pytest.mark.parametrize("result", [DOWN, replace(DOWN, transient=False), replace(DOWN, outcome="timed_out")])
def test_R_A7_a_model_that_repeats_itself_stubbornly_is_stopped_and_people_take_over(
    tmp_path: Path, result: ToolResult
) -> None:
    async def scene(stage: Stage) -> None:
        model = Stubborn(stage, "get_order", {"order_id": OTHER_ORDER})
        with_model(stage, model)
        stage.harness.tools.around = broken("get_order", result)
        c = await stage.writes(f"Where is order {OTHER_ORDER}?", "1")
        await stage.settle(c, within=600)
        performed = [n for n, _ in stage.harness.tools.calls].count("get_order")
        assert performed == (2 if result.transient else 1)
        assert model.asked == 3
        assert [e.code for e in await stage.events(c, CallJudged)] == ["allowed", "failed_before", "failed_before"]
        assert [e.code for e in await stage.events(c, RunFailed)] == ["tool_failed"]
        answered = await stage.events(c, CallAnswered)
        made = [call.tool_use_id for e in await stage.events(c, ModelSpoke) for call in e.calls]
        assert [e.tool_use_id for e in answered] == made  # exactly one result each
        told = await results(stage, c)
        assert all("Do not call it again for this in this turn." in row["reason"] for row in told)
        state = await stage.harness.state(c)
        assert state.control == "awaiting_human"
        assert "colleague" in stage.texts()[0]

        with_model(stage, stage.model)
        stage.harness.tools.around = None
        await stage.control(c, "agent")
        await stage.writes(f"And now? Where is order {OTHER_ORDER}?", "2")
        await stage.settle(c)
        assert OTHER_ORDER in stage.texts()[-1]  # what failed in one turn is tried again in the next

    play(tmp_path, scene)


def test_R_A7_the_model_is_told_which_other_tool_can_tell_the_same(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.harness.tools.around = broken("track_order")
        c = await stage.writes(f"Where is order {OTHER_ORDER}?", "1")
        await stage.settle(c)
        (told,) = [row for row in await results(stage, c) if row["outcome"] == "failed"]
        assert "It failed 2 times." in told["reason"]
        assert "Try get_order instead" in told["reason"]

    play(tmp_path, scene)


def test_R_A7_what_the_system_asks_to_wait_is_waited_for_and_a_wait_that_is_too_long_is_not_begun(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stage.harness.tools.around = broken("get_order", replace(DOWN, retry_after=20.0))
        c = await stage.writes(f"Where is order {OTHER_ORDER}?", "1")
        began = stage.clock.at
        await stage.settle(c, within=600)
        times = [r.at for r in await stage.harness.log(c) if getattr(r.event, "tool", None) == "get_order"]
        assert timedelta(seconds=20) <= max(times) - began <= timedelta(seconds=22)

        stage.harness.tools.around = broken("get_order", replace(DOWN, retry_after=300.0))
        other = await stage.writes(f"Where is order {OTHER_ORDER}?", "2", thread="thread_2")
        await stage.settle(other, within=600)
        started = [e for e in await stage.events(other, EffectStarted) if e.tool == "get_order"]
        assert len(started) == 1  # the customer would hear nothing in time
        assert "colleague" in stage.texts()[-1]

    play(tmp_path, scene)


def test_R_A7_repetitions_end_when_the_systems_budget_is_used_up(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        while stage.harness.brand.integrations.may_retry("shop"):
            pass
        stage.harness.tools.around = broken("get_order")
        c = await stage.writes(f"Where is order {OTHER_ORDER}?", "1")
        await stage.settle(c)
        (ended,) = [e for e in await stage.events(c, EffectFinished) if e.outcome == "failed"]
        assert not ended.transient
        assert ended.retry_at is None
        assert "colleague" in stage.texts()[0]

    play(tmp_path, scene)


def test_R_A7_a_write_to_a_system_that_is_failing_is_not_begun_so_nothing_is_in_doubt(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        fares = stage.harness.brand.integrations
        fares.restore(
            "shop", "write", restored("open", stage.clock.at, stage.clock.at + timedelta(minutes=5), "timed_out", 5)
        )
        c = await stage.writes(SMALL, "1")
        await stage.settle(c)
        assert not [e for e in await stage.events(c, EffectStarted) if e.kind == "write"]
        assert "refund_payment" not in [n for n, _ in stage.harness.tools.calls]
        (told,) = [row for row in await results(stage, c) if row["outcome"] == "failed"]
        assert "Nothing was sent." in told["reason"]
        assert not (await stage.harness.state(c)).doubts
        assert stage.harness.refunds() == []
        stage.clock.forward(hours=2)
        other = await stage.writes(SMALL, "2", thread="thread_2")  # its intent is free again
        await stage.settle(other)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene, alone=True)


def test_R_A7_an_approved_action_waits_for_a_system_that_is_failing_and_is_done_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        fares = stage.harness.brand.integrations
        fares.restore("shop", "write", restored("open", stage.clock.at, stage.clock.at + timedelta(seconds=40), "x", 5))
        await stage.harness.decide(c)
        await stage.settle(c, within=20)
        assert stage.harness.refunds() == []
        assert len((await stage.harness.state(c)).open_proposals()) == 1
        await stage.settle(c, within=120)
        assert len(stage.harness.refunds()) == 1
        assert len([e for e in await stage.events(c, EffectStarted) if e.kind == "write"]) == 1

    play(tmp_path, scene)


def test_R_A7_while_a_system_fails_nothing_is_read_again_for_what_waits_for_it(tmp_path: Path) -> None:
    """It was: every five seconds of an outage an approved action read its evidence anew, and its log grew with each."""

    async def scene(stage: Stage) -> None:
        c = await stage.writes(f"Please refund order {ORDER}.", "1")
        await stage.settle(c)
        fares = stage.harness.brand.integrations
        fares.restore("shop", "write", restored("open", stage.clock.at, stage.clock.at + timedelta(seconds=90), "x", 5))
        await stage.harness.decide(c)
        decided = len(await stage.harness.log(c))
        await stage.settle(c, within=60)
        assert len(await stage.harness.log(c)) == decided
        await stage.settle(c, within=120)
        assert len(stage.harness.refunds()) == 1

    play(tmp_path, scene)
