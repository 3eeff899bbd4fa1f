"""A person's own action in the folded log: whose it is, whether it may act now, and what its run waits for (R-C3, R-E3).

Pure. What a person proposed acts while that person has the conversation, and when nobody has it: handed to the team, or
back to the agent. While somebody else has it, it waits. It must never act because of who asks, only because of what stands
in the log.
"""

from agent_core.contract.events import ActionProposed, Recorded
from agent_core.conversation import idle
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import put
from agent_core.conversation.state import ProposalState, State

RESTS = frozenset({"working", "answered"})
"""Phases of a run that may have nothing to do but wait for people, once an action hangs on it."""


def may_act(state: State, known: ProposalState) -> bool:
    """Whether control of the conversation lets a proposal be carried out; the same as `authority.check_control` says."""
    if state.control == "human":
        return known.proposed_by is not None and known.proposed_by == state.operator
    return state.control in ("agent", "awaiting_human")


def proposed(state: State, event: ActionProposed, recorded: Recorded) -> State:
    """The person works here. A run with nothing else to do waits for the others' yes, and does nothing by itself."""
    run = state.runs.get(event.run)
    busy = run is None or run.due or bool(run.open_calls) or any(e.run == event.run for e in state.open.values())
    if run is not None and not busy and run.phase in RESTS:
        state = replace(state, runs=put(state.runs, event.run, replace(run, phase="awaiting_approval")))
    return idle.worked(state, recorded) if event.operator == state.operator else state
