"""``countersign-core reindex``: builds the search of a data folder anew, from a log whose core does not run.

Why it exists: a running core builds its search by itself, slowly, because nobody may wait for it. Whoever restored a folder,
or wants the space of a search that is in doubt back, does it at once. It must never change the log.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent_core.cli.command import Commands
from agent_core.contract.errors import NotFound

if TYPE_CHECKING:
    from agent_core.contract.ids import StreamId
    from agent_core.service.projection.story import Story

_BATCH = 5_000


def add(commands: Commands) -> None:
    """Adds ``reindex`` to the command line."""
    parser = commands.add_parser("reindex", help="build the search of a data folder anew", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data folder of a core that does not run")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Builds it. Always 0.

    Raises:
        CountersignError: The folder cannot be used; the sentence says why.
    """
    if not arguments.data.is_dir():
        raise NotFound("no_data", f"There is no data folder {arguments.data}.")
    events = asyncio.run(_reindex(arguments.data))
    print(f"The search has what {events} events say.")
    return 0


async def _reindex(folder: Path) -> int:
    from agent_core.service.projection.story import read_story  # this and the rest: a help text needs none of it
    from agent_core.service.search.index_file import FILE_NAME
    from agent_core.service.search.indexer import Indexer
    from agent_core.store import Store

    async with await Store.open(folder) as store:

        async def story(stream: "StreamId") -> "Story":
            return await read_story(store, stream)

        for end in ("", "-wal", "-shm"):
            (folder / f"{FILE_NAME}{end}").unlink(missing_ok=True)
        indexer = Indexer(store, folder, story, batch=_BATCH)
        try:
            await indexer.open()
            while await indexer.step():
                print(f"… event {indexer.position}", file=sys.stderr)
            await indexer.clean()
            return indexer.position
        finally:
            await indexer.close()
