"""Rules for cache marks: their form, how many there may be, and that hours come before minutes.

Marks are read in the order in which the provider reads a request: tools, system prompt, messages, then the automatic one.
Never looks at what is marked.
"""

from collections.abc import Iterator
from typing import Any

from agent_core.sandbox.messages.problems import at, invalid

MOST_MARKS = 4


def check_cache_marks(request: dict[str, Any]) -> None:
    """Checks every mark; the top-level one counts.

    Raises:
        ApiProblem: 400 naming the first mark at fault, or their number.
    """
    marks = list(_marks(request))
    for path, mark in marks:
        _check_form(mark, path)
    if len(marks) > MOST_MARKS:
        raise invalid(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {len(marks)}.")
    minutes = False
    for path, mark in marks:
        if mark.get("ttl") != "1h":
            minutes = True
        elif minutes:
            raise at(
                f"{path}.ttl",
                "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are "
                "processed in the following order: `tools`, `system`, `messages`.",
            )


def _check_form(mark: Any, path: str) -> None:
    if not isinstance(mark, dict) or mark.get("type") != "ephemeral":
        raise at(f"{path}.type", "Input should be 'ephemeral'")
    for field, value in mark.items():
        if field not in {"type", "ttl"}:
            raise at(f"{path}.ephemeral.{field}", "Extra inputs are not permitted")
        if field == "ttl" and value not in (None, "5m", "1h"):
            raise at(f"{path}.ephemeral.ttl", "Input should be '5m' or '1h'")


def _marks(request: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field in ("tools", "system"):
        yield from _of_blocks(request.get(field), field)
    for index, message in enumerate(request["messages"]):
        yield from _of_blocks(message["content"], f"messages.{index}.content")
    if request.get("cache_control") is not None:
        yield "cache_control", request["cache_control"]


def _of_blocks(blocks: Any, path: str) -> Iterator[tuple[str, Any]]:
    for position, block in enumerate(blocks if isinstance(blocks, list) else []):
        if block.get("type") == "tool_result":
            yield from _of_blocks(block.get("content"), f"{path}.{position}.tool_result.content")
        if block.get("cache_control") is not None:
            yield f"{path}.{position}.cache_control", block["cache_control"]
