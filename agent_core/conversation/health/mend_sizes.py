"""Repairs of what is too large, and of thinking that no longer holds.

It must never cut inside a pair of call and result, and never pretend: what cannot be made to fit is left to a successor run.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.draft import Draft, Passage, touch
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.sizes import total_tokens, window_of
from agent_core.conversation.health.thinking import THINKING, goes_on
from agent_core.conversation.health.view import Block, Json, nested_blocks, view_of

_LEAST_KEPT: Final = 2_000
_ROOM: Final = 0.1
"""Part of the window a repaired request leaves free: tokens are only estimated."""


def shrink_result(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes the middle out of the longest text of a result until the request fits."""
    each = findings[0]
    assert each.message is not None
    assert each.block is not None
    passage = draft.passages[each.message]
    piece = passage.pieces[each.block]
    view = view_of(draft.body(()))
    window = window_of(view)
    excess = (total_tokens(view) - int(window * (1 - _ROOM))) * 4
    block = dict(piece.fields)
    content = block.get("content")
    if isinstance(content, str):
        block["content"] = _without_middle(content, excess)
    else:
        blocks = list(nested_blocks(block))
        texts = [place for place, inner in enumerate(blocks) if isinstance(_text(inner), str)]
        if not texts:
            return
        longest = max(texts, key=lambda place: len(str(_text(blocks[place]))))
        blocks[longest] = {**cast("Block", blocks[longest]), "text": _without_middle(str(_text(blocks[longest])), excess)}
        block["content"] = blocks
    if block["content"] == content:
        return
    piece.block = block
    touch(passage)
    draft.change(passage, piece, "shrink_result", each.diagnosis, before=None, after=None)


def _text(inner: Json) -> Any:
    return cast("Block", inner).get("text") if isinstance(inner, dict) else None


def _without_middle(text: str, excess: int) -> str:
    kept = max(_LEAST_KEPT, len(text) - excess - 100)
    if kept >= len(text):
        return text
    head = kept * 2 // 3
    return f"{text[:head]}\n[… {len(text) - kept} characters were taken out here …]\n{text[len(text) - (kept - head) :]}"


def strip_thinking(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes thinking out from the first faulty block on; where it is bound to nothing, only what is at fault."""
    if not draft.binds:
        places = [(draft.passages[each.message or 0], each) for each in findings]
        for passage, piece, each in [(passage, passage.pieces[each.block or 0], each) for passage, each in places]:
            draft.change(passage, piece, "strip_thinking", each.diagnosis, before=piece.block, after=None)
            passage.pieces = [other for other in passage.pieces if other is not piece]
            touch(passage)
        return
    first = min(each.message for each in findings if each.message is not None)
    by_message = {each.message: each.diagnosis for each in reversed(findings)}
    why = findings[0].diagnosis
    kept: list[Passage] = []
    for index, passage in enumerate(draft.passages):
        if index < first or _strip(draft, passage, by_message.get(index, why)):
            kept.append(passage)
    draft.passages = kept


def strip_void_thinking(draft: Draft) -> None:
    """Takes thinking out behind the first thing a repair has changed: signatures are bound to what stands before them."""
    if not draft.binds:
        return
    void = draft.rebound
    kept: list[Passage] = []
    for passage in draft.passages:
        void = void or passage.shifted
        if not void or _strip(draft, passage, "thinking_prefix_mismatch:system_or_tools_changed"):
            kept.append(passage)
        void = void or passage.moved
    draft.passages = kept
    if void:
        _disable_if_needed(draft)


def _disable_if_needed(draft: Draft) -> None:
    """A budget asks for thinking at the beginning of the turn the request goes on with: without it, thinking is off."""
    mode = draft.head.get("thinking")
    if not isinstance(mode, dict) or cast("Block", mode).get("type") != "enabled":
        return
    view = view_of(draft.body(()))
    latest = max((index for index, turn in enumerate(view.turns) if turn.role == "assistant"), default=-1)
    if latest < 0 or not goes_on(view.turns, latest):
        return
    first = view.turns[latest].blocks[0] if view.turns[latest].blocks else None
    if first is None or first.get("type") not in THINKING:
        before = draft.head.pop("thinking")
        why = "thinking_removed_before_tool_use"
        draft.change("thinking", None, "disable_thinking", why, before=before, after=None)


def _strip(draft: Draft, passage: Passage, why: str) -> bool:
    """Takes thinking out of one message; answers whether anything is left of it."""
    gone = [piece for piece in passage.pieces if piece.kind in THINKING]
    if not gone:
        return True
    passage.pieces = [piece for piece in passage.pieces if piece.kind not in THINKING]
    touch(passage)
    for piece in gone:
        draft.change(passage, piece, "strip_thinking", why, before=piece.block, after=None)
    return bool(passage.pieces)
