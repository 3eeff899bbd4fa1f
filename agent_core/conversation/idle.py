"""A person who took a conversation over and then does nothing: somebody still waits for them, and nobody sees it (R-A4).

Pure. The team is asked first, with the person still in control; after as long again the conversation waits for whoever comes
first. It never goes back to the agent by itself, unless the brand says so: a person had a reason to take it.
"""

from datetime import datetime, timedelta
from typing import Final

from agent_core.contract.asks import Ask
from agent_core.contract.events import AskClaimed, AskResolved, ControlChanged, Recorded
from agent_core.contract.ids import AskId
from agent_core.conversation.changing import replace
from agent_core.conversation.plan import AskTeam, LeaveIdle, ResolveReminder, TurnRules
from agent_core.conversation.state import InHand, State

IDLE: Final = "takeover_idle"
"""Reason code of the ask to the team, and of what becomes of the conversation."""


def idle_steps(state: State, rules: TurnRules, now: datetime) -> tuple[AskTeam | LeaveIdle | ResolveReminder, ...]:
    """What has to be done about a person's silence, and about an ask that they have answered by working."""
    if state.in_hand is None:
        return ()
    over = () if state.in_hand.reminded else tuple(ResolveReminder(ask) for ask in _reminders(state))
    due = idle_due(state, rules)
    return over if due is None or due[0] > now else (*over, due[1])


def idle_due(state: State, rules: TurnRules) -> tuple[datetime, AskTeam | LeaveIdle] | None:
    """The next thing a person's silence brings, and when; None while nobody waits for them."""
    held, span = state.in_hand, rules.takeover_idle_s
    speaking = state.draft is not None or state.sending is not None
    if held is None or span is None or speaking or (held.said and not state.waiting):
        return None
    since = max(held.since, state.waiting[0].arrived_at) if held.said else held.since
    if not held.reminded:
        return since + timedelta(seconds=span), AskTeam(max(held.seq, state.waiting[0].seq if state.waiting else 0))
    return since + timedelta(seconds=2 * span), LeaveIdle(tuple(_reminders(state)))


def _reminders(state: State) -> list[AskId]:
    return [ask for ask, known in state.asks.items() if known.ask.code == IDLE and not known.resolved]


def taken(state: State, event: ControlChanged, recorded: Recorded) -> State:
    """Whoever takes the conversation over works on it from now on."""
    held = InHand(recorded.at, recorded.seq) if event.to == "human" else None
    return replace(state, in_hand=held)


def worked(state: State, recorded: Recorded, *, said: bool = False) -> State:
    """The person in control did something here; `said`: they spoke to the customer."""
    if state.in_hand is None:
        return state
    return replace(state, in_hand=InHand(recorded.at, recorded.seq, said or state.in_hand.said))


def asked(state: State, ask: Ask) -> State:
    """The team was asked."""
    if state.in_hand is None or ask.code != IDLE:
        return state
    return replace(state, in_hand=replace(state.in_hand, reminded=True))


def looked(state: State, event: AskClaimed | AskResolved, recorded: Recorded) -> State:
    """The person in control works on an ask, or anybody says that the reminder needs nothing more for now."""
    known = state.asks.get(event.ask)
    reminder = known is not None and known.ask.code == IDLE
    own = event.operator is not None and event.operator == state.operator
    settled = isinstance(event, AskResolved) and event.by == "person"
    return worked(state, recorded) if (own and not reminder) or (reminder and settled) else state
