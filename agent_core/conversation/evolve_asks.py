"""Folds of what people do about an ask besides deciding: sent up, asked back, answered (R-C3)."""

from agent_core.contract.events import AskAnswered, AskedBack, AskEscalated, Recorded
from agent_core.contract.ids import RunId
from agent_core.conversation.ask_state import Question
from agent_core.conversation.changing import replace
from agent_core.conversation.fold_parts import put, with_run
from agent_core.conversation.state import Entry, Run, State


def escalated(state: State, event: AskEscalated, recorded: Recorded) -> State:
    """Those above may answer it now, and nobody is on it yet. Its clocks run on."""
    known = state.asks.get(event.ask)
    if known is None or known.resolved:
        return state
    changed = {"roles": event.roles, "queue": event.queue, "priority": event.priority}
    known = replace(
        known,
        ask=known.ask.model_copy(update=changed),
        holder=None,
        until=None,
        taken_from=None,
        claim_comment=None,
        assigned=None,
        escalated_by=event.operator,
        escalation_note=event.comment,
    )
    return replace(state, asks=put(state.asks, event.ask, known))


def asked_back(state: State, event: AskedBack, recorded: Recorded) -> State:
    """The agent owes a person an answer; one question at a time."""
    known, proposal = state.asks.get(event.ask), state.proposals.get(event.proposal)
    if known is None or proposal is None or known.resolved or known.question is not None:
        return state
    question = Question(event.operator, event.question, recorded.at, proposal.proposal.run)
    known = replace(known, questions=(*known.questions, question))
    return replace(state, asks=put(state.asks, event.ask, known))


def answered(state: State, event: AskAnswered, recorded: Recorded) -> State:
    """The question has its end. The run's transcript says so, behind whatever its model is thinking about."""
    known = state.asks.get(event.ask)
    question = None if known is None else known.question
    if known is None or question is None:
        return state
    over = replace(question, over=True, answer=event.answer, sentence=event.sentence)
    known = replace(known, questions=(*known.questions[:-1], over))
    state = replace(state, asks=put(state.asks, event.ask, known))
    run = state.heir(event.run)
    if event.notice is None or run not in state.runs:
        return state
    entry = Entry("notice", event.notice, recorded.seq)
    thinking = any(e.purpose == "run" and e.run == run for e in state.open.values())
    return _told(state, run, entry, later=thinking)


def _told(state: State, run: RunId, entry: Entry, *, later: bool) -> State:
    def tell(known: Run) -> Run:
        if later:
            return replace(known, later=(*known.later, entry))
        return replace(known, transcript=(*known.transcript, entry))

    return with_run(state, run, tell)
