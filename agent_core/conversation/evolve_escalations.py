"""Folds of what the escalation table looks at and has found: moods and turns of this stretch, codes that fired (R-E1, R-E3).

A stretch is what the agent does from the beginning, or from the moment a person handed it back. Nothing of the stretch
before counts in the next one, so what a person has dealt with never sends the conversation back to them.

It must never read a body: the words are in triage's detail, the values in the event.
"""

from types import MappingProxyType

from agent_core.contract.events import ControlChanged, Escalated, Recorded, Routed
from agent_core.conversation.changing import replace
from agent_core.conversation.state import State

_MOST_MOODS = 50


def escalated(state: State, event: Escalated, recorded: Recorded) -> State:
    """The codes are known from here on; where the whole conversation is meant, it goes to people when they were told."""
    codes = tuple(each.code for each in event.fired)
    turn = replace(state.turn, escalated=tuple(dict.fromkeys((*state.turn.escalated, *codes))))
    if event.run is None:
        people = tuple(dict.fromkeys((*turn.to_people, codes[0])))
        turn = replace(turn, to_people=people, whole=True, answered=False)
    return replace(state, turn=turn, escalated=state.escalated | frozenset(codes))


def counted(state: State, event: Routed) -> State:
    """A turn of the stretch: its mood, and which matters it was about."""
    triaged = state.turn.triaged
    moods = state.moods if triaged is None else (*state.moods, triaged.sentiment)[-_MOST_MOODS:]
    matters = dict(state.matters)
    for workflow in {routed.workflow for routed in event.runs}:
        matters[workflow] = matters.get(workflow, 0) + 1
    return replace(state, moods=moods, matters=MappingProxyType(matters))


def stretch(state: State, before: str, event: ControlChanged) -> State:
    """Who has the conversation changed: a new stretch begins when the agent is given it, and when it is over.

    What a person handed back is not owed to people any more: without that it would go straight back to them.
    """
    if event.to == "closed":
        state = replace(state, escalated=frozenset())
    elif event.to != "agent":
        return replace(state, turn=replace(state.turn, whole=False))
    elif before in ("human", "awaiting_human") and state.turn.to_people:
        state = replace(state, turn=replace(state.turn, to_people=(), owed=(), answered=True))
    return replace(state, moods=(), matters=MappingProxyType({}), turn=replace(state.turn, whole=False))
