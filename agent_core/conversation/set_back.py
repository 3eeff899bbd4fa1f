"""A clock that was set back: what was to wait for seconds does not wait for as long as the clock lost (R-A4). Pure.

A pause between two attempts is drawn once and stands in the log as a moment. Where the clock is behind the failure that the
pause was drawn for, that moment says nothing any more, and what waits for it is due at once; what fails then waits by the
clock as it is now. It must never bring forward what is meant as a moment: expiry, clocks of asks, silence, an undo window,
what a person put off. Those come late, and never twice.
"""

from dataclasses import replace as altered
from datetime import datetime
from types import MappingProxyType

from agent_core.contract.clock import behind
from agent_core.conversation.ask_state import AskState, Failing
from agent_core.conversation.changing import replace
from agent_core.conversation.state import Call, ProposalState, Run, State


def put_off(state: State, at: datetime) -> State:
    """Something failed at this moment, and may be tried again later."""
    return replace(as_of(state, at), failed_at=at)


def as_of(state: State, now: datetime) -> State:
    """The state as it is to be looked at by this clock."""
    if not behind(now, state.failed_at):
        return state
    return replace(
        state,
        turn=replace(state.turn, failing=_at_once(state.turn.failing, now)),
        runs=MappingProxyType({name: _run(run, now) for name, run in state.runs.items()}),
        proposals=MappingProxyType({name: _proposal(known, now) for name, known in state.proposals.items()}),
        asks=MappingProxyType({name: _ask(known, now) for name, known in state.asks.items()}),
        reply_retry_at=_sooner(state.reply_retry_at, now),
    )


def _sooner(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else min(moment, now)


def _at_once(failing: Failing, now: datetime) -> Failing:
    return failing if failing.retry_at is None else altered(failing, retry_at=min(failing.retry_at, now))


def _run(run: Run, now: datetime) -> Run:
    return replace(run, failing=_at_once(run.failing, now), calls=tuple(_call(call, now) for call in run.calls))


def _call(call: Call, now: datetime) -> Call:
    told = call.tallied
    tallied = None if told is None else altered(told, retry_at=_sooner(told.retry_at, now))
    return replace(call, retry_at=_sooner(call.retry_at, now), tallied=tallied)


def _proposal(known: ProposalState, now: datetime) -> ProposalState:
    return replace(known, retry_at=_sooner(known.retry_at, now), wait_until=_sooner(known.wait_until, now))


def _ask(known: AskState, now: datetime) -> AskState:
    asked = known.question
    if asked is None:
        return known
    return altered(known, questions=(*known.questions[:-1], altered(asked, failing=_at_once(asked.failing, now))))
