"""What people asked the agent back about what it proposed: when its model is asked, and when that is given up (R-C3).

Pure. A question never wakes the run itself: its model is asked beside it, without tools, and what it says reaches people
alone. The customer never waits for it, and nothing that was decided waits for it either.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from agent_core.contract.ids import RunId
from agent_core.conversation.plan import AnswerPerson, GiveUpQuestion
from agent_core.conversation.state import AskState, State

MOST_TRIES: Final = 3
"""Attempts that failed before the person hears that there is no answer; likewise of attempts that a crash cut."""


def questions_due(state: State, now: datetime, thinking: Callable[[RunId], bool]) -> Iterator[AnswerPerson | GiveUpQuestion]:
    """The next thing to do about open questions; one model call at a time. `thinking`: whether a run's model is asked."""
    if state.control != "agent" or any(e.purpose == "ask_back" for e in state.open.values()):
        return
    for ask, known in state.asks.items():
        question = known.question
        if known.resolved or question is None:
            continue
        run = state.runs.get(state.heir(question.run))
        failing = question.failing
        if run is None or run.phase in ("failed", "withdrawn") or not _worth_a_try(known):
            yield GiveUpQuestion(ask)
            return
        if run.open_calls or thinking(run.run) or (failing.retry_at is not None and failing.retry_at > now):
            continue
        yield AnswerPerson(ask, len(failing.codes) + failing.interrupted + 1)
        return


def question_timers(state: State) -> Iterator[tuple[str, datetime]]:
    """When a model is asked again."""
    for ask, known in state.asks.items():
        question = known.question
        if not known.resolved and question is not None and question.failing.retry_at is not None:
            yield f"question:{ask}", question.failing.retry_at


def _worth_a_try(known: AskState) -> bool:
    """Whether another attempt may help."""
    assert known.question is not None
    failing = known.question.failing
    if failing.codes and failing.retry_at is None:
        return False
    return len(failing.codes) < MOST_TRIES and failing.interrupted < MOST_TRIES
