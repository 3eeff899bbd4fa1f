"""Private instructions of people to the agent: who is told, from when on, and when they end (R-E3). Pure.

An instruction enters transcripts behind everything that stands there, and transcripts only grow: its end is a notice, never
an edit. It must never make a run work, change what may be done, or reach a run that is over.
"""

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

from agent_core.contract.events import AgentSteered, ControlChanged, Recorded, SteeringEnded
from agent_core.contract.ids import RunId
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import put
from agent_core.conversation.plan import EndSteering
from agent_core.conversation.state import Draft, Entry, OpenEffect, Run, State, Steering

MOST_AT_ONCE = 8
"""Instructions that hold in one conversation at the same time; who wants to say more ends one."""


def steered(state: State, event: AgentSteered, recorded: Recorded) -> State:
    """Every run it is meant for is told; what the agent drafted without it is not sent."""
    known = Steering(event.steering, event.note, recorded.seq, recorded.epoch, event.operator, event.run, event.until)
    state = replace(state, steering=put(state.steering, event.steering, known), draft=of_a_person(state))
    return told(state, Entry("steer", event.note, recorded.seq, by="person"), event.run)


def ended(state: State, event: SteeringEnded, recorded: Recorded) -> State:
    """It is marked as over, and those that were told it are told so. An end that came first counts."""
    known = state.steering.get(event.steering)
    if known is None or known.over:
        return state
    state = replace(state, steering=put(state.steering, event.steering, replace(known, over=True)), draft=of_a_person(state))
    return told(state, Entry("notice", event.notice, recorded.seq), known.run)


def handed_back(state: State, event: ControlChanged) -> State:
    """The note of the newest hand-back is told to runs that begin later, too, while the agent has the conversation."""
    note = event.comment if event.to == "agent" else None
    return state if note == state.handed_back_with else replace(state, handed_back_with=note)


def standing(state: State, run: RunId, seq: int) -> tuple[Entry, ...]:
    """What a run that begins with the event `seq` is told of instructions that hold, oldest first."""
    notes = [
        Entry("steer", known.note, seq, by="person")
        for known in state.steering.values()
        if not known.over and (known.run is None or state.heir(known.run) == run)
    ]
    back = state.handed_back_with
    return (*(() if back is None else (Entry("steer", back, seq, by="person"),)), *notes)


def unsteered(state: State, effect: OpenEffect) -> bool:
    """Whether a run's model was asked before something it has been told since."""
    return any(
        known.epoch > effect.epoch and (known.run is None or state.heir(known.run) == effect.run)
        for known in state.steering.values()
        if not known.over
    )


def steering_over(state: State, now: datetime) -> Iterator[EndSteering]:
    """Instructions whose time is over."""
    for name, known in state.steering.items():
        if not known.over and known.until <= now:
            yield EndSteering(name)


def steering_timers(state: State) -> Iterator[tuple[str, datetime]]:
    """When instructions end."""
    for name, known in state.steering.items():
        if not known.over:
            yield f"steering:{name}", known.until


def told(state: State, entry: Entry, only: RunId | None) -> State:
    """Every run that is not over hears it, or only one."""
    heir = None if only is None else state.heir(only)
    thinking = {effect.run for effect in state.open.values() if effect.purpose == "run"}
    runs = {
        name: _with(run, entry, later=name in thinking)
        if run.phase not in ("failed", "withdrawn") and heir in (None, name)
        else run
        for name, run in state.runs.items()
    }
    return replace(state, runs=MappingProxyType(runs))


def _with(run: Run, entry: Entry, *, later: bool) -> Run:
    """What its model says must stand right behind what the model was sent."""
    if later:
        return replace(run, later=(*run.later, entry))
    return replace(run, transcript=(*run.transcript, entry))


def of_a_person(state: State) -> Draft | None:
    """What waits to be sent, where a person wrote it: their own words are theirs."""
    return state.draft if state.draft is not None and state.draft.made_by == "person" else None
