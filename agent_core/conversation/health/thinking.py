"""What is wrong with thinking: taken out, unsigned, edited, or bound to something else.

Signatures are the provider's secret: only what is no signature at all is seen here. Whether one fits its prefix is known by
who changed the prefix (`Aside`). It must never call a well-formed signature invalid. Source: the provider's pages on
extended and preserved thinking, and its error texts.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from agent_core.conversation.health.capabilities import Traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Aside, Finding
from agent_core.conversation.health.view import Turn, View

THINKING: Final = ("thinking", "redacted_thinking")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
"""No signature is shorter than a digest."""


def thinking(view: View, model: Traits, aside: Aside) -> Iterator[Finding]:
    """Findings about thinking blocks, and about their absence."""
    turns = view.turns
    latest = max((index for index, turn in enumerate(turns) if turn.role == "assistant"), default=-1)
    mode = view.body.get("thinking")
    kind = mode.get("type") if isinstance(mode, dict) else None  # pyright: ignore[reportUnknownMemberType] - any JSON value
    for index, turn in enumerate(turns):
        if turn.role != "assistant":
            continue
        for position, block in enumerate(turn.blocks):
            if block is None or block.get("type") not in THINKING:
                continue
            named = _fault(index, block.get("signature"), str(block.get("type")), latest, aside)
            if named is not None:
                yield finding(named, index, position)
            elif index == len(turns) - 1 and kind not in ("enabled", "adaptive", "between_tools") and model.prefill:
                yield finding("thinking_in_final_turn", index, position)
        yield from _order(index, turn, enabled=kind == "enabled")
    if kind == "enabled" and latest >= 0:
        yield from _removed(turns, latest)


def _order(index: int, turn: Turn, *, enabled: bool) -> Iterator[Finding]:
    """A turn never ends with thinking; with a budget, one that holds any begins with it."""
    kinds = [None if block is None else block.get("type") for block in turn.blocks]
    if len(kinds) > 0 and kinds[-1] in THINKING:
        yield finding("thinking_not_followed", index, len(kinds) - 1)
    elif enabled and kinds and kinds[0] not in THINKING and (first := _first_thinking(kinds)) is not None:
        yield finding("thinking_not_first", index, first)


def _first_thinking(kinds: Sequence[object]) -> int | None:
    return next((position for position, kind in enumerate(kinds) if kind in THINKING), None)


def _fault(index: int, signature: object, kind: str, latest: int, aside: Aside) -> str | None:
    if kind == "thinking" and not signature:
        return "thinking_unsigned:interrupted_stream"
    if index in aside.edited_thinking:
        cause = "thinking_signature_invalid:edited_or_other_provider"
        return "thinking_modified_in_latest_turn" if index == latest else cause
    if aside.prefix_changed:
        return "thinking_prefix_mismatch:system_or_tools_changed"
    if kind == "thinking" and (not isinstance(signature, str) or _SIGNATURE.fullmatch(signature) is None):
        return "thinking_signature_invalid:edited_or_other_provider"
    return None


def goes_on(turns: Sequence[Turn], latest: int) -> bool:
    """Whether the request goes on with the latest assistant turn: its calls are answered, or it is the last message."""
    return latest == len(turns) - 1 or any(turn.results for turn in turns[latest + 1 :])


def _removed(turns: list[Turn], latest: int) -> Iterator[Finding]:
    """With a thinking budget, the turn the request goes on with begins with its thinking."""
    if not goes_on(turns, latest):
        return
    # Calls in a row belong to one turn of thinking: only its first message has to begin with it.
    first = latest
    while first >= 2 and turns[first - 1].role == "user" and turns[first - 1].results and turns[first - 2].calls:
        first -= 2
    block = turns[first].blocks[0] if turns[first].blocks else None
    if block is not None and block.get("type") not in THINKING:
        yield finding("thinking_removed_before_tool_use", first, 0)
