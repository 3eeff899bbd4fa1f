"""What is worth telling a person about two states in a row. Pure: nothing is told twice, no first look is a storm (R-M8).

What stood there when the console first came is no news: it is seen in the list. What came while the core was away is told
once it is back. It must never tell of an ask that this person could not act on.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from agent_core.contract.ids import AskId
from agent_core.contract.views import AskCard
from console.state.app_state import AppState
from console.state.deciding import decider_of, undecided
from console.state.preferences import Preferences
from console.state.selectors import cannot_decide

OccasionKind = Literal["ask", "breach", "decided", "taken", "lapsed", "core_gone", "core_back"]
CLOSE = timedelta(minutes=5)
_NEARLY = timedelta(seconds=2)
"""By how much the clocks of a core and its console may differ."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing worth telling; about the core it has no card."""

    kind: OccasionKind
    card: AskCard | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a person was told already, or saw by themselves.

    Attributes:
        begun: Whether the console has been live once: only then is something new.
        asks: Asks that are no news any more.
        close: Asks whose promised time was told to be close.
    """

    begun: bool = False
    asks: frozenset[AskId] = frozenset()
    close: frozenset[AskId] = frozenset()


def wanted(preferences: Preferences, kind: OccasionKind) -> bool:
    """Whether this person wants to be told of such things."""
    match kind:
        case "ask":
            return preferences.notify_asks
        case "breach":
            return preferences.notify_breach
        case "decided" | "taken" | "lapsed":
            return preferences.notify_elsewhere
        case "core_gone" | "core_back":
            return preferences.notify_core


def quiet_now(preferences: Preferences, minutes: int) -> bool:
    """Whether a local time of day (minutes after midnight) lies in the quiet hours, which may go past midnight."""
    start, end = preferences.quiet_from, preferences.quiet_until
    if not preferences.quiet or start == end:
        return False
    return start <= minutes < end if start < end else minutes >= start or minutes < end


def occasions(told: Told, before: AppState, after: AppState) -> tuple[Told, tuple[Occasion, ...]]:
    """What is to be told after a change, and what counts as told from then on."""
    found: list[Occasion] = []
    phase, was = after.connection.phase, before.connection.phase
    if phase == "offline" and was in {"live", "catching_up"}:
        found.append(Occasion("core_gone"))
    if phase == "live" and was != "live" and told.begun:
        found.append(Occasion("core_back"))
    if phase != "live":
        return told, tuple(found)
    if after.asks is not before.asks or was != "live":
        # What a page of the queue brings waited before: it is seen there, and is no news.
        news = told.begun and after.asking is before.asking
        for ask, card in after.asks.items():
            old = before.asks.get(ask)
            if ask not in told.asks and news and _mine(after, card):
                found.append(Occasion("ask", card))
            elif old is not None:
                found += _elsewhere(before, after, old, card)
        told = replace(told, begun=True, asks=told.asks | frozenset(after.asks))
    near = [card for card in after.asks.values() if card.ask not in told.close and _is_close(after, card)]
    if near:
        told = replace(told, close=told.close | {card.ask for card in near})
        found += [Occasion("breach", card) for card in near if _mine(after, card)]
    return told, tuple(found)


def _mine(state: AppState, card: AskCard) -> bool:
    me = state.session.operator if state.session is not None else None
    return card.state == "waiting" and card.assigned_to in {None, me} and not cannot_decide(state, card)


def _elsewhere(before: AppState, state: AppState, old: AskCard, card: AskCard) -> list[Occasion]:
    """An ask this person was shown, or was on, and that somebody else has decided or taken, or whose lease ran out."""
    session = state.session
    me = session.operator if session is not None else None
    if me is None:
        return []
    if old.claimed_by == me and card.claimed_by not in {None, me} and undecided(card):
        return [Occasion("taken", card)]
    if old.claimed_by == me and card.state == "waiting" and str(card.ask) not in before.pending:
        ran_out = old.claimed_until is not None and state.now + _NEARLY >= old.claimed_until
        return [Occasion("lapsed", card)] if ran_out else []
    closing = undecided(old) and not undecided(card)
    by = decider_of(card)
    concerned = card.ask in state.seen or old.claimed_by == me
    others = by is not None and by != me and str(card.ask) not in state.pending
    return [Occasion("decided", card)] if closing and concerned and others else []


def _is_close(state: AppState, card: AskCard) -> bool:
    due = card.next_breach or card.expires_at
    return undecided(card) and due is not None and timedelta() < due - state.now <= CLOSE
