"""Repairs that keep what was said where it stands in a form the API does not take.

Why: a block of an unknown type may be a customer's words, or all that a tool has answered. To take it out would let the
model believe that nothing was said, or that nothing came of a refund. It must never keep what was not said aloud
(reasoning of other providers), and never say more than stood there.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.blocks import nested_faults
from agent_core.conversation.health.draft import GONE, Draft, Piece, pieces_of, touch, without_gone
from agent_core.conversation.health.findings import Finding, shown
from agent_core.conversation.health.images import fault_of
from agent_core.conversation.health.shapes import FIELDS
from agent_core.conversation.health.view import Block, Json, nested_blocks, written

NO_OUTPUT: Final = "[The tool returned no output.]"
_UNSAID: Final = frozenset(
    ["reasoning", "reasoning_text", "summary_text", "analysis", "thinking", "redacted_thinking", "redacted_reasoning"]
)
_BYTES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("image_url", "input_image"), "[An image stood here that cannot be read.]"),
    **dict.fromkeys(("audio", "input_audio"), "[A recording stood here that cannot be heard.]"),
}
_MARKED: Final[Mapping[str, str]] = {
    "document": "[A document stood here that cannot be read.]",
    "search_result": "[A search result stood here that cannot be read.]",
    "container_upload": "[A file stood here that cannot be read.]",
    **_BYTES,
}
_IN_A_RESULT: Final[Mapping[str, str]] = {
    **_BYTES,
    "image": "[An image stood here.]",
    "browser_state": "[The state of a browser stood here.]",
}


def keep_words(draft: Draft, findings: Sequence[Finding]) -> None:
    """Keeps the words of blocks the API cannot read as text; a block without words goes, or leaves a mark."""
    for passage, piece, each in pieces_of(draft, findings):
        before = piece.block
        if piece.kind == "tool_result":
            after = result_made_whole(piece.fields)
        elif piece.kind == "mcp_tool_result":
            after = {**piece.fields, "content": [{"type": "text", "text": said} for said in said_over_mcp(piece.fields)]}
        else:
            users = passage.role == "user"
            after = (image_of(piece.block) if users else None) or _as_text(piece.block, users=users)
        piece.block = GONE if after is None else after
        touch(passage)
        draft.change(passage, piece, "keep_words", each.diagnosis, before=before, after=after)
    without_gone(draft)


def _as_text(block: Json, *, users: bool) -> Json:
    """A block as a text that says the same or marks what a customer has sent, or none when it says nothing to be sent."""
    words = words_of(block)
    if words is None:
        kind = cast("Block", block).get("type") if isinstance(block, dict) else None
        words = _MARKED.get(kind) if isinstance(kind, str) else None
        if words is None and users and isinstance(kind, str) and kind not in FIELDS and kind not in _UNSAID:
            words = f"[Something stood here that cannot be read: {shown(kind)}.]"
    return None if words is None else {"type": "text", "text": words}


def image_of(block: Json) -> Block | None:
    """A picture in the form another provider or MCP has for it as an image block; none when it is none, or unreadable."""
    fields = cast("Block", block) if isinstance(block, dict) else {}
    kind = fields.get("type")
    source: Block | None = None
    if kind in ("image_url", "input_image"):
        held = fields.get("image_url")
        source = _source_of(cast("Block", held).get("url") if isinstance(held, dict) else held)
    elif kind == "image" and "source" not in fields and isinstance(fields.get("data"), str):
        source = {"type": "base64", "media_type": fields.get("mimeType"), "data": fields["data"]}
    image = None if source is None else {"type": "image", "source": source}
    return image if image is not None and fault_of(image, many=False) is None else None


def _source_of(url: Json) -> Block | None:
    if not isinstance(url, str):
        return None
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return {"type": "base64", "media_type": head.removeprefix("data:").removesuffix(";base64"), "data": data}
    return {"type": "url", "url": url} if url.startswith("https://") else None


def words_of(block: Json) -> str | None:
    """The words in a block of whatever form; none when it has none, or was not said aloud."""
    fields = cast("Block", block) if isinstance(block, dict) else {}
    kind = fields.get("type")
    if isinstance(kind, str) and kind in _UNSAID:
        return None
    said = block if isinstance(block, str) else fields.get("text", fields.get("refusal"))
    if isinstance(said, dict):
        said = cast("Block", said).get("value")
    if isinstance(said, int | float):
        said = written(said)[0]
    return said if isinstance(said, str) and said.strip() else None


def result_made_whole(block: Block) -> Json:
    """A result in which everything the API cannot read is kept as text, and what is empty is left out."""
    result = dict(block)
    if not isinstance(result.get("is_error", False), bool):
        del result["is_error"]
    content = result.get("content")
    if isinstance(content, dict):
        content = [cast("Json", content)]
    if isinstance(content, list | tuple):
        is_error = result.get("is_error") is True
        result["content"] = [part for item in cast("Sequence[Json]", content) for part in _kept(item, is_error=is_error)]
    elif content is not None and not isinstance(content, str):
        result["content"] = written(content)[0] or NO_OUTPUT
    return result


def _kept(item: Json, *, is_error: bool) -> list[Json]:
    """One part of a result as it can be sent: itself, its words, or what it holds as JSON text."""
    faults = {name for name, _ in nested_faults([item], is_error=is_error)}
    if faults <= {"unknown_block_field"}:
        return [item]
    image = None if is_error else image_of(item)
    if image is not None:
        return [image]
    fields = cast("Block", item) if isinstance(item, dict) else {}
    kind = fields.get("type")
    if kind == "text" and isinstance(fields.get("text"), str | None):
        return []
    words = _told(item) if item not in (None, "", [], {}) else None
    return [{"type": "text", "text": words}] if words is not None and words.strip() else []


def said_over_mcp(result: Block) -> list[str]:
    """What a result over MCP says, part by part, whatever form it has: it may hold nothing but texts."""
    content = result.get("content")
    items = cast("Sequence[Json]", content) if isinstance(content, list | tuple) else [content]
    told = (_told(item) for item in items if item not in (None, "", [], {}))
    return [said for said in told if said is not None and said.strip()]


def _told(item: Json) -> str | None:
    fields = cast("Block", item) if isinstance(item, dict) else {}
    kind = fields.get("type")
    if kind == "text" and isinstance(fields.get("text"), str | None):
        return fields.get("text")
    marked = _IN_A_RESULT.get(kind) if isinstance(kind, str) else None
    return words_of(item) or marked or written(item)[0]


def wrap_content(draft: Draft, findings: Sequence[Finding]) -> None:
    """Makes a list of the one block that stands for a message's content."""
    for each in findings:
        assert each.message is not None
        passage = draft.passages[each.message]
        content = passage.fields.get("content")
        passage.pieces = [Piece(content, (each.message if passage.at is None else passage.at, 0))]
        touch(passage)
        draft.change(passage, None, "wrap_content", each.diagnosis, before=content, after=[content])


def mend_system(draft: Draft, findings: Sequence[Finding]) -> None:
    """Keeps the words of a system prompt that has no form: without them the model would answer by no policy at all."""
    system = draft.head.get("system")
    items = cast("list[Json]", system) if isinstance(system, list) else [system]
    after = [part for item in items for part in _of_system(item)]
    if after:
        draft.head["system"] = after
    else:
        del draft.head["system"]
    draft.rebound = True
    draft.change("system", None, "mend_system", findings[0].diagnosis, before=system, after=after or None)


def _of_system(item: Json) -> list[Json]:
    fields = cast("Block", item) if isinstance(item, dict) else {}
    if fields.get("type") == "text" and isinstance(fields.get("text"), str):
        return [item]
    words = words_of(item)
    return [] if words is None else [{"type": "text", "text": words}]


def drop_reference(draft: Draft, findings: Sequence[Finding]) -> None:
    """Puts a text in the place of references to tools that are not declared; those of the provider's search stay."""
    tools = cast("list[Json]", draft.head["tools"])
    names = {str(cast("Block", tool).get("name")) for tool in tools if isinstance(tool, dict)}
    for passage, piece, each in pieces_of(draft, findings):
        if piece.kind != "tool_result":
            continue
        before = piece.block
        content = [_resolved(inner, names) for inner in nested_blocks(piece.fields)]
        piece.block = {**piece.fields, "content": content}
        touch(passage)
        draft.change(passage, piece, "drop_reference", each.diagnosis, before=before, after=piece.block)


def _resolved(inner: Json, names: set[str]) -> Json:
    fields: Mapping[str, Any] = cast("Block", inner) if isinstance(inner, dict) else {}
    name = fields.get("tool_name")
    if fields.get("type") != "tool_reference" or not isinstance(name, str) or name in names:
        return inner
    return {"type": "text", "text": f"[The tool {name} was referred to here. It is not available.]"}
