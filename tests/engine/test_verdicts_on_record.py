"""Every verdict about every shipped tool is on record with the rules that decided and the policy set's digest (R-C2)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_core.contract.events import CallJudged, EffectFinished
from agent_core.workflows.tools import WITHDRAW_PROPOSAL
from tests.engine.harness import ORDER
from tests.engine.stage import Stage, play
from tests.engine.test_no_freelancing import FLOWS, answered, calling, set_up, triaged
from tests.workflows.releases import release

GIVEN: Mapping[str, Any] = {
    "order_id": ORDER, "payment_id": "pay_1", "amount_minor": 100, "currency": "EUR", "reason": "please", "kind": "refund",
    "address": "Lindenweg 5, 20095 Hamburg", "document": "invoice", "subscription_id": "sub_1", "confirmed_by": "yes please",
}  # fmt: skip
BY_CODE = {"no_rule_allows", "offer_not_delivered"}
"""Verdicts no rule made: nothing allowed it, or code refused before policy was asked, and its code says why."""


@pytest.mark.parametrize(("brand", "workflow"), FLOWS)
def test_R_C2_a_verdict_about_each_tool_of_a_workflow_names_its_rules_and_its_policies(
    tmp_path: Path, brand: str, workflow: str, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core", "", required=False)

    async def scene(stage: Stage) -> None:
        made = set_up(stage, brand)
        gate = stage.harness.brand.gate
        tools = sorted(made.tools_of(workflow).items(), key=lambda item: item[1].writes)
        stage.model.next["triage"] = [triaged(made, workflow)]
        stage.model.next["run"] = [
            calling([str(name)], {key: GIVEN[key] for key in tool.arguments}, number)
            for number, (name, tool) in enumerate(tools)
        ]
        stage.model.next["run"].append(answered(made, workflow))
        c = await stage.writes("please", "1")
        await stage.settle(c)
        judged = {event.tool: event for event in await stage.events(c, CallJudged)}
        assert set(judged) == {str(name) for name, _ in tools}
        for name, event in judged.items():
            assert event.policy_digest == gate.policy_digest
            assert event.rules or event.code in BY_CODE, (name, event.code)
            known = set(gate.policy.rules) | {"withdraw-own-proposal"}
            assert {rule.id for rule in event.rules} <= known
            for rule in event.rules:
                assert rule.id not in gate.policy.rules or rule.why == gate.policy.rules[rule.id].why
            if not made.tools_of(workflow)[event.tool].writes or name == WITHDRAW_PROPOSAL:  # pyright: ignore[reportArgumentType] - a tool's name
                assert (event.verdict, len(event.rules)) == ("execute", 1), name

    play(tmp_path, scene)


def test_every_shipped_tool_is_in_one_of_these_workflows() -> None:
    asked = {str(name) for brand, flow in FLOWS for name in release(brand).tools_of(flow)}
    assert asked == {str(name) for brand, _ in FLOWS for name in release(brand).tools} | {WITHDRAW_PROPOSAL}


def test_R_C1_a_read_held_back_is_on_record_with_the_rule_that_held_it(
    tmp_path: Path, expected_logs: Callable[..., object]
) -> None:
    expected_logs("agent_core", "", required=False)

    async def scene(stage: Stage) -> None:
        made = set_up(stage, "northwind")
        shop = stage.harness.shop
        mine = shop.order(ORDER)["customer_id"]
        foreign = next(order["id"] for order in shop.many("SELECT * FROM orders WHERE customer_id != ?", mine))
        stage.model.next["triage"] = [triaged(made, "where_is_my_order")]
        stage.model.next["run"] = [calling(["get_order"], {"order_id": foreign}, 0), answered(made, "where_is_my_order")]
        c = await stage.writes("please", "1")
        await stage.settle(c)
        (held,) = [event for event in await stage.events(c, EffectFinished) if event.code == "not_this_customers"]
        assert held.outcome == "refused"
        assert [rule.id for rule in held.rules] == ["house-other-customer"]
        assert held.policy_digest == stage.harness.brand.gate.policy_digest
        others = [event for event in await stage.events(c, EffectFinished) if event.effect != held.effect]
        assert all(event.rules == () and event.policy_digest is None for event in others)

    play(tmp_path, scene)
