"""Rules for single content blocks: which fields they have, who may say them, and that texts are not empty.

Never judges how blocks relate to one another; that is ``rules_pairing``.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from agent_core.sandbox.messages.problems import at, invalid

TOOL_USE_ID = re.compile(r"[a-zA-Z0-9_-]+")
SERVER_RESULTS = (
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
)
_CALLED_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")

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
    "container_upload": ("file_id",),
    "tool_reference": ("tool_name",),
    **dict.fromkeys(SERVER_RESULTS, ("tool_use_id", "content")),
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
    "container_upload": frozenset({"cache_control"}),
    "tool_reference": frozenset({"cache_control"}),
    **dict.fromkeys(SERVER_RESULTS, frozenset({"cache_control", "caller"})),
}
_STRINGS = ("text", "id", "name", "tool_use_id", "thinking", "signature", "data", "file_id", "tool_name", "title")
_ONLY_USER = frozenset({"tool_result", "image", "document", "search_result", "container_upload"})
_ONLY_ASSISTANT = frozenset({"tool_use", "server_tool_use", "thinking", "redacted_thinking"})
_IN_RESULTS = frozenset({"text", "image", "document", "search_result", "tool_reference"})
_TOP = frozenset(_REQUIRED) - {"tool_reference"}
_SERVER_ID = re.compile(r"srvtoolu_[a-zA-Z0-9_]+")
_SERVER_NAMES = ("web_search", "web_fetch", "code_execution", "bash_code_execution", "text_editor_code_execution",
                 "tool_search_tool_regex", "tool_search_tool_bm25")  # fmt: skip
_CITED = ("char_location", "page_location", "content_block_location", "search_result_location",
          "web_search_result_location")  # fmt: skip


def is_server_result(kind: str) -> bool:
    """Whether a block type is the result of a tool the provider itself runs, such as ``web_search_tool_result``."""
    return kind in SERVER_RESULTS


def check_blocks(request: dict[str, Any]) -> None:
    """Checks the shape of every block of every message."""
    for index, message in enumerate(request["messages"]):
        content = message["content"]
        if isinstance(content, str):
            continue
        for position, block in enumerate(content):
            path = f"messages.{index}.content.{position}"
            kind = _kind(block, path, _TOP)
            _check_speaker(kind, message["role"], path)
            _check_shape(block, kind, path)


def _kind(block: Any, path: str, known: frozenset[str]) -> str:
    if not isinstance(block, dict):
        raise at(path, "Input should be a valid dictionary or object to extract fields from")
    kind = block.get("type")
    if kind is None:
        raise at(f"{path}.type", "Field required")
    if not isinstance(kind, str) or kind not in known:
        tags = ", ".join(f"'{name}'" for name in sorted(known))
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
        if field in block and not isinstance(block[field], str) and not (field == "title" and block[field] is None):
            raise at(f"{here}.{field}", "Input should be a valid string")
    if kind in SERVER_RESULTS:
        _check_server_content(block, kind, here)
    further = _FURTHER.get(kind)
    if further is not None:
        further(block, here)


def _check_citations(block: dict[str, Any], here: str) -> None:
    citations = block.get("citations")
    if not isinstance(citations, list | None):
        raise at(f"{here}.citations", "Input should be a valid list")
    for index, each in enumerate(citations or []):
        kind = each.get("type") if isinstance(each, dict) else None
        if kind not in _CITED or not isinstance(each.get("cited_text"), str):
            raise at(f"{here}.citations.{index}", f"Input tag '{kind}' found using 'type' does not match")


def _check_call(block: dict[str, Any], here: str) -> None:
    if not TOOL_USE_ID.fullmatch(block["id"]):
        raise at(f"{here}.id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    _check_input(block, here)
    # Threads show 200 characters for calls and this pattern for tools; which of them holds for calls is not known.
    if not _CALLED_NAME.fullmatch(block["name"]):
        raise at(f"{here}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")


def _check_input(block: dict[str, Any], here: str) -> None:
    if not isinstance(block["input"], dict):
        raise at(f"{here}.input", "Input should be a valid dictionary")


def _check_server_call(block: dict[str, Any], here: str) -> None:
    if not _SERVER_ID.fullmatch(block["id"]):
        raise at(f"{here}.id", "String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'")
    if block["name"] not in _SERVER_NAMES:
        raise at(f"{here}.name", f"Input should be {', '.join(map(repr, _SERVER_NAMES))}")
    _check_input(block, here)


def _check_server_content(block: dict[str, Any], kind: str, here: str) -> None:
    content = block["content"]
    if isinstance(content, dict):
        return
    if kind != "web_search_tool_result" or not isinstance(content, list):
        raise at(f"{here}.content", "Input should be a valid dictionary or object to extract fields from")
    for index, found in enumerate(content):
        if not isinstance(found, dict) or found.get("type") != "web_search_result":
            raise at(f"{here}.content.{index}.type", "Input should be 'web_search_result'")
        for field in ("encrypted_content", "title", "url"):
            if not isinstance(found.get(field), str):
                raise at(f"{here}.content.{index}.{field}", "Field required")


def _check_document(block: dict[str, Any], here: str) -> None:
    source = block["source"]
    if not isinstance(block.get("context"), str | None):
        raise at(f"{here}.context", "Input should be a valid string")
    kind = source.get("type") if isinstance(source, dict) else None
    if kind not in ("base64", "text", "content", "url", "file"):
        raise at(f"{here}.source", f"Input tag '{kind}' found using 'type' does not match any of the expected tags")
    field = {"base64": "data", "text": "data", "content": "content", "url": "url", "file": "file_id"}[kind]
    value = source.get(field)
    if kind == "content" and isinstance(value, list) and value:
        for index, inner in enumerate(value):
            if not isinstance(inner, dict) or inner.get("type") not in ("text", "image"):
                raise at(f"{here}.source.content.content.{index}", "Input should be 'text' or 'image'")
        return
    if not isinstance(value, str) or (kind == "content" and not value):
        raise at(f"{here}.source.{kind}.{field}", "Field required")
    media = {"base64": "application/pdf", "text": "text/plain"}.get(kind)
    if media is not None and source.get("media_type") != media:
        raise at(f"{here}.source.{kind}.media_type", f"Input should be '{media}'")


def _check_search_result(block: dict[str, Any], here: str) -> None:
    if not isinstance(block["source"], str):
        raise at(f"{here}.source", "Input should be a valid string")
    if not isinstance(block["content"], list):
        raise at(f"{here}.content", "Input should be a valid list")
    for index, part in enumerate(block["content"]):
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise at(f"{here}.content.{index}.type", "Input should be 'text'")
        if not part["text"].strip():
            raise at(f"{here}.content.{index}", "text content blocks must contain non-whitespace text")
        for field in part:
            if field not in {"type", "text", "cache_control", "citations"}:
                raise at(f"{here}.content.{index}.{field}", "Extra inputs are not permitted")


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
        kind = _kind(inner, path, _IN_RESULTS)
        if block.get("is_error") and kind != "text":
            raise at(here, 'all content must be type "text" if "is_error" is true')
        _check_shape(inner, kind, path)


_FURTHER: dict[str, Callable[[dict[str, Any], str], None]] = {
    "text": _check_citations,
    "tool_use": _check_call,
    "server_tool_use": _check_server_call,
    "tool_result": _check_result,
    "document": _check_document,
    "search_result": _check_search_result,
}


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
        if role != "assistant" and block.get("citations"):
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
