"""The agent is stopped, and a customer waits: people are asked, so that nothing waits unseen (R-N6).

Pure. Whether it is stopped is no fact of the conversation, so the runner says so. Once it works again, the ask is over by
itself where the conversation is still the agent's.
"""

from typing import Final

from agent_core.conversation.plan import AskStopped, ResolveReminder
from agent_core.conversation.state import State

STOPPED: Final = "agent_stopped"
"""Reason code of the ask."""


def while_stopped(state: State) -> tuple[AskStopped, ...]:
    """People are asked once for what the customer wrote last."""
    if state.control != "agent" or not (state.waiting or not state.turn.answered):
        return ()
    newest = state.last_customer_seq
    since = next((m.arrived_at for m in reversed(state.messages) if m.author == "customer"), None)
    for known in state.asks.values():
        told = known.ask.code == STOPPED and (not known.resolved or since is None or known.ask.raised_at >= since)
        if told:
            return ()
    return (AskStopped(newest),)


def after_stop(state: State) -> tuple[ResolveReminder, ...]:
    """The agent goes on with it: nobody has to look because of the stop."""
    if state.control != "agent":
        return ()
    return tuple(ResolveReminder(a) for a, known in state.asks.items() if known.ask.code == STOPPED and not known.resolved)
