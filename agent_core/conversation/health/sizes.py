"""What does not fit: 32 MB of request, the model's window of tokens, 100,000 messages.

Tokens are estimated at four characters each, an image at 1,600; the provider alone counts exactly. It must never call a
request too long that is far from the limit, nor look at every character of one that is small.
"""

from collections.abc import Iterator
from typing import Final, cast

from agent_core.conversation.health.capabilities import traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.texts import strings
from agent_core.conversation.health.view import Block, Json, View, nested_blocks

MOST_BYTES: Final = 32 * 1024 * 1024
MOST_MESSAGES: Final = 100_000
_CHARACTERS_PER_TOKEN: Final = 4
_TOKENS_PER_IMAGE: Final = 1_600
_HUGE: Final = 0.5
"""A result that alone takes this part of the request is what has to shrink."""


def sizes(view: View) -> Iterator[Finding]:
    """What does not fit."""
    if len(view.turns) > MOST_MESSAGES:
        yield finding("too_many_messages", None, None)
    wire = view.wire
    if wire is None:
        return
    # A character is at most four bytes: most requests need no counting.
    if len(wire) * 4 > MOST_BYTES and len(wire.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        yield finding("request_bytes:over_32MB", None, None)
    window = window_of(view)
    if len(wire) <= window * _CHARACTERS_PER_TOKEN and not view.may_hold('"image"'):
        return
    yield from _overflow(view, window)


def window_of(view: View) -> int:
    """Tokens the request's model takes."""
    model = view.body.get("model")
    return traits(model if isinstance(model, str) else "").window


def total_tokens(view: View) -> int:
    """The estimate for the whole request."""
    blocks = (block for turn in view.turns for block in turn.blocks if block is not None)
    size = _size(view.body.get("system")) + _size(view.body.get("tools")) + sum(map(_block_size, blocks))
    return size // _CHARACTERS_PER_TOKEN


def _overflow(view: View, window: int) -> Iterator[Finding]:
    total = total_tokens(view)
    if total <= window:
        return
    largest, place = 0, None
    for index, turn in enumerate(view.turns):
        for position, block in enumerate(turn.blocks):
            if block is None:
                continue
            size = _block_size(block) if block.get("type") == "tool_result" else 0
            if size > largest:
                largest, place = size, (index, position, block)
    if place is not None and largest >= total * _CHARACTERS_PER_TOKEN * _HUGE:
        index, position, block = place
        call = block.get("tool_use_id")
        yield finding("context_overflow:huge_tool_result", index, position, (call,) if isinstance(call, str) else ())
    else:
        yield finding("context_overflow:whole_history", None, None)


def _block_size(block: Block) -> int:
    """Characters of one block, an image counted as so many that its tokens come out."""
    if block.get("type") != "tool_result":
        return _part_size(block)
    content = block.get("content")
    return sum(map(_part_size, nested_blocks(block))) if isinstance(content, list | tuple) else _size(content)


def _part_size(part: Json) -> int:
    kind = cast("Block", part).get("type") if isinstance(part, dict) else None
    if kind == "image":
        return _TOKENS_PER_IMAGE * _CHARACTERS_PER_TOKEN
    return _size(cast("Block", part).get("text")) if kind == "text" else _size(part)


def _size(value: Json) -> int:
    return len(value) if isinstance(value, str) else sum(map(len, strings(value)))
