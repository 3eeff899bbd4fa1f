"""Rules that Cedar and the house let stand but that do nothing, or less than they seem to: found before a text goes live.

Cedar has a symbolic analysis that would prove more; it is not in the library. What stands here is what people get wrong: a
rule nothing can reach, a condition that is always or never true, a question nobody may answer, an amount without its
currency, an action done alone without a cap. Only a brand's new text is reviewed: what is live stays live when a finding is
added here. It must never be the only thing between a rule and a grant.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from agent_core.authority.errors import PolicyError, PolicyInvalid
from agent_core.authority.lint import Rule, actions_of
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import GROUPS, action_name, groups_of
from agent_core.authority.terms import bound_currencies, conjuncts, contradiction, is_constant, reads, unbound_amounts
from agent_core.authority.tools import DeclaredTool

_MODES = ("execute", "propose", "executeApproved", "approve")


def review(policy: AuthorityPolicy, *, used: Collection[str] | None = None) -> tuple[PolicyError, ...]:
    """What a brand should change in a text that could go live.

    Args:
        policy: The set it makes.
        used: The tools the brand has; none when that is not known.
    """
    own = [rule for rule in policy.rules.values() if not (rule.house or rule.default)]
    found = [PolicyError(code, message, rule.line, rule.source) for rule in own for code, message in _of(rule, policy, used)]
    return tuple(sorted(dict.fromkeys(found), key=lambda error: (error.line, error.code)))


def check_policy(
    text: str, *, source: str, tools: Iterable[DeclaredTool], used: Collection[str] | None = None
) -> tuple[PolicyError, ...]:
    """What is wrong with a brand's text; empty when it may go live.

    Args:
        text: The brand's `authority.cedar`.
        source: How findings name the text.
        tools: Every tool policies may name.
        used: The tools the brand has; none when that is not known.
    """
    try:
        policy = AuthorityPolicy.load(text, source=source, tools=tools)
    except PolicyInvalid as error:
        return error.errors
    return review(policy, used=used)


def _of(rule: Rule, policy: AuthorityPolicy, used: Collection[str] | None) -> Iterator[tuple[str, str]]:
    names = actions_of(rule.est)
    tools = {name.rpartition(".")[0] for name in names if name not in GROUPS}
    if used is not None and tools and not tools & set(used):
        yield "tool_not_used", f"The brand has no tool {', '.join(sorted(tools))}: this rule never decides anything."
        return
    yield from _conditions(rule)
    if rule.effect == "permit":
        yield from _beside_others(rule, policy)
        yield from _leads_nowhere(rule, policy)
        yield from _amounts(rule, policy)
        yield from _caps(rule, policy)


def _conditions(rule: Rule) -> Iterator[tuple[str, str]]:
    for condition in rule.est["conditions"]:
        parts = conjuncts(condition["body"])
        if any(is_constant(part) for part in parts):
            yield (
                "constant_condition",
                "A part of the condition is the same for every call: leave it out, or say what it is about.",
            )
        clash = contradiction(parts)
        if clash is not None:
            yield "never_true", f"The condition can never be true: it wants two things of {clash}."


def _beside_others(rule: Rule, policy: AuthorityPolicy) -> Iterator[tuple[str, str]]:
    """Whether another rule makes this permit useless."""
    for other in policy.rules.values():
        if other.id == rule.id:
            continue
        if other.effect == "permit" and _covers(other, rule, policy) and _parts(other) <= _parts(rule):
            if (
                _covers(rule, other, policy)
                and _parts(other) == _parts(rule)
                and other.line > rule.line
                and not other.default
            ):
                continue
            yield "nothing_new", f"{other.id} ({other.source}, line {other.line}) allows all of this already."
        if other.effect == "forbid" and _covers(other, rule, policy) and _strikes(other) is not None:
            struck = _strikes(other)
            if struck is not None and struck <= _parts(rule):
                yield (
                    "always_forbidden",
                    f"{other.id} ({other.source}, line {other.line}) forbids this whenever it would be allowed.",
                )


def _leads_nowhere(rule: Rule, policy: AuthorityPolicy) -> Iterator[tuple[str, str]]:
    """A question needs somebody who may answer it, and a yes something that may then happen."""
    permitted = {name for other in policy.rules.values() if other.effect == "permit" for name in actions_of(other.est)}
    for name in actions_of(rule.est):
        tool, _, mode = name.rpartition(".")
        if mode == "propose" and action_name(tool, "approve") not in permitted:
            yield "nobody_approves", f"People are asked for {tool}, and nobody may approve it."
        if mode == "propose" and action_name(tool, "executeApproved") not in permitted:
            yield "never_done", f"People are asked for {tool}, and nothing lets it happen after their yes."
        if mode in {"approve", "executeApproved"} and action_name(tool, "propose") not in permitted:
            yield "never_asked", f"Nothing asks people for {tool}: this rule never decides anything."


def _amounts(rule: Rule, policy: AuthorityPolicy) -> Iterator[tuple[str, str]]:
    bound = bound_currencies(condition["body"] for condition in rule.est["conditions"])
    for name in actions_of(rule.est):
        tool = policy.tools[name.rpartition(".")[0]]  # pyright: ignore[reportArgumentType] - a name the validator knows
        for path, currency in unbound_amounts((condition["body"] for condition in rule.est["conditions"]), tool):
            if currency not in bound:
                yield "bare_amount", f"{path} is compared with a number: say in which currency ({currency} == …)."


def _caps(rule: Rule, policy: AuthorityPolicy) -> Iterator[tuple[str, str]]:
    """What is done alone has a cap for one customer and for the brand, in the rule itself or by a forbid beside it."""
    for name in actions_of(rule.est):
        tool_name, _, mode = name.rpartition(".")
        tool = policy.tools[tool_name]  # pyright: ignore[reportArgumentType] - a name the validator knows
        if mode != "execute" or not tool.writes or tool.resource_type == "Conversation":
            continue
        about = {name, *groups_of(tool, "execute")}
        beside = [
            other for other in policy.rules.values() if other.effect == "forbid" and about & set(actions_of(other.est))
        ]
        read = set[str]().union(*(reads(other.est["conditions"], "caps") for other in (rule, *beside)))
        wanted = {"customerMinor", "brandMinor"} if tool.money is not None else {"customerCount", "brandCount"}
        missing = sorted(wanted - read)
        if missing:
            yield "no_day_cap", f"{tool_name} is done alone without a cap of the day: caps.{' and caps.'.join(missing)}."


def _covers(wide: Rule, narrow: Rule, policy: AuthorityPolicy) -> bool:
    """Whether one rule's scope holds for every call that another's holds for."""
    names, principal, other = actions_of(wide.est), wide.est["principal"], narrow.est["principal"]
    if principal["op"] != "All" and principal != other and not _kind_of(principal, other):
        return False
    if wide.est["resource"]["op"] not in {"All"} and wide.est["resource"] != narrow.est["resource"]:
        return False
    return not names or all(_named(name, names, policy) for name in actions_of(narrow.est))


def _kind_of(wide: Any, narrow: Any) -> bool:
    """`principal is Operator` holds for every role."""
    if wide["op"] != "is" or "in" in wide:
        return False
    inside = narrow.get("entity", {}).get("type")
    return {"Role": "Operator"}.get(inside, inside or narrow.get("entity_type")) == wide["entity_type"]


def _named(name: str, names: Iterable[str], policy: AuthorityPolicy) -> bool:
    tool, _, mode = name.rpartition(".")
    declared = policy.tools.get(tool)  # pyright: ignore[reportArgumentType, reportCallIssue] - a name the validator knows
    groups = groups_of(declared, mode) if declared is not None and mode in _MODES else ()
    return name in names or bool(set(groups) & set(names))


def _parts(rule: Rule) -> frozenset[str]:
    """Every part of a rule's conditions, as comparable text; an `unless` is one part."""
    found: set[str] = set()
    for condition in rule.est["conditions"]:
        if condition["kind"] == "unless":
            found.add("unless " + json.dumps(condition["body"], sort_keys=True))
        else:
            found |= {json.dumps(part, sort_keys=True) for part in conjuncts(condition["body"])}
    return frozenset(found)


def _strikes(rule: Rule) -> frozenset[str] | None:
    """The parts that make a forbid strike; none when it has an `unless`, which says when it does not."""
    return None if any(condition["kind"] == "unless" for condition in rule.est["conditions"]) else _parts(rule)
