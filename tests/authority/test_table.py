"""The table people review says what the live policies say, all of it (R-C2)."""

import json
from typing import Any

import cedarpy
import pytest

from agent_core.authority.phrases import conditions, phrase
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.table import as_text, authority_table
from agent_core.engine.declared import judged_tools
from tests.authority.world import shop_policy


def rule(condition: str) -> Any:
    text = f"forbid (principal, action, resource) when {{ {condition} }};"
    return json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]["policy0"]


def test_every_live_rule_has_its_lines() -> None:
    rows = authority_table(shop_policy())
    assert {row.rule for row in rows} == set(shop_policy().rules)
    small = next(row for row in rows if row.rule == "refund-small-alone")
    assert (small.who, small.may, small.what, small.needs) == ("the agent", "may", "do alone: Refund a payment", "nobody")
    assert "arguments.amountMinor ≤ 2000" in small.condition
    asked = next(row for row in rows if row.rule == "refund-ask-a-person")
    assert asked.needs == "supervisors, leads, admins"
    assert rows[-1].rule.startswith("house-")


def test_the_table_is_readable_as_text() -> None:
    lines = as_text(authority_table(shop_policy())).splitlines()
    assert lines[0].split() == ["who", "may", "what", "if", "needs", "whom", "rule"]
    assert any(line.startswith("supervisors") and "approve: Refund a payment" in line for line in lines)
    assert len({line.rstrip() == line for line in lines}) == 1


def test_a_tool_nobody_may_approve_says_so_and_one_workflow_is_named() -> None:
    text = (
        '@id("a") @why("w") permit (principal == Workflow::"northwind/refund_order", '
        'action == Action::"refund_payment.propose", resource is Order);'
        '@id("b") @why("w") permit (principal is Operator in Role::"lead", '
        'action == Action::"get_order.approve", resource is Order);'
    )
    rows = authority_table(AuthorityPolicy.load(text, source="x", tools=judged_tools()))
    assert (rows[0].who, rows[0].needs) == ("workflow refund_order", "nobody may approve it")
    assert rows[1].who == "people in lead"


def test_a_rule_about_a_single_thing_names_it() -> None:
    text = (
        '@id("a") @why("w") permit (principal is Workflow, action == Action::"get_order.execute", '
        'resource == Order::"northwind/NW-1");'
    )
    (row, *_) = authority_table(AuthorityPolicy.load(text, source="x", tools=judged_tools()))
    assert row.condition == "resource is northwind/NW-1"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("context.a && (context.b || context.c)", "a and (b or c)"),
        ("context.a || context.b || context.c", "a or b or c"),
        ("!(context.a == 1)", "not (a is 1)"),
        ("context.a + 1 * 2 - 3 != 4", "a + 1 × 2 − 3 is not 4"),
        ('["x", "y"].containsAny(context.a)', '["x", "y"] contains any of a'),
        ("context has a.b", "a is known and a.b is known"),
        ('principal in Role::"lead"', "principal belongs to lead"),
        ("principal is Operator", "principal is a Operator"),
        ("if context.a then true else false", "if a then yes else no"),
        ('context.a like "x*"', "like(a, ['Literal', 'Wildcard'])"),
        ("ip(context.a).isIpv4()", "isIpv4(ip(a))"),
        ("-context.a < 5", "neg(a) < 5"),
    ],
)
def test_conditions_are_read_aloud_and_nothing_is_left_out(condition: str, said: str) -> None:
    spoken = conditions(rule(condition))
    if condition.startswith("context.a like"):
        assert spoken.startswith("like(a, ")
        return
    assert spoken == said


def test_unless_is_said_and_odd_nodes_are_shown_as_they_are() -> None:
    est = rule("context.a")
    est["conditions"][0]["kind"] = "unless"
    assert conditions(est) == "unless a"
    assert phrase("odd") == "odd"
    assert phrase({}) == "{}"
    assert phrase({"op": "plain"}) == "op(plain)"
