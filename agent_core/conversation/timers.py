"""When to look at a conversation again if nothing else happens: every stored due time that lies ahead.

`timers` names them for the timer table, `next_due` gives the first. A timer never decides anything; it only wakes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent_core.conversation.answers import answer_timers
from agent_core.conversation.breaches import next_breach
from agent_core.conversation.erasing import over, retention_timers
from agent_core.conversation.idle import idle_due
from agent_core.conversation.model_paths import reply_due
from agent_core.conversation.plan import TurnRules
from agent_core.conversation.questions import question_timers
from agent_core.conversation.silence import silence_due
from agent_core.conversation.state import State
from agent_core.conversation.steering import steering_timers


def timers(state: State, rules: TurnRules) -> Iterator[tuple[str, datetime]]:
    """Every due time the state holds, by name; some may have passed."""
    if state.conversation is None:
        return
    yield from retention_timers(state, rules)
    if state.control == "closed" or over(state):
        return
    if state.asks or state.proposals or state.awaited or state.steering:
        yield from _of_asks(state)
        yield from _of_proposals(state)
        yield from answer_timers(state)
        yield from steering_timers(state)
        yield from question_timers(state)
    if state.draft is not None and state.reply_retry_at is not None:
        yield "reply", state.reply_retry_at
    for effect, doubt in state.doubts.items():
        if doubt.look_at is not None:
            yield f"look:{effect}", doubt.look_at
    idle = idle_due(state, rules)
    if idle is not None:
        yield "idle", idle[0]
    if state.control == "agent":
        yield from _of_the_turn(state, rules)


def _of_asks(state: State) -> Iterator[tuple[str, datetime]]:
    for ask, known in state.asks.items():
        if not known.resolved and known.until is not None:
            yield f"lease:{ask}", known.until
        breach = next_breach(state, known)
        if breach is not None:
            yield f"breach:{ask}", breach


def _of_proposals(state: State) -> Iterator[tuple[str, datetime]]:
    for key, known in state.proposals.items():
        if not known.open or known.effect is not None or known.asked_unknown:
            continue
        yield f"expiry:{key}", known.proposal.expires_at
        if not known.complete:
            if known.approvals:
                yield f"again:{key}", min(a.expires_at for a in known.approvals)
            continue
        if known.wait_until is not None:
            yield f"reread:{key}", known.wait_until
        if known.retry_at is not None:
            yield f"dispatch:{key}", known.retry_at
        else:
            yield f"dispatch:{key}", max(a.not_before for a in known.approvals)


def _of_the_turn(state: State, rules: TurnRules) -> Iterator[tuple[str, datetime]]:
    if state.waiting:
        yield "batch", batch_due(state, rules)
    silence = silence_due(state, rules.closing)
    if silence is not None:
        yield "silence", silence[0]
    if state.turn.failing.retry_at is not None and state.turn.triaged is None:
        yield "triage", state.turn.failing.retry_at
    due = reply_due(state.turn.opened_at, rules)
    if due is not None and not state.turn.replied and any(run.phase == "working" for run in state.runs.values()):
        yield "reply_deadline", due
    for run in state.runs.values():
        if run.phase == "working" and run.failing.retry_at is not None:
            yield f"model:{run.run}", run.failing.retry_at
        for call in run.open_calls if run.phase == "working" else ():
            if call.retry_at is not None:
                yield f"call:{run.run}:{call.tool_use_id}", call.retry_at
            if call.tallied is not None and call.tallied.retry_at is not None:
                yield f"tally:{run.run}:{call.tool_use_id}", call.tallied.retry_at


_LONGEST_BATCH = 4
"""Windows that a customer who keeps writing can add up before a turn takes what is there."""


def batch_due(state: State, rules: TurnRules) -> datetime:
    """When a turn takes the waiting messages: after a quiet window, but not for ever; in the brand's hours if it likes."""
    window = timedelta(milliseconds=rules.batch_window_ms)
    waiting = state.waiting
    due = min(waiting[-1].arrived_at + window, waiting[0].arrived_at + _LONGEST_BATCH * window)
    if rules.answer_hours is None:
        return due
    return rules.answer_hours.next_open(due) or due


def next_due(state: State, rules: TurnRules, now: datetime) -> datetime | None:
    """The first due time ahead of `now`. Those behind it were decided about already, and wait for something else."""
    return min((due for _, due in timers(state, rules) if due > now), default=None)
