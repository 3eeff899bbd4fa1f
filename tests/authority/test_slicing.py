"""A question is put to the rules that can have a say about its action, and gets the answer of the whole set (R-C2)."""

import json
from dataclasses import replace

import cedarpy
import pytest

from agent_core.authority import gate as gate_module
from agent_core.authority.facts import Caps
from agent_core.authority.gate import Gate
from agent_core.authority.lint import actions_of
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import GROUPS, Mode, action_name
from agent_core.authority.slicing import _may_read, heeds_caps, rules_about  # pyright: ignore[reportPrivateUsage] - each form of a question by itself
from tests.authority.scenarios import Question, questions
from tests.authority.test_gate import OVERFLOWING
from tests.authority.test_oracle import policy_of
from tests.authority.world import call, shop_policy

MODES: tuple[Mode, ...] = ("execute", "propose", "executeApproved", "approve")
EVERY_NTH = 7


def both(policy: AuthorityPolicy, asked: list[Question]) -> None:
    """Asks sliced and whole sets: they must agree in verdict, rules, code and detail."""
    sliced, whole = Gate(policy), Gate(policy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate_module, "slice_of", lambda policy, *_: policy.policy_set)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - a stand-in
        expected = [question.ask(whole) for question in asked]
    for question, wanted in zip(asked, expected, strict=True):
        assert question.ask(sliced) == wanted, question.name


@pytest.mark.parametrize("start", range(EVERY_NTH))
@pytest.mark.slow
def test_R_C2_the_rules_about_an_action_answer_every_question_as_the_whole_set_does(start: int) -> None:
    both(shop_policy(), questions()[start::EVERY_NTH])


def test_R_C2_the_rules_about_an_action_answer_as_the_whole_set_does() -> None:
    both(shop_policy(), questions()[::23])


def test_R_C2_a_rule_in_error_is_in_error_in_its_slice_too() -> None:
    about_money = [each for each in questions() if "refund_payment" in each.name][::11]
    both(policy_of(OVERFLOWING), about_money)


def test_only_rules_that_name_other_actions_are_left_out() -> None:
    policy = shop_policy()
    for tool in policy.tools.values():
        for mode in MODES:
            kept = {rule.id for rule in rules_about(policy, tool, mode)}
            for rule in policy.rules.values():
                named = actions_of(rule.est)
                if not named or action_name(tool.name, mode) in named:
                    assert rule.id in kept
                elif not any(name in GROUPS for name in named):
                    assert rule.id not in kept


def test_what_an_action_belongs_to_is_what_the_schema_says() -> None:
    """Cedar itself is asked: a rule over a group holds for an action exactly where its slice has that rule."""
    policy = shop_policy()
    for tool in policy.tools.values():
        for mode in MODES:
            kept = {name for rule in rules_about(policy, tool, mode) for name in actions_of(rule.est)} & set(GROUPS)
            over = {name for rule in policy.rules.values() for name in actions_of(rule.est)} & set(GROUPS)
            assert kept == {name for name in over if _holds(policy, tool.name, tool.resource_type, mode, name)}


def _holds(policy: AuthorityPolicy, tool: str, resource: str, mode: Mode, group: str) -> bool:
    rule = f'permit (principal, action in Action::"{group}", resource);'
    request = {
        "principal": {"type": "Operator" if mode == "approve" else "Workflow", "id": "x"},
        "action": {"type": "Action", "id": action_name(tool, mode)},
        "resource": {"type": resource, "id": "y"},
        "context": {},
    }
    entities = cedarpy.Entities.from_json_str("[]", policy.schema)
    return cedarpy.is_authorized(request, rule, entities, None).allowed


@pytest.mark.parametrize(
    ("condition", "heeds"),
    [
        ("context.caps.customerCount < 3", True),
        ("context has caps", True),
        ('{"seen": context}.seen.caps.known', True),
        ("context.run.sandboxBrand", False),
        ("context.facts has total && context.facts.total.amountMinor < 3", False),
        ('principal.level == "autonomous" && !(context.run.tool == "caps")', False),
    ],
)
def test_R_C2_whether_a_rule_may_ask_for_the_caps(condition: str, heeds: bool) -> None:
    est = json.loads(cedarpy.policies_to_json_str(f"permit (principal, action, resource) when {{ {condition} }};"))
    (rule,) = est["staticPolicies"].values()
    assert _may_read(rule["conditions"], "caps") is heeds


def test_R_C2_what_was_done_alone_matters_to_no_tool_whose_rules_do_not_ask_for_it() -> None:
    policy = shop_policy()
    heeding = {name for name, tool in policy.tools.items() if heeds_caps(policy, tool)}
    assert "refund_payment" in heeding
    assert "get_order" not in heeding
    assert all(policy.tools[name].writes for name in heeding)
    odd = Caps(currency="XYZ", customer_minor=10**9, customer_count=10**6, brand_minor=10**9, brand_count=10**6, known=False)
    gate = Gate(policy)
    for name, tool in policy.tools.items():
        made = replace(call(name), tool=tool)
        assert gate.heeds_caps(tool) is (name in heeding)
        assert name in heeding or gate.judge(made) == gate.judge(replace(made, caps=odd)), name
