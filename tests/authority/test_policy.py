"""A policy text goes live whole or not at all, and every reason why not has its line (R-C2)."""

import subprocess
import sys

import pytest

from agent_core.authority.errors import PolicyInvalid
from agent_core.authority.policy import AuthorityPolicy, check_policy
from agent_core.authority.schema import full_schema
from agent_core.authority.shipped import base_schema, commerce_policies, house_rules
from agent_core.authority.source import MAX_POLICY, MAX_TEXT, cut
from agent_core.contract.errors import Invalid
from agent_core.engine.declared import judged_tools
from tests.authority.world import REFUND, shop_policy

HEAD = '@id("a") @why("because")\n'
GOOD = HEAD + 'permit (principal is Workflow, action == Action::"get_order.execute", resource is Order);\n'


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
    same = load(commerce_policies().replace("\n\n", "\n\n// a comment\n\n"), source="x", tools=judged_tools())
    assert same.digest == shop_policy().digest
    other = load(commerce_policies().replace("<= 2000", "<= 2001"), source="x", tools=judged_tools())
    assert other.digest != shop_policy().digest
    fewer = [tool for tool in judged_tools() if tool.name != "get_customer"]
    text = commerce_policies().replace('Action::"get_customer.execute", ', "")
    assert load(text, source="x", tools=fewer).digest != shop_policy().digest


def test_house_rules_are_always_there_and_only_forbid() -> None:
    policy = AuthorityPolicy.load(GOOD, source="x", tools=judged_tools())
    house = [rule for rule in policy.rules.values() if rule.house]
    assert len(house) == house_rules().count("@id(") == 20
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
