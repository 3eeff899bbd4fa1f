"""What of a core's million conversations a console holds: what its lists were read up to, and what it works on (R-M1).

A list is read in pages, in the core's own order; what the feed tells is shown up to the place that the pages have reached,
and comes with a later page where it lies behind that. So nothing is missing between two rows, and what is held does not
grow with what there is. What goes is looked for among a few rows at a time, however many are held: a window is never deaf
because of it. It must never let go of what may still be needed: nothing goes while a page is on its way, because the page
may be older than what the feed told since.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from agent_core.contract.ids import AskId, ConversationId
from agent_core.contract.listing import ask_place_of, fitting, part_of, place_of
from agent_core.contract.views import AskCard, ConversationRow
from console.state.app_state import AppState, Paging

MOST_LISTED: Final = 5_000
"""Rows of one list that are read on to; whoever wants what stands behind narrows the list or searches."""
SPARE: Final = 2_000
"""Rows held besides, before those that no list shows are let go."""
SPARE_ASKS: Final = 400
LOOKS: Final = 300
"""Rows looked at after one happening, whether they are still needed: about a millisecond."""
_LOOKS_FOR_ONE: Final = 2
"""Rows looked at besides for each one that came, or more would come than go."""


def within(paging: Paging, place: tuple[str, str]) -> bool:
    """Whether a list was read up to a place. One that was never read shows what is known, as long as that is so."""
    return not paging.started or paging.reached is None or place <= paging.reached


def minded(state: AppState) -> frozenset[ConversationId]:
    """Conversations somebody here works on, whatever lists they are in."""
    at = state.triage.looked_at
    found = {state.wanted, None if at is None else at.conversation, state.audit.past.conversation}
    found |= {card.conversation for name in (state.ask, state.armed) if name is not None and (card := state.asks.get(name))}
    return frozenset(one for one in found if one is not None)


def held(
    before: AppState, state: AppState, spare: int = SPARE, spare_asks: int = SPARE_ASKS, looks: int = LOOKS
) -> AppState:
    """The state without what nobody needs; the very same while there is little of it.

    Args:
        before: The state that what happened came to.
        state: The state after it.
        spare: Rows held beside those that were needed when last some were let go.
        spare_asks: The same of asks.
        looks: Rows looked at, beside two for each one that came.
    """
    if state.rows is not before.rows and not _reading(state):
        if not state.rows_doubted and len(state.rows) > state.rows_kept + spare:
            state = replace(state, rows_doubted=len(state.rows), rows_kept=len(state.rows))
        if state.rows_doubted:
            came = max(0, len(state.rows) - len(before.rows))
            state = _swept(state, min(looks + came * _LOOKS_FOR_ONE, state.rows_doubted))
    if state.asks is not before.asks and len(state.asks) > state.asks_kept + spare_asks and not state.asking.loading:
        asks = _needed_asks(state)
        state = replace(state, asks=asks, asks_kept=len(asks))
    return state


def _reading(state: AppState) -> bool:
    return any(paging.loading for paging in state.paging.values())


def _swept(state: AppState, looks: int) -> AppState:
    """Look at the rows that were held longest without a look: what is needed stands behind the others afterwards."""
    # What comes is put behind all that is there, so those that are doubted stay the first.
    rows = dict(islice(state.rows.items(), looks, None))
    rows.update(_needed_rows(state, looks))
    gone = len(state.rows) - len(rows)
    return replace(state, rows=rows, rows_doubted=state.rows_doubted - looks, rows_kept=state.rows_kept - gone)


def _needed_rows(state: AppState, looks: int) -> Iterator[tuple[ConversationId, ConversationRow]]:
    """Of the first rows that are held, those that somebody needs."""
    mine = {str(name) for name in (*minded(state), *state.pending, *(one.conversation for one in state.asks.values()))}
    fits = fitting(state.narrowing.wanted, state.now)
    read = {bucket: paging for bucket, paging in state.paging.items() if paging.started}

    def listed(row: ConversationRow) -> bool:
        part, place = part_of(row), place_of(row)
        return any(bucket in (part, "all") and within(paging, place) for bucket, paging in read.items())

    for name, row in islice(state.rows.items(), looks):
        here = state.brand is None or row.brand == state.brand
        if str(name) in mine or (here and fits(row) and listed(row)):
            yield name, row


def _needed_asks(state: AppState) -> Mapping[AskId, AskCard]:
    mine = {state.ask, state.armed, *state.acting.picked, *(AskId(name) for name in state.pending)}
    open_here = minded(state)

    def needed(card: AskCard) -> bool:
        if card.ask in mine or card.conversation in open_here:
            return True
        return card.state != "closed" and within(state.asking, ask_place_of(card))

    return {name: card for name, card in state.asks.items() if needed(card)}
