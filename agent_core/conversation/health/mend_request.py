"""Repairs outside of the messages: parameters, tools, tool choice, cache marks, schemas.

A change of tools or system prompt voids all thinking, so nothing here touches them without need. It must never offer a model
a tool the request did not offer.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.blocks import MOST_NAME, bad_tool_name
from agent_core.conversation.health.draft import Draft, Passage, Piece, touch
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.request import (
    LEAST_BUDGET,
    MOST_MARKS,
    OF_HOSTS,
    PARAMETERS,
    SAMPLING,
    goes_with_thinking,
    is_hosted,
    is_long,
    is_mark,
)
from agent_core.conversation.health.schemas import BOUNDS, MOST_DEPTH, is_open_object
from agent_core.conversation.health.subfields import extra_fields, is_null
from agent_core.conversation.health.view import Block, Json, nested_blocks

STUB: Final = "Declared because the history holds calls of it. It is not available."


def drop_parameter(draft: Draft, findings: Sequence[Finding]) -> None:
    """Leaves parameters out that the API does not take."""
    for each in findings:
        _, _, cause = each.diagnosis.partition(":")
        if each.diagnosis == "thinking_unsupported":
            gone = ["thinking"]
        elif each.diagnosis == "sampling_with_thinking":
            gone = [name for name in SAMPLING if name in draft.head and not goes_with_thinking(name, draft.head[name])]
        elif each.diagnosis == "null_parameter":
            gone = [name for name, value in draft.head.items() if is_null(name, value)]
        elif cause:
            gone = [cause]
        else:
            known = PARAMETERS | (OF_HOSTS if is_hosted(draft.head) else frozenset()) | set(SAMPLING)
            gone = [name for name in draft.head if name not in known]
        for name in gone:
            if name in draft.head:
                before = draft.head.pop(name)
                draft.change(name, None, "drop_parameter", each.diagnosis, before=before, after=None)


def drop_parameter_fields(draft: Draft, findings: Sequence[Finding]) -> None:
    """Leaves fields out of parameters that hold more than the API knows."""
    why = findings[0].diagnosis
    for name, index, extra in list(extra_fields(draft.head)):
        before = draft.head[name]
        if index is None:
            after: Json = _without(before, extra)
        else:
            after = [_without(item, extra) if at == index else item for at, item in enumerate(cast("list[Json]", before))]
        draft.head[name] = after
        draft.change(name, None, "drop_parameter_fields", why, before=before, after=after)


def _without(value: Json, names: Sequence[str]) -> Json:
    return {name: item for name, item in cast("Block", value).items() if name not in names}


def raise_max_tokens(draft: Draft, findings: Sequence[Finding]) -> None:
    """Makes room for the thinking budget."""
    mode = dict(cast("Block", draft.head["thinking"]))
    before = draft.head.get("max_tokens")
    budget = mode.get("budget_tokens")
    if not isinstance(budget, int) or isinstance(budget, bool) or budget < LEAST_BUDGET:
        mode["budget_tokens"] = budget = LEAST_BUDGET
        draft.head["thinking"] = mode
    if isinstance(before, int) and before <= budget:
        draft.head["max_tokens"] = budget + max(before, 1)
    draft.change(
        "max_tokens", None, "raise_max_tokens", findings[0].diagnosis, before=before, after=draft.head.get("max_tokens")
    )


def disable_thinking(draft: Draft, findings: Sequence[Finding]) -> None:
    """Switches thinking off for this request: the blocks it would need are gone."""
    before = draft.head.pop("thinking", None)
    draft.change("thinking", None, "disable_thinking", findings[0].diagnosis, before=before, after=None)


def auto_tool_choice(draft: Draft, findings: Sequence[Finding]) -> None:
    """Lets the model choose, or leaves the choice out where there are no tools."""
    before = draft.head.pop("tool_choice", None)
    after: Json = None
    if draft.head.get("tools"):
        after = draft.head["tool_choice"] = {"type": "auto"}
    draft.change("tool_choice", None, "auto_tool_choice", findings[0].diagnosis, before=before, after=after)


def rename_tools(draft: Draft, findings: Sequence[Finding]) -> None:
    """Gives tools a valid name, the same in definitions, in calls and in the tool choice."""
    tools = draft.head.get("tools")
    listed = cast("list[Json]", tools) if isinstance(tools, list) else []
    taken = {str(cast("Block", tool).get("name")) for tool in listed if isinstance(tool, dict)}
    taken |= {str(piece.fields.get("name")) for passage in draft.passages for piece in passage.calls()}
    new: dict[str, str] = {}

    def valid(name: Json) -> Json:
        if bad_tool_name(name) is None:
            return name
        old = name if isinstance(name, str) else ""
        if old not in new:
            new[old] = _fresh(old, taken)
        return new[old]

    why = findings[0].diagnosis
    renamed = [{**tool, "name": valid(tool.get("name"))} if _has_name(tool) else tool for tool in listed]
    if renamed != listed:
        draft.change("tools", None, "rename_tool", why, before=None, after=dict(new))
        draft.head["tools"] = renamed
        draft.rebound = True
    choice = draft.head.get("tool_choice")
    wanted = cast("Block", choice).get("name") if isinstance(choice, dict) else None
    if isinstance(choice, dict) and isinstance(wanted, str) and wanted in new:
        draft.head["tool_choice"] = {**cast("Block", choice), "name": new[wanted]}
    for passage in draft.passages:
        for piece in passage.pieces if passage.role == "assistant" else []:
            wrong = piece.kind == "tool_use" and bad_tool_name(piece.fields.get("name")) is not None
            if wrong and not draft.waits(piece.fields.get("id")):
                before = piece.block
                piece.block = {**piece.fields, "name": valid(piece.fields.get("name"))}
                touch(passage)
                draft.change(passage, piece, "rename_tool", why, before=before, after=piece.block)


def _has_name(tool: Json) -> bool:
    name = cast("Block", tool).get("name") if isinstance(tool, dict) else None
    return isinstance(name, str) and bool(name)


def _fresh(old: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-zA-Z0-9_-]+", "_", old).strip("_")[: MOST_NAME - 8] or "unnamed_tool"
    new, number = stem, 2
    while new in taken:
        new, number = f"{stem}_{number}", number + 1
    taken.add(new)
    return new


def drop_duplicate_tools(draft: Draft, findings: Sequence[Finding]) -> None:
    """Keeps the first definition of each tool."""
    seen: set[str] = set()
    kept: list[Json] = []
    for tool in cast("list[Json]", draft.head["tools"]):
        name = cast("Block", tool).get("name") if isinstance(tool, dict) else None
        if isinstance(name, str) and name in seen:
            draft.change("tools", None, "drop_duplicate_tool", findings[0].diagnosis, before=tool, after=None)
            continue
        if isinstance(name, str):
            seen.add(name)
        kept.append(tool)
    draft.head["tools"] = kept
    draft.rebound = True


def add_tool_stubs(draft: Draft, findings: Sequence[Finding]) -> None:
    """Declares the tools the history used, and keeps the model from calling them."""
    names = dict.fromkeys(
        name for passage in draft.passages for piece in passage.calls() if isinstance(name := piece.fields.get("name"), str)
    )
    stubs = [{"name": name, "description": STUB, "input_schema": {"type": "object"}} for name in names]
    draft.head["tools"] = stubs
    draft.head["tool_choice"] = {"type": "none"}
    draft.rebound = True
    draft.change("tools", None, "add_tool_stubs", findings[0].diagnosis, before=None, after=stubs)


def cap_cache_marks(draft: Draft, findings: Sequence[Finding]) -> None:
    """Keeps the marks of tools, system prompt and request, and the last ones in the messages: four in all."""
    _marks(draft, findings[0].diagnosis, "cap_cache_marks", lambda marks: _surplus(marks))


def drop_cache_marks(draft: Draft, findings: Sequence[Finding]) -> None:
    """Takes off marks the API does not know, and those of tools that are loaded later."""
    why = findings[0].diagnosis
    _marks(draft, why, "drop_cache_mark", lambda marks: [mark for mark in marks if mark.deferred or not is_mark(mark.value)])


def lower_cache_ttl(draft: Draft, findings: Sequence[Finding]) -> None:
    """Lets every mark behind the first one for five minutes ask for five minutes too."""
    short = False
    for mark in _all_marks(draft):
        if not is_long(mark.value):
            short = True
        elif short:
            after = {**cast("Block", mark.value), "ttl": "5m"}
            mark.put(after)
            draft.change(mark.path, None, "lower_cache_ttl", findings[0].diagnosis, before=mark.value, after=after)


class _Mark:
    """One cache mark: its value, whether it stands in the messages or on a deferred tool, and how to put another there."""

    __slots__ = ("deferred", "in_messages", "path", "put", "value")

    def __init__(
        self, value: Json, path: str, put: Callable[[Json], None], *, in_messages: bool, deferred: bool = False
    ) -> None:
        self.value = value
        self.path = path
        self.put = put
        self.in_messages = in_messages
        self.deferred = deferred


def _surplus(marks: list[_Mark]) -> list[_Mark]:
    over = max(0, len(marks) - MOST_MARKS)
    inside = [mark for mark in marks if mark.in_messages]
    outside = [mark for mark in marks if not mark.in_messages]
    gone = inside[:over]
    return gone + outside[len(outside) - (over - len(gone)) :] if over > len(gone) else gone


def _marks(draft: Draft, why: str, what: str, choose: Callable[[list[_Mark]], list[_Mark]]) -> None:
    for mark in choose(_all_marks(draft)):
        mark.put(None)
        draft.change(mark.path, None, what, why, before={"cache_control": mark.value}, after=None)


def _all_marks(draft: Draft) -> list[_Mark]:
    marks: list[_Mark] = []
    for name in ("tools", "system"):
        listed = draft.head.get(name)
        if isinstance(listed, list):
            items = draft.head[name] = list(cast("list[Json]", listed))
            for place, item in enumerate(items):
                if isinstance(item, dict) and (value := cast("Block", item).get("cache_control")) is not None:
                    later = name == "tools" and cast("Block", item).get("defer_loading") is True
                    marks.append(_Mark(value, name, _in_list(items, place), in_messages=False, deferred=later))
    for passage in draft.passages:
        for piece in passage.pieces:
            marks.extend(_of_piece(passage, piece))
    if (value := draft.head.get("cache_control")) is not None:
        marks.append(_Mark(value, "cache_control", _in_head(draft), in_messages=False))
    return marks


def _of_piece(passage: Passage, piece: Piece) -> list[_Mark]:
    marks: list[_Mark] = []
    path = f"messages.{passage.at if passage.at is not None else 'new'}"
    if piece.kind == "thinking":
        return marks
    for place, inner in enumerate(nested_blocks(piece.fields) if piece.kind == "tool_result" else ()):
        if isinstance(inner, dict) and (value := cast("Block", inner).get("cache_control")) is not None:
            marks.append(_Mark(value, path, _in_result(passage, piece, place), in_messages=True))
    if (value := piece.fields.get("cache_control")) is not None:
        marks.append(_Mark(value, path, _in_piece(passage, piece), in_messages=True))
    return marks


def _in_head(draft: Draft) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        draft.head = cast("dict[str, Json]", _marked(draft.head, value))

    return put


def _in_list(items: list[Json], place: int) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        items[place] = _marked(items[place], value)

    return put


def _in_piece(passage: Passage, piece: Piece) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        # A mark changes nothing for the model: thinking behind it stays valid.
        piece.block = _marked(piece.block, value)
        passage.touched = True

    return put


def _in_result(passage: Passage, piece: Piece, place: int) -> Callable[[Json], None]:
    def put(value: Json) -> None:
        content = list(nested_blocks(piece.fields))
        content[place] = _marked(content[place], value)
        piece.block = {**piece.fields, "content": content}
        passage.touched = True

    return put


def _marked(item: Json, value: Json) -> Json:
    """The item with this mark, or with none."""
    fields = cast("Mapping[str, Any]", item)
    kept = {name: other for name, other in fields.items() if name != "cache_control" or value is not None}
    return kept if value is None else {**kept, "cache_control": value}


def close_schemas(draft: Draft, findings: Sequence[Finding]) -> None:
    """Reduces schemas to what structured output takes: the shape stays, bounds go."""
    config = draft.head.get("output_config")
    wanted = cast("Block", config).get("format") if isinstance(config, dict) else None
    if isinstance(wanted, dict):
        closed = {**cast("Block", wanted), "schema": _closed(cast("Block", wanted).get("schema"))}
        draft.head["output_config"] = {**cast("Block", config), "format": closed}
    tools = draft.head.get("tools")
    if isinstance(tools, list):
        made = [
            {**cast("Block", tool), "input_schema": _closed(cast("Block", tool).get("input_schema"))}
            if isinstance(tool, dict) and cast("Block", tool).get("strict") is True
            else tool
            for tool in cast("list[Json]", tools)
        ]
        draft.rebound = draft.rebound or made != tools
        draft.head["tools"] = made
    draft.change("output_config", None, "close_schema", findings[0].diagnosis, before=config, after=None)


def _closed(node: Json, depth: int = 0) -> Json:
    # What is nested deeper than anybody looks stays as it is, and is left to a person.
    if depth > 2 * MOST_DEPTH:
        return node
    if isinstance(node, list):
        return [_closed(item, depth + 1) for item in cast("list[Json]", node)]
    if not isinstance(node, dict):
        return node
    fields = {
        name: _closed_names(value, depth) if name in ("properties", "$defs", "definitions") else _closed(value, depth + 1)
        for name, value in cast("Mapping[str, Json]", node).items()
        if name not in BOUNDS and not (name == "minItems" and value not in (0, 1))
    }
    if is_open_object(fields):
        fields["additionalProperties"] = False
    return fields


def _closed_names(named: Json, depth: int) -> Json:
    if not isinstance(named, dict):
        return named
    return {name: _closed(value, depth + 1) for name, value in cast("Mapping[str, Json]", named).items()}
