"""Text that looks like what code or another speaker writes: chat templates, role lines, tags, tool calls (R-D3, R-D2).

Marking has already made such text harmless for the model; this only says that somebody tried.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import regex

from agent_core.boundary.detectors.finding import Detector, Hit
from agent_core.boundary.detectors.look import Look

WEIGHTS: Final[Mapping[str, int]] = {
    "chat_template": 70,  # <|im_start|>, [INST], ### Instruction:
    "system_tag": 65,  # <system>, </tool_result>, [system]
    "other_tag": 30,  # <user>, <information>
    "dialogue": 65,  # lines of two different speakers, one of them the assistant or the system
    "role_line": 35,  # System: …
    "tool_call": 65,  # {"type": "tool_use", …}
    "tool_result": 65,  # "tool_use_id": …, an outcome as JSON
    "end_marker": 40,  # ---- END OF USER INPUT ----
}

_TEMPLATE: Final = regex.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|end|eot_id|start_header_id|end_header_id|begin_of_text)\|>"
    r"|\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|(?:^|\n)#{2,4} ?(?:instruction|system|system prompt|response|human"
    r"|assistant)s?:"
    r"|(?:^|\n)<s>\s"
)
_TAG: Final = regex.compile(
    r"[<‹⟨〈(\[{]{1,2}\s{0,3}/?\s{0,3}(?:antml:)?"
    r"(?P<name>system(?:[ _-]?(?:prompt|message|notice|instruction|override|note|update|alert))?s?|assistant"
    r"|instructions?|tool[_-]?(?:result|use|call)s?"
    r"|function[_-]?(?:calls?|results?)|invoke|admin|developer|important[_-]instructions?|outside|notice|steer|sent"
    r"|(?P<other>user|human|information|context|prompt|important|secret))"
    r"(?:-[a-z2-7]{16})?(?:\s[^<>\[\]{}()\n]{0,80})?\s{0,3}[>›⟩〉)\]}]{1,2}"
)
_ROUND: Final = frozenset("([{")
_ROLE: Final = regex.compile(
    r"(?:^|\n)[ \t>*_#\"]{0,6}(?P<role>system|assistant|ai|bot|chatbot|human|user|customer|developer|agent|model)"
    r"(?: ?(?:message|prompt|\d))?[*_]{0,2} ?:(?!//)"
)
_CALL: Final = regex.compile(
    r"\"type\" ?: ?\"(?:tool_use|tool_call|function|function_call)\"|\"(?:tool_calls|function_call|tool_use)\" ?: ?[{\[]"
    r"|\{\s{0,4}\"(?:tool|name|function|action)\" ?: ?\"\w{2,60}\"\s{0,4},\s{0,4}\"(?:arguments|input|parameters"
    r"|action_input|args)\" ?:"
    r"|(?:^|\n)(?:action|tool|function)(?: input)? ?: ?\w{2,40}\n(?:action )?(?:input|args|arguments) ?:"
    r"|<\s{0,3}invoke\s{1,3}name ?="
)
_RESULT: Final = regex.compile(
    r"\"tool_use_id\" ?:|\"type\" ?: ?\"tool_result\"|\{\s{0,4}\"outcome\" ?: ?\"(?:succeeded|refused|failed|denied"
    r"|pending)\""
    r"|(?:^|\n)(?:observation|tool result|tool output|function result) ?:|\"role\" ?: ?\"(?:system|assistant|tool"
    r"|developer)\""
)
_END: Final = regex.compile(
    r"(?:[-=%#*~_]{3,20}|\[|<)\s{0,3}(?:end|stop|begin|start)(?: of)?(?: the)? (?:user|system|input|prompt|context|data"
    r"|conversation"
    r"|instructions?|untrusted|document|customer|message|email|outside)\b[^\n]{0,40}?(?:[-=%#*~_]{3,20}|\]|>)"
)
_SPEAKERS: Final = frozenset({"system", "assistant", "ai", "bot", "chatbot", "model", "developer"})
_MOST: Final = 20


def hits(look: Look) -> Iterator[Hit]:
    """Every signal, at its place."""
    text = look.match.text
    for signal, pattern in (
        ("chat_template", _TEMPLATE),
        ("tool_call", _CALL),
        ("tool_result", _RESULT),
        ("end_marker", _END),
    ):
        for _, found in zip(range(_MOST), pattern.finditer(text), strict=False):
            yield Hit(signal, *look.match.span(*found.span()))
    for _, found in zip(range(_MOST), _TAG.finditer(text), strict=False):
        # In round and square brackets people write remarks: only the plainest imitation counts there.
        remark = found.group()[0] in _ROUND and found["name"] not in {"system", "assistant", "instruction", "instructions"}
        if found.group()[0] == "(" or (remark and not found["name"].startswith(("system", "tool", "function"))):
            continue
        yield Hit("other_tag" if found["other"] else "system_tag", *look.match.span(*found.span()))
    yield from _roles(look, text)


def _roles(look: Look, text: str) -> Iterator[Hit]:
    roles: dict[str, Hit] = {}
    for _, found in zip(range(_MOST), _ROLE.finditer(text), strict=False):
        roles.setdefault(found["role"], Hit("role_line", *look.match.span(*found.span())))
    spoken = set(roles) & _SPEAKERS
    for role in spoken:
        yield roles[role]
    if spoken and len(roles) > 1:
        first = min(roles.values(), key=lambda hit: hit.start)
        yield Hit("dialogue", first.start, max(hit.end for hit in roles.values()))


DETECTOR: Final = Detector("imitation", WEIGHTS, hits)
