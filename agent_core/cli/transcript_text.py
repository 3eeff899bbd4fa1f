"""Findings and repairs as a page for people: what is wrong, where, what it may have done, what heals it.

Why: on-call reads it at three in the morning, at a terminal. It says no more than the JSON form does. It must never print a
word of the transcript as it stands there: names and ids are shortened, and nothing in them can steer a terminal.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent_core.conversation.health.catalogue import REPAIRS
from agent_core.conversation.health.findings import Finding, SideEffect, shown
from agent_core.conversation.health.foreign.transcript import Form, Transcript
from agent_core.conversation.health.repairing import Repaired

_FORMS: Final[dict[Form, str]] = {
    "messages": "Messages API",
    "openai_chat": "OpenAI chat",
    "openai_responses": "OpenAI responses",
    "langgraph": "LangGraph or LangChain",
}
_EFFECTS: Final[dict[SideEffect, str]] = {
    "none": "",
    "possible": "a tool that may write is concerned; look whether it did",
    "likely": "something seems to have been done twice, or half; look before anything is sent",
    "unknown": "a write was sent, and nobody knows what became of it; look it up before anything is sent",
}
_MOST_IDS: Final = 8


def diagnosis_text(transcript: Transcript, findings: Sequence[Finding], at: str) -> str:
    """The page of a diagnosis."""
    errors = sum(each.severity == "error" for each in findings)
    warnings = len(findings) - errors
    if not findings:
        verdict = "Healthy: nothing is wrong with it."
    elif not errors:
        verdict = f"The API would take it. {_count(warnings, 'thing')} to know."
    else:
        also = f", and {_count(warnings, 'thing')} to know" if warnings else ""
        verdict = f"The API would refuse it: {_count(errors, 'fault')}{also}."
    lines = [verdict, _of(transcript, at)]
    for number, each in enumerate(findings, 1):
        lines += ["", *_finding(number, each)]
    if errors:
        lines += ["", "`repair` heals what can be healed; `--known FILE` tells it what became of calls."]
    return "\n".join(lines)


def repair_text(transcript: Transcript, done: Repaired, at: str) -> str:
    """The page of a repair: what was changed, and what a person has to settle. The body itself is in the JSON form."""
    if not done.changes:
        lines = ["Nothing was changed.", _of(transcript, at)]
    else:
        lines = [f"{_count(len(done.changes), 'change')}.", _of(transcript, at), ""]
        for (path, what, why), times in Counter((each.path, each.what, each.why) for each in done.changes).items():
            often = f" ({times} times)" if times > 1 else ""
            lines.append(f"  {shown(path)}: {REPAIRS.get(what, what)}{often} [{what}, for {why}]")
    lines += ["", f"{_count(len(done.left), 'thing')} left to a person:" if done.left else "Nothing is left to a person."]
    for number, each in enumerate(done.left, 1):
        lines += ["", *_finding(number, each)]
    return "\n".join(lines)


def _of(transcript: Transcript, at: str) -> str:
    messages = transcript.body.get("messages") if isinstance(transcript.body, dict) else None
    count = _count(len(messages), "message") if isinstance(messages, list) else "no messages"
    where = f", found at {ascii(at[:200])[1:-1]}" if at else ""
    return f"Read as {_FORMS[transcript.form]}: {count}{where}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _finding(number: int, each: Finding) -> list[str]:
    place = "the request itself" if each.message is None else f"messages.{each.message}"
    place += "" if each.block is None else f".content.{each.block}"
    weight = "warning" if each.severity == "warning" else f"error {each.http_status}"
    lines = [f"{number}. {place}  {each.diagnosis}  ({weight})", f"   {each.sentence}"]
    if each.tool_use_ids:
        ids = ", ".join(shown(call) or "(empty)" for call in each.tool_use_ids[:_MOST_IDS])
        more = f" and {len(each.tool_use_ids) - _MOST_IDS} more" if len(each.tool_use_ids) > _MOST_IDS else ""
        lines.append(f"   Calls: {ids}{more}")
    if each.side_effect != "none":
        lines.append(f"   Outside: {_EFFECTS[each.side_effect]}.")
    lines.append(f"   Repair: {REPAIRS[each.repair]}")
    return lines
