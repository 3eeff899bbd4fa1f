"""A run that goes on as another one (DESIGN §3): what comes along, what stays behind, and where later news arrive.

Trimming, repair, a change of the model: never an edit, always a successor with a transcript of its own. Its beginning is
plain and marked; what a model said or thought does not come along, so no signature can be wrong. Pure.
"""

from dataclasses import dataclass

from agent_core.contract.events import Recorded, RunContinuedAs
from agent_core.contract.ids import BodyId
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import put
from agent_core.conversation.machines import IllegalTransition, next_phase
from agent_core.conversation.state import Entry, Run, State
from agent_core.conversation.steering import standing

MOST_LEFT_OUT = 40
"""Bodies that one event names as left out."""

SPOKEN = ("input", "notice", "sent", "steer")
"""Kinds of entries that may come along unchanged. Results belong to calls of the old transcript: they become history."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which of the spoken entries of a transcript come along."""

    since: int
    left_out: tuple[BodyId, ...]
    dropped: int


def keep_newest(run: Run, *, characters: int, left_out: tuple[BodyId, ...] = ()) -> Kept:
    """As many of the newest spoken entries as fit; what was said last always does.

    Args:
        run: The run that is to be continued.
        characters: How long they may be together, by the size of their bodies in bytes.
        left_out: Bodies that stay behind in any case.
    """
    spoken = [entry for entry in run.transcript if entry.kind in SPOKEN and entry.body.id not in left_out]
    left, kept = characters, list[Entry]()
    for entry in reversed(spoken):
        left -= entry.body.size
        if left < 0 and kept:
            break
        kept.append(entry)
    if len(kept) == len(spoken):
        return Kept(0, left_out, 0)
    since = kept[-1].seq
    beside = [e.body.id for e in spoken[: len(spoken) - len(kept)] if e.seq == since]  # came in the same event
    return Kept(since, (*left_out, *beside)[:MOST_LEFT_OUT], len(spoken) - len(kept))


def carried(run: Run, *, since: int, left_out: tuple[BodyId, ...]) -> tuple[Entry, ...]:
    """The entries that come along, in order."""
    return tuple(
        entry
        for entry in (*run.transcript, *run.later)
        if entry.kind in SPOKEN and entry.seq >= since and entry.body.id not in left_out
    )


def continued(state: State, event: RunContinuedAs, recorded: Recorded) -> State:
    """The old run is over and the new one stands where it stood."""
    old = state.runs[event.run]
    if old.open_calls or old.successor is not None or event.successor in state.runs:
        raise IllegalTransition(f"run {event.run} cannot be continued as {event.successor}")
    broken = old.phase == "failed"  # it was repaired: it works on what it could not finish
    history = () if event.history is None else (Entry("notice", event.history, recorded.seq),)
    along = carried(old, since=event.since, left_out=event.left_out)
    here = {entry.body.id for entry in along} | set(event.left_out)
    steers = (entry for entry in standing(state, event.run, recorded.seq) if entry.body.id not in here)  # no cut drops those
    new = Run(
        run=event.successor,
        workflow=old.workflow,
        version=old.version,
        release=old.release,
        suffix=event.suffix,
        turn=old.turn,
        phase="working" if broken else old.phase,
        transcript=(
            Entry("context", event.context, recorded.seq),
            *history,
            *along,
            *steers,
        ),
        due=old.due or broken,
        answer=old.answer,
        answer_phase=None if broken else old.answer_phase,
        woken_at=old.woken_at,
        model_calls=old.model_calls,
        escalation=old.escalation,
        spent=old.spent,
        stubborn=old.stubborn,
        asked=old.asked,
        generation=old.generation + 1,
        shrunk=old.shrunk + (event.code == TOO_LONG),
        mended=old.mended + (event.code == REPAIRED),
        fallback=event.fallback or old.fallback,
    )
    over = replace(
        old, phase=next_phase(old.phase, "withdrawn"), due=False, answer=None, answer_phase=None, successor=event.successor
    )
    return replace(state, runs=put(put(state.runs, event.run, over), event.successor, new))


TOO_LONG = "conversation_too_long"
REFUSED = "model_refused"
FAILED_OVER = "model_failed_over"
REPAIRED = "repaired"
"""Why a run is continued."""
