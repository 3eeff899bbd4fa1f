"""Answers one request of a run: the next calls, or the run's typed answer.

Decides only what to say of the walk's points: after a notice or a later message, points the customer has already been given
are left out. Never writes the customer's reply itself.
"""

import json
from typing import Any

from agent_core.sandbox.messages.answer import Answer, Say
from agent_core.sandbox.messages.asked_back import answer_person, is_asked
from agent_core.sandbox.messages.colleagues import told
from agent_core.sandbox.messages.prompt import SystemPrompt, Transcript, read_transcript
from agent_core.sandbox.messages.values import MISSING, shown
from agent_core.sandbox.messages.walk import Ending, Known, Spoken, Walk, standing_of

MOST_POINTS = 20
LONGEST_POINT = 1200
LONGEST_QUESTION = 600


_STEMS: dict[str, tuple[str, ...]] = {
    "pending": ("pend", "wait", "review", "propos", "request"),
    "done": ("succe", "done", "refunded", "complete", "paid", "executed", "cancelled", "changed", "sent", "ok"),
    "denied": ("den", "refus", "declin", "reject", "not_"),
    "failed": ("fail", "error", "unknown", "escal"),
    "not_started": ("none", "not_started", "not_", "no"),
}
"""Parts of words by which a schema's own names for an outcome are recognised."""


def answer_run(prompt: SystemPrompt, request: dict[str, Any]) -> Answer:
    """Answers a request whose system prompt is a workflow."""
    transcript = read_transcript(request)
    if is_asked(request):
        return Answer((Say(json.dumps(answer_person(transcript), ensure_ascii=False)),))
    choice = request.get("tool_choice") or {}
    offered = set() if choice.get("type") == "none" else {tool["name"] for tool in request.get("tools") or []}
    walk = Walk(prompt, transcript, offered)
    ending = walk.go()
    colleagues = told(transcript)
    if colleagues:  # woken to say this; what the walk would ask was asked before, or is not what this is about
        ending = Ending(points=[point for point, _, _ in colleagues])
        walk.known |= {f"colleague_{tool}": known for _, tool, known in colleagues}
    if ending.calls:
        calls = ending.calls[:1] if choice.get("disable_parallel_tool_use") else ending.calls
        return Answer(tuple(calls))
    return Answer((Say(json.dumps(_answer(prompt, request, walk, transcript, ending), ensure_ascii=False)),))


def _answer(
    prompt: SystemPrompt, request: dict[str, Any], walk: Walk, transcript: Transcript, ending: Ending
) -> dict[str, Any]:
    points = _fresh(transcript, ending)
    escalation = ending.escalation
    if not ending.points and not ending.stopped:
        # Nothing applied: silence would leave the customer without an answer.
        escalation = "no_step_applied"
    phase = "escalated" if escalation else "asking" if ending.question else "answered"
    answer: dict[str, Any] = {
        "phase": phase,
        "points": [{"text": point.text[:LONGEST_POINT], "fact_ids": list(point.fact_ids)} for point in points[:MOST_POINTS]],
        "question": ending.question[:LONGEST_QUESTION] if ending.question else None,
        "outputs": _outputs(prompt, walk),
        "beliefs": _beliefs(walk, transcript),
        "escalation": escalation,
        "disclosures": [],
    }
    return _shaped(answer, request, walk)


def _fresh(transcript: Transcript, ending: Ending) -> list[Spoken]:
    """The points the customer has not been given yet; the last one again when there is nothing new to say."""
    if not transcript.answers:
        return ending.points
    last_turn = transcript.answers[-1][0]
    heard = any(block.turn > last_turn for block in transcript.of("outside"))
    sent = [block.turn for block in transcript.of("sent")]
    given: set[str] = set()
    for turn, answer in transcript.answers:
        # With a new message, only a reply that was really sent counts as given.
        if not heard or any(position > turn for position in sent):
            given.update(_texts(answer))
    fresh = [point for point in ending.points if point.text not in given]
    if not fresh and not ending.stopped:
        return ending.points[-1:]
    return fresh


def _texts(answer: dict[str, Any]) -> list[str]:
    points = answer.get("points")
    found = [point.get("text") for point in (points if isinstance(points, list) else []) if isinstance(point, dict)]
    return [text for text in found if isinstance(text, str)]


def _outputs(prompt: SystemPrompt, walk: Walk) -> dict[str, str]:
    names = [name.strip() for line in prompt.lines("Required outputs") for name in line.split(",")]
    found: dict[str, str] = {}
    for name in names:
        value = _output(name, walk) if name else None
        if value is not None:
            found[name] = value
    return found


def _output(name: str, walk: Walk) -> str | None:
    """An entity, a path, a value of a result, or the outcome of the step the name speaks of."""
    direct = walk.look(name)
    if direct is not MISSING:
        return shown(direct)
    for known in reversed(list(walk.known.values())):
        if isinstance(known.result.get(name), str | int):
            return shown(known.result[name])
    stem = name.removesuffix("_status").removesuffix("_outcome")
    if stem != name:
        speaks = [known for step, known in _calls_of(walk) if stem in step]
        outcome = speaks[-1].outcome if speaks else "not_started"
        return "succeeded" if outcome == "edited_succeeded" else outcome
    return None


def _calls_of(walk: Walk) -> list[tuple[str, Known]]:
    tools = {step.id: step.tool or "" for step in walk.steps}
    return [(f"{step} {tools.get(step, '')}", known) for step, known in walk.known.items()]


def _beliefs(walk: Walk, transcript: Transcript) -> list[dict[str, Any]]:
    beliefs: list[dict[str, Any]] = []
    facts = [*_facts(transcript.context.get("facts"))]
    for made in transcript.made:
        facts += _facts((made.result or {}).get("facts"))
    for name in walk.patterns:
        value = walk.look(name)
        if value is MISSING:
            continue
        cited = [str(fact["id"]) for fact in facts if fact.get("value") == value and "id" in fact]
        beliefs.append(
            {
                "statement": f"The customer means {_spoken(name)} {shown(value)}.",
                "fact_ids": list(dict.fromkeys(cited)),
                "confidence_percent": 97 if cited else 85,
            }
        )
    return beliefs[:20]


def _spoken(name: str) -> str:
    """The name of an entity as people say it: `order_id` is an order."""
    return name.removesuffix("_id").replace("_", " ")


def _facts(value: Any) -> list[dict[str, Any]]:
    return [fact for fact in value if isinstance(fact, dict)] if isinstance(value, list) else []


def _shaped(answer: dict[str, Any], request: dict[str, Any], walk: Walk) -> dict[str, Any]:
    """Keeps to the schema the request gives: outputs may be wanted as an object or as a list of names and values."""
    schema = ((request.get("output_config") or {}).get("format") or {}).get("schema") or {}
    properties = schema.get("properties") or {}
    outputs = properties.get("outputs") or {}
    if outputs.get("type") == "array":
        answer["outputs"] = [{"name": name, "value": value} for name, value in answer["outputs"].items()]
    elif outputs.get("additionalProperties") is False:
        wanted: dict[str, Any] = outputs.get("properties") or {}
        given: dict[str, str] = answer["outputs"]
        latest = list(walk.known.values())[-1].outcome if walk.known else "not_started"
        answer["outputs"] = {name: _allowed(given.get(name, ""), kind, latest) for name, kind in wanted.items()}
    if not properties:
        return answer
    return {name: value for name, value in answer.items() if name in properties}


def _allowed(value: str, schema: dict[str, Any], latest: str) -> str:
    """A value the schema of an output takes; an outcome is put in the schema's own word for it.

    Args:
        value: What was found, or the empty string.
        schema: Schema of the output.
        latest: Outcome of the last call, which decides when nothing was found.
    """
    allowed = schema.get("enum")
    words = [word for word in allowed if isinstance(word, str) and word] if isinstance(allowed, list) else []
    if not words or (value and value in words):
        return value
    stems = _STEMS.get(standing_of(value or latest), ())
    return next((word for stem in stems for word in words if stem in word.lower()), words[0])
