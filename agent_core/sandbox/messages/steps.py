"""Reads the steps of a workflow from its prompt.

Tolerant of order and spacing, strict about meaning: a line that is not understood is left out, never guessed at.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_HEAD = re.compile(r"^\s*\d+\.\s+([A-Za-z][A-Za-z0-9_]*):\s*(.*)$")
_LINE = re.compile(r"^\s+(when|call|ask|say|pending|done|denied|failed|otherwise|escalate):\s*(.*)$")
_CALL = re.compile(r"^([a-zA-Z0-9_-]{1,128})\s*(.*)$", re.DOTALL)


@dataclass
class Step:
    """One step.

    Attributes:
        id: Name by which other steps refer to it.
        text: What the step is about, in words.
        when: Condition, or None.
        tool: Tool to call, or None.
        arguments: Arguments with placeholders.
        ask: Question asked when a placeholder of the call has no value.
        says: Points for the reply.
        pending: Point when the call waits.
        done: Point when it succeeded.
        denied: Point when it was refused or denied.
        failed: Point when it failed.
        goes_on: A failure does not end the run.
        escalate: Reason code with which the step ends the run.
        broken: The call of this step cannot be read.
    """

    id: str
    text: str
    when: str | None = None
    tool: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    ask: str | None = None
    says: list[str] = field(default_factory=list[str])
    pending: str | None = None
    done: str | None = None
    denied: str | None = None
    failed: str | None = None
    goes_on: bool = False
    escalate: str | None = None
    broken: bool = False


def read_steps(lines: list[str]) -> list[Step]:
    """Reads the lines below ``## Steps``."""
    steps: list[Step] = []
    for line in lines:
        head = _HEAD.match(line)
        detail = _LINE.match(line)
        if head and not detail:
            steps.append(Step(head[1], head[2].strip()))
        elif detail and steps:
            _add(steps[-1], detail[1], detail[2].strip())
    return steps


def _add(step: Step, word: str, value: str) -> None:
    if word == "call":
        _add_call(step, value)
    elif word == "say":
        step.says.append(value)
    elif word == "otherwise":
        step.goes_on = value == "continue"
    else:
        setattr(step, word, value)


def _add_call(step: Step, value: str) -> None:
    match = _CALL.match(value)
    try:
        arguments = json.loads(match[2] or "{}") if match else None
    except ValueError:
        arguments = None
    if match is None or not isinstance(arguments, dict):
        step.broken = True
        return
    step.tool, step.arguments = match[1], arguments
