"""Policies with one thing broken must be found out: drop a rule, a condition, a side, flip a comparison (R-C2)."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from agent_core.authority.gate import Gate
from agent_core.authority.lint import Rule
from tests.authority.scenarios import questions
from tests.authority.world import shop_gate, shop_policy

FLIPPED = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "!=", "!=": "=="}

EQUIVALENT: dict[tuple[str, str], str] = {
    ("house-owner-known", "node 1: right of || only"): "no built-in tool changes a customer's record; a brand's own tool "
    "that does is judged in test_gate.py",
}
"""Mutants that mean the same, each with the reason."""


def nodes(tree: Any) -> Iterator[Any]:
    if isinstance(tree, dict):
        yield tree
        for child in tree.values():
            yield from nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from nodes(child)


def mutants(rule: Rule) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Every mutant of one rule, with a name; none means that the rule is gone."""
    yield "rule dropped", None
    for place, _ in enumerate(rule.est["conditions"]):
        bent = copy.deepcopy(rule.est)
        del bent["conditions"][place]
        yield f"condition {place} dropped", bent
        bent = copy.deepcopy(rule.est)
        kind = bent["conditions"][place]["kind"]
        bent["conditions"][place]["kind"] = "unless" if kind == "when" else "when"
        yield f"condition {place} turned", bent
    count = len(list(nodes(rule.est["conditions"])))
    for place in range(count):
        yield from _at(rule, place)


def _at(rule: Rule, place: int) -> Iterator[tuple[str, dict[str, Any]]]:
    names = list(list(nodes(rule.est["conditions"]))[place])
    for name in names:
        if name in {"&&", "||"}:
            for side in ("left", "right"):
                bent = copy.deepcopy(rule.est)
                node = list(nodes(bent["conditions"]))[place]
                kept = node.pop(name)[side]
                node.update(kept)
                yield f"node {place}: {side} of {name} only", bent
            bent = copy.deepcopy(rule.est)
            node = list(nodes(bent["conditions"]))[place]
            node["||" if name == "&&" else "&&"] = node.pop(name)
            yield f"node {place}: {name} swapped", bent
        elif name in FLIPPED:
            bent = copy.deepcopy(rule.est)
            node = list(nodes(bent["conditions"]))[place]
            node[FLIPPED[name]] = node.pop(name)
            yield f"node {place}: {name} flipped", bent
        elif name == "Value" and type(list(nodes(rule.est["conditions"]))[place][name]) is int:
            for step in (-1, 1):
                bent = copy.deepcopy(rule.est)
                list(nodes(bent["conditions"]))[place]["Value"] += step
                yield f"node {place}: number {step:+d}", bent


def gate_with(rule: Rule, bent: dict[str, Any] | None) -> Gate:
    policy = shop_policy()
    policies = {name: other.est for name, other in policy.rules.items() if name != rule.id}
    if bent is not None:
        policies[rule.id] = bent
    est = {"templates": {}, "templateLinks": [], "staticPolicies": policies}
    return Gate(replace(policy, policy_set=cedarpy.PolicySet.from_json_str(json.dumps(est))))


@pytest.fixture(scope="module")
def asked() -> list[tuple[Any, tuple[str, tuple[str, ...]]]]:
    gate = shop_gate()
    return [(question, question.answer(gate)) for question in questions()]


def _survives(rule: Rule, bent: dict[str, Any] | None, asked: list[tuple[Any, tuple[str, tuple[str, ...]]]]) -> bool:
    gate = gate_with(rule, bent)
    cited = [pair for pair in asked if rule.id in pair[1][1]]
    others = [pair for pair in asked if rule.id not in pair[1][1]]
    return all(question.answer(gate) == answer for question, answer in (*cited[:40], *others, *cited[40:]))


@pytest.mark.parametrize("name", list(shop_policy().rules))
def test_R_C2_every_mutant_of_a_rule_is_found_out(name: str, asked: Any) -> None:
    rule = shop_policy().rules[name]
    survivors = [what for what, bent in mutants(rule) if _survives(rule, bent, asked)]
    assert [what for what in survivors if (name, what) not in EQUIVALENT] == []


def test_every_rule_decides_some_question(asked: Any) -> None:
    decided = {rule for _, (_, rules) in asked for rule in rules}
    assert decided == set(shop_policy().rules)
