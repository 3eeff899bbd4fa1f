"""Answers a person who asks about a proposal: what was called, why, and which facts it rests on.

A literal answer of what stands in the transcript; it can reason about nothing else, and says so. It must never call a tool.
"""

import json
from typing import Any

from agent_core.sandbox.messages.prompt import Made, Transcript

QUESTION = "asked_by_person"
MOST_FACTS = 8


def is_asked(request: dict[str, Any]) -> bool:
    """Whether a request wants an answer for a person instead of a run's outcome."""
    schema = ((request.get("output_config") or {}).get("format") or {}).get("schema") or {}
    return set(schema.get("properties") or {}) == {"answer", "fact_ids"}


def answer_person(transcript: Transcript) -> dict[str, Any]:
    """The answer to the newest question."""
    asked = [block.data for block in transcript.of("notice") if block.data.get("outcome") == QUESTION]
    about = asked[-1].get("about") if asked else None
    made = next((each for each in transcript.made if each.id == about), None)
    if made is None:
        return {"answer": "I do not know which proposal this is about.", "fact_ids": []}
    facts = _facts(transcript, made)
    rests = "; ".join(f"{fact['key']} is {json.dumps(fact['value'], ensure_ascii=False)}" for fact in facts)
    why = str(made.arguments.get("reason") or "the workflow says so")
    text = f"I proposed {made.tool} because: {why}. It rests on: {rests or 'nothing that I have read'}. That is all I know."
    return {"answer": text[:1500], "fact_ids": [str(fact["id"]) for fact in facts]}


def _facts(transcript: Transcript, made: Made) -> list[dict[str, Any]]:
    """Facts whose key names something that the call names, too."""
    known: list[Any] = [*(transcript.context.get("facts") or [])]
    for each in transcript.made:
        known += (each.result or {}).get("facts") or []
    named = [value for value in made.arguments.values() if isinstance(value, str) and value]
    found: dict[str, dict[str, Any]] = {}
    for fact in known:
        if isinstance(fact, dict) and {"id", "key", "value"} <= set(fact):  # pyright: ignore[reportUnknownArgumentType] - any JSON
            key = str(fact["key"])  # pyright: ignore[reportUnknownArgumentType] - any JSON
            if any(f".{name}." in key for name in named):
                found[key] = fact
    return list(found.values())[:MOST_FACTS]
