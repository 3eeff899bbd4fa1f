"""Rules for the tools of a request, and for references to them.

Only tools of the caller are known here: the provider's own tools need servers this stand-in does not have. Never judges
what a tool is for.
"""

import re
from collections.abc import Callable
from typing import Any

from agent_core.sandbox.messages.problems import at, invalid
from agent_core.sandbox.messages.rules_schema import check_output_schema

MOST_TOOLS = 10_000
_LONGEST_NAME = 128
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_TYPED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "description": (lambda value: isinstance(value, str), "string"),
    "strict": (lambda value: isinstance(value, bool), "boolean"),
    "defer_loading": (lambda value: isinstance(value, bool), "boolean"),
    "eager_input_streaming": (lambda value: isinstance(value, bool | None), "boolean"),
    "input_examples": (
        lambda value: isinstance(value, list) and all(isinstance(item, dict) for item in value),
        "list of dictionaries",
    ),
    "allowed_callers": (_texts, "list of strings"),
}
_FIELDS = frozenset({"type", "name", "input_schema", "cache_control", *_TYPED})


def check_tools(tools: Any) -> None:
    """Checks the definitions.

    Raises:
        ApiProblem: 400 naming the first tool at fault.
    """
    if tools is None:
        return
    if not isinstance(tools, list):
        raise at("tools", "Input should be a valid list")
    if len(tools) > MOST_TOOLS:
        raise at("tools", f"List should have at most {MOST_TOOLS} items")
    names: set[str] = set()
    for index, tool in enumerate(tools):
        path = f"tools.{index}"
        if not isinstance(tool, dict):
            raise at(path, "Input should be a valid dictionary or object to extract fields from")
        kind = tool.get("type", "custom")
        if kind is not None and kind != "custom":
            raise at(path, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: 'custom'")
        _check_tool(tool, f"{path}.custom")
        if tool["name"] in names:
            raise invalid("tools: Tool names must be unique.")
        names.add(tool["name"])
    if tools and all(tool.get("defer_loading") for tool in tools):
        raise invalid("tools: all tools have defer_loading set; at least one tool must be loaded from the start")


def _check_tool(tool: dict[str, Any], path: str) -> None:
    for field in ("name", "input_schema"):
        if field not in tool:
            raise at(f"{path}.{field}", "Field required")
    for field, value in tool.items():
        if field not in _FIELDS:
            raise at(f"{path}.{field}", "Extra inputs are not permitted")
        if field in _TYPED and not _TYPED[field][0](value):
            raise at(f"{path}.{field}", f"Input should be a valid {_TYPED[field][1]}")
    name = tool["name"]
    if not isinstance(name, str):
        raise at(f"{path}.name", "Input should be a valid string")
    if len(name) > _LONGEST_NAME:
        raise at(f"{path}.name", f"String should have at most {_LONGEST_NAME} characters")
    if not _NAME.fullmatch(name):
        raise at(f"{path}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
    if tool.get("defer_loading") and tool.get("cache_control") is not None:
        raise invalid(
            f"Tool '{name}' cannot have both defer_loading=true and cache_control set. "
            "Tools with defer_loading cannot use prompt caching."
        )
    _check_schema(tool["input_schema"], f"{path}.input_schema")
    if tool.get("strict"):
        check_output_schema(tool["input_schema"], f"{path}.input_schema")


def _check_schema(schema: Any, path: str) -> None:
    if not isinstance(schema, dict):
        raise at(path, "Input should be a valid dictionary")
    if "type" not in schema:
        raise at(f"{path}.type", "Field required")
    if schema["type"] != "object":
        raise at(f"{path}.type", "Input should be 'object'")
    if not isinstance(schema.get("properties"), dict | None):
        raise at(f"{path}.properties", "Input should be a valid dictionary")
    if schema.get("required") is not None and not _texts(schema["required"]):
        raise at(f"{path}.required", "Input should be a valid list of strings")


def check_references(request: dict[str, Any]) -> None:
    """Checks that every tool a result refers to is declared; judged only where tools are declared at all."""
    names = {tool["name"] for tool in request.get("tools") or []}
    for index, message in enumerate(request["messages"]):
        content = message["content"]
        for position, block in enumerate(content if isinstance(content, list) else []):
            inner = block.get("content")
            if block["type"] == "tool_search_tool_result":
                inner = inner.get("tool_references")
            for part in inner if isinstance(inner, list) and names else []:
                refers = isinstance(part, dict) and part.get("type") == "tool_reference"
                name = part.get("tool_name") if refers else None
                if isinstance(name, str) and name not in names:
                    raise at(f"messages.{index}.content.{position}", f"Tool reference '{name}' not found in available tools")
