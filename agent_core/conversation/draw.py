"""Draws the two machines from their tables as Mermaid: `python -m agent_core.conversation.draw` (R-A1).

The picture in the documents comes from the code, so that it cannot say anything else. It must never decide anything.
"""

import sys
from collections.abc import Mapping
from typing import Any, get_args

from agent_core.contract.outcomes import Control, ConversationLabel, RunPhase
from agent_core.conversation.machines import CONTROL, PHASE, label

_PHASE_LABELS: tuple[tuple[RunPhase, ...], ...] = (("working",), ("awaiting_approval",), ("awaiting_external",), ())


def diagram(title: str, first: str, table: Mapping[Any, frozenset[Any]]) -> str:
    """One machine as a Mermaid state diagram.

    Args:
        title: Shown above it.
        first: The state everything begins in.
        table: State -> possible next states.
    """
    lines = ["```mermaid", "---", f"title: {title}", "---", "stateDiagram-v2", f"    [*] --> {first}"]
    lines += [f"    {now} --> {to}" for now in table for to in sorted(table[now])]
    lines += [f"    {now} --> [*]" for now in table if not table[now]]
    return "\n".join([*lines, "```"])


def labels() -> str:
    """The nine names a person sees, each with what it is derived from, as a Markdown table."""
    found: dict[ConversationLabel, str] = {"triaging": "agent controls, the newest message is not routed"}
    for control in get_args(Control):
        for phases in _PHASE_LABELS:
            why = f"{control} controls" + (f", a run is {phases[0]}" if phases and control == "agent" else "")
            found.setdefault(label(control, phases, triaging=False), why)
    rows = [f"| {name} | {found[name]} |" for name in get_args(ConversationLabel)]
    return "\n".join(["| name | when |", "|---|---|", *rows])


def document() -> str:
    """Everything, as Markdown."""
    parts = (
        diagram("Who controls a conversation", "agent", CONTROL),
        diagram("Phase of a run", "working", PHASE),
        labels(),
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
