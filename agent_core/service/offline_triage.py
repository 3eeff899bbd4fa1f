"""What is poisoned or stuck, and what was run again, from a database whose core need not run (R-M4).

The database is copied first and only the copy is opened; nothing is called, sent or written. Whether a system works is known
to a running core alone, so nothing is said of that. It must never be pointed at a running core's folder for writing.
"""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from agent_core.contract.clock import Clock
from agent_core.contract.errors import NotFound
from agent_core.contract.events import Recorded
from agent_core.contract.ids import BrandId, ConversationId
from agent_core.contract.triage import TriageAnswer
from agent_core.service.copied_store import copied_store
from agent_core.service.triage import found_at
from agent_core.store import ReadTx
from agent_core.store.picking import of_stream
from agent_core.store.tables import stream


async def triage_of(database: Path, clock: Clock, now: datetime) -> TriageAnswer:
    """What is poisoned or stuck in a database.

    Args:
        database: The file of a core's log, or a copy of it.
        clock: For opening the copy.
        now: As of when: what is due is late by it.

    Raises:
        Unusable: `no_database`, `not_a_database`.
    """

    def brands(tx: ReadTx) -> list[BrandId]:
        known = tx.connection.execute(sa.select(stream.c.brand).where(stream.c.brand.is_not(None)).distinct())
        return sorted(BrandId(str(name)) for (name,) in known)

    async with copied_store(database, clock) as store:
        return await found_at(store, await store.read(brands), (), now)


async def forks_in(database: Path, clock: Clock, conversation: ConversationId) -> tuple[Recorded, ...]:
    """The records of turns of a conversation that were run again, oldest first.

    Raises:
        Unusable: `no_database`, `not_a_database`.
        NotFound: `not_found`.
    """
    async with copied_store(database, clock) as store:
        if await store.head(conversation) is None:
            raise NotFound("not_found", "There is no such conversation in this database.", detail=conversation)
        return await store.read(lambda tx: tuple(of_stream(tx.connection, conversation, "turn_forked")))
