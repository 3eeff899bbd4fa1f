"""The table a support lead reviews instead of policy text: who · may · what · if · needs whom (R-C2).

Made from the policies that are live, never written by hand, so it cannot say anything else than they do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent_core.authority.lint import Rule, actions_of
from agent_core.authority.phrases import conditions
from agent_core.authority.policy import AuthorityPolicy
from agent_core.authority.schema import action_name

_MODES: Mapping[str, tuple[str, str]] = {
    "execute": ("do alone", "nobody"),
    "propose": ("ask people for", ""),
    "executeApproved": ("do when approved", ""),
    "approve": ("approve", "—"),
}
"""How each mode is said, and whose yes it needs; empty: whoever may approve that tool."""
_GROUPS: Mapping[str, str] = {
    "tool": "any action",
    "read": "any read",
    "write": "any change",
    "autonomousWrite": "any change alone",
    "riskyWrite": "any risky change",
    "autonomousRiskyWrite": "any risky change alone",
    "newWrite": "any new change",
    "approved": "any approved action",
    "approval": "any approval",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        may: `may` or `may never`.
        what: The action in words.
        condition: The whole condition, read aloud.
        needs: Whose yes it needs.
        why: The rule's own reason.
    """

    who: str
    may: Literal["may", "may never"]
    what: str
    condition: str
    needs: str
    why: str
    rule: str
    source: str
    line: int


def authority_table(policy: AuthorityPolicy) -> tuple[Row, ...]:
    """Every rule that is live, house rules last, one line for each action it names."""
    ordered = sorted(policy.rules.values(), key=lambda rule: rule.house)
    return tuple(row for rule in ordered for row in _rows(rule, policy))


def as_text(rows: tuple[Row, ...]) -> str:
    """The table as aligned plain text."""
    head = ("who", "may", "what", "if", "needs whom", "rule")
    lines = [head, *((row.who, row.may, row.what, row.condition or "always", row.needs, row.rule) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _rows(rule: Rule, policy: AuthorityPolicy) -> list[Row]:
    may: Literal["may", "may never"] = "may" if rule.effect == "permit" else "may never"
    found: list[Row] = []
    for what, needs in _actions(rule, policy):
        found.append(
            Row(
                who=_who(rule.est["principal"]),
                may=may,
                what=what,
                condition=conditions(rule.est),
                needs=needs if may == "may" else "—",
                why=rule.why,
                rule=rule.id,
                source=rule.source,
                line=rule.line,
            )
        )
    return found


def _actions(rule: Rule, policy: AuthorityPolicy) -> list[tuple[str, str]]:
    names = actions_of(rule.est)
    if not names:
        return [("do anything", "—")]
    return [_action(name, policy) for name in names]


def _action(name: str, policy: AuthorityPolicy) -> tuple[str, str]:
    if name in _GROUPS:
        return _GROUPS[name], "—"
    tool, _, mode = name.rpartition(".")
    verb, needs = _MODES[mode]
    return f"{verb}: {policy.tools[tool].title}", needs or _approvers(tool, policy)


def _approvers(tool: str, policy: AuthorityPolicy) -> str:
    """Whom the policies let approve a tool; the condition says how many."""
    permits = [rule for rule in policy.rules.values() if rule.effect == "permit"]
    found = [_who(rule.est["principal"]) for rule in permits if action_name(tool, "approve") in actions_of(rule.est)]
    return ", ".join(dict.fromkeys(found)) or "nobody may approve it"


def _who(principal: Mapping[str, Any]) -> str:
    if principal["op"] == "All":
        return "anybody"
    if principal["op"] == "is":
        kind = "the agent" if principal["entity_type"] == "Workflow" else "people"
        inside = principal.get("in")
        return kind if inside is None else f"{kind} in {inside['entity']['id']}"
    entity = principal["entity"]
    return f"{entity['id']}s" if entity["type"] == "Role" else f"workflow {entity['id'].partition('/')[2] or entity['id']}"
