"""The Cedar schema: the shipped base (entities, common types, groups) and four actions made from each declared tool.

`T.execute` alone, `T.propose` ask people, `T.executeApproved` after their yes, `T.approve` what an operator may say yes to.
Every request is validated against it. It must never be made from outside text: names are checked by `tools.py`.
"""

from collections.abc import Iterable
from typing import Literal

from agent_core.authority.tools import CedarType, DeclaredTool, camel
from agent_core.contract.errors import Invalid

Mode = Literal["execute", "propose", "executeApproved", "approve"]

GROUPS = (
    "tool", "read", "write", "autonomousWrite", "riskyWrite", "autonomousRiskyWrite", "newWrite", "approved", "approval",
)  # fmt: skip
"""Action groups that house rules are written over. No permit may name one (lint)."""

_CEDAR: dict[CedarType, str] = {
    "Bool": "Bool",
    "Long": "Long",
    "Minor": "Long",
    "String": "String",
    "Strings": "Set<String>",
    "Money": "Money",
}


def action_name(tool: str, mode: Mode) -> str:
    """The name of a tool's action in a mode."""
    return f"{tool}.{mode}"


def groups_of(tool: DeclaredTool, mode: Mode) -> tuple[str, ...]:
    """The groups an action is in."""
    if mode == "approve":
        return ("approval",)
    groups = ["tool", "write" if tool.writes else "read"]
    if tool.writes and mode == "execute":
        groups.append("autonomousWrite")
    if tool.writes and not tool.low_risk:
        groups.append("riskyWrite")
        if mode == "execute":
            groups.append("autonomousRiskyWrite")
    if tool.writes and mode != "executeApproved":
        groups.append("newWrite")
    if mode == "executeApproved":
        groups.append("approved")
    return tuple(groups)


def tool_schema(tool: DeclaredTool) -> str:
    """The schema text of one tool: two record types and four actions."""
    prefix = "".join(part.capitalize() for part in tool.name.split("_"))
    arguments = "".join(
        f"  {camel(item.name)}{'?' if item.optional else ''}: {_CEDAR[item.type]},\n"
        for item in tool.arguments
        if item.to_policy
    )
    facts = "".join(f"  {camel(item.name)}?: {_CEDAR[item.type]},\n" for item in tool.facts)
    lines = [
        f"// {tool.name}: {'writes' if tool.writes else 'reads'} {tool.resource_type}",
        f"type {prefix}Arguments = {{\n{arguments}}};",
        f"type {prefix}Facts = {{\n  customerAuthenticated: Bool,\n  customerConfirmed: Bool,\n{facts}}};",
    ]
    common = f"arguments: {prefix}Arguments, facts: {prefix}Facts, run: RunState"
    contexts: dict[Mode, tuple[str, str]] = {
        "execute": ("Workflow", f"{common}, caps: Caps"),
        "propose": ("Workflow, Operator", f"{common}, caps: Caps"),
        "executeApproved": ("Workflow, Operator", f"{common}, approval: Approval"),
        "approve": ("Operator", f"{common}, proposal: ProposalState"),
    }
    for mode, (principals, context) in contexts.items():
        parents = ", ".join(f'"{group}"' for group in groups_of(tool, mode))
        lines.append(
            f'action "{action_name(tool.name, mode)}" in [{parents}] appliesTo {{\n'
            f"  principal: [{principals}], resource: [{tool.resource_type}],\n  context: {{ {context} }} }};"
        )
    return "\n".join(lines) + "\n"


def full_schema(base: str, tools: Iterable[DeclaredTool]) -> str:
    """The base schema with every tool's part, tools in order of name: the same tools give the same text.

    Raises:
        Invalid: `tool_declared_twice`.
    """
    ordered = sorted(tools, key=lambda tool: tool.name)
    names = [tool.name for tool in ordered]
    if len(set(names)) != len(names):
        raise Invalid("tool_declared_twice", "A tool is declared twice.", detail=",".join(names))
    return base.rstrip() + "\n\n" + "\n".join(tool_schema(tool) for tool in ordered)
