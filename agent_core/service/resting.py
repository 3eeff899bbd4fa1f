"""Whether a conversation has come to rest, and in whose hands: what the channel and a preflight ask (R-A6, R-N6).

Read from the folded log alone. It must never count a conversation as at rest while anybody's words wait unanswered.
"""

from typing import Literal

from agent_core.conversation.state import State

Resting = Literal["working", "answered", "asked", "with_a_person"]


def resting(state: State) -> Resting:
    """What became of the newest message of a conversation."""
    if state.control != "agent":
        return "with_a_person"
    if any(not ask.resolved for ask in state.asks.values()) and state.turn.answered and not state.waiting:
        return "with_a_person"
    unrouted = state.turn.turn > 0 and not state.turn.routed  # a program's mail opens no turn
    working = state.waiting or unrouted or state.open or state.draft is not None
    if working or not state.turn.answered or any(r.phase == "working" or r.answer_phase for r in state.runs.values()):
        return "working"
    return "asked" if state.unclear or any(run.phase == "asking" for run in state.runs.values()) else "answered"
