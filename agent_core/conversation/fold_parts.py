"""Small pieces that the folds share: copying a mapping, changing one run, learning facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from agent_core.contract.bodies import BodyRef
from agent_core.contract.events import Recorded
from agent_core.contract.facts import FactRef
from agent_core.contract.ids import RunId
from agent_core.contract.outcomes import RunPhase
from agent_core.conversation.changing import replace
from agent_core.conversation.state import Entry, FactKnown, Run, State


def put(mapping: Mapping[Any, Any], key: Any, value: Any) -> Mapping[Any, Any]:
    """A copy of the mapping with one entry set."""
    return MappingProxyType({**mapping, key: value})


def with_run(state: State, run: RunId, change: Callable[[Run], Run]) -> State:
    """The state with one run changed."""
    return replace(state, runs=put(state.runs, run, change(state.runs[run])))


def learn(state: State, facts: tuple[FactRef, ...], body: BodyRef | None, recorded: Recorded, source: str) -> State:
    """Newest value wins, by order in the log."""
    if body is None or not facts:
        return state
    known, places = dict(state.facts), dict(state.fact_places)
    for fact in facts:
        known[fact.key] = FactKnown(fact.id, body.id, recorded.seq, recorded.at, source)
        places[fact.id] = (fact.key, body.id)
    return replace(state, facts=MappingProxyType(known), fact_places=MappingProxyType(places))


def answered_by_person(state: State, text: BodyRef, seq: int, *, written: int) -> State:
    """A person has answered: what the customer wrote before is answered, what the agent had not said yet is not said.

    Runs that can still work are told what was said, so that no model believes it still has to. Words on their way answer
    nothing that came after they were written: a turn about newer messages goes on.

    Args:
        state: Where it happened.
        text: What was said.
        seq: When it was said.
        written: When it was written: what came later is not answered by it.
    """
    entry = Entry("sent", text, seq, by="person")
    if state.turn.through > written:
        told = {
            name: run if run.phase in ("failed", "withdrawn") else replace(run, transcript=(*run.transcript, entry))
            for name, run in state.runs.items()
        }
        return replace(state, runs=MappingProxyType(told))
    runs = {
        name: run
        if run.phase in ("failed", "withdrawn")
        else replace(
            run,
            transcript=(*run.transcript, entry),
            phase=waits_for(state, name) or "answered" if run.phase == "working" else run.phase,
            due=False,
            answer=None,
            answer_phase=None,
        )
        for name, run in state.runs.items()
    }
    turn = replace(state.turn, through=max(written, state.turn.through), answered=True, routed=True, replied=True)
    return replace(state, runs=MappingProxyType(runs), turn=turn)


def waits_for(state: State, run: RunId) -> RunPhase | None:
    """What a run that has nothing to do waits for: a person's yes before another system's answer."""
    if any(state.heir(known.proposal.run) == run for known in state.open_proposals()):
        return "awaiting_approval"
    return "awaiting_external" if any(_heir_of(state, known.effect.run) == run for known in state.owed()) else None


def _heir_of(state: State, run: RunId | None) -> RunId | None:
    return None if run is None else state.heir(run)


def newer_words(state: State, run: RunId) -> State:
    """A run has something newer to say: a draft of its older words, made or in the making, is dropped."""
    drafted = state.draft is not None and (state.draft.partial or run in state.draft.covers)
    return replace(state, draft=None if drafted else state.draft, compose_stale=True)
