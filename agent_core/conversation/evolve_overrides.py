"""The fold of a routing override (R-B7): which runs are over, and what the turn is from here on. What was done stays."""

from collections.abc import Mapping
from types import MappingProxyType

from agent_core.contract.events import Recorded, RoutingOverridden
from agent_core.contract.ids import ProposalId
from agent_core.conversation.changing import replace
from agent_core.conversation.machines import next_phase
from agent_core.conversation.state import Draft, ProposalState, State

TO_PEOPLE = "routing_overridden"
"""Reason code of what a person sent to people."""


def overridden(state: State, event: RoutingOverridden, recorded: Recorded) -> State:
    """The withdrawn runs work no more; nothing that the router wanted to say or hand over is said any more."""
    runs = dict(state.runs)
    for name in event.withdrawn:
        run = runs[name]
        runs[name] = replace(
            run, phase=next_phase(run.phase, "withdrawn"), due=False, answer=None, answer_phase=None, escalation=None
        )
    gone = {run.workflow for name, run in runs.items() if name in event.withdrawn}
    to_people = (TO_PEOPLE,) if event.queue is not None else ()
    turn = replace(
        state.turn,
        routed=True,
        language=event.language,
        says=None,
        says_by=None,
        to_people=to_people,
        owed=(),
        runs=tuple(routed.run for routed in event.runs),
        # The customer is told who has it now; where people have control already, they speak for themselves.
        answered=event.queue is None or state.control != "agent",
    )
    return replace(
        state,
        runs=MappingProxyType(runs),
        proposals=_tried(state, event),
        turn=turn,
        draft=_of_a_person(state.draft),
        barred=(state.barred | gone) - set(event.workflows),
        unclear=0,
        touched_at=recorded.at,
    )


def _tried(state: State, event: RoutingOverridden) -> Mapping[ProposalId, ProposalState]:
    """What the withdrawn runs had sent before is to end, too; that it did not happen is not said before it was looked up."""
    ending = {
        known.proposal.id: replace(known, withdrawn_by=event.operator)
        for known in state.open_proposals()
        if known.attempts and state.heir(known.proposal.run) in event.withdrawn
    }
    return MappingProxyType({**state.proposals, **ending}) if ending else state.proposals


def _of_a_person(draft: Draft | None) -> Draft | None:
    return draft if draft is not None and draft.made_by == "person" else None
