"""A database that was put back brings nothing back that was erased: it is erased anew before anybody can read it (R-N5).

What was ordered erased stands in a list outside the database. When the core starts, the list is held against the log; what
the log has forgotten is erased in the transaction that says so, like any erasure, and the alarm about the restored database
says how many there were. Something under way with money is left as it is until it has ended. It must never erase what is
not in the list.
"""

import asyncio
from typing import Final

import sqlalchemy as sa
import structlog

from agent_core.audit.erased_outside import ErasedOutside
from agent_core.contract.errors import CountersignError
from agent_core.contract.events import BodiesErased, ErasureOrdered
from agent_core.contract.ids import StreamId
from agent_core.conversation.erasing import obstacles, over
from agent_core.conversation.plan import EraseBodies
from agent_core.engine.session import Remembered, Session
from agent_core.engine.steps.erasing import erase, erased_key
from agent_core.service.commands.common import Means
from agent_core.store import Committed, ReadTx, Store
from agent_core.store.tables import unique_key

log = structlog.get_logger(__name__)

_PREFIX: Final = erased_key("")


def erased_in(tx: ReadTx) -> frozenset[StreamId]:
    """Every conversation whose erasure the log knows of."""
    query = sa.select(unique_key.c.key).where(unique_key.c.key >= _PREFIX, unique_key.c.key < _PREFIX[:-1] + ";")
    return frozenset(StreamId(str(key)[len(_PREFIX) :]) for (key,) in tx.connection.execute(query))


async def come_back(store: Store, outside: ErasedOutside) -> tuple[StreamId, ...]:
    """The conversations that the log has again, although they were erased; and the list learns what only the log knows."""
    known = await store.read(erased_in)
    kept = await asyncio.to_thread(outside.read)
    await asyncio.to_thread(outside.add, known)

    def there(tx: ReadTx) -> tuple[StreamId, ...]:
        return tuple(name for name in sorted(kept - known) if tx.head(name) is not None)

    return await store.read(there)


async def erase_again(means: Means, streams: tuple[StreamId, ...]) -> int:
    """Erases them; answers how many could not be yet, because something is under way there."""
    waiting = 0
    for stream in streams:
        session = Session(means.store, stream, means.clock, Remembered())
        await session.refresh()
        state = session.true_state
        if over(state):
            continue
        if obstacles(state):
            log.error("erased_again_waits", conversation=stream, code=obstacles(state)[0].code)
            waiting += 1
            continue
        work = await erase(means.runner.context(session, {}), EraseBodies(whole=True, kinds=()))
        session.plan(work.pending)
        await session.commit(None)
        log.error("erased_again", conversation=stream)
    return waiting


def _erases(event: object) -> bool:
    return isinstance(event, ErasureOrdered) or (isinstance(event, BodiesErased) and event.whole)


def kept_outside(store: Store, outside: ErasedOutside) -> None:
    """Keeps every order outside, from now on, right after its commit."""

    def committed(told: Committed) -> None:
        ordered = [record.stream for record in told.records if _erases(record.event)]
        if ordered:
            try:
                outside.add(ordered)
            except CountersignError as error:
                log.error("erasure_list_not_written", code=error.code, detail=error.detail)  # noqa: TRY400 - structured

    store.subscribe(committed)
