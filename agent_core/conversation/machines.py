"""The two small machines as tables, and the nine names derived from them (R-A1).

What is not in a table is refused: before an append by `refusal`, and by `evolve` as the last guard.
"""

from typing import Final

from agent_core.contract.outcomes import Control, ConversationLabel, RunPhase

CONTROL: Final[dict[Control, frozenset[Control]]] = {
    "agent": frozenset({"awaiting_human", "human", "quarantined", "closed"}),
    "awaiting_human": frozenset({"human", "agent", "quarantined", "closed"}),
    "human": frozenset({"agent", "awaiting_human", "closed", "quarantined"}),
    "quarantined": frozenset({"agent", "human", "awaiting_human", "closed"}),
    "closed": frozenset({"agent", "human"}),
}
"""Who controls a conversation -> who may control it next."""

PHASE: Final[dict[RunPhase, frozenset[RunPhase]]] = {
    "working": frozenset(
        {"answered", "asking", "awaiting_approval", "awaiting_external", "escalated", "failed", "withdrawn"}
    ),
    "answered": frozenset({"working", "escalated", "failed", "withdrawn"}),
    "asking": frozenset({"working", "escalated", "failed", "withdrawn"}),
    "awaiting_approval": frozenset({"working", "escalated", "failed", "withdrawn"}),
    "awaiting_external": frozenset({"working", "escalated", "failed", "withdrawn"}),
    "escalated": frozenset({"working", "withdrawn"}),
    "failed": frozenset({"withdrawn"}),
    "withdrawn": frozenset(),
}
"""Phase of a run -> its possible next phases."""

SETTLED: Final[frozenset[RunPhase]] = frozenset(PHASE) - {"working"}
"""Phases in which a run wants nothing from us right now."""


class IllegalTransition(Exception):
    """An event that the tables do not allow in this state. Refused and recorded, never folded."""


def next_control(now: Control, to: Control) -> Control:
    """The new control; staying where it is is always allowed: two may stop the same conversation at once.

    Raises:
        IllegalTransition: When the table does not allow it.
    """
    if to != now and to not in CONTROL[now]:
        raise IllegalTransition(f"control {now} -> {to}")
    return to


def next_phase(now: RunPhase, to: RunPhase) -> RunPhase:
    """The new phase; staying where it is is always allowed.

    Raises:
        IllegalTransition: When the table does not allow it.
    """
    if to != now and to not in PHASE[now]:
        raise IllegalTransition(f"phase {now} -> {to}")
    return to


def label(control: Control, phases: tuple[RunPhase, ...], *, triaging: bool) -> ConversationLabel:
    """One of the nine names, by fixed precedence: control first, then what waits, then what works."""
    match control:
        case "quarantined" | "closed" | "awaiting_human":
            return control
        case "human":
            return "human_control"
        case "agent":
            pass
    if triaging:
        return "triaging"
    if "working" in phases:
        return "resolving"
    if "awaiting_approval" in phases:
        return "awaiting_approval"
    if "awaiting_external" in phases:
        return "awaiting_external"
    return "listening"
