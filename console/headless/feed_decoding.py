"""Long answers, decoded in parts, so that a window is never deaf for long while it reads one (R-M1).

An answer of the feed holds up to some hundred rows and cards, a conversation thousands of items. To decode one at once stops
the loop for as long as all of them take. It must never answer anything else than decoding it at once would.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json

from agent_core.contract.views import AskCard, ConversationDetail, ConversationRow, FeedAnswer, TranscriptItem

SLICE_S: Final = 0.004
"""Work between two turns of the loop."""
_LONG: Final = 50_000
"""Bytes whose reading alone is half a millisecond and more."""

_Value = TypeVar("_Value")
_ITEM: Final[TypeAdapter[TranscriptItem]] = TypeAdapter(TranscriptItem)


async def feed_answer(content: bytes) -> FeedAnswer:
    """The answer.

    Raises:
        ValueError: It is none.
    """
    said = await _object(content)
    rows, asks = said.get("rows"), said.get("asks")
    if not isinstance(rows, list) or not isinstance(asks, list):
        return FeedAnswer.model_validate_json(content)  # which says what is wrong with it
    # One after the other: what came first is decoded first.
    parts = {"rows": await _each(ConversationRow.model_validate, rows), "asks": await _each(AskCard.model_validate, asks)}
    return FeedAnswer.model_validate({**said, **parts})


async def conversation_detail(content: bytes) -> ConversationDetail:
    """A conversation with its items.

    Raises:
        ValueError: It is none.
    """
    said = await _object(content)
    items = said.get("items")
    if not isinstance(items, list):
        return ConversationDetail.model_validate_json(content)  # as above
    return ConversationDetail.model_validate({**said, "items": await _each(_ITEM.validate_python, items)})


async def _object(content: bytes) -> dict[str, Any]:
    whole: Any = from_json(content)
    if len(content) > _LONG:
        await asyncio.sleep(0)
    return whole if isinstance(whole, dict) else {}


async def _each(read: Callable[[Any], _Value], values: Sequence[Any]) -> tuple[_Value, ...]:
    found: list[_Value] = []
    until = time.monotonic() + SLICE_S
    for value in values:
        found.append(read(value))
        if time.monotonic() >= until:
            await asyncio.sleep(0)
            until = time.monotonic() + SLICE_S
    return tuple(found)
