"""A request as the rules read it: turns with their blocks, calls and results, made once and never changed.

Why: every rule looks at the same few things, and a body may be anything at all. It must never raise: what is not what it
should be is left out here and named by `blocks`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from agent_core.contract import fixed

Json = Any
"""Any JSON value, or what was passed for one."""

Block = Mapping[str, Any]

_LISTS: Final = (list, tuple)
"""A union of types would be put together anew for every message."""

SERVER_CALLS: Final = frozenset({"server_tool_use", "mcp_tool_use"})


@dataclass(slots=True)
class Turn:
    """One message.

    Attributes:
        role: Its role, or none when it has none that is text.
        blocks: Its content blocks by position; what is no object is none.
        plain: The content was a string, shown as one text block.
        calls: `(position, id, name)` of each `tool_use` with an id.
        results: `(position, id)` of each `tool_result` with an id.
    """

    role: str | None
    blocks: list[Block | None]
    plain: bool
    calls: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    results: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


@dataclass(slots=True)
class View:
    """One request.

    Attributes:
        body: Its fields.
        turns: Its messages.
        wire: Its JSON text, or none when it cannot be written as JSON.
        odd: Why `wire` is none: `malformed:…`.
    """

    body: Mapping[str, Any]
    turns: list[Turn]
    wire: str | None
    odd: str | None

    def may_hold(self, word: str) -> bool:
        """Whether a piece of JSON text may stand anywhere: a rule that needs it can be left out when it does not."""
        return self.wire is None or word in self.wire


def written(value: Json) -> tuple[str | None, str | None]:
    """The JSON text of a value, or why there is none."""
    try:
        return fixed.text_of(value), None
    except RecursionError:
        return None, "malformed:too_deep"
    except (TypeError, ValueError):
        return None, "malformed:not_json"


def breaks_off(text: str, error: Exception) -> bool:
    """Whether a JSON text, as its reading failed, ends in the middle of a value."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")


def view_of(body: Mapping[str, Any], wire: str | None = None) -> View:
    """Reads a request body; `messages` that are no list are read as none. `wire`: its JSON text, if it was written."""
    wire, odd = written(body) if wire is None else (wire, None)
    messages = body.get("messages")
    turns = [_turn(message) for message in cast("Sequence[Json]", messages)] if isinstance(messages, list | tuple) else []
    return View(body, turns, wire, odd)


def _turn(message: Json) -> Turn:
    if not isinstance(message, dict):
        return Turn(None, [], plain=False)
    fields: Mapping[str, Any] = message
    role = fields.get("role")
    content = fields.get("content")
    named = role if isinstance(role, str) else None
    if isinstance(content, str):
        return Turn(named, [{"type": "text", "text": content}] if content else [], plain=True)
    if not isinstance(content, _LISTS):
        return Turn(named, [], plain=False)
    items: Sequence[Json] = content
    blocks: list[Block | None] = [block if isinstance(block, dict) else None for block in items]
    turn = Turn(named, blocks, plain=False)
    for position, block in enumerate(blocks):
        kind = None if block is None else block.get("type")
        if block is None or kind == "text":
            continue
        if kind == "tool_use":
            call, name = block.get("id"), block.get("name")
            if isinstance(call, str):
                turn.calls.append((position, call, name if isinstance(name, str) else ""))
        elif kind == "tool_result":
            call = block.get("tool_use_id")
            if isinstance(call, str):
                turn.results.append((position, call))
    return turn


def nested_blocks(block: Block) -> Sequence[Json]:
    """The blocks inside a result, none when it holds text."""
    content = block.get("content")
    return cast("Sequence[Json]", content) if isinstance(content, list | tuple) else ()


def text_of(turn: Turn) -> str:
    """All text of a turn, joined."""
    texts = (block.get("text") for block in turn.blocks if block is not None and block.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))
