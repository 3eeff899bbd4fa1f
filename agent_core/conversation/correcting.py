"""What people put right about the agent's beliefs: who is told, what lapses, what ends (R-M1, R-B7). Pure.

A correction enters transcripts behind what stands there, as steering does; what is stated is a fact like others until it is
taken back. It must never make a fact that policy reads, and never end what has begun to happen.
"""

from collections.abc import Iterator
from types import MappingProxyType

from agent_core.contract.events import BeliefCorrected, CorrectionEnded, Recorded
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import learn, put
from agent_core.conversation.plan import LapseCorrected
from agent_core.conversation.state import Correction, Entry, OpenEffect, ProposalState, State
from agent_core.conversation.steering import of_a_person, told

MOST_AT_ONCE = 20
"""Corrections that hold in one conversation at the same time."""


def corrected(state: State, event: BeliefCorrected, recorded: Recorded) -> State:
    """Every run is told, the fact is known, and what waits on the strength of the old one is to lapse."""
    lapsing = frozenset(known.proposal.id for known in state.proposals.values() if _rests_on(state, known, event))
    known = Correction(event.correction, recorded.epoch, event.operator, recorded.seq, event.keys, lapsing)
    state = learn(state, event.facts, event.facts_body, recorded, "staff")
    state = replace(state, corrections=put(state.corrections, event.correction, known), draft=of_a_person(state))
    return told(state, Entry("notice", event.notice, recorded.seq), None)


def ended(state: State, event: CorrectionEnded, recorded: Recorded) -> State:
    """What was stated is not known any more, and those that were told it are told so. An end that came first counts."""
    known = state.corrections.get(event.correction)
    if known is None or known.over:
        return state
    facts = {key: fact for key, fact in state.facts.items() if fact.seq != known.since}
    over = put(state.corrections, event.correction, replace(known, over=True, epoch=recorded.epoch))
    state = replace(state, corrections=over, facts=MappingProxyType(facts), draft=of_a_person(state))
    return told(state, Entry("notice", event.notice, recorded.seq), None)


def uncorrected(state: State, effect: OpenEffect) -> bool:
    """Whether a run's model was asked before something it believes was put right, or before that was taken back."""
    return any(known.epoch > effect.epoch for known in state.corrections.values())


def lapses(state: State) -> Iterator[LapseCorrected]:
    """Proposals that wait for a yes and rest on what a person has put right since."""
    for correction in state.corrections.values():
        for name in sorted(correction.lapsing):
            known = state.proposals[name]
            if not correction.over and known.open and known.effect is None and not known.asked_unknown:
                yield LapseCorrected(name, correction.name)


def _rests_on(state: State, known: ProposalState, event: BeliefCorrected) -> bool:
    """Whether an open proposal rests on one of the facts; on an opinion without facts, whatever its run proposed."""
    if not known.open or known.effect is not None or known.denied_by is not None:
        return False
    if event.keys:
        return any(evidence.key in event.keys for evidence in known.proposal.evidence)
    return event.run is not None and state.heir(known.proposal.run) == state.heir(event.run)
