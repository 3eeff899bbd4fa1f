"""What authority knows of a tool, derived from the tool's one declaration: policy's schema and the card come from it.

Authority and workflows do not know each other, so here, above both, one becomes the other. It must never add anything that
the declaration does not say: what differs from tool to tool is said there.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from agent_core.authority.tools import Argument, CedarType, DeclaredTool, FactUse, MoneyArguments
from agent_core.contract.ids import ToolName
from agent_core.workflows.commerce_tools import COMMERCE_TOOLS, WITHDRAW
from agent_core.workflows.tools import ToolDeclaration

_PLAIN: Mapping[str, CedarType] = {"string": "String", "integer": "Long", "boolean": "Bool"}


def judged_tool(declared: ToolDeclaration) -> DeclaredTool:
    """A tool as policy and card see it.

    Raises:
        Invalid: `bad_tool_declaration`.
    """
    money = declared.money
    return DeclaredTool(
        name=ToolName(declared.name),
        title=declared.title or _spoken(declared.name),
        writes=declared.kind == "write",
        resource_type=declared.resource_type,
        resource=declared.resource or declared.resource_type.lower(),
        sentence=declared.sentence or _spoken(declared.name),
        arguments=tuple(_arguments(declared)),
        facts=tuple(FactUse(need.name, need.type, need.key, need.label, evidence=need.evidence) for need in declared.facts),
        owner=declared.owner,
        owner_label=declared.owner_label,
        money=None if money is None else MoneyArguments(money.amount, money.currency),
        discriminator=declared.discriminator or "",
        reversible=declared.kind == "write" and declared.reversible,
        low_risk=declared.low_risk,
    )


def judged_tools(declared: Iterable[ToolDeclaration] = ()) -> tuple[DeclaredTool, ...]:
    """Every tool that policies of a brand may name: the built-in ones, and what the brand declares or narrows itself.

    A declaration from before tools said everything once has no title; of such a built-in tool, what we ship now counts.
    """
    own = {tool.name: tool for tool in declared if tool.title}
    built_in = {tool.name: tool for tool in (*COMMERCE_TOOLS, WITHDRAW)}
    return tuple(judged_tool(tool) for tool in {**built_in, **own}.values())


def time_out(declared: ToolDeclaration | None, otherwise: timedelta) -> timedelta:
    """How long one attempt may take: what a brand says of a system of its own, else what the installation says."""
    return timedelta(seconds=declared.timeout_s) if declared is not None and declared.own else otherwise


def system_on_record(declared: ToolDeclaration | None) -> str | None:
    """The system as the log names it; none for the shop, which every log before meant."""
    return declared.system if declared is not None and declared.own else None


def _arguments(declared: ToolDeclaration) -> Iterable[Argument]:
    """In the order they are required, which survives storage; the order of properties does not."""
    required = declared.input_schema.get("required")
    needed = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    for name in dict.fromkeys((*needed, *sorted(declared.arguments))):
        kind = _type(declared, name)
        yield Argument(
            name=name,
            type=kind or "String",
            label=declared.labels.get(name, _spoken(name)),
            optional=name not in needed,
            to_policy=kind is not None and name not in declared.only_shown,
        )


def _type(declared: ToolDeclaration, name: str) -> CedarType | None:
    """What policy can read of an argument; none for what Cedar has no place for."""
    schema = declared.arguments.get(name)
    if not isinstance(schema, dict):
        return None
    kind, items = schema.get("type"), schema.get("items")
    if kind == "array":
        return "Strings" if isinstance(items, dict) and items.get("type") == "string" else None
    if kind == "integer" and declared.money is not None and name == declared.money.amount:
        return "Minor"
    return _PLAIN.get(kind) if isinstance(kind, str) else None


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()
