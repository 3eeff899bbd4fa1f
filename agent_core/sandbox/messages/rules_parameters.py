"""Rules for the top level of a request: which fields exist, their types, the output format.

Never looks into the messages.
"""

from typing import Any

from agent_core.sandbox.messages.problems import at, invalid
from agent_core.sandbox.messages.rules_schema import check_output_schema
from agent_core.sandbox.messages.rules_tools import check_tools

VERSIONS = ("2023-06-01", "2026-10-21")
LATEST = "2026-10-21"

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
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_NOT_NULL = {
    "stream": "boolean",
    "stop_sequences": "list",
    "system": "list",
    "tools": "list",
    "thinking": "dictionary",
    "tool_choice": "dictionary",
    "metadata": "dictionary",
    "output_config": "dictionary",
    "service_tier": "string",
    "user_profile_id": "string",
    "workspace_id": "string",
}
"""Fields that may be left out and may not be null, as the client's own types have it."""
_WORDS = {"service_tier": ("auto", "standard_only"), "speed": ("standard", "fast")}
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
        # Zero fills the prompt cache and generates nothing.
        _check_whole_number(request["max_tokens"], "max_tokens", 0)
    if not isinstance(request.get("stream", False), bool):
        raise at("stream", "Input should be a valid boolean")
    _check_stop_sequences(request.get("stop_sequences"))
    _check_system(request.get("system"))
    check_tools(request.get("tools"))
    _check_thinking_fields(request)
    _check_output_config(request.get("output_config"))
    _check_choice(request.get("tool_choice"))
    _check_metadata(request.get("metadata"))
    _check_words(request)
    _check_sampling(request)


def _check_fields(request: dict[str, Any], version: str, *, counting: bool) -> None:
    for field in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        if field not in request:
            raise at(field, "Field required")
    allowed = _FIELDS - _NOT_WHEN_COUNTING if counting else _FIELDS
    if version != LATEST:
        allowed |= frozenset(_SAMPLING)
    for field, value in request.items():
        if field not in allowed:
            raise at(field, "Extra inputs are not permitted")
        if value is None and field in _NOT_NULL:
            raise at(field, f"Input should be a valid {_NOT_NULL[field]}")


def _check_metadata(metadata: Any) -> None:
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        raise at("metadata", "Input should be a valid dictionary or object to extract fields from")
    for field, value in metadata.items():
        if field != "user_id":
            raise at(f"metadata.{field}", "Extra inputs are not permitted")
        if value is not None and not isinstance(value, str):
            raise at("metadata.user_id", "Input should be a valid string")


def _check_words(request: dict[str, Any]) -> None:
    for field, words in _WORDS.items():
        value = request.get(field)
        if value is not None and (not isinstance(value, str) or value not in words):
            raise at(field, f"Input should be {' or '.join(map(repr, words))}")


def _check_sampling(request: dict[str, Any]) -> None:
    # Only the older version gets here with one of them.
    thinking = request.get("thinking")
    if thinking is None or thinking["type"] == "disabled":
        return
    if request.get("temperature", 1) != 1:
        raise invalid("`temperature` may only be set to 1 when thinking is enabled.")
    top_p = request.get("top_p", 1)
    if not isinstance(top_p, int | float) or not 0.95 <= top_p <= 1:
        raise invalid("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")
    if "top_k" in request:
        raise invalid("`top_k` must be unset when thinking is enabled.")


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
        if not block["text"].strip():
            raise at("system", "text content blocks must contain non-whitespace text")


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
    if thinking.get("display") not in (None, "summarized", "omitted"):
        raise at(f"thinking.{kind}.display", "Input should be 'summarized' or 'omitted'")
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
    effort = config.get("effort")
    if effort is not None and (not isinstance(effort, str) or effort not in _EFFORTS):
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
    if not isinstance(choice.get("disable_parallel_tool_use", False), bool):
        raise at(f"tool_choice.{kind}.disable_parallel_tool_use", "Input should be a valid boolean")
    if kind == "tool" and not isinstance(choice.get("name"), str):
        raise at("tool_choice.tool.name", "Field required")
