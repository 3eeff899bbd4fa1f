"""The part of a policy set that can have a say about one action: Cedar walks every policy it is given, for each question.

A policy whose scope names other actions only is never satisfied and never in error, so leaving it out changes neither the
answer nor its reasons (a test compares both for every question it can think of). It must never leave out a policy for any
other reason: what a policy says of principal, resource and conditions is Cedar's business alone.
"""

import json
from typing import Any, Final

import cedarpy

from agent_core.authority.lint import Rule, actions_of
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import Mode, action_name, groups_of
from agent_core.authority.tools import DeclaredTool


def rules_about(policy: AuthorityPolicy, tool: DeclaredTool, mode: Mode) -> tuple[Rule, ...]:
    """The rules whose scope may hold this action: those that name no action, the action itself, or a group it is in."""
    about = {action_name(tool.name, mode), *groups_of(tool, mode)}
    return tuple(rule for rule in policy.rules.values() if _may_hold(rule, about))


def slice_of(policy: AuthorityPolicy, tool: DeclaredTool, mode: Mode) -> cedarpy.PolicySet:
    """Those rules as a set of their own, under the same ids."""
    static = {rule.id: rule.est for rule in rules_about(policy, tool, mode)}
    return cedarpy.PolicySet.from_json_str(json.dumps({"templates": {}, "templateLinks": [], "staticPolicies": static}))


def heeds_caps(policy: AuthorityPolicy, tool: DeclaredTool) -> bool:
    """Whether a rule about doing or proposing this may ask what was done alone today: without one, nobody need count it.

    Every use of the context counts as such a question that is not plainly about another of its fields.
    """
    asked = {rule.id: rule for mode in _JUDGED for rule in rules_about(policy, tool, mode)}
    return any(_may_read(condition, "caps") for rule in asked.values() for condition in rule.est["conditions"])


_JUDGED: Final[tuple[Mode, ...]] = ("execute", "propose")
_CONTEXT: Final = {"Var": "context"}


def _may_read(node: Any, field: str) -> bool:
    if isinstance(node, list):
        return any(_may_read(child, field) for child in node)
    if not isinstance(node, dict):
        return False
    if node == _CONTEXT:
        return True
    for access in (node.get("."), node.get("has")):
        if isinstance(access, dict) and access.get("left") == _CONTEXT and isinstance(access.get("attr"), str):
            return access["attr"] == field
    return any(_may_read(child, field) for child in node.values())


def _may_hold(rule: Rule, about: set[str]) -> bool:
    named = actions_of(rule.est)
    return not named or not about.isdisjoint(named)
