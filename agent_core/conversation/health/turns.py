"""What is wrong with the order of messages: roles, beginning, end, system turns, two of one role in a row.

It must never report what `pairing` has explained already: one fault, one finding.
"""

from collections.abc import Iterator

from agent_core.conversation.health.capabilities import Traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Finding, Form
from agent_core.conversation.health.pairing import Pairing
from agent_core.conversation.health.shapes import is_server_result
from agent_core.conversation.health.view import SERVER_CALLS, Turn, View

ROLES = ("user", "assistant", "system")


def turns(view: View, model: Traits, pairs: Pairing, form: Form) -> Iterator[Finding]:
    """Findings about the order of messages."""
    found = view.turns
    if not found:
        yield finding("no_messages", None, None)
        return
    if found[0].role == "assistant" and form != "foreign":
        yield finding("wrong_role:first_is_not_user", 0, None)
    splitting = {each.message for each in pairs.findings if each.diagnosis == "system_message_splits_tool_pair"}
    before: str | None = None
    for index, turn in enumerate(found):
        role = turn.role
        if role not in ROLES:
            # A message without a role that is text is malformed; `blocks` has named one that is no object.
            if role is not None or turn.blocks:
                yield finding("wrong_role:unknown", index, None, name=role)
        elif role == "system":
            if index not in splitting and form != "foreign":
                yield from _system(found, index, model, form)
        elif role == before and form != "foreign" and not {index - 1, index} <= pairs.explained:
            yield finding("consecutive_same_role", index, None)
        before = role
    if form == "request":
        yield from _end(found, model, pairs)


def _system(found: list[Turn], index: int, model: Traits, form: Form) -> Iterator[Finding]:
    if index == 0:
        yield finding("system_message_misplaced:first", 0, None)
    elif found[index - 1].role != "user":
        yield finding("system_message_misplaced:not_after_user", index, None)
    elif index + 1 < len(found) and found[index + 1].role != "assistant":
        yield finding("system_message_misplaced:before_user", index, None)
    elif not model.system_turns and form == "request":
        yield finding("system_message_unsupported", index, None)


def _end(found: list[Turn], model: Traits, pairs: Pairing) -> Iterator[Finding]:
    index = len(found) - 1
    last = found[index]
    if last.role != "assistant" or _paused(last):
        return
    if any(each.message == index and each.head == "dangling_tool_use" for each in pairs.findings):
        return
    if not model.prefill:
        yield finding("prefill_unsupported:resume_ended_on_assistant", index, None)
        return
    block = last.blocks[-1] if last.blocks else None
    text = block.get("text") if block is not None and block.get("type") == "text" else None
    if isinstance(text, str) and text and text[-1].isspace() and not text.isspace():
        yield finding("prefill_trailing_whitespace", index, None if last.plain else len(last.blocks) - 1)


def _paused(turn: Turn) -> bool:
    """A turn the provider paused on a tool of its own goes back as it is, and goes on."""
    block = turn.blocks[-1] if turn.blocks else None
    kind = None if block is None else block.get("type")
    return isinstance(kind, str) and (kind in SERVER_CALLS or is_server_result(kind))
