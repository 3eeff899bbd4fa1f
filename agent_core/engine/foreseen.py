"""Drafts as the records they will be: folded before they are stored, and not once more afterwards where nothing differs.

What a record has and its draft has not is the moment of its commit, its hash and its place in the feed, and of these a fold
reads the moment alone (the hash it only passes on). So what was folded before anything asked for the moment is what the log
folds to; only the rest is folded anew once it stands there. A foreseen record must never be stored, and never answer a
moment without noting that somebody asked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from agent_core.contract.events import Recorded
from agent_core.contract.ids import BrandId, StreamId
from agent_core.conversation.changing import replace
from agent_core.conversation.evolve import evolve, fold
from agent_core.conversation.state import State
from agent_core.store import Draft

_ZERO = "0" * 64


class Foreseen:
    """The record that a draft would become now, as a fold reads it.

    Attributes:
        dated: Whether somebody has asked for its moment, which the commit's will replace.
    """

    __slots__ = ("_now", "actor", "brand", "dated", "epoch", "event", "seq", "stream")

    position = 0
    prev = _ZERO
    hash = _ZERO

    def __init__(self, state: State, draft: Draft, stream: StreamId, now: datetime) -> None:
        self.stream: StreamId = stream
        self.brand: BrandId | None = state.brand
        self.seq: int = state.seq + 1
        self.epoch: int = state.epoch + (1 if draft.event.MOVES_FENCE else 0)
        self.actor = draft.actor
        self.event = draft.event
        self._now = now
        self.dated = False

    @property
    def at(self) -> datetime:
        """The moment it was folded at."""
        self.dated = True
        return self._now


class Undated:
    """How far drafts were folded, from the log as it stands, without anybody asking for a moment.

    Attributes:
        count: How many drafts.
        state: The state behind them, but for the hash of the last.
    """

    __slots__ = ("_begun", "count", "state")

    def __init__(self, begun: State) -> None:
        self._begun = begun
        self.count = 0
        self.state = begun

    def folded(self, before: State, after: State) -> None:
        """Another draft was folded; it counts where it stands directly behind the others."""
        if before is self.state:
            self.count += 1
            self.state = after

    def continued(self, state: State, records: Sequence[Recorded]) -> State:
        """The state behind all of these records, which follow that state in the log: what the drafts became."""
        if not self.count or state is not self._begun:
            return fold(records, state)
        return fold(records[self.count :], replace(self.state, head=records[self.count - 1].hash))


def foreseen(state: State, drafts: Iterable[Draft], stream: StreamId, now: datetime) -> State:
    """What a state would be behind these drafts, if they were appended now. Nothing is planned by asking."""
    for draft in drafts:
        state = evolve(state, cast("Recorded", Foreseen(state, draft, stream, now)))
    return state
