"""A filled index of search and, beside it, the barest FTS5 table of the same texts.

    python -m tests.bench.search_filled DIR 10000000

The first four volumes (1,048,576 messages) are written by the product itself, `IndexFile.keep`. Beyond them there is a
shortcut: these volumes again and again, rows with their numbers moved on and the volumes' words as they stand. So a large
index has every word as often as a grown one would, only that what came once per million messages comes once in each. A test
holds the copy equal to what the product writes, word by word. The plain table is written whole, by SQLite alone.
"""

import sqlite3
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from agent_core.service.search import index_file
from agent_core.service.search.index_file import FILE_NAME, IndexFile, Talk
from tests.bench.search_texts import OF_ONE, said, talk_of

BATCH: Final = 4_000
"""Messages of one transaction."""

VOLUMES: Final = 4
"""That the product writes itself."""

PLAIN: Final = "plain.sqlite3"
_PASSAGES: Final = (
    "INSERT INTO passage SELECT id + :moved, talk + :talks, seq, part, at_us + :later_us, kind, by, operator, what, text "
    "FROM passage WHERE id <= :own"
)


@dataclass(frozen=True)
class Filled:
    """What filling cost, in seconds of the processor.

    Attributes:
        written: Messages that the product wrote, and `index_s` how long it took, with everything merged.
        messages: All there are now; `copied_s`, `plain_s`: what copying and the plain table took.
    """

    written: int
    index_s: float
    messages: int
    copied_s: float
    plain_s: float


def fill(folder: Path, messages: int) -> Filled:
    """Fills an empty folder: at least so many messages, in whole copies of what the product writes."""
    whole = VOLUMES * index_file.VOLUME
    own = min(messages, whole)
    began = time.process_time()
    talks = write(folder, own)
    written = time.process_time()
    copies = max(1, -(-messages // whole)) if own == whole else 1
    copy(folder / FILE_NAME, talks, copies)
    copied = time.process_time()
    plain(folder, copies * own)
    return Filled(own, written - began, copies * own, copied - written, time.process_time() - copied)


def write(folder: Path, messages: int, batch: int = BATCH) -> int:
    """Writes with the product; how many conversations it took."""
    file = IndexFile(folder)
    stories = said()
    talks = left = 0
    for first in range(0, messages, batch):
        left = min(batch, messages - first)
        some: list[Talk] = []
        for one in islice(stories, -(-left // OF_ONE)):
            talk = talk_of(one)
            some.append(Talk(talk.traits, talk.passages[:left]))
            left -= len(some[-1].passages)
        talks += len(some)
        file.keep(some, first + batch, ("generation", "hash"))
        file.purge()
    while file.purge():
        pass
    file.scrub()
    file.close()
    return talks


def copy(path: Path, talks: int, copies: int) -> None:
    """Puts the same once more behind itself until there are so many copies; nothing where one is enough."""
    file = sqlite3.connect(path, isolation_level=None)
    file.execute("PRAGMA synchronous=OFF")
    ((own,),) = file.execute("SELECT max(id) FROM passage").fetchall()
    columns = [str(row[1]) for row in file.execute("PRAGMA table_info(talk)")]
    moved = {
        "id": "id + :talks", "stream": "printf('c_%020x', id + :talks - 1)", "opened_us": "opened_us + :later_us",
        "last_us": "last_us + :later_us",
    }  # fmt: skip
    of_talk = f"INSERT INTO talk SELECT {', '.join(moved.get(name, name) for name in columns)} FROM talk WHERE id <= :all"  # noqa: S608 - columns of ours
    volumes = own // index_file.VOLUME
    for number in range(1, copies):
        later = timedelta(seconds=talks * number) // timedelta(microseconds=1)
        given = {"own": own, "all": talks, "moved": own * number, "talks": talks * number, "later_us": later}
        file.execute("BEGIN")
        file.execute(of_talk, given)
        file.execute(_PASSAGES, given)
        file.execute("COMMIT")
        for volume in range(volumes):
            _again(file, volume, number * volumes + volume)
    file.execute("INSERT OR REPLACE INTO about (key, value) VALUES ('newest', ?)", (str(own * copies),))
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    file.close()


def _again(file: sqlite3.Connection, volume: int, other: int) -> None:
    """The words of a volume once more under another number."""
    ((made,),) = file.execute("SELECT sql FROM sqlite_master WHERE name = ?", (f"words_{volume}",)).fetchall()
    file.execute(made.replace(f"words_{volume} ", f"words_{other} "))
    file.execute("BEGIN")
    for part in ("data", "idx"):
        file.execute(f"DELETE FROM words_{other}_{part}")  # noqa: S608 - numbers of ours
        file.execute(f"INSERT INTO words_{other}_{part} SELECT * FROM words_{volume}_{part}")  # noqa: S608 - as above
    file.execute("COMMIT")


def plain(folder: Path, messages: int) -> None:
    """The same texts in one plain table, merged into one piece."""
    file = sqlite3.connect(folder / PLAIN, isolation_level=None)
    file.execute("PRAGMA journal_mode=OFF")
    file.execute("PRAGMA synchronous=OFF")
    file.execute("CREATE VIRTUAL TABLE plain USING fts5(text, content='')")
    file.execute("INSERT INTO plain (plain, rank) VALUES ('hashsize', ?)", (1 << 28,))
    file.execute("ATTACH ? AS filled", (str(folder / FILE_NAME),))
    at_once = 1 << 19
    for first in range(0, messages, at_once):
        file.execute(
            "INSERT INTO plain (rowid, text) SELECT id, text FROM filled.passage WHERE id > ? AND id <= ? ORDER BY id",
            (first, first + at_once),
        )
    file.execute("INSERT INTO plain (plain) VALUES ('optimize')")
    file.close()


if __name__ == "__main__":
    done = fill(Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(f"{done}\n{done.written / done.index_s:,.0f} messages/s of the processor\n")
