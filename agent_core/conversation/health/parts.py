"""What a block must hold, by its type: documents, search results, uploads, citations, blocks of the provider's own tools.

Source: the parameter types of the vendor's SDK 2.11. The same rules hold for a block in a message and for one inside a
result. It must never open a document, an address or a file: it looks at fields, and not at what they lead to.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.shapes import FIELDS, is_server_result
from agent_core.conversation.health.view import Block, Json

SERVER_TOOL_USE_ID: Final = re.compile(r"srvtoolu_[a-zA-Z0-9_]+")
_NAMES: Final = """
web_search web_fetch code_execution bash_code_execution text_editor_code_execution tool_search_tool_regex
tool_search_tool_bm25 advisor
"""
SERVER_TOOLS: Final = frozenset(_NAMES.split())
CITATIONS: Final = frozenset(
    ["char_location", "page_location", "content_block_location", "web_search_result_location", "search_result_location"]
)


def lacking(block: Block) -> str | None:
    """The first field that a block of this type must have and has not, or has in another form; none when it is whole."""
    kind = block.get("type")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None and is_server_result(kind):
        return None if isinstance(block.get("content"), dict) else "content"
    return None if check is None else check(block)


def citations_fit(citations: Json) -> bool:
    """Whether these are citations as the API takes them."""
    if citations is None:
        return True
    return isinstance(citations, list) and all(_is_citation(each) for each in cast("list[Json]", citations))


def _is_citation(each: Json) -> bool:
    if not isinstance(each, dict):
        return False
    fields = cast("Block", each)
    kind = fields.get("type")
    return isinstance(kind, str) and kind in CITATIONS and isinstance(fields.get("cited_text"), str)


def _texts_only(block: Block, *names: str) -> str | None:
    return next((name for name in names if not isinstance(block.get(name), str)), None)


def _is_text(item: Json) -> bool:
    fields = cast("Block", item) if isinstance(item, dict) else {}
    text = fields.get("text")
    return fields.get("type") == "text" and isinstance(text, str) and bool(text.strip()) and fields.keys() <= FIELDS["text"]


def _search_result(block: Block) -> str | None:
    content = block.get("content")
    if not isinstance(content, list) or not all(map(_is_text, cast("list[Json]", content))):
        return "content"
    return _texts_only(block, "source", "title")


def _document(block: Block) -> str | None:
    source = block.get("source")
    if not isinstance(source, dict) or not _is_source(cast("Block", source)):
        return "source"
    return next((name for name in ("title", "context") if not isinstance(block.get(name), str | None)), None)


_MEDIA: Final = {"base64": "application/pdf", "text": "text/plain"}
_HOLDS: Final = {"base64": "data", "text": "data", "url": "url", "file": "file_id"}


def _is_source(source: Block) -> bool:
    kind = source.get("type")
    if kind == "content":
        content = source.get("content")
        blocks = cast("Sequence[Json]", content) if isinstance(content, list) else ()
        wanted = (cast("Block", each).get("type") if isinstance(each, dict) else None for each in blocks)
        return (isinstance(content, str) and bool(content)) or (bool(blocks) and all(k in ("text", "image") for k in wanted))
    held = _HOLDS.get(kind) if isinstance(kind, str) else None
    if held is None or not isinstance(source.get(held), str):
        return False
    return source.get("media_type") == _MEDIA[str(kind)] if kind in _MEDIA else True


def _server_use(block: Block) -> str | None:
    if not isinstance(block.get("input"), dict):
        return "input"
    name = block.get("name")
    return _texts_only(block, "id") or (None if isinstance(name, str) and name in SERVER_TOOLS else "name")


def _mcp_use(block: Block) -> str | None:
    return _texts_only(block, "id", "name", "server_name") or (None if isinstance(block.get("input"), dict) else "input")


def _mcp_result(block: Block) -> str | None:
    content = block.get("content")
    whole = isinstance(content, str) or (isinstance(content, list) and all(map(_is_text, cast("list[Json]", content))))
    return None if whole or "content" not in block else "content"


def _found_on_the_web(block: Block) -> str | None:
    content = block.get("content")
    if isinstance(content, dict):
        return None
    return None if isinstance(content, list) and all(map(_is_page, cast("list[Json]", content))) else "content"


def _is_page(item: Json) -> bool:
    fields = cast("Block", item) if isinstance(item, dict) else {}
    whole = all(isinstance(fields.get(name), str) for name in ("encrypted_content", "title", "url"))
    return whole and fields.get("type") == "web_search_result"


def _tabs(block: Block) -> str | None:
    return None if isinstance(block.get("tabs"), list) else "tabs"


_CHECKS: Final[Mapping[str, Callable[[Block], str | None]]] = {
    "thinking": lambda block: _texts_only(block, "thinking"),
    "document": _document,
    "search_result": _search_result,
    "container_upload": lambda block: _texts_only(block, "file_id"),
    "server_tool_use": _server_use,
    "mcp_tool_use": _mcp_use,
    "mcp_tool_result": _mcp_result,
    "web_search_tool_result": _found_on_the_web,
    "tool_reference": lambda block: _texts_only(block, "tool_name"),
    "browser_state": _tabs,
}


def tools_referred_to(block: Mapping[str, Any]) -> list[str]:
    """The tools a block refers to by name: in a result of ours, or in one of the provider's tool search."""
    content = block.get("content")
    if block.get("type") == "tool_search_tool_result":
        content = cast("Block", content).get("tool_references") if isinstance(content, dict) else None
    items = cast("list[Json]", content) if isinstance(content, list) else []
    found = (
        cast("Block", item).get("tool_name")
        for item in items
        if isinstance(item, dict) and cast("Block", item).get("type") == "tool_reference"
    )
    return [name for name in found if isinstance(name, str)]
