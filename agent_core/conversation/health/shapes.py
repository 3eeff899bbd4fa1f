"""Which fields a content block may have, and in which turn it may stand.

Source: the parameter types of the vendor's SDK 2.11 (API version 2026-10-21), and the API's error texts for a block in the
wrong turn. It must never list a field of a response that a request refuses.
"""

from collections.abc import Mapping
from typing import Final

_MARK: Final = frozenset({"type", "cache_control"})

FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "text": _MARK | {"text", "citations"},
    "image": _MARK | {"source", "transformations"},
    "document": _MARK | {"source", "title", "context", "citations"},
    "search_result": _MARK | {"source", "title", "content", "citations"},
    "thinking": frozenset({"type", "thinking", "signature"}),
    "redacted_thinking": frozenset({"type", "data"}),
    "tool_use": _MARK | {"id", "name", "input", "caller", "toolset_name"},
    "tool_result": _MARK | {"tool_use_id", "content", "is_error", "toolset_name"},
    "server_tool_use": _MARK | {"id", "name", "input", "caller"},
    "web_search_tool_result": _MARK | {"tool_use_id", "content", "caller"},
    "web_fetch_tool_result": _MARK | {"tool_use_id", "content", "caller"},
    "code_execution_tool_result": _MARK | {"tool_use_id", "content"},
    "bash_code_execution_tool_result": _MARK | {"tool_use_id", "content"},
    "text_editor_code_execution_tool_result": _MARK | {"tool_use_id", "content"},
    "tool_search_tool_result": _MARK | {"tool_use_id", "content"},
    "advisor_tool_result": _MARK | {"tool_use_id", "content"},
    "container_upload": _MARK | {"file_id"},
    "mcp_tool_use": _MARK | {"id", "name", "input", "server_name"},
    "mcp_tool_result": _MARK | {"tool_use_id", "content", "is_error"},
    "mcp_tool_listing": frozenset({"type", "mcp_server_name", "tools"}),
    "compaction": _MARK | {"content", "encrypted_content", "signature", "tool_changes"},
    "fallback": frozenset({"type", "from", "to", "trigger"}),
    "tool_addition": _MARK | {"tool"},
    "tool_removal": _MARK | {"tool"},
}

MESSAGE_FIELDS: Final = frozenset({"role", "content"})
SYSTEM_MESSAGE_FIELDS: Final = MESSAGE_FIELDS | {"clear_at", "output_config"}

NESTED: Final[Mapping[str, frozenset[str]]] = {
    "text": FIELDS["text"],
    "image": FIELDS["image"],
    "document": FIELDS["document"],
    "search_result": FIELDS["search_result"],
    "tool_reference": _MARK | {"tool_name"},
    "browser_state": _MARK | {"tabs", "state_changes"},
}
"""Blocks inside a `tool_result`."""

USER_ONLY: Final = frozenset({"image", "document", "search_result", "tool_result", "container_upload"})
ASSISTANT_ONLY: Final = frozenset(
    {"thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use", "mcp_tool_listing"}
    | {"compaction", "fallback"}
    | {kind for kind in FIELDS if kind.endswith("_tool_result")}
)


MCP: Final = ("mcp_tool_use", "mcp_tool_result")
"""Calls the provider passes on, and their results: unlike its own tools, what is called may write."""

SYSTEM_ALSO: Final = frozenset({"text", "tool_addition", "tool_removal"})
"""All that may stand in a system turn; only `text` may also stand elsewhere."""


def is_server_result(kind: object) -> bool:
    """Whether a block of this type is the result of a tool the provider runs."""
    return isinstance(kind, str) and kind.endswith("_tool_result") and kind != "tool_result"
