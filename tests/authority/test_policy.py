"""A policy text goes live whole or not at all, and every reason why not has its line (R-C2)."""

import subprocess
import sys

import pytest

from agent_core.authority.errors import PolicyInvalid
from agent_core.authority.gate import Gate
from agent_core.authority.lint import actions_of
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.review import check_policy
from agent_core.authority.schema import GROUPS, Mode, full_schema, groups_of
from agent_core.authority.shipped import base_schema, commerce_policies, house_rules
from agent_core.authority.source import MAX_POLICY, MAX_TEXT, cut
from agent_core.contract.errors import Invalid
from agent_core.engine.declared import judged_tools
from agent_core.workflows.tools import WITHDRAW_PROPOSAL
from tests.authority.world import REFUND, SHIPPED_BRANDS, SHOP, refund, shop_policy

HEAD = '@id("a") @why("because")\n'
GOOD = HEAD + 'permit (principal is Workflow, action == Action::"get_order.execute", resource is Order);\n'


NARROWER = """
@id("none-alone") @why("Nothing is refunded alone")
forbid (principal, action == Action::"refund_payment.execute", resource is Order);
"""
MODES: tuple[Mode, ...] = ("execute", "propose", "executeApproved", "approve")


def found(text: str) -> list[tuple[int, str]]:
    return [(error.line, error.code) for error in check_policy(text, source="authority.cedar", tools=judged_tools())]


def scope(principal: str, action: str, resource: str) -> str:
    return f"{HEAD}permit ({principal}, {action}, {resource});"


def test_the_shipped_policies_go_live() -> None:
    assert found(commerce_policies()) == []
    assert found(GOOD) == []


REFUSED: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "nothing at all": ("", [(1, "no_permit")]),
    "only comments": ("// nothing\n", [(1, "no_permit")]),
    "only a forbid": (HEAD + "forbid (principal, action, resource);", [(1, "no_permit")]),
    "everything to everybody": (
        scope("principal", "action", "resource"), [(1, "broad_action"), (1, "broad_principal"), (1, "broad_resource")],
    ),
    "any action": (scope("principal is Workflow", "action", "resource is Order"), [(1, "broad_action")]),
    "a group of actions": (
        scope("principal is Workflow", 'action in Action::"read"', "resource is Order"), [(1, "action_group")],
    ),
    "a group in a list": (
        scope("principal is Workflow", 'action in [Action::"read"]', "resource is Order"), [(1, "action_group")],
    ),
    "anybody executes": (
        scope("principal", 'action == Action::"get_order.execute"', "resource is Order"), [(1, "broad_principal")],
    ),
    "any resource": (
        scope("principal is Workflow", 'action == Action::"get_order.execute"', "resource"), [(1, "broad_resource")],
    ),
    "no id": (GOOD.replace('@id("a") ', ""), [(1, "no_id")]),
    "an empty id": (GOOD.replace('@id("a")', "@id"), [(1, "no_id")]),
    "an id with blanks": (GOOD.replace('"a"', '"A b"'), [(1, "no_id")]),
    "no reason": (GOOD.replace(' @why("because")', ""), [(1, "no_why")]),
    "a blank reason": (GOOD.replace("because", " "), [(1, "no_why")]),
    "an endless reason": (GOOD.replace("because", "x" * 301), [(1, "no_why")]),
    "a bad code": (GOOD.replace('@id("a")', '@id("a") @code("No")'), [(1, "bad_code")]),
    "an annotation nobody knows": (GOOD.replace('@id("a")', '@id("a") @if("x")'), [(1, "unknown_annotation")]),
    "the same id twice": (GOOD + "\n" + GOOD, [(4, "id_used_twice")]),
    "an id of the house": (GOOD.replace('"a"', '"house-quarantined"'), [(1, "id_used_twice")]),
    "an unconditional refund": (
        scope("principal is Workflow", 'action == Action::"refund_payment.execute"', "resource is Order"),
        [(1, "unconditional_write")],
    ),
    "an uncapped refund": (
        HEAD + 'permit (principal is Workflow, action == Action::"refund_payment.execute", resource is Order)\n'
        "when { context.arguments.amountMinor < 5 };",
        [(1, "uncapped_write")],
    ),
    "a refund whose only cap is that they are known": (
        HEAD + 'permit (principal is Workflow, action == Action::"refund_payment.execute", resource is Order)\n'
        "when { context.caps.known };",
        [(1, "uncapped_write")],
    ),
    "a template": (
        scope("principal == ?principal", 'action == Action::"get_order.execute"', "resource is Order"), [(1, "template")],
    ),
    "a misspelt action, on its line": (
        GOOD + "\n// a comment\n" + GOOD.replace('"a"', '"b"').replace("get_order", "get_ordre"),
        [(5, "not_valid"), (5, "not_valid")],
    ),
    "a misspelt field": (GOOD[:-2] + "\nwhen { context.fact.customerAuthenticated };", [(1, "not_valid")]),
    "a wrong type": (GOOD[:-2] + "\nwhen { context.arguments.orderId < 5 };", [(1, "not_valid")]),
    "an optional fact without has": (
        HEAD + 'permit (principal is Workflow, action == Action::"refund_payment.propose", resource is Order)\n'
        "when { context.facts.refundableMinor > 0 };",
        [(1, "not_valid")],
    ),
    "an action of another kind of thing": (GOOD.replace("resource is Order", "resource is Parcel"), [(1, "not_valid")]),
    "a lone surrogate": (GOOD.replace("because", "\ud800"), [(1, "syntax")]),
    "no Cedar at all": (GOOD + "\n\npermit (principal action, resource);", [(5, "syntax")]),
    "two of the same annotation": (GOOD.replace('@id("a")', '@id("a") @id("b")'), [(1, "syntax")]),
    "a missing semicolon": (GOOD + "\n\n" + GOOD.replace(";", ""), [(5, "unfinished_policy")]),
    "an open string": (GOOD + '\n@id("b', [(4, "open_string")]),
    "brackets without end": (GOOD + "\n" + GOOD.replace("Order)", "Order"), [(4, "unfinished_policy")]),
    "brackets a thousand deep": (
        GOOD + "\n" + GOOD[:-2].replace('"a"', '"b"') + " when { " + "(" * 1000 + "true" + ")" * 1000 + " };",
        [(4, "nested_too_deeply")],
    ),
    "ifs a thousand deep": (
        GOOD[:-2] + " when { " + "if true then " * 30 + "true" + " else true" * 30 + " };", [(1, "nested_too_deeply")],
    ),
    "a policy without end": (GOOD[:-2] + " when { " + "true && " * MAX_POLICY + "true };", [(1, "policy_too_long")]),
    "default policies nobody ships": ("use shopping;\n" + GOOD, [(1, "unknown_defaults")]),
    "default policies twice": ("use commerce;\n// again\nuse commerce ;\n", [(3, "used_twice")]),
    "default policies, misspelt": ("use Commerce;\n" + GOOD, [(1, "syntax")]),
    "an id of the default policies": (
        "use commerce;\n" + GOOD.replace('"a"', '"refund-small-alone"'), [(2, "id_used_twice")],
    ),
    "a text without end": ("/" * (MAX_TEXT + 1), [(1, "text_too_long")]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_R_C2_a_text_with_a_fault_is_refused_with_line_and_reason(name: str) -> None:
    text, expected = REFUSED[name]
    codes = found(text)
    assert codes == expected


def test_every_finding_is_told_at_once_and_reads_like_a_compiler() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        AuthorityPolicy.load(REFUSED["everything to everybody"][0], source="authority.cedar", tools=judged_tools())
    assert len(caught.value.errors) == 3
    assert str(caught.value.errors[0]).startswith("authority.cedar:1: A permit names its action")
    assert caught.value.code == "policy_invalid"


def test_why_nesting_is_bounded_before_cedar_sees_it() -> None:
    """The library ends the process on such a text. Should this fail one day, the bound may grow."""
    code = (
        "import cedarpy; deep = '(' * 50_000 + 'true' + ')' * 50_000\n"
        "try: cedarpy.policies_to_json_str('forbid (principal, action, resource) when { ' + deep + ' };')\n"
        "except ValueError: pass"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode != 0


def test_strings_and_comments_do_not_cut_a_policy() -> None:
    text = '// one; two\n@id("a")\n@why("semi; colon // no \\" comment")\npermit (principal, action, resource); // end;\n'
    pieces, errors = cut(text, "x")
    assert errors == []
    assert [(piece.line, piece.text[:4]) for piece in pieces] == [(2, "@id(")]


def test_the_digest_names_what_policies_mean_and_not_their_layout() -> None:
    load = AuthorityPolicy.load
    own = load(commerce_policies(), source="x", tools=judged_tools())
    same = load(commerce_policies().replace("\n\n", "\n\n// a comment\n\n"), source="x", tools=judged_tools())
    assert same.digest == own.digest == shop_policy().digest, "used or written out: the same rules"
    other = load(commerce_policies().replace("<= 2000", "<= 2001"), source="x", tools=judged_tools())
    assert other.digest != shop_policy().digest
    fewer = [tool for tool in judged_tools() if tool.name != "get_customer"]
    text = commerce_policies().replace('Action::"get_customer.execute", ', "")
    assert load(text, source="x", tools=fewer).digest != shop_policy().digest


def test_R_C2_default_policies_hold_only_where_a_brand_uses_them_and_a_brands_forbid_narrows_them() -> None:
    alone, shop = (AuthorityPolicy.load(text, source="x", tools=judged_tools()) for text in (GOOD, "use commerce;\n" + GOOD))
    assert "refund-small-alone" not in alone.rules
    assert shop.rules["refund-small-alone"].default
    assert shop.rules["refund-small-alone"].source == "commerce.cedar"
    assert not shop.rules["a"].default
    assert Gate(alone).judge(refund(100)).code == "no_rule_allows"
    assert Gate(shop).judge(refund(100)).verdict == "execute"
    narrower = AuthorityPolicy.load("use commerce;\n" + NARROWER, source="x", tools=judged_tools())
    assert Gate(narrower).judge(refund(100)).verdict == "propose"
    assert [rule.id for rule in Gate(narrower).judge(refund(100)).rules] == ["refund-ask-a-person", "none-alone"]


def test_R_C2_every_shipped_tool_has_its_default_policies() -> None:
    """Each write alone, asked for, done when approved, approved by all three roles; each read alone; in the brand too."""
    for text in (SHOP, SHIPPED_BRANDS["northwind"].read_text(encoding="utf-8")):
        rules = AuthorityPolicy.load(text, source="x", tools=judged_tools()).rules.values()
        permitted = [name for rule in rules if rule.effect == "permit" for name in actions_of(rule.est)]
        for tool in judged_tools():
            times = [permitted.count(f"{tool.name}.{mode}") for mode in ("execute", "propose", "executeApproved", "approve")]
            asks = tool.writes and tool.name != WITHDRAW_PROPOSAL
            assert times == ([1, 1, 1, 3] if asks else [1, 0, 0, 0]), tool.name


def test_default_policies_about_tools_a_brand_has_not_are_left_out_and_no_forbid_is_lost() -> None:
    few = [tool for tool in judged_tools() if tool.name in {"get_customer", "refund_payment"}]
    rules = AuthorityPolicy.load("use commerce;\n", source="x", tools=few).rules
    assert "refund-small-alone" in rules
    assert "cancel-unsent-alone" not in rules
    for rule in shop_policy().rules.values():
        tools = {name.rpartition(".")[0] for name in actions_of(rule.est)}
        assert rule.effect == "permit" or rule.house or len(tools) == 1 or rule.id == "subscription-still-runs", rule.id


def test_every_action_is_in_the_group_tool_or_the_group_approval() -> None:
    """House rules are written over groups: an action in none would escape them (security notes 3.3)."""
    for tool in judged_tools():
        for mode in MODES:
            assert {"tool", "approval"} & set(groups_of(tool, mode)), (tool.name, mode)
            assert set(groups_of(tool, mode)) <= set(GROUPS)


def test_house_rules_are_always_there_and_only_forbid() -> None:
    policy = AuthorityPolicy.load(GOOD, source="x", tools=judged_tools())
    house = [rule for rule in policy.rules.values() if rule.house]
    assert len(house) == house_rules().count("@id(") == 21
    assert {rule.effect for rule in house} == {"forbid"}
    assert [rule.id for rule in policy.rules.values() if not rule.house] == ["a"]


def test_the_schema_is_the_same_whatever_the_order_of_tools() -> None:
    assert full_schema(base_schema(), judged_tools()) == full_schema(base_schema(), reversed(judged_tools()))
    with pytest.raises(Invalid) as caught:
        full_schema(base_schema(), [REFUND, REFUND])
    assert caught.value.code == "tool_declared_twice"


def test_the_brand_of_the_demonstration_goes_live_with_its_own_text() -> None:
    from pathlib import Path

    path = Path(__file__).parents[2] / "resources" / "brands" / "northwind" / "authority.cedar"
    assert check_policy(path.read_text(encoding="utf-8"), source=str(path), tools=judged_tools()) == ()
