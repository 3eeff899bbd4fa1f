"""A question is put to the rules that can have a say about its action, and gets the answer of the whole set (R-C2)."""

import cedarpy
import pytest

from agent_core.authority import gate as gate_module
from agent_core.authority.gate import Gate
from agent_core.authority.lint import actions_of
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import GROUPS, Mode, action_name
from agent_core.authority.slicing import rules_about
from tests.authority.scenarios import Question, questions
from tests.authority.test_gate import OVERFLOWING
from tests.authority.test_oracle import policy_of
from tests.authority.world import shop_policy

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
