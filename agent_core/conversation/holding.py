"""A conversation in quarantine: what still happens in it (R-A8, R-N6). Pure.

The customer hears once that a person will come back to them; on-call is asked, and asked again once when the customer writes
on. It must never let the agent act: no model is asked here, and nothing is dispatched.
"""

from collections.abc import Iterator

from agent_core.conversation.plan import AskOnCall, TellHeld
from agent_core.conversation.state import AskState, State


def held(state: State) -> Iterator[TellHeld | AskOnCall]:
    """What is due in quarantine, whoever put the conversation there."""
    known = state.quarantine
    if known is None or state.control != "quarantined":
        return
    if not state.told_held and state.draft is None and state.sending is None:
        yield TellHeld()
    wrote = bool(state.waiting) and state.waiting[-1].seq > known.since
    if on_call(state) is None or (wrote and not known.asked_again):
        yield AskOnCall(wrote=wrote)


def on_call(state: State) -> AskState | None:
    """The open ask about the quarantine."""
    return next((a for a in state.asks.values() if a.ask.kind == "quarantine" and not a.resolved), None)
