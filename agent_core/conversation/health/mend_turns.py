"""Repairs of the order of messages: beginning, end, system turns, turns that must leave the model's context.

What leaves the context stays with the caller, who keeps it for the audit. It must never put words into a customer's mouth:
notes stand in brackets and say that code wrote them.
"""

from collections.abc import Sequence
from typing import Final, cast

from agent_core.conversation.health.draft import Draft, note, touch
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.view import Block, Json

RESUMED: Final = "[The conversation is resumed here. Nothing new was said.]"
BEGINNING: Final = "[The beginning of this conversation is not part of this transcript.]"


def append_user_turn(draft: Draft, findings: Sequence[Finding]) -> None:
    """Lets the conversation end with a user's turn; an empty last turn just goes."""
    last = draft.passages[-1]
    if not last.pieces and len(draft.passages) > 1:
        draft.remove(len(draft.passages) - 1)
        draft.change(last, None, "drop_message", findings[0].diagnosis, before=last.message, after=None)
        return
    added = note(RESUMED)
    draft.insert(len(draft.passages), added)
    draft.change(last, None, "append_user_turn", findings[0].diagnosis, before=None, after=added.written())


def prepend_user_turn(draft: Draft, findings: Sequence[Finding]) -> None:
    """Lets the conversation begin with a user's turn."""
    added = note(BEGINNING)
    draft.change(draft.passages[0], None, "prepend_user_turn", findings[0].diagnosis, before=None, after=added.written())
    draft.insert(0, added)


def trim_end(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes white space off the end of the last words."""
    last = draft.passages[-1]
    piece = last.pieces[-1]
    before = piece.block
    piece.block = {**piece.fields, "text": str(piece.fields["text"]).rstrip()}
    touch(last)
    draft.change(last, piece, "trim_end", findings[0].diagnosis, before=before, after=piece.block)


def move_system_turn(draft: Draft, findings: Sequence[Finding]) -> None:
    """Appends a system turn's text to the system prompt, where every model takes it.

    Behind a pair it has split, it first only changes places with the results (`mend_pairs`).
    """
    for each in sorted(findings, key=lambda one: one.message or 0):
        assert each.message is not None
        passage = draft.passages[each.message]
        blocks = [cast("Block", piece.block) for piece in passage.pieces if piece.kind == "text"]
        before = draft.head.get("system")
        after = _with_text(before, [{"type": "text", "text": str(block.get("text", ""))} for block in blocks])
        if after is not None:
            draft.head["system"] = after
        draft.rebound = True
        draft.change(passage, None, "move_system_turn", each.diagnosis, before=passage.message, after=None)
    gone = {each.message for each in findings}
    draft.passages = [passage for index, passage in enumerate(draft.passages) if index not in gone]


def _with_text(system: Json, more: list[Block]) -> Json:
    more = [block for block in more if str(block["text"]).strip()]
    if isinstance(system, list):
        return [*cast("list[Json]", system), *more]
    texts = [system] if isinstance(system, str) and system else []
    joined = "\n\n".join([*texts, *(str(block["text"]) for block in more)])
    return joined or None


def drop_exchange(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes refused turns out, and what was refused with them, unless it holds results or nothing would be left."""
    for each in sorted(findings, key=lambda one: one.message or 0, reverse=True):
        assert each.message is not None
        index = each.message
        if len(draft.passages) == 1:
            return
        refused = draft.passages[index]
        draft.remove(index)
        draft.change(refused, None, "drop_exchange", each.diagnosis, before=refused.message, after=None)
        asked = draft.passages[index - 1] if index > 0 else None
        answered_later = any(passage.role == "user" for passage in draft.passages[index:])
        follows = index >= 2 and draft.passages[index - 2].role == "assistant"
        plain = asked is not None and asked.role == "user" and all(piece.kind == "text" for piece in asked.pieces)
        if asked is not None and plain and answered_later and (index == 1 or follows):
            draft.remove(index - 1)
            draft.change(asked, None, "drop_exchange", each.diagnosis, before=asked.message, after=None)


def drop_error_turn(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes turns out that hold an error of the provider instead of an answer."""
    for each in sorted(findings, key=lambda one: one.message or 0, reverse=True):
        assert each.message is not None
        if len(draft.passages) == 1:
            return
        passage = draft.passages[each.message]
        draft.remove(each.message)
        draft.change(passage, None, "drop_error_turn", each.diagnosis, before=passage.message, after=None)
