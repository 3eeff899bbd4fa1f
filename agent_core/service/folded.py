"""What conversations fold to, kept at an entrance: a message costs what came since the last one, not its log (R-A9).

Without it every message of a long conversation reads and folds all of it, and whoever writes a thousand makes everybody
wait. A cache by seq and hash, never the truth: what does not follow on it is read from the beginning.
"""

from collections import OrderedDict
from typing import Final

from agent_core.contract.events import Recorded
from agent_core.contract.ids import StreamId
from agent_core.conversation.evolve import fold
from agent_core.conversation.state import State
from agent_core.store import Store

MOST: Final = 256
"""Conversations that are remembered."""


class Folded:
    """States of conversations of one store, as they were last read. Used from one event loop."""

    def __init__(self, store: Store, *, most: int = MOST) -> None:
        self._store = store
        self._most = most
        self._states: OrderedDict[StreamId, State] = OrderedDict()

    async def newest(self, stream: StreamId) -> State:
        """The state as of now; the empty one where there is no such conversation."""
        known = self._states.get(stream) or State()
        records = await self._store.records(stream, after=known.seq)
        if records and not _follows(records[0], known):
            self._states.pop(stream, None)
            known, records = State(), await self._store.records(stream)
        state = fold(records, known)
        self._keep(stream, state)
        return state

    def appended(self, stream: StreamId, before: State, records: tuple[Recorded, ...]) -> None:
        """What was appended right behind a state."""
        if records and _follows(records[0], before):
            self._keep(stream, fold(records, before))

    def _keep(self, stream: StreamId, state: State) -> None:
        known = self._states.get(stream)
        if not state.seq or (known is not None and known.seq > state.seq):
            return  # several may read at the same time, and the newest counts
        self._states[stream] = state
        self._states.move_to_end(stream)
        while len(self._states) > self._most:
            self._states.popitem(last=False)


def _follows(record: Recorded, state: State) -> bool:
    return record.seq == state.seq + 1 and (record.prev == state.head or not state.seq)
