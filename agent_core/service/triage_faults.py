"""What is wrong with one conversation, as its log, its wake and its systems say: named, dated, in words (R-M4). Pure.

An action that waits for a person's yes is no fault, whatever its clock says; neither is a turn that is healthily under way,
nor a write whose outcome code is still finding out. What is no fault must never be in here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent_core.contract.ids import AskId
from agent_core.contract.integrations import IntegrationShown
from agent_core.contract.triage import TriageKind
from agent_core.conversation.holding import on_call
from agent_core.conversation.state import Doubt, OpenEffect, Run, State
from agent_core.store.stuck import FAILING, StuckWake

GRACE: Final = timedelta(seconds=60)
"""How long after its time an effect, or after its beginning a doubt, is left to the engine alone."""

_AGAIN_AND_AGAIN: Final = 3
"""Answers of a model in a row that do not count, until it is worth telling."""

RANK: Final[dict[TriageKind, int]] = {
    "quarantined": 0, "outcome_unknown": 1, "unreadable": 2, "effect_overdue": 3, "failing": 4, "wake_overdue": 5,
    "system_down": 6,
}  # fmt: skip

_QUARANTINED: Final = "The agent does nothing here until on-call has looked."
_DOUBT: Final = "{tool} was sent, and nobody knows whether it happened. It was looked up {looks} times."
_EFFECT: Final = "{what} was begun, its time is over since long, and nobody has settled it."
_FAILING: Final = "Looking at this conversation failed {attempts} times in a row."
_RUN_FAILS: Final = "The model of {workflow} was asked {attempts} times in a row, and gave no answer that counts."
_OVERDUE: Final = "There is something to do here since long, and nobody looks."
_DOWN: Final = "The customer waits for {system}, which does not work at the moment."
_DAMAGED: Final = "An event does not belong where it stands in this conversation's log."
_UNREADABLE: Final = "The log of this conversation cannot be read."

_BLOCKS: Final[dict[TriageKind, str]] = {
    "quarantined": "No turn runs, no tool is called, and the agent says nothing more.",
    "outcome_unknown": "The same action is not done again, and nobody is told that it happened or that it did not.",
    "effect_overdue": "Whatever waits for it waits on.",
    "failing": "The turn does not go on; after more failures the conversation is held for on-call.",
    "wake_overdue": "The turn does not begin, or does not go on.",
    "system_down": "What needs it is tried again when the system is.",
    "unreadable": "Nobody can work on it, and no view of it is right.",
}
_WAITING: Final = "{count} messages of the customer wait for somebody."
_ONE_WAITING: Final = "A message of the customer waits for somebody."
_WHAT: Final = {"model": "A question to the model", "read": "A read", "write": "A write", "reply": "A reply"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    kind: TriageKind
    diagnosis: str
    sentence: str
    since: datetime
    ask: AskId | None = None


def faults(
    state: State, held_at: datetime | None, wake: StuckWake | None, down: Sequence[IntegrationShown], now: datetime
) -> list[Fault]:
    """Everything that is wrong with a conversation, the worst first; nothing when it only waits, or works.

    Args:
        state: Its log, folded.
        held_at: When it was taken out of the agent's hands, where it is.
        wake: What the wake table has against it.
        down: Breakers of its brand that are not closed.
        now: The present moment.
    """
    found = [*_of_state(state, held_at, now), *_of_wake(wake), *_of_systems(state, down)]
    return sorted(found, key=lambda fault: (RANK[fault.kind], fault.since))


def unreadable(since: datetime) -> Fault:
    """The log does not fold, or cannot be read."""
    return Fault("unreadable", "log_unreadable", _UNREADABLE, since)


def blocks(fault: Fault, unanswered: int) -> str:
    """What does not go on because of it."""
    waiting = "" if not unanswered else f" {_ONE_WAITING}" if unanswered == 1 else f" {_WAITING.format(count=unanswered)}"
    return f"{_BLOCKS[fault.kind]}{waiting}"


def _of_state(state: State, held_at: datetime | None, now: datetime) -> Iterator[Fault]:
    if state.control == "closed" or state.erased:
        return
    if state.control == "quarantined":
        held, ask = state.quarantine, on_call(state)
        diagnosis = state.control_code if held is None else held.diagnosis
        words = _QUARANTINED if held is None else held.sentence
        yield Fault("quarantined", diagnosis, words[:400], held_at or now, None if ask is None else ask.ask.id)
    elif state.damaged:
        yield Fault("unreadable", "log_does_not_fold", _DAMAGED, now)
    for doubt in state.doubts.values():
        if doubt.found is None and ((ask := ask_about(state, doubt)) is not None or doubt.since + GRACE < now):
            words = _DOUBT.format(tool=doubt.effect.tool or "An action", looks=doubt.looks)
            yield Fault("outcome_unknown", "outcome_unknown", words, doubt.since, ask)
    for run in state.runs.values():
        if run.phase == "working" and len(run.failing.codes) >= _AGAIN_AND_AGAIN:
            words = _RUN_FAILS.format(workflow=run.workflow, attempts=len(run.failing.codes))
            yield Fault("failing", run.failing.codes[-1], words, run.failing.since or now)
    for effect in state.open.values():
        if overdue(effect, now):
            what = _WHAT[effect.kind] if effect.tool is None else effect.tool
            yield Fault("effect_overdue", f"{effect.purpose}_overdue", _EFFECT.format(what=what), effect.deadline)


def overdue(effect: OpenEffect, now: datetime) -> bool:
    """Whether its time is over since long, and nobody has settled it."""
    return effect.deadline + GRACE < now


def ask_about(state: State, doubt: Doubt) -> AskId | None:
    """The open ask in which people say what became of it."""
    about = {doubt.effect.effect} if doubt.effect.proposal is None else {doubt.effect.effect, doubt.effect.proposal}
    for known in state.asks.values():
        if known.ask.kind == "unknown_outcome" and not known.resolved and {known.ask.effect, known.ask.proposal} & about:
            return known.ask.id
    return None


def _of_wake(wake: StuckWake | None) -> Iterator[Fault]:
    if wake is None:
        return
    if wake.attempts >= FAILING:
        yield Fault("failing", "looks_fail", _FAILING.format(attempts=wake.attempts), wake.since)
    if wake.overdue:
        yield Fault("wake_overdue", "nobody_looks", _OVERDUE, wake.since)


def _of_systems(state: State, down: Sequence[IntegrationShown]) -> Iterator[Fault]:
    """Only where something here has failed because of it: a broken shop is no fault of who asks about the weather."""
    if state.control != "agent":
        return
    waits = tuple(_waits_for(state))
    for each in down:
        model = each.system.startswith("model:")
        if any(kind == ("model" if model else "tool") for kind in waits):
            yield Fault("system_down", f"{each.system}:{each.operation}", _DOWN.format(system=each.system)[:400], each.since)


def _waits_for(state: State) -> Iterator[str]:
    """What failed here and is to be tried again: a question to a model, or a tool's call."""
    if state.turn.triaged is None and state.turn.failing.codes:
        yield "model"
    working: Iterable[Run] = (run for run in state.runs.values() if run.phase == "working")
    for run in working:
        if run.failing.codes:
            yield "model"
        if any(call.failures for call in run.open_calls):
            yield "tool"
