"""What is wrong with the tools a request declares, and with what refers to them.

Source: the vendor's SDK 2.11, and the API's error texts. Tools the provider brings are known by the form of their type and
not looked into: what they are configured with is the provider's to judge. It must never say whether a tool is a good one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.blocks import bad_tool_name
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.parts import tools_referred_to
from agent_core.conversation.health.schemas import schema_fault
from agent_core.conversation.health.view import Block, Json, View

MOST_TOOLS: Final = 10_000
_PROVIDED: Final = re.compile(r"[a-z0-9_]+_\d{8}|tool_search_tool_(?:bm25|regex)|mcp_toolset")
_NAMELESS: Final = re.compile(r"mcp_toolset|[a-z_]+_toolset_\d{8}")


def definitions(view: View) -> Iterator[Finding]:
    """Findings about `tools`, and about references to tools that are not among them."""
    tools = view.body.get("tools")
    if tools is not None and not isinstance(tools, list):
        yield finding("bad_tool", None, None, name="tools")
        return
    listed = cast("list[Json]", tools or [])
    if len(listed) > MOST_TOOLS:
        yield finding("too_many_tools", None, None)
    names: set[str] = set()
    for tool in listed:
        if isinstance(tool, dict):
            yield from _tool(cast("Block", tool), names)
        else:
            yield finding("bad_tool", None, None)
    if listed and all(isinstance(tool, dict) and cast("Block", tool).get("defer_loading") is True for tool in listed):
        yield finding("all_tools_deferred", None, None)
    if not listed and any(turn.calls or turn.results for turn in view.turns):
        yield finding("tools_missing_for_history", None, None)
    if listed and view.may_hold('"tool_reference"'):
        yield from _references(view, names)


def _tool(fields: Block, names: set[str]) -> Iterator[Finding]:
    kind, name = fields.get("type"), fields.get("name")
    if kind is not None and kind != "custom" and not (isinstance(kind, str) and _PROVIDED.fullmatch(kind)):
        yield finding("bad_tool", None, None, name="type")
    if fields.get("defer_loading") is True and fields.get("cache_control") is not None:
        yield finding("bad_cache_control:deferred_tool", None, None, name=name)
    if isinstance(kind, str) and _NAMELESS.fullmatch(kind):
        return
    if isinstance(name, str) and name:
        bad = bad_tool_name(name)
        if bad is not None:
            yield finding(bad, None, None, name=name)
        if name in names:
            yield finding("duplicate_tool_name", None, None, name=name)
        names.add(name)
    else:
        yield finding("bad_tool", None, None, name="name")
    if kind in (None, "custom"):
        yield from _custom(fields)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_bool(value: Json) -> bool:
    return isinstance(value, bool)


def _is_list_of(value: Json, wanted: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, wanted) for item in cast("list[Json]", value))


_FORMS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "name": lambda _: True,
    "input_schema": lambda _: True,
    "type": lambda _: True,
    "cache_control": lambda _: True,
    "description": _is_text,
    "strict": _is_bool,
    "defer_loading": _is_bool,
    "eager_input_streaming": lambda value: value is None or _is_bool(value),
    "input_examples": lambda value: _is_list_of(value, dict),
    "allowed_callers": lambda value: _is_list_of(value, str),
}
"""Fields of a tool of ours -> whether a value has their form; the first four are judged by themselves."""


def _custom(tool: Block) -> Iterator[Finding]:
    schema = tool.get("input_schema")
    if not isinstance(schema, dict) or not _is_schema(cast("Block", schema)):
        yield finding("bad_tool", None, None, name="input_schema")
    elif tool.get("strict") is True and (fault := schema_fault(cast("Json", schema))) is not None:
        yield finding("output_schema_unsupported", None, None, name=fault)
    odd = next((name for name, value in tool.items() if name not in _FORMS or not _FORMS[name](value)), None)
    if odd is not None:
        yield finding("bad_tool", None, None, name=odd)


def _is_schema(schema: Mapping[str, Any]) -> bool:
    required = schema.get("required")
    whole = schema.get("type") == "object" and isinstance(schema.get("properties", {}), dict | None)
    return whole and (required is None or _is_list_of(required, str))


def _references(view: View, names: set[str]) -> Iterator[Finding]:
    for index, turn in enumerate(view.turns):
        for position, block in enumerate(turn.blocks):
            unknown = next((name for name in tools_referred_to(block or {}) if name not in names), None)
            if unknown is not None:
                yield finding("tool_reference_unresolved", index, position, name=unknown)
