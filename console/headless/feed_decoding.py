"""An answer of the feed, decoded in parts, so that a window is never deaf for long while it reads one (R-M1).

One answer holds up to some hundred rows and cards. To decode it at once stops the loop for as long as all of them take. It
must never answer anything else than decoding it at once would.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic_core import from_json

from agent_core.contract.views import AskCard, ConversationRow, FeedAnswer

SLICE_S: Final = 0.004
"""Work between two turns of the loop."""

_Model = TypeVar("_Model", bound=BaseModel)


async def feed_answer(content: bytes) -> FeedAnswer:
    """The answer.

    Raises:
        ValueError: It is none.
    """
    whole: Any = from_json(content)
    said: dict[str, Any] = whole if isinstance(whole, dict) else {}
    rows, asks = said.get("rows"), said.get("asks")
    if not isinstance(rows, list) or not isinstance(asks, list):
        return FeedAnswer.model_validate_json(content)  # which says what is wrong with it
    # One after the other: what came first is decoded first.
    parts = {"rows": await _each(ConversationRow, rows), "asks": await _each(AskCard, asks)}
    return FeedAnswer.model_validate({**said, **parts})


async def _each(model: type[_Model], values: Sequence[Any]) -> tuple[_Model, ...]:
    found: list[_Model] = []
    until = time.monotonic() + SLICE_S
    for value in values:
        found.append(model.model_validate(value))
        if time.monotonic() >= until:
            await asyncio.sleep(0)
            until = time.monotonic() + SLICE_S
    return tuple(found)
