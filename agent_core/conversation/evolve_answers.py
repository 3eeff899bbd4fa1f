"""Folds of answers that come later (R-A5). The first end of an awaited answer counts, whoever found it out."""

from datetime import datetime
from types import MappingProxyType
from typing import Literal

from agent_core.contract.events import AnswerArrived, AnswerAwaited, Recorded
from agent_core.contract.ids import EffectId, ProposalId
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import learn, put
from agent_core.conversation.state import Awaited, State


def awaited(state: State, event: AnswerAwaited, recorded: Recorded) -> State:
    """The call is under way over there. Counts only for an effect that has not ended."""
    effect = state.open.get(event.effect)
    if effect is None or event.effect in state.awaited:
        return state
    known = Awaited(effect, event.key, event.ref, event.arguments, event.answers_by)
    return replace(state, awaited=put(state.awaited, event.effect, known))


def arrived(state: State, event: AnswerArrived, recorded: Recorded) -> State:
    """The answer, unless it was settled before. What it did counts as done; its run is told by a notice of its own."""
    known = state.awaited.get(event.effect)
    if known is None or known.outcome is not None or event.late:
        return state
    state = learn(state, event.facts, event.facts_body, recorded, known.effect.tool or "")
    effect = known.effect
    if event.outcome == "succeeded" and effect.kind == "write" and effect.tool is not None and effect.proposal is None:
        state = replace(state, actions=state.actions | {str(effect.tool)})
    known = replace(
        known,
        outcome=event.outcome,
        reason=event.sentence or "",
        result=event.result,
        facts=event.facts_body,
        noticed=effect.proposal is not None,
    )
    state = replace(state, awaited=put(state.awaited, event.effect, known), touched_at=recorded.at)
    return _known(state, event.effect)


def asked(state: State, effect: EffectId) -> State:
    """People were asked what became of it: they may settle it like every write of unknown outcome."""
    known = state.awaited.get(effect)
    if known is None or known.outcome is not None:
        return state
    state = replace(state, awaited=put(state.awaited, effect, replace(known, asked=True, look_at=None)))
    return state if known.effect.proposal is not None else replace(state, unknown=put(state.unknown, effect, known.effect))


def put_off(state: State, effect: EffectId, look_at: datetime) -> State:
    """A person could not tell either: the other system is asked once more then."""
    known = state.awaited.get(effect)
    if known is None or known.outcome is not None or not known.asked:
        return state
    return replace(state, awaited=put(state.awaited, effect, replace(known, look_at=look_at)))


def found_out(state: State, effect: EffectId, outcome: Literal["succeeded", "failed"]) -> State:
    """A person settled it; the notice of their finding is given beside it."""
    known = state.awaited.get(effect)
    if known is None or known.outcome is not None:
        return state
    return replace(state, awaited=put(state.awaited, effect, replace(known, outcome=outcome)))


def proposal_ended(state: State, proposal: ProposalId, *, executed: bool) -> State:
    """The proposal whose execution was awaited has ended; its own notice tells the run."""
    for effect, known in state.awaited.items():
        if known.effect.proposal == proposal and known.outcome is None:
            outcome = "succeeded" if executed else "failed"
            return replace(state, awaited=put(state.awaited, effect, replace(known, outcome=outcome, noticed=True)))
    return state


def told(state: State, run: str, tool_use_id: str) -> State:
    """The run has its notice."""
    for effect, known in state.awaited.items():
        if (known.effect.run, known.effect.tool_use_id) == (run, tool_use_id):
            return replace(state, awaited=put(state.awaited, effect, replace(known, noticed=True)))
    return state


def was_told(state: State, run: str, tool_use_id: str) -> bool:
    """Whether a notice about this call was given: there is never a second one."""
    return any(
        known.noticed and known.effect.proposal is None
        for known in state.awaited.values()
        if (known.effect.run, known.effect.tool_use_id) == (run, tool_use_id)
    )


def _known(state: State, effect: EffectId) -> State:
    left = {key: value for key, value in state.unknown.items() if key != effect}
    return replace(state, unknown=MappingProxyType(left))
