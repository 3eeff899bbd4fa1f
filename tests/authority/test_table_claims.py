"""Each row of the table people review is true: its claim, read back from its words, is what Cedar says (R-C2)."""

import json
import random
from functools import cache
from typing import Any

import cedarpy
import pytest

from agent_core.authority.facts import ApprovalFacts
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.request import Question, approval_extra, caps_extra, proposal_extra, question_of
from agent_core.authority.schema import Mode, groups_of
from agent_core.authority.table import Row, as_markdown, authority_table
from agent_core.engine.declared import judged_tools
from tests.authority.reading import holds, world_of
from tests.authority.scenarios import APPROVALS, MONEY, PAT, PEOPLE, SUE, by_people, calls
from tests.authority.world import SHIPPED_BRANDS, SHOP, TOOLS, shop_policy

SETS = {"shop": SHOP, **{name: path.read_text(encoding="utf-8") for name, path in SHIPPED_BRANDS.items()}}
PER_ROW = 60
"""Questions each row is asked."""


@cache
def asked() -> list[tuple[str, Mode, Question]]:
    """Questions of every mode about every tool."""
    found: list[tuple[str, Mode, Question]] = []
    for tool, name, one in calls():
        found.append((tool, "execute", question_of(one, caps_extra(one))))
        found.append((tool, "propose", question_of(one, caps_extra(one))))
        for approval in (*APPROVALS.values(), ApprovalFacts((SUE.id,), verified=True)):
            found.append((tool, "executeApproved", question_of(one, approval_extra(approval))))
        if name == "as it should be":
            for _, theirs in by_people(one):
                found.append((tool, "propose", question_of(theirs, caps_extra(theirs))))
            for person in PEOPLE.values():
                for money in MONEY.values():
                    for prior, by in (((), None), ((PAT.id,), PAT.id), ((SUE.id,), SUE.id)):
                        extra = proposal_extra(money, by, prior)
                        found.append((tool, "approve", question_of(one, extra, approver=person)))
    return found


def claimed(row: Row, tool: str, mode: Mode, question: Question) -> bool | None:
    """What a row says about a question: whether it is about it at all, then its condition."""
    world = world_of(question.context, question.named, question.principal, question.resource)
    principal = world["principal"]
    who = {
        "anybody": True,
        "the agent": principal["__kind"] == "Workflow",
        "people": principal["__kind"] == "Operator",
    }.get(row.who, [row.who.removesuffix("s")] == principal["__roles"])
    return holds(row.condition, world) if who and _about(row, tool, mode) else False


def cedar(row: Row, policy: AuthorityPolicy) -> cedarpy.PolicySet:
    """The row's rule by itself, about the row's action alone."""
    est: dict[str, Any] = {**policy.rules[row.rule].est, "effect": "permit"}
    if row.tool is not None:
        est["action"] = {"op": "==", "entity": {"type": "Action", "id": row.action}}
    return cedarpy.PolicySet.from_json_str(
        json.dumps({"templates": {}, "templateLinks": [], "staticPolicies": {row.rule: est}})
    )


def chosen(row: Row, rng: random.Random) -> list[tuple[str, Mode, Question]]:
    """Questions for a row: some that it says yes to, others about what it is about, a few about anything."""
    mine = [one for one in asked() if _about(row, *one[:2])]
    some = rng.sample(mine, min(PER_ROW if row.tool else 12 * PER_ROW, len(mine)))
    said = [one for one in some if claimed(row, *one)]
    return [*said[: PER_ROW // 3], *some[:PER_ROW], *rng.sample(asked(), 5)]


def _about(row: Row, tool: str, mode: Mode) -> bool:
    return row.action is None or row.action == f"{tool}.{mode}" or row.action in groups_of(TOOLS[tool], mode)


@pytest.mark.parametrize("name", list(SETS))
def test_R_C2_what_each_row_of_the_table_claims_is_what_cedar_says(name: str) -> None:
    policy = AuthorityPolicy.load(SETS[name], source="authority.cedar", tools=judged_tools())
    rng = random.Random(3)
    rows = [row for row in authority_table(policy) if name == "shop" or row.origin == "brand"]
    seen: dict[str, set[bool | None]] = {}
    for row in rows:
        one = cedar(row, policy)
        for tool, mode, question in chosen(row, rng):
            answer = cedarpy.is_authorized(question.request(mode), one, question.entities(policy), policy.schema)
            said = None if answer.diagnostics.errors else answer.decision is cedarpy.Decision.Allow
            assert said == claimed(row, tool, mode, question), (row, question.context, question.named)
            seen.setdefault(row.rule, set()).add(said)
    assert {row.rule for row in rows} == set(seen)
    if name == "shop":
        assert {rule for rule, answers in seen.items() if True not in answers} <= NEVER_TRUE_HERE
        assert set(seen) == set(shop_policy().rules)


NEVER_TRUE_HERE = {"house-other-customer-record", "house-level-known", "house-other-brand-people", "house-simulated"}
"""House rules so narrow that a sample of questions about everything may miss them."""


def test_the_markdown_cannot_be_broken_by_what_a_brand_writes() -> None:
    text = (
        '@id("a") @why("a | b <img src=x> [x](http://x) `c` \\n# d") permit (principal is Workflow, '
        'action == Action::"get_order.execute", resource is Order) when { context.arguments.orderId == "x|y" };'
    )
    policy = AuthorityPolicy.load(text, source="x", tools=judged_tools())
    lines = as_markdown(authority_table(policy, tools={"get_order"}), policy, title="A|B\n# C").splitlines()
    (row,) = [line for line in lines if line.endswith("| a |")]
    assert len([char for at, char in enumerate(row) if char == "|" and row[at - 1] != "\\"]) == 8
    assert "<img" not in row.replace("\\<", "")
    assert lines[0] == "# A\\|B \\# C: who may do what"
    assert all(line.startswith(("|", "#", "Policy", "")) for line in lines)
