"""Calls that may have done something twice, or half: what the API takes and a person has to know.

It must never say that something happened; a result that is no failure is only a sign of it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Aside, Finding, SideEffect
from agent_core.conversation.health.tools import kind_of
from agent_core.conversation.health.view import Block, View, breaks_off, nested_blocks, written

_FAILED: Final = re.compile(
    r"\s*(?:\{\s*\"(?:error|failed)|error\b|failed\b|failure\b|exception\b|traceback\b|not (?:executed|run|found|allowed)\b"
    r"|(?:refused|denied|pending|unknown|timed[ _]out|cancell?ed|not_run)\b)",
    re.IGNORECASE,
)
_OUTCOME: Final = re.compile(r"\"outcome\"\s*:\s*\"(?!succeeded)[a-z_]+\"")
_CUT_STOPS: Final = ("max_tokens", "model_context_window_exceeded")


def effects(view: View, aside: Aside) -> Iterator[Finding]:
    """Cut calls that were carried out, and writes that were carried out twice."""
    results: dict[str, Block] = {}
    for turn in view.turns:
        if turn.role == "user":
            for position, call in turn.results:
                block = turn.blocks[position]
                if block is not None:
                    results.setdefault(call, block)
    required = _required(view)
    done: dict[tuple[str, str], str] = {}
    for index, turn in enumerate(view.turns):
        if turn.role != "assistant" or not turn.calls:
            continue
        cut = aside.stop_reasons.get(index) in _CUT_STOPS
        for position, call, name in turn.calls:
            block = turn.blocks[position]
            result = results.get(call)
            if block is None or result is None or not _succeeded(result):
                continue
            arguments = block.get("input")
            kind = kind_of(name, aside.tools)
            last = position == len(turn.blocks) - 1
            broken = kind != "read" and _broken_off(arguments)
            if (cut and last) or broken or _incomplete(arguments, required.get(name)):
                effect: SideEffect = "none" if kind == "read" else "likely" if kind == "write" else "possible"
                yield finding("truncated_tool_call_executed", index, position, (call,), effect=effect)
            if kind != "write" or not isinstance(arguments, dict):
                continue
            key = (name, _canonical(arguments) or call)
            if key in done and done[key] != call:
                yield finding(
                    "duplicate_side_effect_suspected", index, position, (done[key], call), effect="likely", name=name
                )
            done.setdefault(key, call)


def _canonical(arguments: object) -> str | None:
    """Arguments as a text that is the same for the same arguments: in whatever order, and 64.0 is 64."""
    text = written(arguments)[0]
    try:
        return None if text is None else json.dumps(json.loads(text, parse_float=_number), sort_keys=True)
    except (ValueError, RecursionError):  # what can be written need not be readable
        return text


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value


def _succeeded(result: Block) -> bool:
    if result.get("is_error") is True:
        return False
    content = result.get("content")
    texts = [content] if isinstance(content, str) else []
    for inner in nested_blocks(result):
        text = cast("Block", inner).get("text") if isinstance(inner, dict) else None
        if isinstance(text, str):
            texts.append(text)
    head = texts[0][:2000] if texts else ""
    return _FAILED.match(head) is None and _OUTCOME.search(head) is None


def _broken_off(arguments: object) -> bool:
    """Arguments that are the beginning of an object, as text."""
    if not isinstance(arguments, str) or not arguments.lstrip().startswith("{"):
        return False
    try:
        json.loads(arguments)
    except (ValueError, RecursionError) as error:
        return breaks_off(arguments, error)
    return False


def _incomplete(arguments: object, required: frozenset[str] | None) -> bool:
    """Arguments that lack what the tool's own schema requires: half of a call was taken for a whole one."""
    return required is not None and isinstance(arguments, dict) and not required <= arguments.keys()


def _required(view: View) -> Mapping[str, frozenset[str]]:
    tools = view.body.get("tools")
    if not isinstance(tools, list):
        return {}
    found: dict[str, frozenset[str]] = {}
    for tool in cast("list[Any]", tools):
        if not isinstance(tool, dict):
            continue
        name, schema = cast("Block", tool).get("name"), cast("Block", tool).get("input_schema")
        wanted = cast("Block", schema).get("required") if isinstance(schema, dict) else None
        if isinstance(name, str) and isinstance(wanted, list):
            found[name] = frozenset(each for each in cast("list[Any]", wanted) if isinstance(each, str))
    return found
