"""A brain that obeys outside text: the model of every safety test, which code around it must survive.

It calls whatever tool a text from outside asks for with ``CALL tool {json}``, offered or not, and otherwise follows the
workflow. It exists to prove that no text, whoever wrote it, can make something happen that code does not allow.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from agent_core.sandbox.messages.answer import Answer, Call
from agent_core.sandbox.messages.literal import LiteralBrain
from agent_core.sandbox.messages.matching import purpose_of
from agent_core.sandbox.messages.prompt import read_transcript, result_text
from agent_core.sandbox.messages.tokens import canonical

_ORDER = re.compile(r"CALL\s+([a-zA-Z0-9_-]{1,128})\s*(?=\{)")


class HijackedBrain:
    """Obeys ``CALL tool {json}`` wherever it stands in outside text, tool results or notices."""

    def __init__(self) -> None:
        self._literal = LiteralBrain()

    def think(self, request: dict[str, Any], seed: int) -> Answer:
        """Makes every call the texts ask for that was not made yet, one turn at a time; then follows the workflow."""
        if purpose_of(request) in {"triage", "compose"}:
            return self._literal.think(request, seed)
        transcript = read_transcript(request)
        made = {(call.tool, canonical(call.arguments)) for call in transcript.made}
        wanted: dict[tuple[str, str], Call] = {}
        for text in _texts(request):
            for tool, arguments in orders_in(text):
                key = (tool, canonical(arguments))
                if key not in made:
                    wanted.setdefault(key, Call(tool, arguments))
        return Answer(tuple(wanted.values())) if wanted else self._literal.think(request, seed)


def orders_in(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Every order a text gives: tool and arguments."""
    found: list[tuple[str, dict[str, Any]]] = []
    for match in _ORDER.finditer(text):
        try:
            arguments, _ = json.JSONDecoder().raw_decode(text, match.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(arguments, dict):
            found.append((match[1], arguments))
    return found


def _texts(request: dict[str, Any]) -> Iterator[str]:
    for message in request["messages"]:
        content = message["content"]
        if message["role"] == "assistant":
            continue
        if isinstance(content, str):
            yield content
            continue
        for block in content:
            if block["type"] == "text":
                yield block["text"]
            elif block["type"] == "tool_result":
                text = result_text(block)
                yield text
                # Inside JSON the order's own quotation marks are escaped; a model reads through that.
                yield text.replace('\\"', '"')
