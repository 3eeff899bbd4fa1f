"""Recognises the form a transcript is kept in. What fits no other form is taken for a request of the Messages API.

It must never fail: a value that is nothing at all is a request with one finding.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from agent_core.conversation.health.foreign import langgraph, messages, openai_chat, openai_responses, session
from agent_core.conversation.health.foreign.langgraph import is_packed, is_pair
from agent_core.conversation.health.foreign.transcript import Form, Item, Transcript
from agent_core.conversation.health.view import Json

PutBack = Callable[[list[Json]], Json]

CHANNELS = (
    ("checkpoint", "channel_values", "messages"),
    ("channel_values", "messages"),
    ("channel_values", "__root__"),
    ("values", "messages"),
    ("messages",),
)
"""Where messages are held: in a checkpoint, in a state, at the top."""

_LISTS = ("input", "output", "data")
"""Where a request or an answer holds response items."""

_GOES_ON = ("previous_response_id", "conversation")
_ROLES_OF_CHAT = ("tool", "function", "developer")
_BLOCKS = frozenset(["tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use"])
"""Blocks that only the Messages API has."""

_OF_CHAT = frozenset(
    ["max_completion_tokens", "frequency_penalty", "presence_penalty", "response_format", "logit_bias", "logprobs", "n"]
)
_GRAPH_KINDS = ("human", "ai", "HumanMessage", "AIMessage", "AIMessageChunk", "ToolMessage")


def read(value: Json, form: Form | None = None) -> Transcript:
    """Reads a transcript.

    Args:
        value: Parsed JSON; lines of JSON are a list.
        form: How it is kept, when that is known.
    """
    value = _unwrapped(value)
    form = form or detect(value)
    if form == "openai_chat":
        items, put_back = _at(value, ("messages",))
        return openai_chat.read(items, put_back)
    if form == "openai_responses":
        items, put_back = _at(value, next(((name,) for name in _LISTS if list_at(value, (name,)) is not None), ()))
        goes_on = isinstance(value, dict) and any(cast("Item", value).get(name) for name in _GOES_ON)
        return openai_responses.read(items, put_back, goes_on=goes_on)
    if form == "langgraph":
        path = next((path for path in CHANNELS if list_at(value, path) is not None), ())
        items, put_back = _at(value, path)
        return langgraph.read(items, put_back, _interrupts(value))
    if isinstance(value, list):
        items, put_back = _at(value, ())
        held = any(session.message_in(item) is not None for item in items)
        return session.read(items, put_back) if held else messages.read_messages(items, put_back)
    if isinstance(value, dict) and "request" in value:
        fields = cast("Item", value)
        meta = fields.get("meta")
        return messages.read_request(messages.expanded(fields), cast("Item", meta) if isinstance(meta, dict) else None)
    return messages.read_request(value)


def detect(value: Json) -> Form:
    """The form a value is kept in."""
    if isinstance(value, dict):
        fields = cast("Item", value)
        if any(name in fields for name in ("channel_values", "checkpoint", "values")) and any(
            list_at(value, path) is not None for path in CHANNELS
        ):
            return "langgraph"
        if "messages" not in fields and holds_items(fields):
            return "openai_responses"
        listed = fields.get("messages")
        return _of_items(cast("list[Json]", listed), fields) if isinstance(listed, list) else "messages"
    return _of_items(cast("list[Json]", value), {}) if isinstance(value, list) else "messages"


def _of_items(items: Sequence[Json], request: Item) -> Form:
    found = [cast("Item", item) for item in items if isinstance(item, dict)]
    if any(item.get("lc") in (1, 2) or item.get("type") in _GRAPH_KINDS or _is_langgraph_call(item) for item in found):
        return "langgraph"
    if items and not found and all(is_pair(item) or is_packed(item) for item in items):
        return "langgraph"
    if _is_response(items):
        return "openai_responses"
    if any(str(item.get("role")) in _ROLES_OF_CHAT or "tool_calls" in item or "function_call" in item for item in found):
        return "openai_chat"
    return "openai_chat" if _is_plain_chat(found, request) else "messages"


def _is_plain_chat(found: Sequence[Item], request: Item) -> bool:
    """A chat without a single call: known by its model, its parameters, its tools, or by what it begins with."""
    model = request.get("model")
    ours = isinstance(model, str) and "claude" in model
    if ours or any(map(_has_our_blocks, found)):
        return False
    tools = request.get("tools")
    first = cast("list[Json]", tools)[0] if isinstance(tools, list) and tools else None
    if _OF_CHAT & request.keys() or (isinstance(first, dict) and "function" in first):
        return True
    if isinstance(model, str) and model.startswith(("gpt", "chatgpt", "o1", "o3", "o4")):
        return True
    # A system turn at the head is how every chat begins, and how no request of the Messages API may.
    return bool(found) and found[0].get("role") == "system" and "max_tokens" not in request


def _has_our_blocks(item: Item) -> bool:
    content = item.get("content")
    kinds = (
        cast("Item", block).get("type")
        for block in (cast("list[Json]", content) if isinstance(content, list) else [])
        if isinstance(block, dict)
    )
    return any(isinstance(kind, str) and kind in _BLOCKS for kind in kinds)


def _is_langgraph_call(item: Item) -> bool:
    """An assistant's message whose calls have parsed arguments, as that library keeps them."""
    calls = item.get("tool_calls")
    first = cast("list[Json]", calls)[0] if isinstance(calls, list) and calls else None
    return isinstance(first, dict) and "args" in first


def holds_items(fields: Item) -> bool:
    """Whether an object holds response items."""
    lists = (fields.get(name) for name in _LISTS)
    return any(isinstance(each, list) and _is_response(cast("list[Json]", each)) for each in lists)


def _is_response(items: Sequence[Json]) -> bool:
    return any(map(is_item, items))


def is_item(item: Json) -> bool:
    """Whether this is an item only a list of responses holds."""
    kind = cast("Item", item).get("type") if isinstance(item, dict) else None
    return isinstance(kind, str) and kind in openai_responses.ITEMS


def _unwrapped(value: Json) -> Json:
    """Lines of JSON that hold one whole transcript."""
    if isinstance(value, list) and len(cast("list[Json]", value)) == 1:
        only = cast("list[Json]", value)[0]
        holds = ("messages", "request", "channel_values", "checkpoint", "values", "input")
        if isinstance(only, dict) and any(name in only for name in holds):
            return cast("Json", only)
    return value


def list_at(value: Json, path: Sequence[str]) -> list[Json] | None:
    """The list that stands there, or none."""
    for name in path:
        value = cast("Item", value).get(name) if isinstance(value, dict) else None
    return cast("list[Json]", value) if isinstance(value, list) else None


def _at(value: Json, path: Sequence[str]) -> tuple[Sequence[Json], PutBack]:
    """The list at a path, and what puts another in its place; the value itself when it is the list."""
    if isinstance(value, list):
        return cast("list[Json]", value), lambda items: items
    found = list_at(value, path) if path else None
    if found is None:
        return [], lambda _: value
    return found, lambda items: _put(value, path, items)


def _put(value: Json, path: Sequence[str], items: list[Json]) -> Json:
    if not path:
        return items
    return {**cast("Item", value), path[0]: _put(cast("Item", value)[path[0]], path[1:], items)}


def _interrupts(value: Json) -> list[Json]:
    """Everything a checkpoint or snapshot says a graph has stopped for."""
    if not isinstance(value, dict):
        return []
    fields = cast("Item", value)
    found: list[Json] = _list(fields.get("interrupts")) + _list(fields.get("__interrupt__"))
    values = fields.get("values")
    if isinstance(values, dict):
        found += _list(cast("Item", values).get("__interrupt__"))
    for task in _list(fields.get("tasks")):
        if isinstance(task, dict):
            found += _list(cast("Item", task).get("interrupts"))
    for write in _list(fields.get("pending_writes")):
        entry = _list(write)
        if len(entry) == 3 and entry[1] == "__interrupt__":
            found += _list(entry[2]) or [entry[2]]
    return found


def _list(value: Any) -> list[Json]:
    return list(cast("Sequence[Json]", value)) if isinstance(value, list | tuple) else []
