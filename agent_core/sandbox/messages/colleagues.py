"""What colleagues did in a run's conversation, said to the customer once: the stand-in has called nothing of it.

A literal telling of the notices; it must never claim anything that a notice does not say.
"""

from typing import Any

from agent_core.sandbox.messages.prompt import Marked, Transcript
from agent_core.sandbox.messages.values import MISSING, money
from agent_core.sandbox.messages.walk import Known, Spoken

_SAID = {
    "succeeded": "A colleague has done this for you: {what}.",
    "denied": "A colleague had wanted this for you, and it was decided against: {what}.",
    "unknown": "A colleague wanted this for you, and we are finding out what became of it: {what}.",
}
_ELSE = "A colleague wanted this for you, and it was not done: {what}."


def told(transcript: Transcript) -> list[tuple[Spoken, str, Known]]:
    """One point for each action of a colleague that stands behind the newest answer, its tool, and what is known of it."""
    last = transcript.answers[-1][0] if transcript.answers else -1
    notices = [block for block in transcript.of("notice") if block.data.get("proposed_by") == "colleague"]
    return [
        (Spoken(_sentence(block), _facts(block)), str(block.data.get("tool", "")), _known(block))
        for block in notices
        if block.turn > last
    ]


def _known(block: Marked) -> Known:
    values = {**_object(block.data.get("arguments")), **_object(block.data.get("result"))}
    return Known(str(block.data.get("outcome", "unknown")), values, _facts(block), str(block.data.get("reason") or ""))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _facts(block: Marked) -> tuple[str, ...]:
    facts: Any = block.data.get("facts")
    return tuple(str(fact["id"]) for fact in facts if "id" in fact) if isinstance(facts, list) else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any JSON


def _sentence(block: Marked) -> str:
    data = block.data
    arguments = _object(data.get("arguments"))
    amount = money({"amount_minor": arguments.get("amount_minor"), "currency": arguments.get("currency")})
    what = str(data.get("tool", "")).replace("_", " ")
    if amount is not MISSING:
        what = f"{what}, {amount}"
    return _SAID.get(str(data.get("outcome")), _ELSE).format(what=what)
