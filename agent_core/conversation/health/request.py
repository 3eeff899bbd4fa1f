"""What is wrong with a request outside of its messages: parameters, system prompt, tools, tool choice, cache marks.

Source: the vendor's SDK 2.11 and API version 2026-10-21, and the API's error texts. Parameters of betas are let through:
which headers go with a request is not part of it. It must never judge a request by what a model might answer.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, cast

from agent_core.conversation.health.blocks import bad_tool_name
from agent_core.conversation.health.capabilities import Traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Aside, Finding
from agent_core.conversation.health.schemas import schema_fault
from agent_core.conversation.health.view import Block, Json, View, nested_blocks, written

MOST_MARKS: Final = 4
OLD_VERSION: Final = "2023-06-01"
SAMPLING: Final = ("temperature", "top_p", "top_k")
_NAMES: Final = """
model max_tokens messages system tools tool_choice thinking metadata stop_sequences stream cache_control container
inference_geo output_config service_tier speed diagnostics user_profile_id workspace_id
"""
_OF_BETAS: Final = "betas context_management mcp_servers fallbacks output_format thread skills compaction task_budget"
PARAMETERS: Final = frozenset([*_NAMES.split(), *_OF_BETAS.split()])
_TOOL_FIELDS: Final = """
name input_schema description type cache_control allowed_callers defer_loading eager_input_streaming input_examples strict
"""
_CUSTOM: Final = frozenset(_TOOL_FIELDS.split())
_THINKING_KINDS: Final = ("enabled", "disabled", "adaptive", "between_tools")
LEAST_BUDGET: Final = 1024


def request(view: View, model: Traits, aside: Aside) -> Iterator[Finding]:
    """Findings about everything but the messages."""
    body = view.body
    yield from _parameters(body, aside)
    yield from _system(body.get("system"))
    yield from _tools(view)
    yield from _choice(body, model)
    yield from _thinking(body, model)
    yield from _output(body.get("output_config"))
    yield from _marks(view)


def _parameters(body: Mapping[str, Any], aside: Aside) -> Iterator[Finding]:
    for name in body:
        if name in SAMPLING:
            if aside.api_version != OLD_VERSION:
                yield finding(f"removed_parameter:{name}", None, None)
        elif name not in PARAMETERS:
            yield finding("unknown_parameter", None, None, name=name)
    if not isinstance(body.get("model"), str) or not body.get("model"):
        yield finding("bad_parameter", None, None, name="model")
    tokens = body.get("max_tokens")
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 1:
        yield finding("bad_parameter", None, None, name="max_tokens")
    stream = body.get("stream")
    if stream is not None and not isinstance(stream, bool):
        yield finding("bad_parameter", None, None, name="stream")
    stops = body.get("stop_sequences")
    if stops is not None and not (
        isinstance(stops, list) and all(isinstance(stop, str) and stop.strip() for stop in cast("list[Any]", stops))
    ):
        yield finding("bad_parameter", None, None, name="stop_sequences")
    metadata = body.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        yield finding("bad_parameter", None, None, name="metadata")


def _system(system: Json) -> Iterator[Finding]:
    if system is None or isinstance(system, str):
        return
    if not isinstance(system, list):
        yield finding("malformed:system", None, None)
        return
    for item in cast("list[Json]", system):
        block = cast("Block", item) if isinstance(item, dict) else {}
        text = block.get("text")
        if block.get("type") != "text" or not isinstance(text, str):
            yield finding("malformed:system", None, None)
        elif not text:
            marked = block.get("cache_control") is not None
            yield finding("cache_control_on_empty_text" if marked else "empty_text_block", None, None)
        elif text.isspace():
            yield finding("whitespace_text_block", None, None)


def _tools(view: View) -> Iterator[Finding]:
    tools = view.body.get("tools")
    if tools is not None and not isinstance(tools, list):
        yield finding("bad_tool", None, None, name="tools")
        return
    names: set[str] = set()
    for tool in cast("list[Json]", tools or []):
        if not isinstance(tool, dict):
            yield finding("bad_tool", None, None)
            continue
        fields = cast("Block", tool)
        kind, name = fields.get("type"), fields.get("name")
        if kind == "mcp_toolset" or (isinstance(kind, str) and "_toolset_" in kind):
            continue
        if isinstance(name, str) and name:
            bad = bad_tool_name(name)
            if bad is not None:
                yield finding(bad, None, None, name=name)
            if name in names:
                yield finding("duplicate_tool_name", None, None, name=name)
            names.add(name)
        else:
            yield finding("bad_tool", None, None, name="name")
        if kind in (None, "custom"):
            yield from _custom(fields)
    if not tools and any(turn.calls or turn.results for turn in view.turns):
        yield finding("tools_missing_for_history", None, None)


def _custom(tool: Block) -> Iterator[Finding]:
    schema = tool.get("input_schema")
    if not isinstance(schema, dict) or cast("Block", schema).get("type") != "object":
        yield finding("bad_tool", None, None, name="input_schema")
    elif tool.get("strict") is True and (fault := schema_fault(cast("Json", schema))) is not None:
        yield finding("output_schema_unsupported", None, None, name=fault)
    unknown = next((name for name in tool if name not in _CUSTOM), None)
    if unknown is not None:
        yield finding("bad_tool", None, None, name=unknown)
    description = tool.get("description")
    if description is not None and not isinstance(description, str):
        yield finding("bad_tool", None, None, name="description")


def thinking_is_on(body: Mapping[str, Any]) -> bool:
    """Whether the request asks for thinking."""
    mode = body.get("thinking")
    return isinstance(mode, dict) and cast("Block", mode).get("type") in ("enabled", "adaptive", "between_tools")


def _thinking(body: Mapping[str, Any], model: Traits) -> Iterator[Finding]:
    mode = body.get("thinking")
    if mode is None:
        return
    kind = cast("Block", mode).get("type") if isinstance(mode, dict) else None
    if kind not in _THINKING_KINDS:
        yield finding("bad_parameter", None, None, name="thinking")
    elif kind == "enabled":
        if not model.thinking_budget:
            yield finding("thinking_unsupported", None, None, name=kind)
        elif not _budget_fits(cast("Block", mode).get("budget_tokens"), body.get("max_tokens")):
            yield finding("bad_parameter:thinking_budget", None, None)
    elif kind == "disabled" and not model.thinking_off:
        yield finding("thinking_unsupported", None, None, name=kind)


def _budget_fits(budget: Json, most: Json) -> bool:
    if not isinstance(budget, int) or isinstance(budget, bool) or budget < LEAST_BUDGET:
        return False
    return not isinstance(most, int) or most > budget


def _choice(body: Mapping[str, Any], model: Traits) -> Iterator[Finding]:
    choice = body.get("tool_choice")
    if choice is None:
        return
    kind = cast("Block", choice).get("type") if isinstance(choice, dict) else None
    if kind not in ("auto", "any", "tool", "none"):
        yield finding("bad_parameter", None, None, name="tool_choice")
        return
    if kind in ("auto", "none"):
        return
    if not model.forced_tools:
        yield finding("forced_tool_choice_unsupported", None, None)
    elif thinking_is_on(body):
        yield finding("forced_tool_choice_with_thinking", None, None)
    tools = body.get("tools")
    names = (
        {cast("Block", tool).get("name") for tool in cast("list[Json]", tools) if isinstance(tool, dict)}
        if isinstance(tools, list)
        else set[Json]()
    )
    wanted = cast("Block", choice).get("name")
    if (kind == "tool" and wanted not in names) or not names:
        yield finding("forced_tool_choice_unknown_tool", None, None, name=wanted)


def _output(config: Json) -> Iterator[Finding]:
    if config is None:
        return
    if not isinstance(config, dict):
        yield finding("bad_parameter", None, None, name="output_config")
        return
    wanted = cast("Block", config).get("format")
    if wanted is None:
        return
    fields = cast("Block", wanted) if isinstance(wanted, dict) else {}
    if fields.get("type") != "json_schema" or not isinstance(fields.get("schema"), dict):
        yield finding("bad_parameter", None, None, name="output_config.format")
    elif (fault := _schema_fault(fields.get("schema"))) is not None:
        yield finding("output_schema_unsupported", None, None, name=fault)


def _schema_fault(schema: Json) -> str | None:
    """As `schema_fault`; the same few schemas are asked about at every send, and writing one down is a tenth of the work."""
    text = written(schema)[0]
    try:
        return schema_fault(schema) if text is None else _fault_in(text)
    except (ValueError, RecursionError):  # what can be written need not be readable
        return schema_fault(schema)


@lru_cache(maxsize=64)
def _fault_in(text: str) -> str | None:
    return schema_fault(json.loads(text))


def _marks(view: View) -> Iterator[Finding]:
    # Most requests carry one mark or none; the JSON text says so at once.
    if not view.may_hold('"cache_control"'):
        return
    count = 0
    for place, mark in marks(view):
        count += 1
        if not is_mark(mark):
            yield finding("bad_cache_control", *place)
    if count > MOST_MARKS:
        yield finding("too_many_cache_breakpoints", None, None)


def is_mark(mark: Json) -> bool:
    """Whether a cache mark is one the API knows."""
    return (
        isinstance(mark, dict)
        and cast("Block", mark).get("type") == "ephemeral"
        and cast("Block", mark).get("ttl") in (None, "5m", "1h")
        and cast("Block", mark).keys() <= {"type", "ttl"}
    )


def marks(view: View) -> Iterator[tuple[tuple[int | None, int | None], Json]]:
    """Every cache mark that counts, with its place, in the order in which the API reads a request."""
    for name in ("tools", "system"):
        holder = view.body.get(name)
        for item in cast("list[Json]", holder) if isinstance(holder, list) else []:
            if isinstance(item, dict) and (mark := cast("Block", item).get("cache_control")) is not None:
                yield (None, None), mark
    for index, turn in enumerate(view.turns):
        for position, block in enumerate(turn.blocks):
            if block is None or block.get("type") == "thinking":
                continue
            for inner in nested_blocks(block) if block.get("type") == "tool_result" else ():
                if isinstance(inner, dict) and (mark := cast("Block", inner).get("cache_control")) is not None:
                    yield (index, position), mark
            if (mark := block.get("cache_control")) is not None:
                yield (index, position), mark
    if (mark := view.body.get("cache_control")) is not None:
        yield (None, None), mark
