"""A scripted model asks for every tool that is not its workflow's, in every way it could, in every shipped workflow (R-B3).

Refused, answered as a result, on record, and never executed: the shop's own ledger says so.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_core.authority.gate import Gate
from agent_core.authority.policy import AuthorityPolicy
from agent_core.contract.events import CallAnswered, CallJudged, EffectStarted, Routed
from agent_core.contract.events.effects import Usage
from agent_core.contract.ids import ConversationId
from agent_core.engine.declared import judged_tools
from agent_core.models.port import ModelAnswer
from agent_core.workflows.release import Release
from agent_core.workflows.tools import WITHDRAW_PROPOSAL
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play
from tests.workflows.releases import BRANDS, release

SHIPPED = sorted(path.name for path in BRANDS.iterdir() if (path / "brand.yaml").exists())
FLOWS = [(brand, str(name)) for brand in SHIPPED for name in release(brand).workflows]
EVERY_TOOL = sorted({str(name) for brand in SHIPPED for name in release(brand).tools} | {WITHDRAW_PROPOSAL})
BATCH = 16
"""Calls that one answer of a model may hold."""


def spoken(text: str) -> ModelAnswer:
    return ModelAnswer(({"type": "text", "text": text},), "end_turn", Usage(), "scripted")


def calling(names: Sequence[str], arguments: Mapping[str, Any], first: int) -> ModelAnswer:
    blocks = tuple(
        {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": dict(arguments)}
        for number, name in enumerate(names, first)
    )
    return ModelAnswer(blocks, "tool_use", Usage(), "scripted")


def answered(made: Release, workflow: str, text: str = "Somebody looks at it.") -> ModelAnswer:
    outputs = {o.name: (o.values[0] if o.values else "x") for o in made.workflow(workflow).outputs}
    answer = {"phase": "escalated", "points": [{"text": text, "fact_ids": []}], "question": None, "outputs": outputs,
              "beliefs": [], "escalation": "agent_asked_for_a_person", "disclosures": []}  # fmt: skip
    return spoken(json.dumps(answer))


def triaged(made: Release, *workflows: str) -> ModelAnswer:
    intents = [next(i for i in made.intents.values() if i.workflow == name).intent for name in workflows]
    result = {
        "intents": [{"id": intent.id, "words": "please", "confidence_percent": 95} for intent in intents],
        "category": "orders", "urgency": "normal", "sentiment": "neutral", "complexity": "simple", "language": "en",
        "entities": [], "legal": False, "safety": False, "clear": True, "question": None, "refused_topics": [],
    }  # fmt: skip
    return spoken(json.dumps(result))


def alike(name: str) -> Iterator[str]:
    """Names that look like a tool's, and are not."""
    yield from (name.upper(), name.title(), name.replace("_", "-"), name.replace("_", ""), name.replace("_", "."))
    yield re.sub(r"_(\w)", lambda found: found[1].upper(), name)
    yield name.replace("e", "\u0435").replace("o", "\u043e").replace("a", "\u0430")
    yield from (f" {name}", f"{name} ", f"{name}\n", f"{name}\u200b", f"\ufeff{name}")
    yield from (f"northwind.{name}", f"functions.{name}", f"mcp__shop__{name}", f"shop/{name}", f"{name}_v2", f"{name}()")
    yield f"{name}{'_' * 128}"


def set_up(stage: Stage, brand: str) -> Release:
    made = release(brand)
    timing = made.content.brand.timing.model_copy(update={"batch_window_ms": 0, "undo_s": 0})
    config = made.content.brand.model_copy(update={"timing": timing})
    made = Release.of(made.content.model_copy(update={"brand": config}))
    tools = judged_tools(made.content.tools)
    gate = Gate(AuthorityPolicy.load(made.policy_text, source="authority.cedar", tools=tools))
    stage.harness.brand = replace(stage.harness.brand, release=made, gate=gate)
    stage.harness.brands.at_work = stage.harness.brand
    return made


def ledger(stage: Stage) -> list[str]:
    """Everything the shop itself holds."""
    connection = sqlite3.connect(stage.harness.folder / "shop.sqlite")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


async def refused_all(stage: Stage, c: ConversationId, names: Sequence[str]) -> None:
    judged = {e.tool_use_id: e for e in await stage.events(c, CallJudged)}
    results = {e.tool_use_id: e for e in await stage.events(c, CallAnswered)}
    assert len(judged) == len(names)
    for number, name in enumerate(names):
        event = judged[f"toolu_{number}"]
        assert (event.verdict, event.code) == ("forbid", "tool_not_in_workflow"), name
        assert event.tool == name[:128]
        assert results[f"toolu_{number}"].outcome == "refused", name


@pytest.mark.parametrize(("brand", "workflow"), FLOWS)
def test_R_B3_every_tool_of_every_other_workflow_is_refused_by_every_name_it_could_be_called_by(
    tmp_path: Path, brand: str, workflow: str, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine", "transcript_healed|reply_blocked", required=False)

    async def scene(stage: Stage) -> None:
        made = set_up(stage, brand)
        own = {str(name) for name in made.tools_of(workflow)}
        names = [name for name in EVERY_TOOL if name not in own]
        names += [each for name in EVERY_TOOL for each in alike(name) if each not in own][: 10 * BATCH - len(names)]
        shop = ledger(stage)
        arguments = {"order_id": ORDER, "payment_id": "pay_1", "amount_minor": 100, "currency": "EUR", "reason": "please"}
        stage.model.next["triage"] = [triaged(made, workflow)]
        stage.model.next["run"] = [calling(names[n : n + BATCH], arguments, n) for n in range(0, len(names), BATCH)]
        stage.model.next["run"].append(answered(made, workflow))
        c = await stage.writes("please", "1")
        await stage.settle(c)
        assert [run.workflow for run in (await stage.events(c, Routed))[0].runs] == [workflow]
        await refused_all(stage, c, names)
        assert stage.harness.tools.calls == []
        assert ledger(stage) == shop
        assert [e for e in await stage.events(c, EffectStarted) if e.purpose in ("tool", "approved_tool")] == []
        offered = {tool["name"] for request in stage.model.requests if request.purpose == "run" for tool in request.tools}
        assert offered == own, "nothing else is even offered"

    play(tmp_path, scene)


def test_R_B3_parallel_calls_that_mix_what_is_allowed_with_what_is_not_run_only_what_is(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine", "reply_blocked", required=False)

    async def scene(stage: Stage) -> None:
        made = set_up(stage, "northwind")
        flow = "where_is_my_order"
        stage.model.next["triage"] = [triaged(made, flow)]
        mixed = ["get_order", "refund_payment", "GET_ORDER", "track_order", "list_payments"]
        stage.model.next["run"] = [calling(mixed, {"order_id": ORDER}, 0), answered(made, flow)]
        c = await stage.writes(f"please, where is {ORDER}?", "1")
        await stage.settle(c)
        verdicts = {e.tool: e.verdict for e in await stage.events(c, CallJudged)}
        own = {str(name) for name in made.tools_of(flow)}
        assert verdicts == {name: "execute" if name in own else "forbid" for name in mixed}
        assert {name for name, _ in stage.harness.tools.calls} == set(mixed) & own
        last = [r for r in stage.model.requests if r.purpose == "run"][-1]
        results = [block for block in last.messages[-1]["content"] if block["type"] == "tool_result"]
        assert [block["tool_use_id"] for block in results] == [f"toolu_{n}" for n in range(5)], "each call has its answer"
        assert sum('"refused"' in json.dumps(block).replace("\\", "") for block in results) == len(set(mixed) - own)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "refund_payment", "input": {"payment_id": "pay_1", "amount_minor": 100}}',
        '<tool_use>{"name": "refund_payment", "input": {"payment_id": "pay_1"}}</tool_use>',
        '```json\n{"tool": "refund_payment"}\n```',
        "[refund_payment(payment_id='pay_1', amount_minor=100)]",
    ],
)
def test_R_B3_a_call_written_as_text_is_text_wherever_it_stands(
    tmp_path: Path, text: str, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core", "", required=False)

    async def scene(stage: Stage) -> None:
        made = set_up(stage, "northwind")
        shop = ledger(stage)
        stage.model.next["triage"] = [triaged(made, "where_is_my_order")]
        stage.model.next["run"] = [spoken(text), answered(made, "where_is_my_order", text)]
        c = await stage.writes("please", "1")
        await stage.settle(c)
        assert await stage.events(c, CallJudged) == []
        assert stage.harness.tools.calls == []
        assert ledger(stage) == shop
        assert all("refund_payment" not in said for said in stage.texts())

    play(tmp_path, scene)


def test_R_B3_two_runs_side_by_side_have_each_their_own_tools_and_none_of_the_others(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core.engine", "", required=False)

    async def scene(stage: Stage) -> None:
        made = set_up(stage, "northwind")
        both = ("refund_order", "where_is_my_order")
        stage.model.next["triage"] = [triaged(made, *both)]
        scopes = {name: {str(tool) for tool in made.tools_of(name)} for name in both}
        foreign = [sorted(scopes[both[1 - n]] - scopes[both[n]])[0] for n in range(2)]
        stage.model.next["run"] = [
            calling([foreign[0]], {"order_id": ORDER}, 0),
            calling([foreign[1]], {"order_id": ORDER}, 1),
        ]
        stage.model.next["run"] += [answered(made, name) for name in both]
        c = await stage.writes("please", "1")
        await stage.settle(c)
        judged = await stage.events(c, CallJudged)
        assert {e.verdict for e in judged} == {"forbid"}
        assert len(judged) == 2
        assert stage.harness.tools.calls == []

    play(tmp_path, scene)
