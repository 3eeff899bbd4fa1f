"""The clocks of asks: who should have looked or decided by when (R-A4, R-E4). Pure; the moments stand in the log.

A breach never decides anything: it makes the ask more urgent, and tells the customer once that it takes longer.
"""

from collections.abc import Iterator
from datetime import datetime

from agent_core.contract.outcomes import Clock
from agent_core.conversation.plan import Breach
from agent_core.conversation.silence import busy
from agent_core.conversation.state import AskState, State


def clocks(state: State, known: AskState) -> Iterator[tuple[datetime, Clock]]:
    """The clocks of an ask that still run, or ran out and nobody noticed yet."""
    if known.resolved:
        return
    if known.ask.look_by is not None and not known.looked and "first_look" not in known.breached:
        yield known.ask.look_by, "first_look"
    if known.ask.answer_by is not None and "answer" not in known.breached and not _decided(state, known):
        yield known.ask.answer_by, "answer"


def next_breach(state: State, known: AskState) -> datetime | None:
    """When the first clock of an ask runs out; None when none runs."""
    return min((due for due, _ in clocks(state, known)), default=None)


def breaches(state: State, now: datetime) -> Iterator[Breach]:
    """Clocks that have run out."""
    told = False
    for ask, known in state.asks.items():
        for due, what in clocks(state, known):
            if due <= now:
                tell = what == "answer" and not told and _tells(state, known)
                told = told or tell
                yield Breach(ask, what, due, tell)


def _decided(state: State, known: AskState) -> bool:
    """People have done their part; the rest is code's."""
    proposal = None if known.ask.proposal is None else state.proposals.get(known.ask.proposal)
    if proposal is None or known.ask.kind != "approval":
        return False
    return proposal.complete or proposal.denied_by is not None or proposal.effect is not None


def _tells(state: State, known: AskState) -> bool:
    """Whether the customer waits for just this and would otherwise hear nothing. Who is with a person was told so."""
    waits = known.ask.kind in ("approval", "unknown_outcome") and state.control == "agent" and state.sent > 0
    return waits and not known.told and not busy(state)
