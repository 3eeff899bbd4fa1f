"""OpenAI chat completions: `tool_calls` of an assistant message, answered by messages of role `tool`.

Source: the vendor's API reference. Arguments are JSON text there; an assistant message without words has `content: null`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from agent_core.conversation.health.draft import Draft, Piece
from agent_core.conversation.health.findings import Aside
from agent_core.conversation.health.foreign.transcript import Item, Part, Transcript, Way, Woven, unwoven
from agent_core.conversation.health.view import Json, written

OPENING = ("system", "developer")
_LEGACY = "function_call:"
NOT_KNOWN_ITEM: tuple[dict[str, Any], Any, int | None] = (
    {"type": "text", "text": "[an item of an unknown kind]"},
    "odd",
    None,
)
"""Stands for an item nobody understands: it is named, left to a person, and goes back as it came."""


def read(items: Sequence[Json], put_back: Any) -> Transcript:
    """A list of chat messages.

    Args:
        items: The messages.
        put_back: Takes a list of items and answers the whole original with that list in its place.
    """
    woven = Woven(items)
    opening: list[int] = []
    for index, item in enumerate(items):
        _add(woven, opening, index, cast("Item", item) if isinstance(item, dict) else {})
    body: dict[str, Any] = {"messages": woven.messages}
    if woven.system:
        body["system"] = woven.system
    aside = Aside(stop_reasons=woven.stop_reasons, outcomes=woven.outcomes, form="foreign")

    def place(message: int | None, block: int | None) -> tuple[int | None, int | None]:
        return placed(woven, message, block)

    def write(draft: Draft, healed: Json) -> Json:
        if not draft.changes:
            return put_back(list(items))
        system = cast("Mapping[str, Any]", healed).get("system")
        same = system is None or system is woven.system or system == woven.system
        first = [items[index] for index in opening] if same else [{"role": "system", "content": joined(system)}]
        return put_back([*first, *unwoven(draft, woven, items, Way(_rebuilt, one_item=True))])

    return Transcript("openai_chat", body, aside, place, write)


def placed(woven: Woven, message: int | None, block: int | None) -> tuple[int | None, int | None]:
    """The item a place of the body came from."""
    if message is None:
        return None, None
    if block is not None and (part := woven.parts.get((message, block))) is not None:
        return part.item, part.position
    return (woven.items[message][0] if message < len(woven.items) else None), None


def joined(system: Json) -> str:
    """A system prompt as one text."""
    if isinstance(system, str):
        return system
    return "\n\n".join(str(block.get("text", "")) for block in cast("list[dict[str, Any]]", system))


def _add(woven: Woven, opening: list[int], index: int, item: Item) -> None:
    role = item.get("role") if isinstance(item.get("role"), str) else None
    content = item.get("content")
    blocks = text_blocks(content)
    if role in OPENING:
        if not woven.messages:
            opening.append(index)
            woven.system.extend(block for block, _, _ in blocks)
        else:
            woven.add("system", index, blocks)
    elif role in ("tool", "function"):
        call = item.get("tool_call_id") if role == "tool" else _legacy_call(woven, item.get("name"))
        woven.add_result(index, call, result_of(content))
    elif role == "assistant":
        refused = item.get("refusal")
        if isinstance(refused, str) and refused and not blocks:
            blocks = [({"type": "text", "text": refused}, "refusal", None)]
        calls = _calls(item, index)
        if isinstance(item.get("audio"), dict) and not blocks and not calls:
            blocks = [({"type": "text", "text": "[audio]"}, "audio", None)]
        message = woven.add("assistant", index, [*blocks, *calls])
        if isinstance(refused, str) and refused:
            woven.stop_reasons[message] = "refusal"
    else:
        woven.add("user" if role == "user" else "unknown", index, blocks if role == "user" else [NOT_KNOWN_ITEM])


def _legacy_call(woven: Woven, name: Json) -> str:
    """The id made up for the latest call of a function: the old form has none, its result names the function."""
    for message in reversed(woven.messages):
        if message["role"] == "assistant":
            ids = (str(block.get("id")) for block in message["content"] if block.get("type") == "tool_use")
            return next((call for call in ids if call.startswith(_LEGACY) and call.endswith(f":{name}")), f"{_LEGACY}{name}")
    return f"{_LEGACY}{name}"


def text_blocks(content: Json) -> list[tuple[dict[str, Any], Any, int | None]]:
    """A message's words as blocks; what is no text stands as a mark, and goes back untouched."""
    if isinstance(content, str):
        return [({"type": "text", "text": content}, "text", None)] if content else []
    if not isinstance(content, list):
        return []
    blocks: list[tuple[dict[str, Any], Any, int | None]] = []
    for position, part in enumerate(cast("list[Json]", content)):
        fields = cast("Item", part) if isinstance(part, dict) else {}
        text = fields.get("text", fields.get("refusal"))
        if isinstance(part, str):
            text = part
        said = text if isinstance(text, str) and fields.get("type") != "image_url" else f"[{fields.get('type', 'part')}]"
        blocks.append(({"type": "text", "text": said}, "part", position))
    return blocks


def result_of(content: Json) -> Json:
    """What a tool answered, as a result holds it: a text, or blocks without the empty ones."""
    return content if isinstance(content, str) else [block for block, _, _ in text_blocks(content) if block["text"]]


def _calls(item: Item, index: int) -> list[tuple[dict[str, Any], Any, int | None]]:
    calls: list[tuple[dict[str, Any], Any, int | None]] = []
    listed = item.get("tool_calls")
    for number, call in enumerate(cast("list[Json]", listed) if isinstance(listed, list) else []):
        fields = cast("Item", call) if isinstance(call, dict) else {}
        inner = fields.get("function", fields.get("custom"))
        named = cast("Item", inner) if isinstance(inner, dict) else {}
        custom = "custom" in fields
        given = {"input": named.get("input")} if custom else arguments_of(named.get("arguments"))
        block = {"type": "tool_use", "id": fields.get("id"), "name": named.get("name"), "input": given}
        calls.append((block, ("call", number), None))
    legacy = item.get("function_call")
    if isinstance(legacy, dict) and not calls:
        named = cast("Item", legacy)
        given = arguments_of(named.get("arguments"))
        block = {
            "type": "tool_use",
            "id": f"{_LEGACY}{index}:{named.get('name')}",
            "name": named.get("name"),
            "input": given,
        }
        calls.append((block, "function_call", None))
    return calls


def arguments_of(text: Json) -> Json:
    """A call's arguments: the object in the text, or the text itself when there is none."""
    if text == "":
        return {}
    if isinstance(text, str):
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return cast("Json", parsed) if isinstance(parsed, dict) else text
    return text


def _rebuilt(original: Item | None, role: str, run: Sequence[tuple[Piece, Part | None]]) -> Json:
    base = dict(original) if original is not None else {}
    first = run[0][0]
    if first.kind == "tool_result":
        call, words = str(first.fields.get("tool_use_id")), result_text(first.fields)
        if call.startswith(_LEGACY):
            return {**base, "role": "function", "name": call.rpartition(":")[2], "content": words}
        told = {"role": "tool", "tool_call_id": call, "content": words}
        return {**base, **told} if base.get("role") == "tool" else told
    if base.get("role") in ("tool", "function"):
        # What was a result and is none any more, a notice say, is a message of whoever's turn it stands in.
        base = {}
    # What stands in a field of its own stays there, and is no content.
    apart = ("refusal", "audio") if original is not None else ()
    texts = [(piece, part) for piece, part in run if piece.kind != "tool_use" and (part is None or part.key not in apart)]
    made = {**base, "role": base.get("role", role), "content": content_of(base.get("content"), texts, lambda source: source)}
    calls = [(piece, part) for piece, part in run if piece.kind == "tool_use"]
    made.pop("tool_calls", None)
    if calls and not any(part is not None and part.key == "function_call" for _, part in calls):
        made["tool_calls"] = [_call(piece, part) for piece, part in calls]
    return made


def content_of(
    content: Json, texts: Sequence[tuple[Piece, Part | None]], fields: Callable[[Item], Item]
) -> list[Json] | str | None:
    """The words of an item: parts where it had parts, else one text.

    Args:
        content: What the item held.
        texts: The pieces that are to stand there.
        fields: Unwraps an item.
    """
    if not isinstance(content, list):
        words = [str(piece.fields.get("text")) for piece, _ in texts]
        return "\n".join(words) if words else None
    return [_content_part(piece, part, fields) for piece, part in texts]


def _content_part(piece: Piece, part: Part | None, fields: Callable[[Item], Item]) -> Json:
    if part is not None and part.position is not None:
        known = fields(part.source)["content"][part.position]
        blocks = text_blocks([known])
        if blocks[0][0] == piece.block:
            return known
    return {"type": "text", "text": piece.fields.get("text")}


def _call(piece: Piece, part: Part | None) -> Json:
    known = part.source["tool_calls"][part.key[1]] if part is not None and isinstance(part.key, tuple) else None
    entry = cast("Item", known) if isinstance(known, dict) else {"type": "function"}
    if isinstance(entry.get("custom"), dict):
        return {**entry, "id": piece.fields.get("id")}
    inner = entry.get("function")
    named = dict(cast("Item", inner)) if isinstance(inner, dict) else {}
    if known is None or arguments_of(named.get("arguments")) != piece.fields.get("input"):
        named["arguments"] = written(piece.fields.get("input"))[0]
    return {**entry, "id": piece.fields.get("id"), "function": {**named, "name": piece.fields.get("name")}}


def result_text(result: Mapping[str, Any]) -> str:
    """A result's words as one text."""
    content = result.get("content")
    if isinstance(content, str):
        return content
    blocks = cast("list[dict[str, Any]]", content) if isinstance(content, list) else []
    return "\n".join(str(block.get("text", "")) for block in blocks)
