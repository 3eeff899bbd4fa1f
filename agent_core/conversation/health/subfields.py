"""What is wrong inside the parameters that are objects, and which values a parameter may have.

Source: the parameter types of the vendor's SDK 2.11. Fields of betas are let through: which headers go with a request is not
part of it. It must never look into the messages or the tools.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.view import Block, Json

_SYSTEM: Final = frozenset({"type", "text", "cache_control", "citations"})
_THINKING: Final = frozenset({"type", "display", "block_binding"})
_OUTPUT: Final = frozenset({"effort", "format", "task_budget"})
_METADATA: Final = frozenset({"user_id"})
_CHOICE: Final[Mapping[str, frozenset[str]]] = {
    "auto": frozenset({"type", "disable_parallel_tool_use"}),
    "any": frozenset({"type", "disable_parallel_tool_use"}),
    "tool": frozenset({"type", "disable_parallel_tool_use", "name"}),
    "none": frozenset({"type"}),
}
_NULLABLE: Final = frozenset({"cache_control", "container", "diagnostics", "inference_geo", "speed"})
_MUST_BE: Final = frozenset({"model", "max_tokens", "messages"})
_EFFORTS: Final = (None, "low", "medium", "high", "xhigh", "max")
_TIERS: Final = (None, "auto", "standard_only")
_SPEEDS: Final = (None, "standard", "fast")
_DISPLAYS: Final = (None, "summarized", "omitted")


def subfields(body: Mapping[str, Any], known: frozenset[str]) -> Iterator[Finding]:
    """Findings about values and fields of parameters.

    Args:
        body: The request.
        known: The parameters there are.
    """
    for name, value in body.items():
        if is_null(name, value) and name in known:
            yield finding("null_parameter", None, None, name=name)
    for name, _, extra in extra_fields(body):
        yield finding("unknown_parameter_field", None, None, name=f"{name}.{extra[0]}")
    for name in _bad_values(body):
        yield finding("bad_parameter", None, None, name=name)


def is_null(name: str, value: Json) -> bool:
    """Whether a parameter is null that must rather be left out."""
    return value is None and name not in _NULLABLE and name not in _MUST_BE


def extra_fields(body: Mapping[str, Any]) -> Iterator[tuple[str, int | None, list[str]]]:
    """`(parameter, index in its list, fields)` for everything that holds fields the API does not know."""
    system = body.get("system")
    for index, block in enumerate(cast("list[Json]", system) if isinstance(system, list) else []):
        if _fields(block).get("type") == "text" and (extra := _beyond(block, _SYSTEM)):
            yield "system", index, extra
    for name, allowed in (
        ("thinking", _of_thinking(body.get("thinking"))),
        ("output_config", _OUTPUT),
        ("metadata", _METADATA),
        ("tool_choice", _of_choice(body.get("tool_choice"))),
    ):
        if extra := _beyond(body.get(name), allowed):
            yield name, None, extra


def _beyond(value: Json, allowed: frozenset[str] | None) -> list[str]:
    if not isinstance(value, dict) or allowed is None:
        return []
    return [str(name) for name in cast("Block", value) if name not in allowed]


def _of_thinking(mode: Json) -> frozenset[str]:
    budget = isinstance(mode, dict) and cast("Block", mode).get("type") == "enabled"
    return _THINKING | {"budget_tokens"} if budget else _THINKING


def _of_choice(choice: Json) -> frozenset[str] | None:
    kind = cast("Block", choice).get("type") if isinstance(choice, dict) else None
    return _CHOICE.get(kind) if isinstance(kind, str) else None


def _bad_values(body: Mapping[str, Any]) -> Iterator[str]:
    choice = _fields(body.get("tool_choice"))
    if not isinstance(choice.get("disable_parallel_tool_use", False), bool):
        yield "tool_choice.disable_parallel_tool_use"
    if choice.get("type") == "tool" and not isinstance(choice.get("name"), str):
        yield "tool_choice.name"
    user = _fields(body.get("metadata")).get("user_id")
    if user is not None and not isinstance(user, str):
        yield "metadata.user_id"
    for name, value, wanted in (
        ("thinking.display", _fields(body.get("thinking")).get("display"), _DISPLAYS),
        ("output_config.effort", _fields(body.get("output_config")).get("effort"), _EFFORTS),
        ("service_tier", body.get("service_tier"), _TIERS),
        ("speed", body.get("speed"), _SPEEDS),
    ):
        # A list is no word, and cannot be looked up among words.
        if not (value is None or isinstance(value, str)) or value not in wanted:
            yield name


def _fields(value: Json) -> Block:
    return cast("Block", value) if isinstance(value, dict) else {}
