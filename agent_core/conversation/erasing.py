"""When a conversation is erased, what stands in the way, and what it is afterwards (R-N5).

Pure. An order is in the log before anything goes: work stops, what is under way comes to its end, then the bodies go. What
is about money is never erased under way: nobody could say any more what they agreed to. Who writes after an order or an
erasure begins a new conversation; this one is never opened again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from agent_core.contract.erasing import Obstacle
from agent_core.contract.events import (
    AgentSteered,
    AskAssigned,
    AskClaimed,
    AssessmentFlagged,
    BeliefCorrected,
    BodiesErased,
    ControlChanged,
    ConversationExported,
    Countersigned,
    EffectStarted,
    ErasureOrdered,
    InboundContradicted,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Proposed,
    QuarantineLifted,
    Recorded,
    ReplyDrafted,
    ReviewFinished,
    ReviewNoted,
    ReviewScored,
    RoutingOverridden,
    RunContinuedAs,
    RunInput,
    RunOpened,
    TransitionRefused,
    TurnForked,
    TurnOpened,
)  # fmt: skip
from agent_core.conversation.changing import replace
from agent_core.conversation.plan import EraseBodies, Supersede, TurnRules
from agent_core.conversation.state import OpenEffect, Ordered, State

_ABANDONED: Final = timedelta(hours=1)
"""Behind its deadline nobody performs an effect any more: one that cannot be settled by then holds up no erasure."""

EVERYTHING: Final = "everything"
"""The brand's word for the whole conversation."""

_MONEY: Final[Mapping[str, str]] = MappingProxyType({
    "open_approval": "A proposed action waits for a decision. Decide about it, or withdraw it, first.",
    "unknown_outcome": "Nobody knows yet whether an action happened. Find out first.",
    "action_under_way": "An action is being performed at this moment. Try again in a moment.",
    "answer_owed": "Another system has taken an action and has not said what became of it.",
})  # fmt: skip

_NOT_ONCE_ORDERED: Final = (
    MessageReceived, MessageEdited, MessageDeleted, TurnOpened, RunOpened, RunInput, RunContinuedAs, EffectStarted,
    ReplyDrafted, Proposed, Countersigned, RoutingOverridden, QuarantineLifted, AskClaimed, ErasureOrdered,
    InboundContradicted, AgentSteered, BeliefCorrected, AskAssigned, AssessmentFlagged, ReviewNoted,
    ReviewScored, ReviewFinished, TurnForked,
)  # fmt: skip
"""What would go on, or bring something personal in. What is under way may still end."""

_STILL_ERASED: Final = (TransitionRefused, ConversationExported, BodiesErased)
"""All that an erased conversation can still have on record."""


def over(state: State) -> bool:
    """Whether nothing may enter this conversation any more: it is erased, or about to be."""
    return state.erased or state.ordered is not None


def forbidden(state: State, event: Any) -> bool:
    """Whether an event has no place in a conversation that is erased or about to be."""
    if state.erased:
        return not isinstance(event, _STILL_ERASED)
    if state.ordered is None:
        return False
    if isinstance(event, ControlChanged):
        return event.to != "closed"
    return isinstance(event, _NOT_ONCE_ORDERED)


def obstacles(state: State) -> tuple[Obstacle, ...]:
    """What is about money and not at its end."""
    codes = {
        "open_approval": bool(state.open_proposals()),
        "unknown_outcome": bool(state.unknown or state.doubts),
        "action_under_way": any(e.kind == "write" for e in state.open.values()),
        "answer_owed": any(known.effect.kind == "write" for known in state.owed()),
    }
    return tuple(Obstacle(code=code, sentence=_MONEY[code]) for code, there in codes.items() if there)


def erasing(state: State, rules: TurnRules, now: datetime) -> tuple[EraseBodies | Supersede, ...]:
    """What has to be done about an order, or about a time that is over."""
    if state.erased:
        return ()
    if state.ordered is not None:
        return _ordered_steps(state, now)
    due = tuple(name for name, moment in _due(state, rules) if moment <= now)
    if EVERYTHING in due:
        return () if obstacles(state) or state.open else (EraseBodies(whole=True, kinds=()),)
    return (EraseBodies(whole=False, kinds=due),) if due else ()


def _ordered_steps(state: State, now: datetime) -> tuple[EraseBodies | Supersede, ...]:
    under_way = [e for e in state.open.values() if not abandoned(e, now)]
    models = tuple(e.effect for e in under_way if e.kind == "model")
    if models:
        return (Supersede(models),)
    return () if under_way else (EraseBodies(whole=True, kinds=()),)


def abandoned(effect: OpenEffect, now: datetime) -> bool:
    """Whether nobody can be performing it any more, though nobody could say what became of it. Never a write."""
    return effect.kind != "write" and effect.deadline + _ABANDONED <= now


def looked_at_again(state: State, now: datetime) -> datetime | None:
    """When what is under way has been so for too long; only an order waits for that."""
    if state.ordered is None or state.erased:
        return None
    ends = (e.deadline + _ABANDONED for e in state.open.values() if e.kind != "write")
    return min((end for end in ends if end > now), default=None)


def retention_timers(state: State, rules: TurnRules) -> Iterator[tuple[str, datetime]]:
    """When something of this conversation will have been kept for long enough."""
    if not over(state):
        for name, due in _due(state, rules):
            yield f"retention:{name}", due


def _due(state: State, rules: TurnRules) -> Iterator[tuple[str, datetime]]:
    """Counted from the last thing that was said, done or decided; what is gone and was not added to since is not due."""
    if not rules.retention:
        return
    newest = state.opened_at
    if state.touched_at is not None and (newest is None or state.touched_at > newest):
        newest = state.touched_at
    if state.messages and (newest is None or state.messages[-1].arrived_at > newest):
        newest = state.messages[-1].arrived_at
    if newest is None:
        return
    for name, days in rules.retention:
        gone = state.faded.get(name)
        if gone is None or gone <= newest:
            yield name, newest + timedelta(days=days)


def ordered(state: State, event: ErasureOrdered, _recorded: Recorded) -> State:
    """Nobody works on it any more, nothing waits for an answer, and nothing that was drafted leaves."""
    order = Ordered(event.operator, event.reason, event.statement, event.scope)
    return replace(_stopped(state), ordered=order)


def erased(state: State, event: BodiesErased, recorded: Recorded) -> State:
    """What is gone is remembered, so that nobody looks for it; the whole conversation is over for ever."""
    if not event.whole:
        gone = {**state.faded, **dict.fromkeys(event.kinds, recorded.at)}
        return replace(state, faded=MappingProxyType(gone))
    return replace(_stopped(state), erased=True, damaged=False, quarantine=None)


def _stopped(state: State) -> State:
    runs = {
        name: run if run.phase == "withdrawn" else replace(run, phase="withdrawn", due=False, answer=None, answer_phase=None)
        for name, run in state.runs.items()
    }
    through = max((m.seq for m in state.messages), default=0)
    turn = replace(state.turn, through=max(state.turn.through, through), to_people=(), owed=(), routed=True, answered=True)
    return replace(state, runs=MappingProxyType(runs), turn=turn, draft=None, in_hand=None)


def touched_runs(state: State) -> tuple[str, ...]:
    """The runs that an order or an erasure withdraws."""
    return tuple(name for name, run in state.runs.items() if run.phase != "withdrawn")
