"""Rules for single content blocks: which fields they have, who may say them, and that texts are not empty.

Never judges how blocks relate to one another; that is ``rules_pairing``.
"""

import re
from collections.abc import Iterator
from typing import Any

from agent_core.sandbox.messages.problems import at, invalid

TOOL_USE_ID = re.compile(r"[a-zA-Z0-9_-]+")

_REQUIRED: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "image": ("source",),
    "document": ("source",),
    "search_result": ("source", "title", "content"),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "server_tool_use": ("id", "name", "input"),
    "tool_reference": ("tool_name",),
}
_OPTIONAL: dict[str, frozenset[str]] = {
    "text": frozenset({"cache_control", "citations"}),
    "image": frozenset({"cache_control", "transformations"}),
    "document": frozenset({"cache_control", "citations", "context", "title"}),
    "search_result": frozenset({"cache_control", "citations"}),
    "tool_use": frozenset({"cache_control", "caller", "toolset_name"}),
    "tool_result": frozenset({"cache_control", "content", "is_error", "toolset_name"}),
    "thinking": frozenset(),
    "redacted_thinking": frozenset(),
    "server_tool_use": frozenset({"cache_control", "caller"}),
    "tool_reference": frozenset({"cache_control"}),
}
_STRINGS = ("text", "id", "name", "tool_use_id", "thinking", "signature", "data")
_ONLY_USER = frozenset({"tool_result", "image", "document", "search_result"})
_ONLY_ASSISTANT = frozenset({"tool_use", "server_tool_use", "thinking", "redacted_thinking"})
_IN_RESULTS = frozenset({"text", "image", "document", "search_result", "tool_reference"})
_SERVER_RESULT = re.compile(r"[a-z_]+_tool_result")


def is_server_result(kind: str) -> bool:
    """Whether a block type is the result of a tool the provider itself runs, such as ``web_search_tool_result``."""
    return bool(_SERVER_RESULT.fullmatch(kind))


def check_blocks(request: dict[str, Any]) -> None:
    """Checks the shape of every block of every message."""
    for index, message in enumerate(request["messages"]):
        content = message["content"]
        if isinstance(content, str):
            continue
        for position, block in enumerate(content):
            path = f"messages.{index}.content.{position}"
            kind = _kind(block, path)
            _check_speaker(kind, message["role"], path)
            if not is_server_result(kind):
                _check_shape(block, kind, path)


def _kind(block: Any, path: str) -> str:
    if not isinstance(block, dict):
        raise at(path, "Input should be a valid dictionary or object to extract fields from")
    kind = block.get("type")
    if kind is None:
        raise at(f"{path}.type", "Field required")
    if not isinstance(kind, str) or not (kind in _REQUIRED or is_server_result(kind)):
        tags = ", ".join(f"'{name}'" for name in sorted(_REQUIRED))
        raise at(path, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}")
    return kind


def _check_speaker(kind: str, role: str, path: str) -> None:
    if role == "system" and kind != "text":
        raise at(f"{path}.type", "Input should be 'text'")
    if role == "assistant" and kind in _ONLY_USER:
        raise at(path, f"`{kind}` blocks can only be in `user` messages")
    if role == "user" and (kind in _ONLY_ASSISTANT or is_server_result(kind)):
        raise at(path, f"`{kind}` blocks can only be in `assistant` messages")


def _check_shape(block: dict[str, Any], kind: str, path: str) -> None:
    here = f"{path}.{kind}"
    for field in _REQUIRED[kind]:
        if field not in block:
            raise at(f"{here}.{field}", "Field required")
    allowed = _OPTIONAL[kind].union(_REQUIRED[kind], {"type"})
    for field in block:
        if field not in allowed:
            raise at(f"{here}.{field}", "Extra inputs are not permitted")
    for field in _STRINGS:
        if field in block and not isinstance(block[field], str):
            raise at(f"{here}.{field}", "Input should be a valid string")
    if kind == "text" and not isinstance(block.get("citations"), list | None):
        raise at(f"{here}.citations", "Input should be a valid list")
    if kind in {"tool_use", "server_tool_use"}:
        _check_call(block, here)
    if kind == "tool_result":
        _check_result(block, here)


def _check_call(block: dict[str, Any], here: str) -> None:
    if not TOOL_USE_ID.fullmatch(block["id"]):
        raise at(f"{here}.id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    if not isinstance(block["input"], dict):
        raise at(f"{here}.input", "Input should be a valid dictionary")
    if not 1 <= len(block["name"]) <= 200:
        raise at(
            f"{here}.name",
            "String should have at least 1 character" if not block["name"] else "String should have at most 200 characters",
        )


def _check_result(block: dict[str, Any], here: str) -> None:
    if not TOOL_USE_ID.fullmatch(block["tool_use_id"]):
        raise at(f"{here}.tool_use_id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    if not isinstance(block.get("is_error", False), bool | None):
        raise at(f"{here}.is_error", "Input should be a valid boolean")
    content = block.get("content")
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise at(f"{here}.content", "Input should be a valid string or list of content blocks")
    for position, inner in enumerate(content):
        path = f"{here}.content.{position}"
        kind = _kind(inner, path)
        if kind not in _IN_RESULTS:
            tags = ", ".join(f"'{name}'" for name in sorted(_IN_RESULTS))
            raise at(path, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {tags}")
        if block.get("is_error") and kind != "text":
            raise at(here, 'all content must be type "text" if "is_error" is true')
        _check_shape(inner, kind, path)


def check_texts(request: dict[str, Any]) -> None:
    """Checks that no text block is empty or only white space."""
    for path, role, block in _texts(request):
        text = block["text"]
        if not text and block.get("cache_control"):
            raise at(f"{path}.text", "cache_control cannot be set for empty text blocks")
        if not text:
            raise invalid("messages: text content blocks must be non-empty")
        if not text.strip():
            raise invalid("messages: text content blocks must contain non-whitespace text")
        if role == "user" and block.get("citations"):
            raise at(f"{path}.text.citations", "Extra inputs are not permitted")


def _texts(request: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for index, message in enumerate(request["messages"]):
        content = message["content"]
        if isinstance(content, str):
            if content:
                yield f"messages.{index}.content.0", message["role"], {"text": content}
            continue
        for position, block in enumerate(content):
            path = f"messages.{index}.content.{position}"
            if block["type"] == "text":
                yield path, message["role"], block
            inner = block.get("content") if block["type"] == "tool_result" else None
            for below, part in enumerate(inner if isinstance(inner, list) else []):
                if part["type"] == "text":
                    yield f"{path}.tool_result.content.{below}", "tool", part
