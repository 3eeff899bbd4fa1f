"""What is wrong with one block by itself: its type, its fields, its turn, its texts, ids, names and inputs.

It must never look beyond the message a block stands in, and never at characters of a text (`texts` does that once for all).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Aside, Finding, SideEffect
from agent_core.conversation.health.parts import SERVER_TOOL_USE_ID, citations_fit, lacking
from agent_core.conversation.health.shapes import (
    ASSISTANT_ONLY,
    FIELDS,
    MCP,
    MESSAGE_FIELDS,
    NESTED,
    SYSTEM_ALSO,
    SYSTEM_MESSAGE_FIELDS,
    USER_ONLY,
)
from agent_core.conversation.health.tools import kind_of
from agent_core.conversation.health.view import Block, Json, Turn, View

TOOL_USE_ID: Final = re.compile(r"[a-zA-Z0-9_-]+")
TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,128}")
MOST_NAME: Final = 128
MOST_DEPTH: Final = 100
_HOLDERS: Final = (dict, list)

Place = tuple[int, int | None]

_ANYTHING: Final = frozenset(FIELDS)
_STANDING: Final[Mapping[str, frozenset[str]]] = {
    "user": _ANYTHING - ASSISTANT_ONLY - SYSTEM_ALSO | {"text"},
    "assistant": _ANYTHING - USER_ONLY - SYSTEM_ALSO | {"text"},
    "system": SYSTEM_ALSO,
}
"""Role -> the blocks that may stand in its turns."""


def blocks(view: View, aside: Aside) -> Iterator[Finding]:
    """Findings about every message's shape and every block."""
    messages = cast("Sequence[Json]", view.body.get("messages"))
    last = len(view.turns) - 1
    for index, turn in enumerate(view.turns):
        message = messages[index]
        if not isinstance(message, dict):
            yield finding("malformed:message", index, None)
            continue
        fields: Mapping[str, Any] = message
        if not fields.keys() <= MESSAGE_FIELDS and aside.form == "request":
            yield from _message_fields(index, fields)
        standing = _STANDING.get(turn.role or "", _ANYTHING)
        if not turn.blocks:
            yield from _empty(index, fields, final=index == last)
        for position, block in enumerate(turn.blocks):
            if block is None:
                yield finding("malformed:block", index, position)
                continue
            kind = block.get("type")
            text = block.get("text")
            if kind == "text" and len(block) == 2 and isinstance(text, str) and text and not text[0].isspace():
                # By far the most blocks are such texts: nothing about them can be wrong here.
                continue
            allowed = FIELDS.get(kind) if isinstance(kind, str) else None
            place = (index, None if turn.plain else position)
            if allowed is None:
                yield finding(
                    "unknown_block_type" if isinstance(kind, str) else "malformed:block", index, position, name=kind
                )
                continue
            if not block.keys() <= allowed:
                yield from _fields(place, block, allowed)
            if kind not in standing:
                yield from _role(place, str(kind), turn.role, block)
            elif (field := lacking(block)) is not None:
                yield finding("malformed:block", *place, name=f"{kind}.{field}")
            check = _CHECKS.get(str(kind))
            if check is not None:
                yield from check(place, block, turn, aside)


def _message_fields(index: int, fields: Mapping[str, Any]) -> Iterator[Finding]:
    allowed = SYSTEM_MESSAGE_FIELDS if fields.get("role") == "system" else MESSAGE_FIELDS
    for name in fields:
        if name not in allowed:
            yield finding("unknown_message_field", index, None, name=name)
            return


def _empty(index: int, fields: Mapping[str, Any], *, final: bool) -> Iterator[Finding]:
    content = fields.get("content")
    if isinstance(content, dict):
        yield finding("malformed:content_object", index, None)
    elif not isinstance(content, str | list | tuple):
        if not (fields.get("role") == "system" and isinstance(fields.get("output_config"), dict)):
            yield finding("malformed:content", index, None)
    elif not (final and fields.get("role") == "assistant"):
        yield finding("empty_message", index, None)


def _fields(place: Place, block: Block, allowed: frozenset[str]) -> Iterator[Finding]:
    kind = block.get("type")
    name = next(name for name in block if name not in allowed)
    cause = ":thinking.cache_control" if kind == "thinking" and name == "cache_control" else ""
    yield finding(f"unknown_block_field{cause}", *place, name=f"{kind}.{name}")


def _role(place: Place, kind: str, role: str | None, block: Block) -> Iterator[Finding]:
    if role == "assistant" and kind in USER_ONLY:
        if kind == "tool_result":
            call = block.get("tool_use_id")
            ids = (call,) if isinstance(call, str) else ()
            yield finding("wrong_role:tool_result_in_assistant", *place, ids)
        elif kind == "document":
            yield finding("document_in_assistant_turn", *place)
        else:
            yield finding("wrong_role:user_block_in_assistant", *place, name=kind)
    elif role == "user" and kind in ASSISTANT_ONLY:
        if kind == "tool_use":
            call = block.get("id")
            yield finding("wrong_role:tool_use_in_user", *place, (call,) if isinstance(call, str) else ())
        elif kind in MCP:
            call = block.get("id", block.get("tool_use_id"))
            yield finding("wrong_role:mcp_block_in_user", *place, (call,) if isinstance(call, str) else ())
        else:
            yield finding("wrong_role:assistant_block_in_user", *place, name=kind)
    else:
        yield finding("wrong_role:block_in_system", *place, name=kind)


def _text(place: Place, block: Block, turn: Turn, aside: Aside) -> Iterator[Finding]:
    del aside
    text = block.get("text")
    if not isinstance(text, str):
        yield finding("malformed:block", *place)
    elif not text:
        marked = block.get("cache_control") is not None
        yield finding("cache_control_on_empty_text" if marked else "empty_text_block", *place)
    elif text[0].isspace() and text.isspace():
        yield finding("whitespace_text_block", *place)
    citations = block.get("citations")
    if citations is not None and not (citations == [] if turn.role != "assistant" else citations_fit(citations)):
        yield finding("unknown_block_field", *place, name="text.citations")


def _tool_use(place: Place, block: Block, turn: Turn, aside: Aside) -> Iterator[Finding]:
    call = block.get("id")
    ids: tuple[str, ...] = (call,) if isinstance(call, str) else ()
    if turn.role != "assistant":
        return
    if not isinstance(call, str):
        yield finding("bad_tool_use_id:missing", *place)
    elif not call or (TOOL_USE_ID.fullmatch(call) is None and aside.form != "foreign"):
        yield finding("bad_tool_use_id:other_provider_format" if call else "bad_tool_use_id:empty", *place, ids)
    name = block.get("name")
    bad = bad_tool_name(name)
    if bad is not None:
        yield finding(bad, *place, ids, name=name)
    arguments = block.get("input")
    if isinstance(arguments, dict):
        if _too_deep(cast("Json", arguments)):
            yield finding("tool_input_not_object:too_deep", *place, ids)
        return
    effect: SideEffect = "none" if kind_of(str(name), aside.tools) == "read" else "possible"
    cause = "other"
    if isinstance(arguments, str):
        cause = "raw_json_string"
    elif isinstance(arguments, list):
        cause = "empty_array_serializer"
    elif arguments is None:
        cause = "missing"
    yield finding(f"tool_input_not_object:{cause}", *place, ids, effect=effect)


def bad_tool_name(name: Json) -> str | None:
    """The diagnosis of a tool's name, or none when it is valid."""
    if isinstance(name, str) and TOOL_NAME.fullmatch(name) is not None:
        return None
    return "bad_tool_name:too_long" if isinstance(name, str) and len(name) > MOST_NAME else "bad_tool_name"


def _too_deep(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(MOST_DEPTH):
        below: list[Json] = []
        for item in level:
            inside: Iterable[Json] = item.values() if isinstance(item, dict) else item
            for inner in inside:
                if isinstance(inner, _HOLDERS):
                    below.append(inner)
        if not below:
            return False
        level = below
    return True


def _tool_result(place: Place, block: Block, turn: Turn, aside: Aside) -> Iterator[Finding]:
    del aside
    if turn.role != "user":
        return
    call = block.get("tool_use_id")
    ids: tuple[str, ...] = (call,) if isinstance(call, str) else ()
    if not isinstance(call, str):
        yield finding("bad_tool_use_id:missing", *place)
    is_error = block.get("is_error")
    if is_error is not None and not isinstance(is_error, bool):
        yield finding("malformed:block", *place, ids, name="is_error")
    content = block.get("content")
    if content is None or content in ("", [], ()):
        yield finding("empty_tool_output", *place, ids)
    elif isinstance(content, list | tuple):
        yield from _nested(place, cast("Sequence[Json]", content), ids, is_error=is_error is True)
    elif not isinstance(content, str):
        yield finding("malformed:block", *place, ids, name="content")


def _nested(place: Place, content: Sequence[Json], ids: tuple[str, ...], *, is_error: bool) -> Iterator[Finding]:
    for diagnosis, name in nested_faults(content, is_error=is_error):
        yield finding(diagnosis, *place, ids if diagnosis != "empty_text_block" else (), name=name)


def nested_faults(content: Sequence[Json], *, is_error: bool) -> Iterator[tuple[str, str | None]]:
    """The diagnoses of blocks inside a result, each once, with a name for the sentence."""
    seen: set[str] = set()
    for item in content:
        for diagnosis, name in _nested_fault(item, is_error=is_error):
            if diagnosis not in seen:
                seen.add(diagnosis)
                yield diagnosis, name


def _nested_fault(item: Json, *, is_error: bool) -> Iterator[tuple[str, str | None]]:
    if not isinstance(item, dict):
        yield "malformed:block", None
        return
    block = cast("Block", item)
    kind = block.get("type")
    allowed = NESTED.get(kind) if isinstance(kind, str) else None
    if allowed is None:
        yield ("unknown_block_type", kind) if isinstance(kind, str) else ("malformed:block", None)
        return
    if not block.keys() <= allowed:
        yield "unknown_block_field", f"{kind}.{next(name for name in block if name not in allowed)}"
    if kind != "text":
        if is_error:
            yield "error_result_not_text", None
        elif (field := lacking(block)) is not None:
            yield "malformed:block", f"{kind}.{field}"
        return
    text = block.get("text")
    if not isinstance(text, str):
        yield "malformed:block", None
    elif not text:
        yield ("cache_control_on_empty_text" if block.get("cache_control") is not None else "empty_text_block"), None
    elif text.isspace():
        yield "whitespace_text_block", None
    if block.get("citations") not in (None, []):
        yield "unknown_block_field", "text.citations"


def _redacted(place: Place, block: Block, turn: Turn, aside: Aside) -> Iterator[Finding]:
    del turn, aside
    if not isinstance(block.get("data"), str) or not block.get("data"):
        yield finding("thinking_unsigned:interrupted_stream", *place)


def _server_use(place: Place, block: Block, turn: Turn, aside: Aside) -> Iterator[Finding]:
    call = block.get("id")
    if turn.role != "assistant" or not isinstance(call, str) or aside.form == "foreign":
        return
    if SERVER_TOOL_USE_ID.fullmatch(call) is None:
        yield finding("bad_tool_use_id:server_tool", *place, (call,))


_CHECKS: Final = {
    "text": _text,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "redacted_thinking": _redacted,
    "server_tool_use": _server_use,
}
