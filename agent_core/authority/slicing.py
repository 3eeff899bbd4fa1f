"""The part of a policy set that can have a say about one action: Cedar walks every policy it is given, for each question.

A policy whose scope names other actions only is never satisfied and never in error, so leaving it out changes neither the
answer nor its reasons (a test compares both for every question it can think of). It must never leave out a policy for any
other reason: what a policy says of principal, resource and conditions is Cedar's business alone.
"""

import json

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


def _may_hold(rule: Rule, about: set[str]) -> bool:
    named = actions_of(rule.est)
    return not named or not about.isdisjoint(named)
