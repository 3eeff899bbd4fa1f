"""OpenAI responses: a flat list of messages, calls, their outputs, reasoning, and calls of the provider's own tools.

Source: the vendor's API reference. A reasoning item belongs to the item behind it; one with nothing behind it is refused.
Calls of a computer, a shell or a patch are answered by items that hold more than words: a lost one is named, and left to a
person. A request for approval that nobody has answered waits, and is no damage.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.draft import Draft, Piece
from agent_core.conversation.health.findings import Aside, Outcome
from agent_core.conversation.health.foreign.openai_chat import (
    NOT_KNOWN_ITEM,
    OPENING,
    arguments_of,
    content_of,
    placed,
    result_of,
    result_text,
    text_blocks,
)
from agent_core.conversation.health.foreign.transcript import Item, Part, Transcript, Way, Woven, unwoven
from agent_core.conversation.health.view import Json, written

_CALLS: Final[Mapping[str, str]] = {
    "computer_call": "computer",
    "local_shell_call": "local_shell",
    "shell_call": "shell",
    "apply_patch_call": "apply_patch",
}
"""Calls with results of their own form -> the tool's name."""

_OUTPUTS: Final = frozenset(f"{kind}_output" for kind in _CALLS)
_TOLD: Final = frozenset({"function_call_output", "custom_tool_call_output", "mcp_approval_response"})
_OWN_FORM: Final[Mapping[str, str]] = {
    **dict.fromkeys([*_CALLS, *_OUTPUTS, "custom_tool_call"], "call_id"),
    "mcp_approval_request": "id",
    "mcp_approval_response": "approval_request_id",
}
"""Types of items whose content goes back as it came -> the field with the id of the call."""

ITEMS: Final = frozenset(
    {"function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "reasoning", "item_reference"}
    | {"mcp_approval_request", "mcp_approval_response", "mcp_list_tools", "mcp_call", "web_search_call", "file_search_call"}
    | {"code_interpreter_call", "image_generation_call", *_CALLS, *_OUTPUTS}
)
"""Types that no other form has."""


def read(items: Sequence[Json], put_back: Any, *, goes_on: bool = False) -> Transcript:
    """A list of response items.

    Args:
        items: The items.
        put_back: Takes a list of items and answers the whole original with that list in its place.
        goes_on: The provider keeps what came before.
    """
    woven = Woven(items)
    rows = [cast("Item", item) if isinstance(item, dict) else {} for item in items]
    kept = goes_on or any(row.get("type") == "item_reference" for row in rows)
    here = {str(_call_id(row)) for row in rows if not _is_result(row)}
    for index, row in enumerate(rows):
        call = _call_id(row)
        if kept and _is_result(row) and isinstance(call, str) and call not in here:
            woven.recall(index, call)
        _add(woven, index, row)
    body: dict[str, Any] = {"messages": woven.messages}
    answered = {block.get("tool_use_id") for message in woven.messages for block in message["content"]}
    made = [part.source for part in woven.parts.values() if part.key == "call"]
    waiting = [str(item.get("id")) for item in made if item.get("type") == "mcp_approval_request"]
    by_hand = [str(_call_id(item)) for item in made if item.get("type") in _CALLS]
    aside = Aside(
        stop_reasons=woven.stop_reasons,
        outcomes={call: Outcome("pending") for call in waiting if call not in answered},
        by_hand=frozenset(call for call in by_hand if call not in answered),
        form="foreign",
    )

    def place(message: int | None, block: int | None) -> tuple[int | None, int | None]:
        return placed(woven, message, block)

    def write(draft: Draft, healed: Json) -> Json:
        del healed
        if not draft.changes:
            return put_back(list(items))
        return put_back(unwoven(draft, woven, items, Way(_rebuilt, one_item=False)))

    return Transcript("openai_responses", body, aside, place, write)


def _add(woven: Woven, index: int, item: Item) -> None:
    kind = item.get("type", "message")
    if kind in ("function_call", "custom_tool_call"):
        given = {"input": item.get("input")} if kind == "custom_tool_call" else arguments_of(item.get("arguments"))
        block = {"type": "tool_use", "id": item.get("call_id"), "name": item.get("name"), "input": given}
        woven.add("assistant", index, [(block, "call", None)], join=True)
    elif isinstance(kind, str) and (kind in _CALLS or kind == "mcp_approval_request"):
        name = _CALLS.get(kind, item.get("name"))
        block = {"type": "tool_use", "id": _call_id(item), "name": name, "input": {}}
        woven.add("assistant", index, [(block, "call", None)], join=True)
    elif kind in ("function_call_output", "custom_tool_call_output"):
        woven.add_result(index, item.get("call_id"), result_of(item.get("output")))
    elif _is_result(item):
        woven.add_result(index, _call_id(item), f"[{kind}]")
    elif kind == "reasoning":
        woven.add("assistant", index, [({"type": "redacted_thinking", "data": "reasoning"}, "reasoning", None)], join=True)
    elif kind == "message":
        role = item.get("role") if isinstance(item.get("role"), str) else None
        known = role in ("user", "assistant", *OPENING)
        named = "system" if role in OPENING else str(role) if known else "unknown"
        blocks = text_blocks(item.get("content")) if known else [NOT_KNOWN_ITEM]
        message = woven.add(named, index, blocks, join=named == "assistant")
        content = item.get("content")
        parts = cast("list[Json]", content) if isinstance(content, list) else []
        if any(isinstance(part, dict) and cast("Item", part).get("type") == "refusal" for part in parts):
            woven.stop_reasons[message] = "refusal"
    else:
        # Calls of the provider's own tools and whatever comes next year: kept in place, not judged.
        woven.add("assistant", index, [({"type": "text", "text": f"[{kind}]"}, "other", None)], join=True)


def _call_id(item: Item) -> Json:
    """The id of the call an item makes or answers."""
    return item.get("approval_request_id", item.get("call_id", item.get("id")))


def _is_result(item: Item) -> bool:
    kind = item.get("type")
    return isinstance(kind, str) and (kind in _OUTPUTS or kind in _TOLD)


def _rebuilt(original: Item | None, role: str, run: Sequence[tuple[Piece, Part | None]]) -> Json:
    base: Mapping[str, Any] = original if original is not None else {}
    first = run[0][0]
    kind = base.get("type")
    if first.kind in ("tool_use", "tool_result") and isinstance(kind, str) and kind in _OWN_FORM:
        # Their form says more than words: only the id can have changed.
        name = _OWN_FORM[kind] if _OWN_FORM[kind] in base else "id"
        return {**base, name: first.fields.get("id", first.fields.get("tool_use_id"))}
    if first.kind == "tool_result":
        told = {"call_id": first.fields.get("tool_use_id"), "output": result_text(first.fields)}
        is_output = str(base.get("type")).endswith("_output")
        return {**base, **told} if is_output else {"type": "function_call_output", **told}
    if first.kind == "tool_use":
        told = {"call_id": first.fields.get("id"), "name": first.fields.get("name")}
        if not base or arguments_of(base.get("arguments")) != first.fields.get("input"):
            told["arguments"] = written(first.fields.get("input"))[0]
        return {"type": "function_call", **base, **told}
    if base.get("type", "message") != "message":
        base = {}
    content = content_of(base.get("content"), run, lambda source: source)
    return {**base, "role": base.get("role", role), "content": content if content is not None else ""}
