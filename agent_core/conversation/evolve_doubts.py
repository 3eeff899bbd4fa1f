"""Folds of writes of which nobody knows whether they happened: looked up now and then, until code or a person knows (R-A7).

The first answer counts, whoever gives it; what is said later is on record. Nothing here ever makes a write happen again.
"""

from types import MappingProxyType
from typing import Final

from agent_core.contract.events import AskPutOff, EffectFinished, ProposalSettled, Recorded
from agent_core.contract.ids import EffectId
from agent_core.conversation import evolve_answers
from agent_core.conversation.backoff import retry_at
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import put
from agent_core.conversation.state import Doubt, OpenEffect, State

HAPPENED: Final = "happened"
DID_NOT_HAPPEN: Final = "did_not_happen"
"""Codes of a look-up that found out."""


def begun(state: State, effect: OpenEffect, event: EffectFinished, recorded: Recorded) -> State:
    """Nobody knows what became of this write."""
    doubt = Doubt(effect, recorded.at, look_at=event.retry_at)
    return replace(state, doubts=put(state.doubts, effect.effect, doubt))


def looked_up(state: State, look: OpenEffect, event: EffectFinished, recorded: Recorded) -> State:
    """The other side was asked. What it says counts only while nobody else has said it."""
    if look.about is None:
        return state
    known = event.code in (HAPPENED, DID_NOT_HAPPEN) and event.outcome == "succeeded"
    doubt = state.doubts.get(look.about)
    if doubt is None:
        if not known or look.about not in state.settled_doubts:
            return state
        return replace(state, contradicted=put(state.contradicted, look.about, event.code == HAPPENED))
    if known:
        doubt = replace(doubt, found=event.code == HAPPENED, detail=event.result, look_at=None, looks=doubt.looks + 1)
    else:
        cut = event.outcome == "interrupted"
        again = retry_at(recorded.at, look.attempt, transient=True) if cut else event.retry_at
        doubt = replace(doubt, look_at=again, looks=doubt.looks + (not cut))
    return replace(state, doubts=put(state.doubts, look.about, doubt))


def settled_late(state: State, event: EffectFinished) -> State:
    """Somebody found out what became of a write of the agent alone."""
    effect = state.unknown[event.effect]
    left = {key: value for key, value in state.unknown.items() if key != event.effect}
    happened = event.outcome == "succeeded" and effect.tool is not None
    done = state.actions | {str(effect.tool)} if happened else state.actions
    state = evolve_answers.found_out(state, event.effect, "succeeded" if event.outcome == "succeeded" else "failed")
    state = replace(state, unknown=MappingProxyType(left), actions=done)
    return _known(state, event.effect, happened=event.outcome == "succeeded", by_person=event.settled_by == "person")


def proposal_settled(state: State, event: ProposalSettled) -> State:
    """The end of an approved action that was in doubt."""
    for effect, doubt in state.doubts.items():
        if doubt.effect.proposal == event.proposal:
            return _known(state, effect, happened=event.outcome == "executed", by_person=event.by == "person")
    return state


def put_off(state: State, event: AskPutOff, recorded: Recorded) -> State:
    """A person could not tell either: the other side is asked again then."""
    known = state.asks.get(event.ask)
    if known is None or known.resolved:
        return state
    state = replace(state, asks=put(state.asks, event.ask, replace(known, holder=None, until=None)))
    if known.ask.effect is not None:
        state = evolve_answers.put_off(state, EffectId(known.ask.effect), event.look_at)
    for effect, doubt in state.doubts.items():
        if known.ask.effect == effect and doubt.found is None:
            return replace(state, doubts=put(state.doubts, effect, replace(doubt, look_at=event.look_at)))
    return state


def _known(state: State, effect: EffectId, *, happened: bool, by_person: bool) -> State:
    doubt = state.doubts.get(effect)
    left = {key: value for key, value in state.doubts.items() if key != effect}
    late = by_person and doubt is not None and doubt.found is not None  # a look-up knew it, and was not quick enough
    return replace(
        state,
        contradicted=put(state.contradicted, effect, doubt.found) if late and doubt is not None else state.contradicted,
        doubts=MappingProxyType(left),
        settled_doubts=put(state.settled_doubts, effect, happened),
        looked_up=state.looked_up if by_person else state.looked_up | {effect},
    )
