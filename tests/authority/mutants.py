"""One thing broken in a policy: the rule, a condition, one side, a comparison, a number, a name, its scope (R-C2)."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cedarpy

from agent_core.authority.gate import Gate
from agent_core.authority.lint import Rule, actions_of
from agent_core.authority.policy import AuthorityPolicy

FLIPPED = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "!=", "!=": "=="}


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
    bent = copy.deepcopy(rule.est)
    bent["effect"] = "forbid" if rule.effect == "permit" else "permit"
    yield "effect turned", bent
    yield from _scope(rule)
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


def _scope(rule: Rule) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whom and which actions a rule is about. A thing's type is that of its actions by schema: nothing to widen there."""
    names = actions_of(rule.est)
    for place, name in enumerate(names if len(names) > 1 else ()):
        bent = copy.deepcopy(rule.est)
        del bent["action"]["entities"][place]
        yield f"action {name} dropped", bent
    principal = rule.est["principal"]
    if principal["op"] != "All" and not (principal["op"] == "is" and names and all(map(_of_one_kind, names))):
        yield "principal widened", copy.deepcopy(rule.est) | {"principal": {"op": "All"}}
    if rule.house and names and (principal.get("entity_type"), names) != ("Workflow", ("tool",)):
        yield "action widened", copy.deepcopy(rule.est) | {"action": {"op": "All"}}


def _of_one_kind(action: str) -> bool:
    """Whether the schema lets only runs, or only people, do it."""
    return action.startswith("autonomous") or action == "approval" or action.endswith((".execute", ".approve"))


def _at(rule: Rule, place: int) -> Iterator[tuple[str, dict[str, Any]]]:
    def bending() -> tuple[dict[str, Any], Any]:
        bent = copy.deepcopy(rule.est)
        return bent, list(nodes(bent["conditions"]))[place]

    for name, body in list(nodes(rule.est["conditions"]))[place].items():
        if name in {"&&", "||"}:
            for side in ("left", "right"):
                bent, node = bending()
                node.update(node.pop(name)[side])
                yield f"node {place}: {side} of {name} only", bent
            bent, node = bending()
            node["||" if name == "&&" else "&&"] = node.pop(name)
            yield f"node {place}: {name} swapped", bent
        elif name in FLIPPED:
            bent, node = bending()
            node[FLIPPED[name]] = node.pop(name)
            yield f"node {place}: {name} flipped", bent
        elif name == "+":
            bent, node = bending()
            node["-"] = node.pop(name)
            yield f"node {place}: + is −", bent
        elif name == "Value" and type(body) is int:
            for step in (-1, 1):
                bent, node = bending()
                node["Value"] += step
                yield f"node {place}: number {step:+d}", bent
        elif name == "Value" and isinstance(body, str):
            bent, node = bending()
            node["Value"] = body + "x"
            yield f"node {place}: another text than {body}", bent
        elif name == "!":
            bent, node = bending()
            node.update(node.pop(name)["arg"])
            yield f"node {place}: not dropped", bent


def refused_by_cedar(policy: AuthorityPolicy, bent: dict[str, Any] | None) -> bool:
    """Whether a mutant could never go live: Cedar's own validator refuses it."""
    if bent is None:
        return False
    est = {"templates": {}, "templateLinks": [], "staticPolicies": {"bent": bent}}
    text = cedarpy.policies_from_json_str(json.dumps(est))
    return not cedarpy.validate_policies(text, policy.schema).validation_passed


def gate_with(policy: AuthorityPolicy, rule: Rule, bent: dict[str, Any] | None) -> Gate:
    """The gate of a set in which one rule is another, or gone."""
    rules = {name: other for name, other in policy.rules.items() if name != rule.id}
    if bent is not None:
        rules[rule.id] = replace(rule, est=bent)
    est = {"templates": {}, "templateLinks": [], "staticPolicies": {name: one.est for name, one in rules.items()}}
    return Gate(replace(policy, rules=rules, policy_set=cedarpy.PolicySet.from_json_str(json.dumps(est))))
