"""Repairs outside of the messages: parameters, tools, tool choice, schemas.

A change of tools or system prompt voids all thinking, so nothing here touches them without need. It must never offer a model
a tool the request did not offer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from agent_core.conversation.health.blocks import MOST_NAME, bad_tool_name
from agent_core.conversation.health.draft import Draft, touch
from agent_core.conversation.health.findings import Finding
from agent_core.conversation.health.request import (
    LEAST_BUDGET,
    OF_HOSTS,
    PARAMETERS,
    SAMPLING,
    goes_with_thinking,
    is_hosted,
)
from agent_core.conversation.health.schemas import BOUNDS, MOST_DEPTH, is_open_object
from agent_core.conversation.health.subfields import extra_fields, is_null
from agent_core.conversation.health.view import Block, Json

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
