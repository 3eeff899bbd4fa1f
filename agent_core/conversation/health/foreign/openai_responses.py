"""OpenAI responses: a flat list of messages, calls, their outputs, reasoning, and calls of the provider's own tools.

Source: the vendor's API reference. A reasoning item belongs to the item behind it; one with nothing behind it is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from agent_core.conversation.health.draft import Draft, Piece
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.foreign.openai_chat import (
    NOT_KNOWN_ITEM,
    OPENING,
    arguments_of,
    content_of,
    placed,
    result_text,
    text_blocks,
)
from agent_core.conversation.health.foreign.transcript import Item, Part, Transcript, Way, Woven, unwoven
from agent_core.conversation.health.view import Json, written


def read(items: Sequence[Json], put_back: Any) -> Transcript:
    """A list of response items; see `openai_chat.read`."""
    woven = Woven(items)
    for index, item in enumerate(items):
        _add(woven, index, cast("Item", item) if isinstance(item, dict) else {})
    body: dict[str, Any] = {"messages": woven.messages}
    aside = Aside(stop_reasons=woven.stop_reasons, form="foreign")

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
    elif kind in ("function_call_output", "custom_tool_call_output"):
        output = item.get("output")
        result: dict[str, Any] = {"type": "tool_result", "content": output if isinstance(output, str) else _listed(output)}
        if isinstance(item.get("call_id"), str):
            result["tool_use_id"] = item["call_id"]
        last = woven.messages[-1] if woven.messages else None
        join = last is not None and last["role"] == "user" and all(b.get("type") == "tool_result" for b in last["content"])
        woven.add("user", index, [(result, "result", None)], join=join)
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


def _listed(output: Json) -> Json:
    return [block for block, _, _ in text_blocks(output) if block["text"]]


def _rebuilt(original: Item | None, role: str, run: Sequence[tuple[Piece, Part | None]]) -> Json:
    base: Mapping[str, Any] = original if original is not None else {}
    first = run[0][0]
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
