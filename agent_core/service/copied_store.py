"""A store over a copy of a core's database: to look into one without a core, while another program may be writing it.

Nothing done to the copy reaches the original, and it is gone afterwards.
"""

import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

from agent_core.audit.copies import reading
from agent_core.contract.clock import Clock
from agent_core.store import Store
from agent_core.store.folder import DATABASE_NAME


@contextlib.asynccontextmanager
async def copied_store(database: Path, clock: Clock) -> AsyncGenerator[Store]:
    """A store over a copy, for as long as the block lasts.

    Args:
        database: The file of a core's log, or a copy of it.
        clock: For opening the copy.

    Raises:
        Unusable: `no_database`, `not_a_database`.
    """
    with tempfile.TemporaryDirectory(prefix="countersign-copy-") as place:
        with reading(database) as source, closing(sqlite3.connect(Path(place) / DATABASE_NAME)) as copy:
            source.execute("COMMIT")  # a backup reads by itself
            source.backup(copy)
        async with await Store.open(Path(place), clock=clock) as store:
            yield store
