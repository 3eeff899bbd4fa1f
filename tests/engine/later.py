"""A shop that takes some calls and answers them later, on command: by a callback of its own or when it is asked."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent_core.contract.errors import Invalid
from agent_core.contract.ids import ConversationId
from agent_core.conversation.state import Awaited
from agent_core.engine.answering import Answer, answer
from agent_core.sandbox.shop.world import ShopWorld
from agent_core.store import Append, Priority, WakeRequest
from agent_core.systems.port import DidNotHappen, Happened, Reconciled, ToolResult
from agent_core.workflows.release import Release
from agent_core.workflows.workflow import Step
from tests.engine.stage import Stage
from tests.engine.world import WorldTools


class LaterTools(WorldTools):
    """The shop of the harness; the tools named in `later` are taken and answered later."""

    def __init__(self, shop: ShopWorld, *later: str) -> None:
        super().__init__(shop)
        self.later = later
        self.taken: list[tuple[str, dict[str, Any], str]] = []
        self.answers: list[ToolResult] = []
        """What look-ups tell, in order; the last one again and again."""
        self.looked: int = 0

    @property
    def late_systems(self) -> frozenset[str]:
        return frozenset({"shop"})

    def system_of(self, tool: str) -> str:
        del tool
        return "shop"

    def _perform(self, name: str, arguments: dict[str, Any], key: str | None) -> ToolResult:
        if name not in self.later:
            return super()._perform(name, arguments, key)
        ref = f"op_{name}_{arguments.get('order_id')}"
        self.taken.append((name, arguments, ref))
        return ToolResult("accepted", {"operation": ref}, external_ref=ref)

    async def reconcile(
        self, name: str, arguments: Mapping[str, Any], idempotency_key: str, *, deadline: datetime
    ) -> Reconciled:
        if name not in self.later:
            return await super().reconcile(name, arguments, idempotency_key, deadline=deadline)
        ref = f"op_{name}_{arguments.get('order_id')}"
        found = any(taken[2] == ref for taken in self.taken)
        return Happened(ToolResult("accepted", {"operation": ref}, external_ref=ref)) if found else DidNotHappen()

    def read_answer(self, name: str, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> ToolResult:
        outcome = answer.get("outcome")
        if outcome not in ("succeeded", "refused", "failed", "accepted"):
            raise Invalid("bad_answer", "This is no answer.")
        order = arguments.get("order_id")
        facts = ((f"order.{order}.operation", str(answer.get("status", outcome))),) if outcome == "succeeded" else ()
        sentence = None if outcome == "succeeded" else "The other system said no."
        return ToolResult(
            outcome, dict(answer), facts, code=None if outcome == "succeeded" else "said_no", sentence=sentence
        )

    async def look_up_answer(self, name: str, arguments: Mapping[str, Any], ref: str, *, deadline: datetime) -> ToolResult:
        self.looked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def later(stage: Stage, *tools: str, within_s: int = 3600) -> LaterTools:
    """These tools are answered later from now on."""
    made = LaterTools(stage.harness.shop, *tools)
    at_work = stage.harness.brands.at_work
    release = answering_later(at_work.release, *tools, within_s=within_s)
    stage.harness.brands.activate(replace(at_work, tools=made, release=release))
    stage.harness.tools = made
    return made


def answering_later(release: Release, *tools: str, within_s: int = 3600) -> Release:
    """A release of which these tools are answered later."""
    content = release.content
    declared = tuple(
        tool.model_copy(update={"answers_within_s": within_s}) if tool.name in tools else tool for tool in content.tools
    )
    workflows = tuple(
        flow.model_copy(update={"steps": tuple(_says_pending(step, tools) for step in flow.steps)})
        for flow in content.workflows
    )
    return Release.of(content.model_copy(update={"tools": declared, "workflows": workflows}))


def _says_pending(step: Step, tools: tuple[str, ...]) -> Step:
    if step.call not in tools or step.pending is not None:
        return step
    return step.model_copy(update={"pending": {"any": "The carrier looks into it, and this is waiting for their answer."}})


async def owed(stage: Stage, c: ConversationId) -> Awaited:
    """The one call that was taken elsewhere, answered or not."""
    (known,) = (await stage.harness.state(c)).awaited.values()
    return known


async def answers(stage: Stage, c: ConversationId, outcome: str, **more: Any) -> Answer:
    """The other system's callback, as the entrance appends it."""
    tools = stage.harness.brands.at_work.tools
    assert isinstance(tools, LaterTools)
    state = await stage.harness.state(c)
    known = await owed(stage, c)
    result = tools.read_answer(str(known.effect.tool), await _json(stage, known), {"outcome": outcome, **more})
    release = stage.harness.brands.at_work.release
    made = answer(state, known, result, by="callback", release=release, now=stage.clock.at)
    await stage.harness.store.append(
        Append(c, made.drafts, bodies=made.bodies, intent_ends=made.intent_ends, wake=WakeRequest(Priority.ANSWER))
    )
    stage.harness.runner.nudge(c)
    return made


async def _json(stage: Stage, known: Awaited) -> dict[str, Any]:
    return json.loads((await stage.harness.store.body(known.arguments)).text)
