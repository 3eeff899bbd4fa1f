"""Draws every machine from its table, as a Mermaid picture and as a Markdown table (R-A1).

`countersign-core draw-machines` prints it and writes the section of the documents. The picture comes from the code, so that
it cannot say anything else. It must never decide anything.
"""

import sys
from typing import Final, get_args

from agent_core.contract.outcomes import Control, ConversationLabel, RunPhase
from agent_core.conversation.machine import Machine
from agent_core.conversation.machines import MACHINES, label

BEGIN: Final = "<!-- machines: written by `countersign-core draw-machines --write ARCHITECTURE.md` -->"
END: Final = "<!-- end of machines -->"

_PHASE_LABELS: tuple[tuple[RunPhase, ...], ...] = (("working",), ("awaiting_approval",), ("awaiting_external",), ())
_ENDED: Final = "ended"
_MOST_NAMED: Final = 4
"""Events named on one arrow; the table has all of them."""


def diagram(machine: Machine) -> str:
    """One machine as a Mermaid state diagram; what changes nothing is left to the table, many ends are one box."""
    ended = [end for end in machine.states if end in machine.ends and not machine.after(end)]
    box = dict.fromkeys(ended, _ENDED) if len(ended) > _MOST_NAMED else {}
    lines = ["```mermaid", "---", f'title: "{machine.title}"', "---", "stateDiagram-v2", f"    [*] --> {machine.first}"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for now in machine.states:
        for event, after in machine.table[now].items():
            for to in (state for state in machine.states if state in after and state != now):
                arrows.setdefault((now, box.get(to, to)), []).append(event)
    lines += [f"    {now} --> {to}: {_named(events)}" for (now, to), events in arrows.items()]
    if box:
        lines.append(f"    {_ENDED}: {', '.join(ended)}")
    lines += [f"    {now} --> [*]" for now in dict.fromkeys(box.get(n, n) for n in machine.states if not machine.after(n))]
    return "\n".join([*lines, "```"])


def _named(events: list[str]) -> str:
    """Events on an arrow: several outcomes of one kind are one word."""
    words = list(dict.fromkeys(event.replace(":", " ") for event in events))
    if len(words) > _MOST_NAMED:
        words = list(dict.fromkeys(event.partition(":")[0] for event in events))
    return ", ".join(words[:_MOST_NAMED]) + (" …" if len(words) > _MOST_NAMED else "")


def table(machine: Machine) -> str:
    """One machine as a Markdown table: a row per state and next state, with the events between them."""
    rows = [f"| {machine.name} | event | next |", "|---|---|---|"]
    for now in machine.states:
        by_next: dict[str, list[str]] = {}
        for event, after in machine.table[now].items():
            names = [name if name != now else "stays" for name in machine.states if name in after]
            by_next.setdefault(" or ".join(names), []).append(event)
        rows += [f"| {now} | {', '.join(events)} | {to} |" for to, events in by_next.items()]
    return "\n".join(rows)


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
    parts: list[str] = []
    for machine in MACHINES:
        parts += [diagram(machine), table(machine)]
    return "\n\n".join([*parts, labels()]) + "\n"


def section() -> str:
    """What a document holds between the marks: the pictures, and the nine names. Every row: `document`."""
    return "\n\n".join([BEGIN, *(diagram(machine) for machine in MACHINES), labels(), END])


def written_into(text: str) -> str:
    """A document with the section between its marks made anew.

    Raises:
        ValueError: The document has no such marks, in that order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks of the machines are missing")
    return f"{before}{section()}{after}"


if __name__ == "__main__":
    sys.stdout.write(document())
