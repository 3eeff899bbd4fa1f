"""Every shipped policy with one thing broken is found out: house, default, and each brand's own (R-C2)."""

import random
from functools import cache

import pytest

from agent_core.authority.gate import Gate
from agent_core.authority.lint import actions_of
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import GROUPS
from agent_core.engine.declared import judged_tools
from tests.authority.mutants import gate_with, mutants, refused_by_cedar
from tests.authority.scenarios import Question, questions
from tests.authority.world import SHIPPED_BRANDS, SHOP

SETS = {"shop": SHOP, **{name: path.read_text(encoding="utf-8") for name, path in SHIPPED_BRANDS.items()}}
"""The text of every set that is shipped; `shop` is the default policies alone."""

EQUIVALENT: dict[tuple[str, str], str] = {
    ("house-owner-known", "node 1: right of || only"): "no built-in tool changes a customer's record; a brand's own tool "
    "that does is judged in test_gate.py",
}
"""Mutants that mean the same, each with the reason."""

Answer = tuple[str, tuple[str, ...]]


@cache
def policy_of(name: str) -> AuthorityPolicy:
    return AuthorityPolicy.load(SETS[name], source="authority.cedar", tools=judged_tools())


@cache
def asked(name: str) -> tuple[tuple[Question, Answer], ...]:
    gate = Gate(policy_of(name))
    own = [rule.est for rule in policy_of(name).rules.values() if not (rule.house or rule.default)]
    tools = {action.rpartition(".")[0] for est in own for action in actions_of(est)}
    # A brand's own rules about single tools touch no other tool; a rule about a group (no dot) touches all.
    mine = questions() if not own or "" in tools else [question for question in questions() if question.tool in tools]
    return tuple((question, question.answer(gate)) for question in mine)


def own_rules() -> list[tuple[str, str]]:
    """Each rule once, in the set it belongs to: house and default rules in the shop's, a brand's own in the brand's."""
    return [
        (name, rule.id)
        for name in SETS
        for rule in policy_of(name).rules.values()
        if name == "shop" or not (rule.house or rule.default)
    ]


WAYS: dict[str, set[str]] = {
    "execute": {"judge"}, "propose": {"judge"}, "executeApproved": {"approved"}, "approve": {"approve"},
    "approval": {"approve"}, "approved": {"approved"}, "newWrite": {"judge"}, "autonomousWrite": {"judge"},
    "autonomousRiskyWrite": {"judge"}, "tool": {"judge", "approved"}, "read": {"judge", "approved"},
    "write": {"judge", "approved"}, "riskyWrite": {"judge", "approved"},
}  # fmt: skip
"""How the gate is asked about an action of a mode, or of a group."""


@cache
def concerned(name: str, rule_id: str, *, any_action: bool) -> list[tuple[Question, Answer]]:
    """The questions that a change of a rule can touch, those it decides first."""
    rule = policy_of(name).rules[rule_id]
    names = () if any_action else actions_of(rule.est)
    tools = {action.rpartition(".")[0] for action in names}
    ways = set[str]().union(*(WAYS[action.rpartition(".")[2]] for action in names))
    every = not names
    mine = [
        pair
        for pair in asked(name)
        if every or (pair[0].way in ways and (pair[0].tool in tools or set(names) & set(GROUPS)))
    ]
    cited = [pair for pair in mine if rule.id in pair[1][1]]
    others = [pair for pair in mine if rule.id not in pair[1][1]]
    if rule.house or set(names) & set(GROUPS):
        random.Random(1).shuffle(others)  # a wider scope is found out by any kind of question: all kinds come soon
    return [*cited[:40], *others, *cited[40:]]


@pytest.mark.parametrize(("name", "rule_id"), own_rules())
def test_R_C2_every_mutant_of_a_rule_is_found_out(name: str, rule_id: str) -> None:
    rule = policy_of(name).rules[rule_id]
    survivors: list[str] = []
    for what, bent in mutants(rule):
        gate = gate_with(policy_of(name), rule, bent)
        same = all(
            question.answer(gate) == answer
            for question, answer in concerned(name, rule_id, any_action=what == "action widened")
        )
        if same and not refused_by_cedar(policy_of(name), bent):
            survivors.append(what)
    assert [what for what in survivors if (rule_id, what) not in EQUIVALENT] == []
    assert {what for named, what in EQUIVALENT if named == rule_id} <= set(survivors), "no longer equivalent"


@pytest.mark.parametrize("name", list(SETS))
def test_every_rule_decides_some_question(name: str) -> None:
    decided = {rule for _, (_, rules) in asked(name) for rule in rules}
    mine = {rule for where, rule in own_rules() if where == name}
    assert mine - decided == set()
