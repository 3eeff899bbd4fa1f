"""Where a new person is on the way to their first countersignature: a pure function of what is (R-M8).

The tour never does anything by itself and never stands in the way. It must never count a signature that somebody else gave.
"""

from typing import Literal

from console.state.app_state import AppState
from console.state.selectors import open_asks

TourStep = Literal["key", "wait", "approvals", "decide", "undo", "done"]

STEPS: tuple[tuple[TourStep, ...], ...] = (("key",), ("wait", "approvals"), ("decide",), ("undo",), ("done",))
"""The way, in its order; steps that stand at the same place of it together."""


def tour_step(state: AppState) -> TourStep | None:
    """The step that is next; None where there is no tour: it is over, or this is no sandbox."""
    session, core = state.session, state.core
    if not state.preferences.tour or session is None or core is None or not core.stand_in:
        return None
    if session.operator is None:
        return "key" if session.may_enrol_first else None
    mine = [card for card in state.asks.values() if any(one.operator == session.operator for one in card.approvals)]
    if any(card.state == "closed" for card in mine):
        return "done"
    if any(card.state in ("deciding", "executing") for card in mine):
        return "undo"
    if not any(card.kind == "approval" and "approve" in card.verbs for card in open_asks(state)):
        return "wait"
    return "decide" if state.workspace in ("approvals", "live") else "approvals"


def place_of(step: TourStep) -> int:
    """Where a step stands on the way, from 1."""
    return next(at for at, together in enumerate(STEPS, 1) if step in together)
