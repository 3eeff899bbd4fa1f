"""Folds of words that a channel takes back: edited and deleted messages (R-A6).

An edit is a newer message in place of the old one. A deletion takes words out of what waits; work on them that nobody has
answered yet stops, and what else the turn had taken is taken again. Nothing that was said or done is undone.
"""

from types import MappingProxyType

from agent_core.contract.events import MessageDeleted, MessageEdited, Recorded
from agent_core.contract.ids import MessageId
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import waits_for
from agent_core.conversation.state import MessageSeen, Run, State


def edited(state: State, event: MessageEdited, recorded: Recorded) -> State:
    """The newer version waits like a new message, unless it was deleted already or reads the same."""
    state = _agents_draft_dropped(state)
    if event.author != "customer" or event.unchanged or event.name_in_channel in state.deleted:
        return state
    version = MessageSeen(
        recorded.seq, event.message, "customer", event.text, recorded.at, name_in_channel=event.name_in_channel
    )
    before = state.messages
    state = _gone(state, event.name_in_channel, recorded.seq)
    state = replace(state, messages=(*state.messages, version), touched_at=recorded.at, follow_ups=0, declined=False)
    return _work_stopped(state, before, event.name_in_channel)


def deleted(state: State, event: MessageDeleted, recorded: Recorded) -> State:
    """The words are gone: what waits for an answer is what is left."""
    state = _agents_draft_dropped(state)
    if event.author != "customer":
        return state
    before = state.messages
    state = _gone(state, event.name_in_channel, recorded.seq)
    state = replace(state, deleted=state.deleted | {event.name_in_channel}, touched_at=recorded.at)
    return _work_stopped(state, before, event.name_in_channel)


def _work_stopped(state: State, before: tuple[MessageSeen, ...], name: MessageId) -> State:
    """Work on words that are gone stops where nobody has answered them yet; what is left of their turn is taken again."""
    taken = [m for m in before if m.name_in_channel == name and not m.gone]
    if not any(state.turn.after < m.seq <= state.turn.through for m in taken) or not _unanswered(state):
        return state
    runs = {key: _stopped(state, run) if run.turn == state.turn.turn else run for key, run in state.runs.items()}
    left = any(m.author == "customer" and not m.gone and state.turn.after < m.seq for m in state.messages)
    if left:
        turn = replace(state.turn, through=state.turn.after, triaged=None, routed=False)
    else:
        turn = replace(state.turn, answered=True, routed=True)
    return replace(state, runs=MappingProxyType(runs), turn=turn)


def _stopped(state: State, run: Run) -> Run:
    """A run that worked on words that are gone: one that knows nothing else is withdrawn, an older one only stops."""
    if run.phase in ("failed", "withdrawn", "escalated") or not (run.phase == "working" or run.answer_phase is not None):
        return run
    before = {m.text.id for m in state.messages if m.seq <= state.turn.after}
    older = any(entry.kind == "input" and entry.body.id in before for entry in run.transcript)
    waits = waits_for(state, run.run) or "answered"
    phase = "withdrawn" if not older else waits if run.phase == "working" else run.phase
    return replace(run, phase=phase, due=False, answer=None, answer_phase=None)


def _unanswered(state: State) -> bool:
    """The present turn still owes the customer something."""
    turn = state.turn
    return not (turn.routed and turn.answered) or any(
        run.phase == "working" or run.answer_phase is not None for run in state.runs.values()
    )


def _gone(state: State, name: MessageId, seq: int) -> State:
    messages = tuple(
        replace(m, gone=True, changed=seq) if m.name_in_channel == name and not m.gone else m for m in state.messages
    )
    return replace(state, messages=messages)


def _agents_draft_dropped(state: State) -> State:
    kept = state.draft if state.draft is not None and state.draft.made_by == "person" else None
    return replace(state, draft=kept)
