"""Rules for the top level of a request: which fields exist, their types, the tools, the output format, the cache marks.

Never looks into the messages except to count cache marks.
"""

import re
from typing import Any

from agent_core.sandbox.messages.problems import at, invalid
from agent_core.sandbox.messages.rules_schema import check_output_schema

VERSIONS = ("2023-06-01", "2026-10-21")
LATEST = "2026-10-21"
MOST_CACHE_MARKS = 4

_FIELDS = frozenset(
    {
        "cache_control",
        "container",
        "diagnostics",
        "inference_geo",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
        "user_profile_id",
        "workspace_id",
    }
)
_NOT_WHEN_COUNTING = frozenset(
    ["container", "diagnostics", "inference_geo", "max_tokens", "metadata", "service_tier", "stop_sequences", "stream"]
)
_SAMPLING = ("temperature", "top_p", "top_k")
_TOOL_FIELDS = frozenset(
    {
        "type",
        "name",
        "description",
        "input_schema",
        "cache_control",
        "strict",
        "input_examples",
        "defer_loading",
        "allowed_callers",
        "eager_input_streaming",
    }
)
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_LONGEST_TOOL_NAME = 128
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_THINKING_TYPES = ("enabled", "disabled", "adaptive", "between_tools")
_CHOICES = ("auto", "any", "tool", "none")
_SMALLEST_BUDGET = 1024


def check_version(version: str | None) -> str:
    """Checks the ``anthropic-version`` header and returns it."""
    if version is None:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def check_parameters(request: dict[str, Any], version: str, *, counting: bool) -> None:
    """Checks every top-level field except the content of ``messages``."""
    _check_fields(request, version, counting=counting)
    if not isinstance(request["model"], str):
        raise at("model", "Input should be a valid string")
    if not counting:
        _check_whole_number(request["max_tokens"], "max_tokens", 1)
    if not isinstance(request.get("stream", False), bool):
        raise at("stream", "Input should be a valid boolean")
    _check_stop_sequences(request.get("stop_sequences"))
    _check_system(request.get("system"))
    _check_tools(request.get("tools"))
    _check_thinking_fields(request)
    _check_output_config(request.get("output_config"))
    _check_choice(request.get("tool_choice"))


def check_cache_marks(request: dict[str, Any]) -> None:
    """Checks that at most four blocks carry ``cache_control``; the top-level one counts."""
    marks = 1 if request.get("cache_control") else 0
    marks += _marks(request.get("tools")) + _marks(request.get("system"))
    marks += sum(_marks(message["content"]) for message in request["messages"])
    if marks > MOST_CACHE_MARKS:
        raise invalid(f"A maximum of {MOST_CACHE_MARKS} blocks with cache_control may be provided. Found {marks}.")


def _marks(blocks: Any) -> int:
    if not isinstance(blocks, list):
        return 0
    count = 0
    for block in blocks:
        if isinstance(block, dict):
            count += 1 if block.get("cache_control") else 0
            if block.get("type") == "tool_result":
                count += _marks(block.get("content"))
    return count


def _check_fields(request: dict[str, Any], version: str, *, counting: bool) -> None:
    for field in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        if field not in request:
            raise at(field, "Field required")
    allowed = _FIELDS - _NOT_WHEN_COUNTING if counting else _FIELDS
    if version != LATEST:
        allowed |= frozenset(_SAMPLING)
    for field in request:
        if field not in allowed:
            raise at(field, "Extra inputs are not permitted")


def _check_whole_number(value: Any, path: str, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise at(path, "Input should be a valid integer")
    if value < least:
        raise at(path, f"Input should be greater than or equal to {least}")


def _check_stop_sequences(sequences: Any) -> None:
    if sequences is None:
        return
    if not isinstance(sequences, list):
        raise at("stop_sequences", "Input should be a valid list")
    for index, sequence in enumerate(sequences):
        if not isinstance(sequence, str):
            raise at(f"stop_sequences.{index}", "Input should be a valid string")
        if not sequence.strip():
            raise at("stop_sequences", "each stop sequence must contain non-whitespace")


def _check_system(system: Any) -> None:
    if system is None or isinstance(system, str):
        return
    if not isinstance(system, list):
        raise at("system", "Input should be a valid string or list of text blocks")
    for index, block in enumerate(system):
        path = f"system.{index}"
        if not isinstance(block, dict) or block.get("type") != "text":
            raise at(f"{path}.type", "Input should be 'text'")
        for field in block:
            if field not in {"type", "text", "cache_control", "citations"}:
                raise at(f"{path}.{field}", "Extra inputs are not permitted")
        if not isinstance(block.get("text"), str):
            raise at(f"{path}.text", "Input should be a valid string")
        if not block["text"] and block.get("cache_control"):
            raise at(f"{path}.text", "cache_control cannot be set for empty text blocks")
        if not block["text"]:
            raise at("system", "text content blocks must be non-empty")


def _check_tools(tools: Any) -> None:
    if tools is None:
        return
    if not isinstance(tools, list):
        raise at("tools", "Input should be a valid list")
    names: set[str] = set()
    for index, tool in enumerate(tools):
        path = f"tools.{index}"
        if not isinstance(tool, dict):
            raise at(path, "Input should be a valid dictionary or object to extract fields from")
        kind = tool.get("type", "custom")
        if kind not in {None, "custom"}:
            raise at(path, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: 'custom'")
        _check_tool(tool, f"{path}.custom")
        if tool["name"] in names:
            raise invalid("tools: Tool names must be unique.")
        names.add(tool["name"])


def _check_tool(tool: dict[str, Any], path: str) -> None:
    for field in ("name", "input_schema"):
        if field not in tool:
            raise at(f"{path}.{field}", "Field required")
    for field in tool:
        if field not in _TOOL_FIELDS:
            raise at(f"{path}.{field}", "Extra inputs are not permitted")
    name = tool["name"]
    if not isinstance(name, str):
        raise at(f"{path}.name", "Input should be a valid string")
    if len(name) > _LONGEST_TOOL_NAME:
        raise at(f"{path}.name", f"String should have at most {_LONGEST_TOOL_NAME} characters")
    if not _TOOL_NAME.fullmatch(name):
        raise at(f"{path}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
    schema = tool["input_schema"]
    if not isinstance(schema, dict):
        raise at(f"{path}.input_schema", "Input should be a valid dictionary")
    if "type" not in schema:
        raise at(f"{path}.input_schema.type", "Field required")
    if schema["type"] != "object":
        raise at(f"{path}.input_schema.type", "Input should be 'object'")
    if tool.get("strict"):
        check_output_schema(schema, f"{path}.input_schema")


def _check_thinking_fields(request: dict[str, Any]) -> None:
    thinking = request.get("thinking")
    if thinking is None:
        return
    if not isinstance(thinking, dict):
        raise at("thinking", "Input should be a valid dictionary or object to extract fields from")
    kind = thinking.get("type")
    if kind not in _THINKING_TYPES:
        tags = ", ".join(f"'{name}'" for name in _THINKING_TYPES)
        raise at("thinking", f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}")
    allowed = {"type", "display", "block_binding"} | ({"budget_tokens"} if kind == "enabled" else set[str]())
    for field in thinking:
        if field not in allowed:
            raise at(f"thinking.{kind}.{field}", "Extra inputs are not permitted")
    if kind != "enabled":
        return
    if "budget_tokens" not in thinking:
        raise at("thinking.enabled.budget_tokens", "Field required")
    _check_whole_number(thinking["budget_tokens"], "thinking.enabled.budget_tokens", _SMALLEST_BUDGET)


def _check_output_config(config: Any) -> None:
    if config is None:
        return
    if not isinstance(config, dict):
        raise at("output_config", "Input should be a valid dictionary or object to extract fields from")
    for field in config:
        if field not in {"effort", "format"}:
            raise at(f"output_config.{field}", "Extra inputs are not permitted")
    if config.get("effort") is not None and config["effort"] not in _EFFORTS:
        raise at("output_config.effort", "Input should be 'low', 'medium', 'high', 'xhigh' or 'max'")
    wanted = config.get("format")
    if wanted is None:
        return
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        raise at("output_config.format.type", "Input should be 'json_schema'")
    if not isinstance(wanted.get("schema"), dict):
        raise at("output_config.format.schema", "Field required")
    check_output_schema(wanted["schema"], "output_config.format.schema")


def _check_choice(choice: Any) -> None:
    if choice is None:
        return
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind not in _CHOICES:
        tags = ", ".join(f"'{name}'" for name in _CHOICES)
        raise at("tool_choice", f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}")
    allowed = {"type"}
    allowed |= {"disable_parallel_tool_use"} if kind != "none" else set[str]()
    allowed |= {"name"} if kind == "tool" else set[str]()
    for field in choice:
        if field not in allowed:
            raise at(f"tool_choice.{kind}.{field}", "Extra inputs are not permitted")
    if kind == "tool" and not isinstance(choice.get("name"), str):
        raise at("tool_choice.tool.name", "Field required")
