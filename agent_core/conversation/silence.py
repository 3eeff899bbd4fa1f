"""Silence is an event (R-A4): what it means that a customer does not write, and when something is done about it.

Pure. A conversation in which anything waits for anybody is never silent: an action that waits for a yes, an open ask, a
write of unknown outcome, another system's answer, a message nobody took. Those have timers and people of their own.
"""

from datetime import datetime, timedelta

from agent_core.contract.outcomes import Quiet
from agent_core.conversation.machines import SETTLED
from agent_core.conversation.plan import Close, ClosingRules, FollowUp, SilenceRules
from agent_core.conversation.state import State


def quiet(state: State) -> Quiet | None:
    """What the silence is about; None while anything waits for somebody else than the customer."""
    if state.control != "agent" or state.touched_at is None or not state.turn.turn or busy(state) or _waits(state):
        return None
    if state.unclear or any(run.phase == "asking" for run in state.runs.values()):
        return "asked"
    return "declined" if state.declined else "resolved"


def busy(state: State) -> bool:
    """The agent has something to do or to say."""
    return bool(
        state.waiting
        or state.open
        or state.draft is not None
        or state.sending is not None
        or not state.turn.routed
        or not state.turn.answered
        or any(run.phase not in SETTLED or run.answer_phase is not None for run in state.runs.values())
    )


def _waits(state: State) -> bool:
    """Somebody else has something to do."""
    return bool(
        state.unknown
        or any(known.outcome is None or not known.noticed for known in state.awaited.values())
        or state.doubts
        or any(known.open or not known.noticed for known in state.proposals.values())
        or any(not known.resolved for known in state.asks.values())
    )


def silence_due(state: State, closing: ClosingRules) -> tuple[datetime, FollowUp | Close] | None:
    """The next thing that this silence brings, and when; None when it brings nothing."""
    why = quiet(state)
    if why is None or state.touched_at is None:
        return None
    rules: SilenceRules = getattr(closing, why)
    again = rules.follow_up_s is not None and state.follow_ups < rules.follow_ups
    after = rules.follow_up_s if again else rules.close_s
    if after is None:
        return None
    due = state.touched_at + timedelta(seconds=after)
    if closing.hours is not None:
        opens = closing.hours.next_open(due)
        if opens is None:
            return None
        due = opens
    return due, FollowUp(why, state.follow_ups + 1) if again else Close(why)
