"""The two machines of a conversation as tables, and the nine names derived from them (R-A1).

What is not in a table is refused: before an append by `refusal`, and by `evolve` as the last guard.
"""

from typing import Final, cast

from agent_core.contract.outcomes import Control, ConversationLabel, RunPhase
from agent_core.conversation.lifecycles import LIFECYCLES
from agent_core.conversation.machine import NONE, Machine, machine

CONTROL_MACHINE: Final[Machine] = machine(
    "control",
    "Who controls a conversation",
    "agent awaiting_human human quarantined closed",
    ("agent awaiting_human human quarantined closed", "to_agent", "agent"),
    ("agent awaiting_human human quarantined closed", "to_human", "human"),
    ("agent awaiting_human human quarantined", "to_awaiting_human", "awaiting_human"),
    ("agent awaiting_human human quarantined", "to_quarantined", "quarantined"),
    ("agent awaiting_human human quarantined closed", "to_closed", "closed"),
    first="agent",
)
"""`to_agent` and its kin: a `control_changed` of that name. Nobody waits for people in a closed conversation."""

_LIVE: Final = "working answered asking awaiting_approval awaiting_external escalated"

RUN_MACHINE: Final[Machine] = machine(
    "run",
    "Phase of a run",
    f"none {_LIVE} failed withdrawn",
    ("none", "run_opened", "working"),
    ("none", "continues", _LIVE),
    (f"{_LIVE} failed", "run_continued_as", "withdrawn"),
    (_LIVE, "run_input", "working"),
    (_LIVE, "notice_given", "working ="),
    ("failed withdrawn", "notice_given", "="),
    ("working", "run_answered:answered", "answered awaiting_approval awaiting_external"),
    ("working", "run_answered:asking", "asking"),
    ("answered asking awaiting_approval awaiting_external escalated", "run_answered:answered run_answered:asking", "="),
    ("failed withdrawn", "run_answered:answered run_answered:asking", "="),
    (_LIVE, "run_escalated", "escalated"),
    ("failed withdrawn", "run_escalated", "="),
    ("working answered asking awaiting_approval awaiting_external failed", "run_failed", "failed"),
    ("withdrawn", "run_failed", "="),
    (f"{_LIVE} failed withdrawn", "run_withdrawn", "withdrawn"),
    (_LIVE, "words_taken_back", "withdrawn answered awaiting_approval awaiting_external ="),
    ("failed withdrawn", "words_taken_back", "="),
    ("working", "person_spoke", "answered awaiting_approval awaiting_external ="),
    ("answered asking awaiting_approval awaiting_external escalated failed withdrawn", "person_spoke", "="),
    (f"{_LIVE} failed withdrawn", "effect_started model_spoke answer_rejected covered", "="),
    ("working answered", "action_proposed", "awaiting_approval ="),
    ("asking awaiting_approval awaiting_external escalated failed withdrawn", "action_proposed", "="),
)
"""An answer counts only while the run is working: one that comes later answers a question that has changed (R-A3)."""


def _next_states(table: Machine) -> dict[str, frozenset[str]]:
    return {state: table.after(state) for state in table.states if state != NONE}


CONTROL: Final = cast("dict[Control, frozenset[Control]]", _next_states(CONTROL_MACHINE))
"""Who controls a conversation -> who may control it next."""

PHASE: Final = cast("dict[RunPhase, frozenset[RunPhase]]", _next_states(RUN_MACHINE))
"""Phase of a run -> its possible next phases."""

MACHINES: Final[tuple[Machine, ...]] = (CONTROL_MACHINE, RUN_MACHINE, *LIFECYCLES)
"""Every table there is."""

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
