"""What is wrong with a request outside of its messages: parameters, system prompt, tool choice, cache marks.

Source: the vendor's SDK 2.11 and API version 2026-10-21, and the API's error texts. Parameters of betas are let through:
which headers go with a request is not part of it. It must never judge a request by what a model might answer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from agent_core.conversation.health.capabilities import Traits
from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.definitions import definitions
from agent_core.conversation.health.findings import Aside, Finding
from agent_core.conversation.health.schemas import schema_fault
from agent_core.conversation.health.subfields import subfields
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
_JUDGED: Final = PARAMETERS - frozenset(_OF_BETAS.split())
"""Parameters whose values are known; those of betas are not looked into."""
OF_HOSTS: Final = frozenset({"anthropic_version", "anthropic_beta"})
"""Parameters only a cloud that hosts the models takes."""
_THINKING_KINDS: Final = ("enabled", "disabled", "adaptive", "between_tools")
LEAST_BUDGET: Final = 1024


def request(view: View, model: Traits, aside: Aside) -> Iterator[Finding]:
    """Findings about everything but the messages."""
    body = view.body
    yield from _parameters(body, aside)
    yield from _system(body.get("system"))
    yield from definitions(view)
    yield from subfields(body, _JUDGED)
    yield from _choice(body, model)
    yield from _thinking(body, model)
    yield from _output(view)
    yield from _marks(view)


def is_hosted(body: Mapping[str, Any]) -> bool:
    """Whether a request goes to a cloud that hosts the models: the version stands in it, and the model in its address."""
    return isinstance(body.get("anthropic_version"), str) and "model" not in body


def _parameters(body: Mapping[str, Any], aside: Aside) -> Iterator[Finding]:
    hosted = is_hosted(body)
    for name, value in body.items():
        if hosted and name in OF_HOSTS:
            continue
        if name in SAMPLING:
            if aside.api_version != OLD_VERSION and not hosted:
                yield finding(f"removed_parameter:{name}", None, None)
            elif thinking_is_on(body) and not goes_with_thinking(name, value):
                yield finding("sampling_with_thinking", None, None, name=name)
        elif name not in PARAMETERS:
            yield finding("unknown_parameter", None, None, name=name)
    if not hosted and (not isinstance(body.get("model"), str) or not body.get("model")):
        yield finding("bad_parameter", None, None, name="model")
    tokens = body.get("max_tokens")
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
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


def goes_with_thinking(name: str, value: Json) -> bool:
    """Whether a sampling parameter has the one value that an older version takes beside thinking."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return (name == "temperature" and value == 1) or (name == "top_p" and 0.95 <= value <= 1)


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
        if not body.get("tools"):
            yield finding("tool_choice_without_tools", None, None)
        return
    if not model.forced_tools:
        yield finding("forced_tool_choice_unsupported", None, None)
    elif thinking_is_on(body):
        yield finding("forced_tool_choice_with_thinking", None, None)
    tools = body.get("tools")
    # Compared one by one: a name may be a list, and a list cannot be looked up.
    names = [
        cast("Block", tool).get("name")
        for tool in (cast("list[Json]", tools) if isinstance(tools, list) else [])
        if isinstance(tool, dict)
    ]
    wanted = cast("Block", choice).get("name")
    if (kind == "tool" and wanted not in names) or not names:
        yield finding("forced_tool_choice_unknown_tool", None, None, name=wanted)


def _output(view: View) -> Iterator[Finding]:
    config = view.body.get("output_config")
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
    if view.may_hold('"citations"') and any(_cites(block) for turn in view.turns for block in turn.blocks):
        yield finding("output_format_with_citations", None, None)


def _cites(block: Block | None) -> bool:
    """Whether a block, or one inside a result, asks for citations."""
    if block is None:
        return False
    wanted = block.get("citations")
    asked = isinstance(wanted, dict) and cast("Block", wanted).get("enabled") is True
    return asked or any(isinstance(inner, dict) and _cites(cast("Block", inner)) for inner in _in_result(block))


def _in_result(block: Block) -> Sequence[Json]:
    return nested_blocks(block) if block.get("type") == "tool_result" else ()


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
    count, short = 0, False
    for place, mark in marks(view):
        count += 1
        if not is_mark(mark):
            yield finding("bad_cache_control", *place)
        elif not is_long(mark):
            short = True
        elif short:
            yield finding("bad_cache_control:ttl_order", *place)
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


def is_long(mark: Json) -> bool:
    """Whether a cache mark asks for an hour; none such may stand behind one for five minutes."""
    return isinstance(mark, dict) and cast("Block", mark).get("ttl") == "1h"


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
            for inner in _in_result(block):
                if isinstance(inner, dict) and (mark := cast("Block", inner).get("cache_control")) is not None:
                    yield (index, position), mark
            if (mark := block.get("cache_control")) is not None:
                yield (index, position), mark
    if (mark := view.body.get("cache_control")) is not None:
        yield (None, None), mark
