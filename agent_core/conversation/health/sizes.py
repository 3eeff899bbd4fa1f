"""What does not fit: 32 MB of request, the model's window of tokens, 100,000 messages.

Tokens are estimated at four characters each, an image at 1,600; the provider alone counts exactly. It must never call a
request too long that is far from the limit, nor look at every character of one that is small.
"""

from collections.abc import Iterator
from typing import Final

from agent_core.conversation.health.capabilities import traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.texts import strings
from agent_core.conversation.health.view import Block, Json, View

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
    if len(wire) <= window * _CHARACTERS_PER_TOKEN and '"image"' not in wire:
        return
    yield from _overflow(view, window)


def window_of(view: View) -> int:
    """Tokens the request's model takes."""
    model = view.body.get("model")
    return traits(model if isinstance(model, str) else "").window


def total_tokens(view: View) -> int:
    """The estimate for the whole request."""
    blocks = (block for turn in view.turns for block in turn.blocks if block is not None)
    return _tokens(view.body.get("system")) + _tokens(view.body.get("tools")) + sum(map(block_tokens, blocks))


def _overflow(view: View, window: int) -> Iterator[Finding]:
    total = total_tokens(view)
    if total <= window:
        return
    largest, place = 0, None
    for index, turn in enumerate(view.turns):
        for position, block in enumerate(turn.blocks):
            if block is None:
                continue
            tokens = block_tokens(block)
            if tokens > largest and block.get("type") == "tool_result":
                largest, place = tokens, (index, position, block)
    if place is not None and largest >= total * _HUGE:
        index, position, block = place
        call = block.get("tool_use_id")
        yield finding("context_overflow:huge_tool_result", index, position, (call,) if isinstance(call, str) else ())
    else:
        yield finding("context_overflow:whole_history", None, None)


def block_tokens(block: Block) -> int:
    """The estimate for one block."""
    if block.get("type") == "image":
        return _TOKENS_PER_IMAGE
    if block.get("type") != "tool_result":
        return _tokens(block)
    content = block.get("content")
    if not isinstance(content, list | tuple):
        return _tokens(content)
    tokens = 0
    for inner in content:  # pyright: ignore[reportUnknownVariableType] - any JSON value
        is_image = isinstance(inner, dict) and inner.get("type") == "image"
        tokens += _TOKENS_PER_IMAGE if is_image else _tokens(inner)
    return tokens


def _tokens(value: Json) -> int:
    if value is None:
        return 0
    return sum(map(len, strings(value))) // _CHARACTERS_PER_TOKEN
