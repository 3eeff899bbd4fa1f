"""A filled index of search and, beside it, the barest FTS5 table of the same texts: `python -m tests.bench.search_filled DIR`.

There is no shortcut around the product: everything is written by `IndexFile.keep`, as the indexer does, only without a log
to read it from. Filling goes on where a folder's index ends, so ten million need not be written at once.
"""

import sqlite3
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from agent_core.service.search.index_file import IndexFile
from tests.bench.search_texts import OF_ONE, said, talk_of

BATCH: Final = 4_000
"""Messages of one transaction."""

PLAIN: Final = "plain.sqlite3"


@dataclass(frozen=True)
class Filled:
    """What filling cost, in seconds of the processor.

    Attributes:
        index_s: In `IndexFile`, with everything merged; `plain_s`: in the plain table; `messages`: that were written now.
    """

    messages: int
    index_s: float
    plain_s: float


def fill(folder: Path, messages: int) -> Filled:
    """Fills a folder up to so many messages."""
    file = IndexFile(folder)
    plain = sqlite3.connect(folder / PLAIN, isolation_level=None)
    plain.execute("PRAGMA journal_mode=OFF")
    plain.execute("PRAGMA synchronous=OFF")
    plain.execute("CREATE VIRTUAL TABLE IF NOT EXISTS plain USING fts5(text, content='')")
    there = file.position
    stories = islice(said(), there // OF_ONE, None)
    index_s = plain_s = 0.0
    for first in range(there, messages, BATCH):
        some = list(islice(stories, min(BATCH, messages - first) // OF_ONE))
        talks = [talk_of(one) for one in some]
        began = time.process_time()
        file.keep(talks, first + len(some) * OF_ONE, ("generation", "hash"))
        file.purge()
        index_s += time.process_time() - began
        began = time.process_time()
        plain.execute("BEGIN")
        rows = enumerate((text for one in some for text in one.texts), first + 1)
        plain.executemany("INSERT INTO plain (rowid, text) VALUES (?, ?)", rows)
        plain.execute("COMMIT")
        plain_s += time.process_time() - began
    began = time.process_time()
    while file.purge():
        pass
    file.scrub()
    file.close()
    index_s += time.process_time() - began
    if there < messages:
        began = time.process_time()
        plain.execute("INSERT INTO plain (plain) VALUES ('optimize')")
        plain_s += time.process_time() - began
    plain.close()
    return Filled(max(0, messages - there), index_s, plain_s)


if __name__ == "__main__":
    done = fill(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(f"{done}\n{done.messages / max(done.index_s, 1e-9):,.0f} messages/s of the processor\n")
