"""The structural rules of the Messages API that a transcript of ours could ever break, both directions, whole history.

Written from the provider's documentation and error texts, on purpose not shared with the sandbox's stand-in: two readers,
so that one misunderstanding cannot hide. Source: notes on the Messages API, rules of tool use and message order.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

_TOOL_USE_ID = re.compile(r"^[a-zA-Z0-9_-]+$")


@dataclass(frozen=True, slots=True)
class Finding:
    """A named fault, where it stands, and which calls it concerns."""

    diagnosis: str
    message: int
    block: int | None
    tool_use_ids: tuple[str, ...] = ()


def check_messages(messages: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Every structural fault of a request's messages; empty when the provider would take them."""
    return tuple(_findings(messages))


def _findings(messages: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    if not messages:
        yield Finding("empty_message", 0, None)
        return
    if messages[0].get("role") != "user":
        yield Finding("wrong_role:first_is_not_user", 0, None)
    if messages[-1].get("role") != "user":
        yield Finding("prefill_unsupported:resume_ended_on_assistant", len(messages) - 1, None)
    seen: set[str] = set()
    expected: tuple[str, ...] = ()
    for index, message in enumerate(messages):
        blocks = _blocks(message)
        if not blocks:
            yield Finding("empty_message", index, None)
        yield from _texts(index, blocks)
        if message.get("role") == "assistant":
            if expected:
                yield Finding("dangling_tool_use:mid_history_after_resume", index - 1, None, expected)
            expected = tuple(str(block.get("id", "")) for block in blocks if block.get("type") == "tool_use")
            yield from _calls(index, blocks, seen)
            seen.update(expected)
        else:
            yield from _results(index, blocks, expected)
            expected = ()
    if expected:
        yield Finding("dangling_tool_use:tail", len(messages) - 1, None, expected)


def _blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return cast("list[Mapping[str, Any]]", content) if isinstance(content, list) else []


def _texts(index: int, blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for position, block in enumerate(blocks):
        text = block.get("text")
        if block.get("type") != "text" or not isinstance(text, str):
            continue
        if not text:
            yield Finding("empty_text_block", index, position)
        elif not text.strip():
            yield Finding("whitespace_text_block", index, position)
        if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            yield Finding("lone_surrogate", index, position)
        if "\0" in text:
            yield Finding("nul_byte", index, position)


def _calls(index: int, blocks: Sequence[Mapping[str, Any]], seen: set[str]) -> Iterator[Finding]:
    here: set[str] = set()
    for position, block in enumerate(blocks):
        if block.get("type") == "tool_result":
            yield Finding("wrong_role:tool_result_in_assistant", index, position)
        if block.get("type") != "tool_use":
            continue
        call = str(block.get("id", ""))
        if not _TOOL_USE_ID.match(call):
            yield Finding("bad_tool_use_id:other_provider_format" if call else "bad_tool_use_id:empty", index, position)
        if call in seen or call in here:
            yield Finding("duplicate_tool_use_id", index, position, (call,))
        if not isinstance(block.get("input"), Mapping):
            yield Finding("tool_input_not_object:raw_json_string", index, position, (call,))
        here.add(call)


def _results(index: int, blocks: Sequence[Mapping[str, Any]], expected: tuple[str, ...]) -> Iterator[Finding]:
    found: set[str] = set()
    other_before = False
    for position, block in enumerate(blocks):
        if block.get("type") != "tool_result":
            other_before = True
            continue
        call = str(block.get("tool_use_id", ""))
        if call in found:
            yield Finding("duplicate_tool_result", index, position, (call,))
        elif call not in expected:
            yield Finding("orphan_tool_result:unknown_id", index, position, (call,))
        elif other_before:
            yield Finding("tool_result_not_first", index, position, (call,))
        found.add(call)
    missing = tuple(call for call in expected if call not in found)
    if missing and found:
        yield Finding("parallel_partial_results", index, None, missing)
    elif missing:
        yield Finding("dangling_tool_use:crash_after_call_read_only", index - 1, None, missing)
