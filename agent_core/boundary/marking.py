"""Marks everything a model reads with where it came from (R-D2). Format: `agent_core/workflows/PROMPT_FORMAT.md`.

Only tags with the run's random suffix come from code. Outside text cannot know the suffix; should it ever hold it, the
suffix is broken up, and whatever looks like our tags, a tool's result or another speaker's turn is made visibly harmless.
No outside text may ever pass into a request except through here.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from agent_core.boundary.clean import plain_strings
from agent_core.boundary.match import match_view
from agent_core.boundary.sources import RULES, Source, read, read_json
from agent_core.contract.clock import iso
from agent_core.contract.json_writing import json_text
from agent_core.contract.outcomes import ToolOutcome

SUFFIX_BYTES: Final = 10
MOST_RESULT_CHARACTERS: Final = 32_000

KINDS: Final = ("context", "outside", "notice", "sent", "steer")
_TAGS: Final = "|".join([
    *KINDS, "system", "human", "assistant", "user", "developer", "tool_use", "tool_result", "tool_call", "tool_response",
    "function_calls", "function_results", "function", "invoke", "parameter", "workflow", "triage", "compose", "instructions",
    "start_of_turn", "end_of_turn", "bos", "eos",
])  # fmt: skip
_ROLES: Final = (
    "human|assistant|system(?:[ ]prompt|[ ]message)?|user|developer|tool(?:[ _]result)?|function|instruction|response"
    "|ai|model"
)
_OURS_IN_JSON: Final = "outcome|tool_use_id|executed|effective_arguments|fact_ids|tool_calls|function_call"
_IMITATION = re.compile(
    rf"""
      (?P<tag> < | &(?:amp;)*(?:lt;?|\#0{{0,6}}60;?|\#x0{{0,6}}3c;?) | \\u003c | \\x3c | %3c )
      (?= \s*(?:[/!?\\]|&\#47;|%2f)*\s*
          (?: (?:\w{{1,20}}:)?(?:{_TAGS})\b(?![@.]) | [\w.]{{1,40}}\s*-\s*[a-z2-7]{{16}} | \| | <?\s*/?\s*sys\s*> ) )
    | (?P<bracket> [〈⟨❬⟪《«≪] ) (?= \s*/?\s*(?:{"|".join(KINDS)})\s*- )
    | (?P<template> \[ ) (?= \s*/?\s*(?:inst|sys|system|system_prompt|available_tools|tool_calls|tool_results)\s*\] )
    | (?P<json> \{{ ) (?= \s*\\?["']?(?:{_OURS_IN_JSON}|type\\?["']?\s*:\s*\\?["']?tool_(?:use|result))\b )
    | (?:^|\n)[ ]?(?:[>\#*=-]{{1,6}}[ ]?)?(?P<role>)(?=(?:\*\*)?(?:{_ROLES})(?:\*\*)?[ ]?: )
    """,
    re.VERBOSE,
)
"""Looked for in the match view, where `ＳＹＳＴＥＭ`, `ѕystem` and `sys\u200btem` are one word."""

_FIRST_OF_ANY = re.compile(r"[<&\\%\[{]|[A-Za-z*]\s*:")
"""In a text of ASCII, where the match view differs in case and spaces only, no imitation begins without one of these."""

_VISIBLE: Final = "‹"
"""Stands where something imitated our tags, a tool's result, or a turn of the conversation."""

_BLOCK = r"<({kinds})-{suffix}((?: [a-z]+=\"[^\"<>]*\")*)>(.*?)</\1-{suffix}>"
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"<>]*)"')
_UNSAFE_ATTRIBUTE = re.compile(r"[^\w .:@+/#-]+")


def new_suffix(random_bytes: bytes) -> str:
    """The run's suffix: 16 lower-case base-32 characters.

    Args:
        random_bytes: Ten bytes from a cryptographic source; randomness is the caller's, this package is pure.

    Raises:
        ValueError: There are not ten.
    """
    if len(random_bytes) != SUFFIX_BYTES:
        raise ValueError("a suffix is made of ten random bytes")
    return base64.b32encode(random_bytes).decode("ascii").lower()


def neutralise(text: str, suffix: str) -> str:
    """Makes harmless, and visible, what imitates code: our tags and JSON, a tool's result, a speaker's turn.

    One character is replaced or put in front, so that what somebody wrote stays readable; text that imitates nothing does
    not change. The run's suffix, also reversed or in look-alike letters, gets a gap.

    Args:
        text: Clean text.
        suffix: The run's suffix.
    """
    if text.isascii() and _FIRST_OF_ANY.search(text) is None and not _may_hold(suffix.lower(), text):
        return text
    view = match_view(text)
    changes = [
        (*view.span(found.start(group), found.end(group)), _VISIBLE)
        for found in _IMITATION.finditer(view.text)
        if (group := found.lastgroup or "") and text[view.offsets[found.start(group)]] != _VISIBLE
    ]
    for secret in _searches(suffix)[0] if _may_hold(suffix.lower(), view.text) else ():
        for found in secret.finditer(view.text):
            middle = view.offsets[(found.start() + found.end()) // 2]
            changes.append((middle, middle, "…"))
    if changes:
        pieces: list[str] = []
        done = 0
        for start, end, instead in sorted(changes):
            pieces += (text[done:start], instead)
            done = max(done, end)
        text = "".join(pieces) + text[done:]
    # The promise does not rest on the match view alone.
    if len(text) < len(suffix) or (text.isascii() and suffix.lower() not in text.lower()):
        return text
    return _searches(suffix)[1].sub(f"{suffix[:8]}…{suffix[8:]}", text)


def _may_hold(suffix: str, text: str) -> bool:
    """Whether a run's suffix, in small letters, may stand in a text of ASCII or in a match view, in either direction."""
    if len(text) < len(suffix):
        return False
    small = text.lower()
    return suffix in small or suffix[::-1] in small


@lru_cache(maxsize=256)
def _searches(suffix: str) -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    """What finds a run's suffix: in the match view also reversed, and in the text itself."""
    secrets = (suffix.lower(), suffix[::-1].lower())
    return tuple(re.compile(re.escape(secret)) for secret in secrets), re.compile(re.escape(suffix), re.IGNORECASE)


def context_block(suffix: str, value: Mapping[str, Any]) -> str:
    """What code knows, as JSON; strings in it that came from outside are neutralised too."""
    return _tagged("context", suffix, _json(value, suffix))


def outside_block(suffix: str, origin: str, id: str, at: datetime | str, text: str, *, source: Source = "message") -> str:
    """A text somebody outside wrote: data, never instructions.

    Args:
        suffix: The run's suffix.
        origin: `customer`, `person` or another origin's name.
        id: The message's id.
        at: When it was written.
        text: The text; read here again, which changes nothing when it is clean.
        source: What kind of text it is; its bounds hold.
    """
    when = iso(at) if isinstance(at, datetime) else at
    return _tagged("outside", suffix, _safe(text, suffix, source), origin=origin, id=id, at=when)


def notice_block(suffix: str, value: Mapping[str, Any]) -> str:
    """What became of an earlier pending call (DESIGN §1.5), as JSON."""
    return _tagged("notice", suffix, _json(value, suffix))


def sent_block(suffix: str, by: str, text: str) -> str:
    """The text that was really sent to the customer, and who spoke: `agent`, `person` or `system`."""
    return _tagged("sent", suffix, _safe(text, suffix), by=by)


def steer_block(suffix: str, text: str, by: str = "person") -> str:
    """A supervisor's private instruction."""
    return _tagged("steer", suffix, _safe(text, suffix), by=by)


def result_text(
    suffix: str,
    *,
    outcome: ToolOutcome,
    result: Mapping[str, Any] | None = None,
    facts: Sequence[tuple[str, str, Any]] = (),
    reason: str | None = None,
    proposal: str | None = None,
    executed: bool | None = None,
) -> str:
    """The one text block of a `tool_result`.

    Args:
        suffix: The run's suffix.
        outcome: What became of the call.
        result: JSON object of the tool; strings are cleaned and neutralised, the whole is bounded.
        facts: `(id, key, value)` of every fact read from it.
        reason: Why not, in our own words.
        proposal: The proposal's id when it is pending or was denied.
        executed: False while pending.
    """
    body: dict[str, Any] = {"outcome": outcome, "result": dict(result or {}), "facts": fact_list(facts)}
    for name, value in (("reason", reason), ("proposal", proposal), ("executed", executed)):
        if value is not None:
            body[name] = value
    text = _json(body, suffix)
    if len(text) > MOST_RESULT_CHARACTERS:
        body["result"] = {"too_large": True, "characters": len(text)}
        text = _json(body, suffix)
    return text


def fact_list(facts: Iterable[tuple[str, str, Any]]) -> list[dict[str, Any]]:
    """Facts as every block spells them."""
    return [{"id": each, "key": key, "value": value} for each, key, value in facts]


@dataclass(frozen=True, slots=True)
class Block:
    """A block as code can read it back. `body` is the text between the tags."""

    kind: str
    attributes: Mapping[str, str]
    body: str


def parse_blocks(text: str, suffix: str) -> tuple[Block, ...]:
    """The blocks with this suffix, in order. For tests, the console's transcript, and stand-ins."""
    pattern = re.compile(_BLOCK.format(kinds="|".join(KINDS), suffix=re.escape(suffix)), re.DOTALL)
    return tuple(
        Block(found.group(1), dict(_ATTRIBUTE.findall(found.group(2))), found.group(3)) for found in pattern.finditer(text)
    )


def _safe(text: str, suffix: str, source: Source = "message") -> str:
    return neutralise(read(source, text).text, suffix)


def _tagged(kind: str, suffix: str, body: str, **attributes: str) -> str:
    listed = "".join(f' {name}="{_attribute(value, suffix)}"' for name, value in attributes.items())
    return f"<{kind}-{suffix}{listed}>{body}</{kind}-{suffix}>"


def _attribute(value: str, suffix: str) -> str:
    return _UNSAFE_ATTRIBUTE.sub("_", _safe(value, suffix, "line"))[:200]


def _json(value: Any, suffix: str) -> str:
    """JSON in which no tag can stand: strings are neutralised, and `<` is written as an escape besides."""
    if not _harmless(value, suffix):
        value = _neutralised(read_json("message", value).value, suffix)
    return json_text(value).replace("<", "\\u003c")


def _harmless(value: Any, suffix: str) -> bool:
    """Whether nothing of a JSON value would be changed: its strings are looked at together instead of one by one.

    What is looked for in all of them can only be found where it is in one of them, or where two meet: then each is looked at
    by itself.
    """
    together = plain_strings(value, RULES["message"].limits)
    return together is not None and _FIRST_OF_ANY.search(together) is None and not _may_hold(suffix.lower(), together)


def _neutralised(value: Any, suffix: str) -> Any:
    if isinstance(value, str):
        return neutralise(value, suffix)
    if isinstance(value, dict):
        return {neutralise(key, suffix): _neutralised(item, suffix) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType] - any JSON value
    if isinstance(value, list):
        return [_neutralised(item, suffix) for item in value]  # pyright: ignore[reportUnknownVariableType] - any JSON value
    return value
