"""A workflow is stopped, and everything else of the conversation goes on (R-M3, R-E4).

Pure. Which workflows are stopped is no fact of the conversation: the runner reads it and says so in the rules. Runs of one
start nothing and propose nothing; what is under way comes to its end and is recorded; what is said by others does not wait
for them. The customer hears that a person will come back to them about that part, and people are asked. It must never
withdraw anything: resumed, all of it goes on from where it stood.
"""

from typing import Final

from agent_core.contract.ids import EffectId, RunId
from agent_core.contract.outcomes import RunPhase
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.plan import (
    AnswerPerson,
    AskStopped,
    Dispatch,
    GiveUpAnswer,
    LookUp,
    LookUpAnswer,
    ResolveReminder,
    Step,
    TurnRules,
)
from agent_core.conversation.state import Draft, Run, State

WORKFLOW_STOPPED: Final = "workflow_stopped"
"""Reason code of the ask."""

WITH_PEOPLE: Final = frozenset[RunPhase]({"escalated", "failed", "withdrawn"})
"""Phases in which a workflow does nothing more by itself: what is said of them is that a person has it."""


def stopped(run: Run, rules: TurnRules) -> bool:
    """Whether the run's workflow is stopped, and the run is not with people anyway."""
    return run.workflow in rules.paused and run.phase not in WITH_PEOPLE


def held_back(state: State, rules: TurnRules, step: Step) -> bool:
    """Whether a step that was decided or has become due would start something for a workflow that is stopped."""
    if not rules.paused:
        return False
    match step:
        case Dispatch(proposal):
            return state.proposals[proposal].proposal.workflow in rules.paused
        case AnswerPerson(ask):
            question = state.asks[ask].question
            return question is not None and _of(state, rules, question.run)
        case LookUp(effect):
            return _of(state, rules, state.doubts[effect].effect.run)
        case LookUpAnswer(effect) | GiveUpAnswer(effect):
            return _of(state, rules, state.awaited[effect].effect.run)
        case _:
            return False


def thinking(state: State, rules: TurnRules) -> tuple[EffectId, ...]:
    """Models that are asked for a workflow that is stopped: they are stopped, too."""
    if not rules.paused:
        return ()
    return tuple(e.effect for e in state.open.values() if e.kind == "model" and _of(state, rules, e.run))


def may_be_said(state: State, rules: TurnRules, draft: Draft) -> bool:
    """Whether a draft is of the newest words, and says nothing for a workflow that is stopped."""
    return draft.epoch == state.epoch and not any(_of(state, rules, run) for run in draft.covers)


def untold(state: State, rules: TurnRules) -> bool:
    """The customer wrote about what is stopped, and has heard nothing since: they hear that a person comes back to them."""
    if not rules.paused or state.turn.replied:
        return False
    of_turn = {state.heir(run) for run in state.turn.runs}
    return any(run.run in of_turn for run in _waiting(state, rules))


def asks_customer(state: State, rules: TurnRules) -> bool:
    """A workflow that is stopped has asked the customer something: nobody reminds them while nothing comes of an answer."""
    return any(run.phase == "asking" and stopped(run, rules) for run in state.runs.values())


def asks(state: State, rules: TurnRules) -> tuple[AskStopped | ResolveReminder, ...]:
    """People are asked once for what the customer wrote last; once nothing waits for the stop, nobody has to look."""
    if state.control != "agent":
        return ()
    own = {ask: known for ask, known in state.asks.items() if known.ask.code == WORKFLOW_STOPPED}
    if not rules.paused or not _waiting(state, rules):
        return tuple(ResolveReminder(ask) for ask, known in own.items() if not known.resolved)
    since = next((m.arrived_at for m in reversed(state.messages) if m.author == "customer"), None)
    if any(not known.resolved or since is None or known.ask.raised_at >= since for known in own.values()):
        return ()
    return (AskStopped(state.last_customer_seq, WORKFLOW_STOPPED),)


def _waiting(state: State, rules: TurnRules) -> list[Run]:
    """Runs that would work, or have something to say, were their workflow not stopped."""
    return [
        run
        for run in state.runs.values()
        if stopped(run, rules) and (run.phase not in SETTLED or run.answer_phase is not None)
    ]


def _of(state: State, rules: TurnRules, run: RunId | None) -> bool:
    known = None if run is None else state.runs.get(run)
    return known is not None and stopped(known, rules)
