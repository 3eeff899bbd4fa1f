"""What is wrong with characters, and which texts are not what they pretend to be.

One regular expression each over the request's whole JSON text says whether anything is there at all; only then is every
block looked at. It must never change a text, and never call ordinary writing suspicious: joiners of real scripts, emoji
and flags pass.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from agent_core.conversation.health.catalogue import finding
from agent_core.conversation.health.findings import Aside, Finding
from agent_core.conversation.health.view import Json, View, text_of

SURROGATE: Final = re.compile("[\ud800-\udfff]")
INVISIBLE: Final = re.compile(
    # Tags outside of a flag, selectors in a row, invisible letters and operators, overrides of direction, hidden runs.
    "(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
    "|[\U000e0100-\U000e01ef]{2,}"
    "|[\ufe00-\ufe0f]{3,}"
    "|[\u202d\u202e\u2061-\u2064\u206a-\u206f\u115f\u1160\u3164\uffa0]"
    "|[\u200b-\u200d\u2060\ufeff\u180e]{4,}"
)
SUSPECT: Final = re.compile(
    "[\U000e0000-\U000e007f\U000e0100-\U000e01ef\ufe00-\ufe0f\u202d\u202e\u2061-\u2064\u206a-\u206f\u115f\u1160\u3164\uffa0"
    "\u200b-\u200d\u2060\ufeff\u180e]"
)
"""Every character that `INVISIBLE` can begin with: one class is searched many times faster than its alternatives."""

_PROVIDER_ERROR: Final = re.compile(
    r"""\s*(?:
        (?:API\ Error|Anthropic\ API\ error|Provider\ error|LLM\ error)\b
      | (?:Error\ code:|HTTP/?\ ?(?:status\ )?)\s*[45]\d\d\b
      | (?:Error:\s*)?[45]\d\d\s*\{.*"type"\s*:\s*"error"
      | (?:Error:\s*)?\{\s*"type"\s*:\s*"error"\s*,
      | .{0,80}\b(?:overloaded|rate_limit|invalid_request|authentication|permission|api|billing|timeout)_error\b
      | (?:anthropic\.)?(?:BadRequest|RateLimit|InternalServer|APIStatus|APIConnection|APITimeout|Overloaded)Error\b
      | (?:Error:\s*)?(?:Internal\ server\ error|Overloaded|Too\ Many\ Requests|prompt\ is\ too\ long:.*)\s*\.?\s*$
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_REFUSAL: Final = re.compile(
    r"\s*(?:I['\u2019]?m sorry,? (?:but )?|Sorry,? (?:but )?|I apologi[sz]e,? (?:but )?)?"
    r"I (?:can(?:no|['\u2019])t|am (?:not able|unable) to|['\u2019]m (?:not able|unable) to|won['\u2019]t) "
    r"(?:be able to )?(?:help|assist|continue|respond|comply|discuss)"
    r"(?: (?:you )?(?:with|to|on) (?:that|this|it|your request|this request|that request))?\W*$",
    re.IGNORECASE,
)
_SHORT: Final = 300


def has_surrogates(wire: str) -> bool:
    """Whether a JSON text holds half characters."""
    if wire.isascii():
        return False
    try:
        wire.encode()
    except UnicodeEncodeError:
        return True
    return False


_ASCII: Final = bytes(range(128))


def _suspect(wire: str) -> bool:
    """Whether a character stands here that nobody may see. ASCII is taken out first: a class is searched slowly."""
    return SUSPECT.search(wire.encode(errors="replace").translate(None, _ASCII).decode()) is not None


def characters(view: View) -> Iterator[Finding]:
    """Half characters, NULs and what nobody can see, one finding a block and kind."""
    wire = view.wire
    suspects: list[tuple[str, re.Pattern[str]]] = []
    if wire is None or has_surrogates(wire):
        suspects.append(("lone_surrogate", SURROGATE))
    if wire is None or "\\u0000" in wire:
        suspects.append(("nul_byte", _NUL))
    if wire is None or (not wire.isascii() and _suspect(wire) and INVISIBLE.search(wire)):
        suspects.append(("invisible_unicode_payload", INVISIBLE))
    if not suspects:
        return
    for index, turn in enumerate(view.turns):
        for position, block in enumerate(turn.blocks):
            for diagnosis in _named(block, suspects):
                yield finding(diagnosis, index, None if turn.plain else position)
    rest = {key: value for key, value in view.body.items() if key != "messages"}
    for diagnosis in _named(rest, suspects):
        yield finding(diagnosis, None, None)


_NUL: Final = re.compile("\0")


def _named(value: Json, suspects: Sequence[tuple[str, re.Pattern[str]]]) -> list[str]:
    found = dict.fromkeys(
        diagnosis for text in strings(value) for diagnosis, pattern in suspects if pattern.search(text) is not None
    )
    return list(found)


def strings(value: Json) -> Iterator[str]:
    """Every string and key of a JSON value, however deep."""
    stack: list[Json] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            fields = cast("Mapping[Any, Any]", item)
            stack.extend(fields.values())
            stack.extend(key for key in fields if isinstance(key, str))
        elif isinstance(item, list | tuple):
            stack.extend(cast("Sequence[Json]", item))


def meanings(view: View, aside: Aside) -> Iterator[Finding]:
    """Assistant turns that are an error of the provider, or a refusal the conversation went on behind."""
    last = len(view.turns) - 1
    for index, turn in enumerate(view.turns):
        if turn.role != "assistant" or turn.calls:
            continue
        if aside.stop_reasons.get(index) == "refusal":
            yield finding("refusal_loop", index, None)
            continue
        text = text_of(turn)
        if not text:
            continue
        if is_provider_error(text):
            yield finding("provider_error_stored_as_assistant_text", index, None)
        elif index < last and len(text) <= _SHORT and _REFUSAL.match(text):
            yield finding("refusal_loop", index, None)


def is_provider_error(text: str) -> bool:
    """Whether a text is an error of the provider and nothing else: it begins like one and is no longer than one."""
    return len(text) <= 4 * _SHORT and _PROVIDER_ERROR.match(text) is not None
