"""LangGraph checkpoints and state snapshots as JSON: the `messages` channel, in serialised or plain form.

Source: the project's public documentation of messages, checkpoints and interrupts. A call an interrupt waits for is
a waiting approval and no damage. What a checkpoint holds beside its messages goes back untouched.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard, cast

from agent_core.conversation.health.draft import Draft, Piece
from agent_core.conversation.health.findings import Aside, Outcome
from agent_core.conversation.health.foreign.openai_chat import (
    NOT_KNOWN_ITEM,
    arguments_of,
    content_of,
    joined,
    placed,
    result_of,
    result_text,
    text_blocks,
)
from agent_core.conversation.health.foreign.transcript import Item, Part, Transcript, Way, Woven, open_calls, unwoven
from agent_core.conversation.health.view import Json

_KINDS = {
    "human": "human", "humanmessage": "human", "humanmessagechunk": "human", "user": "human",
    "ai": "ai", "aimessage": "ai", "aimessagechunk": "ai", "assistant": "ai",
    "tool": "tool", "toolmessage": "tool", "toolmessagechunk": "tool", "function": "tool", "functionmessage": "tool",
    "system": "system", "systemmessage": "system", "systemmessagechunk": "system", "developer": "system",
}  # fmt: skip
_CLASSES = {"ai": "AIMessage", "human": "HumanMessage", "tool": "ToolMessage", "system": "SystemMessage"}
_STOPS = {"length": "max_tokens", "content_filter": "refusal", "max_tokens": "max_tokens", "refusal": "refusal"}


def read(items: Sequence[Json], put_back: Any, interrupts: Sequence[Json] = ()) -> Transcript:
    """A channel of messages; see `openai_chat.read`.

    Args:
        items: The messages.
        put_back: Takes a list of items and answers the whole original with that list in its place.
        interrupts: What the graph has stopped for.
    """
    items, put_back = _unpacked(items, put_back)
    woven = Woven(items)
    opening: list[int] = []
    for index, item in enumerate(items):
        _add(woven, opening, index, item)
    body: dict[str, Any] = {"messages": woven.messages}
    if woven.system:
        body["system"] = woven.system
    outcomes = {call: Outcome("pending") for call in _waiting(woven, interrupts)}
    aside = Aside(stop_reasons=woven.stop_reasons, outcomes=outcomes, form="foreign")
    serialised = any(isinstance(item, dict) and "lc" in item for item in items)

    def place(message: int | None, block: int | None) -> tuple[int | None, int | None]:
        return placed(woven, message, block)

    def rebuild(original: Item | None, role: str, run: Sequence[tuple[Piece, Part | None]]) -> Json:
        return _rebuilt(original, role, run, serialised=serialised)

    def write(draft: Draft, healed: Json) -> Json:
        if not draft.changes:
            return put_back(list(items))
        system = cast("Item", healed).get("system")
        first = [items[index] for index in opening]
        if system is not None and system != woven.system:
            made = _fresh("system", serialised=serialised)
            first = [_with_fields(made, {**fields_of(made), "content": joined(system)})]
        return put_back([*first, *unwoven(draft, woven, items, Way(rebuild, one_item=True))])

    return Transcript("langgraph", body, aside, place, write)


def kind_of_item(item: Json) -> str | None:
    """Whose message it is: `human`, `ai`, `tool` or `system`; none when it is no message of this form."""
    if is_pair(item):
        return _KINDS.get(cast("list[str]", item)[0].lower())
    if is_packed(item):
        return _KINDS.get(cast("list[str]", item)[1].lower())
    if not isinstance(item, dict):
        return None
    fields = cast("Item", item)
    names = fields.get("id")
    if fields.get("type") == "not_implemented":
        # Its class was not known to whoever wrote it: what it said is lost, and nobody may take it for an empty message.
        return None
    if "lc" in fields and isinstance(names, list) and names:
        return _KINDS.get(str(cast("list[Json]", names)[-1]).lower())
    return _KINDS.get(str(fields.get("type", fields.get("role"))).lower())


def is_pair(item: Json) -> bool:
    """Whether a message is written in short: whose it is, and what it says."""
    pair = cast("list[Json]", item) if isinstance(item, list) else []
    return len(pair) == 2 and all(isinstance(part, str) for part in pair) and str(pair[0]).lower() in _KINDS


def is_packed(item: Json) -> bool:
    """Whether a message is written as msgpack has it: module, class, fields, and the name of what reads them."""
    parts = cast("list[Json]", item) if isinstance(item, list) else []
    if len(parts) not in (3, 4) or not isinstance(parts[2], dict):
        return False
    return all(isinstance(part, str) for part in (*parts[:2], *parts[3:])) and str(parts[1]).lower() in _KINDS


def _unpacked(items: Sequence[Json], put_back: Any) -> tuple[Sequence[Json], Any]:
    """Messages written as msgpack has them in plain form, and what writes them so again."""
    packed = {at: cast("list[Any]", item) for at, item in enumerate(items) if is_packed(item)}
    if not packed:
        return items, put_back
    plain = [{"type": kind_of_item(item), **item[2]} if (item := packed.get(at)) else each for at, each in enumerate(items)]
    before = {id(plain[at]): item for at, item in packed.items()}
    frames = {str(kind_of_item(item)): item for item in packed.values()}

    def packed_again(item: Json) -> Json:
        if id(item) in before:
            return before[id(item)]
        kind = kind_of_item(item)
        if kind is None or not isinstance(item, dict):
            return item
        module, name, _, *reader = frames.get(kind) or _frame(kind, next(iter(packed.values())))
        return [module, name, item, *reader]

    def written(healed: list[Json]) -> Json:
        return put_back([packed_again(item) for item in healed])

    return plain, written


def _frame(kind: str, like: Sequence[Any]) -> list[Any]:
    """How a message of a kind that is not among them is written beside the others."""
    return [f"{like[0].rpartition('.')[0]}.{kind}", _CLASSES[kind], None, *like[3:]]


def fields_of(item: Json) -> Item:
    """The fields of a message, whichever way it is wrapped."""
    if is_pair(item):
        return {"content": cast("list[str]", item)[1]}
    fields = cast("Item", item) if isinstance(item, dict) else {}
    for name in ("kwargs", "data"):
        inner = fields.get(name)
        if isinstance(inner, dict) and ("lc" in fields or name == "data"):
            return cast("Item", inner)
    return fields


def _with_fields(item: Item, changed: Item) -> Json:
    for name in ("kwargs", "data"):
        if isinstance(item.get(name), dict) and ("lc" in item or name == "data"):
            return {**item, name: changed}
    return dict(changed)


def _add(woven: Woven, opening: list[int], index: int, item: Json) -> None:
    kind, fields = kind_of_item(item), fields_of(item)
    content = fields.get("content")
    blocks = text_blocks(content)
    if kind == "system":
        if not woven.messages:
            opening.append(index)
            woven.system.extend(block for block, _, _ in blocks)
        else:
            woven.add("system", index, blocks)
    elif kind == "tool":
        woven.add_result(index, fields.get("tool_call_id"), result_of(content), is_error=fields.get("status") == "error")
    elif kind == "ai":
        calls = _calls(fields)
        made = {call[0]["id"] for call in calls if isinstance(call[0].get("id"), str)}
        message = woven.add("assistant", index, [*_words(content, made), *calls])
        meta = fields.get("response_metadata")
        told = cast("Item", meta) if isinstance(meta, dict) else {}
        stop = _STOPS.get(str(told.get("stop_reason", told.get("finish_reason"))))
        if stop is not None:
            woven.stop_reasons[message] = stop
    else:
        woven.add("user" if kind == "human" else "unknown", index, blocks if kind == "human" else [NOT_KNOWN_ITEM])


def _words(content: Json, made: set[str]) -> list[tuple[dict[str, Any], Any, int | None]]:
    """An assistant's words: calls that stand in the content as well as in `tool_calls` are one."""
    if not isinstance(content, list):
        return text_blocks(content)
    blocks: list[tuple[dict[str, Any], Any, int | None]] = []
    for position, part in enumerate(cast("list[Json]", content)):
        fields = cast("Item", part) if isinstance(part, dict) else {}
        if fields.get("type") == "tool_use":
            call = fields.get("id")
            if not (isinstance(call, str) and call in made):
                known = {name: fields.get(name) for name in ("type", "id", "name", "input")}
                blocks.append((known, ("content", position), position))
        elif fields.get("type") in ("input_json_delta", "tool_call", "tool_call_chunk", "function_call"):
            continue
        else:
            blocks.append((text_blocks([part])[0][0], "part", position))
    return blocks


def _calls(fields: Item) -> list[tuple[dict[str, Any], Any, int | None]]:
    calls: list[tuple[dict[str, Any], Any, int | None]] = []
    for name in ("tool_calls", "invalid_tool_calls"):
        listed = fields.get(name)
        for number, call in enumerate(cast("list[Json]", listed) if isinstance(listed, list) else []):
            entry = cast("Item", call) if isinstance(call, dict) else {}
            inner = entry.get("function")
            named = cast("Item", inner) if isinstance(inner, dict) else entry
            given = named.get("args", arguments_of(named.get("arguments")))
            block = {"type": "tool_use", "id": entry.get("id"), "name": named.get("name"), "input": given}
            calls.append((block, (name, number), None))
    return calls


def _waiting(woven: Woven, interrupts: Sequence[Json]) -> list[str]:
    """The calls an interrupt waits for: those it names, or all that are open when it names none."""
    if not interrupts:
        return []
    answered = {
        block.get("tool_use_id") for message in woven.messages if message["role"] == "user" for block in message["content"]
    }
    callers = [message for message in woven.messages if message["role"] == "assistant"]
    last = callers[-1]["content"] if callers else []
    calls = [block for block in last if block.get("type") == "tool_use"]
    opened = [block for block in calls if not (isinstance(block.get("id"), str) and block["id"] in answered)]
    wanted = [request for interrupt in interrupts for request in _requests(interrupt)]
    named = [
        block["id"]
        for block in opened
        if any(name == block["name"] and (given is None or given == block["input"]) for name, given in wanted)
    ]
    ids = named or [block["id"] for block in opened] or open_calls({"messages": woven.messages})
    return [call for call in ids if isinstance(call, str)]


def _requests(interrupt: Json) -> list[tuple[Json, Json]]:
    """`(tool, arguments)` of what an interrupt asks a person about, in the shapes in use."""
    fields = cast("Item", interrupt) if isinstance(interrupt, dict) else {}
    value = fields.get("value", interrupt)
    asked = cast("list[Json]", value) if isinstance(value, list) else [value]
    found: list[tuple[Json, Json]] = []
    for each in asked:
        told = cast("Item", each) if isinstance(each, dict) else {}
        several = told.get("action_requests")
        single = told.get("action_request")
        requests = cast("list[Json]", several) if isinstance(several, list) else [single]
        for request in requests:
            if isinstance(request, dict):
                named = cast("Item", request)
                found.append((named.get("name", named.get("action")), named.get("args", named.get("arguments"))))
    return found


def _rebuilt(original: Item | None, role: str, run: Sequence[tuple[Piece, Part | None]], *, serialised: bool) -> Json:
    first = run[0][0]
    if first.kind == "tool_result":
        return _tool_message(original, first.fields, serialised=serialised)
    kind = {"assistant": "ai", "system": "system"}.get(role, "human")
    if original is None or kind_of_item(original) != kind:
        original = _fresh(kind, serialised=serialised)
    fields = dict(fields_of(original))
    texts = [(piece, part) for piece, part in run if piece.kind != "tool_use"]
    calls = [(piece, part) for piece, part in run if piece.kind == "tool_use"]
    content = content_of(fields.get("content"), texts, fields_of)
    if isinstance(content, list):
        content += [call for piece, part in calls if (call := _content_call(piece, part)) is not None]
    fields["content"] = "" if content is None else content
    if kind == "ai":
        listed = [(piece, part) for piece, part in calls if part is None or part.key[0] != "content"]
        fields["tool_calls"] = [_entry(piece, part) for piece, part in listed]
        if "invalid_tool_calls" in fields:
            fields["invalid_tool_calls"] = []
    return _with_fields(original, fields)


def _content_call(piece: Piece, part: Part | None) -> Json:
    """A call as it stands in the content beside `tool_calls`, or none when it does not stand there."""
    if part is None:
        return None
    fields = fields_of(part.source)
    content = fields.get("content")
    name, number = part.key
    entry = cast("list[Json]", fields[name])[number] if name != "content" else None
    wanted = cast("Item", entry).get("id") if isinstance(entry, dict) else None
    for position, each in enumerate(cast("list[Json]", content) if isinstance(content, list) else []):
        known = cast("Item", each) if isinstance(each, dict) else {}
        here = position == number if name == "content" else known.get("id") == wanted
        if known.get("type") == "tool_use" and here:
            made = {"id": piece.fields.get("id"), "name": piece.fields.get("name"), "input": piece.fields.get("input")}
            return {**known, **made}
    return None


def _entry(piece: Piece, part: Part | None) -> Json:
    made = {"name": piece.fields.get("name"), "args": piece.fields.get("input"), "id": piece.fields.get("id")}
    known = cast("list[Json]", fields_of(part.source)["tool_calls"])[part.key[1]] if _is_listed(part) else None
    if isinstance(known, dict) and "args" in known:
        return {**cast("Item", known), **made}
    return {**made, "type": "tool_call"}


def _is_listed(part: Part | None) -> TypeGuard[Part]:
    return part is not None and part.key[0] == "tool_calls"


def _tool_message(original: Item | None, result: Mapping[str, Any], *, serialised: bool) -> Json:
    if original is None or kind_of_item(original) != "tool":
        original = _fresh("tool", serialised=serialised)
    fields = {**fields_of(original), "content": result_text(result), "tool_call_id": result.get("tool_use_id")}
    fields["status"] = "error" if result.get("is_error") is True else "success"
    return _with_fields(original, fields)


def _fresh(kind: str, *, serialised: bool) -> Item:
    if not serialised:
        return {"type": kind}
    path = ["langchain", "schema", "messages", _CLASSES[kind]]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": {"type": kind}}
