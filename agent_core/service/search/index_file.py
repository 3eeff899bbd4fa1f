"""The index as a file beside the log: what can be found, what is known of conversations, and words in volumes of FTS5.

A volume holds the words of `VOLUME` passages that came one after the other. That keeps two promises a single table could
not: what is asked for newest first is found in the newest volume whatever their number; and a word that was erased is gone
once its volume was merged into one piece, which takes seconds for one volume and would take minutes for everything (until
then FTS5 only marks what is deleted). A volume numbers its passages from 1, so its tables mean the same wherever it stands.
`secure_delete` overwrites freed pages; emptying the write-ahead log takes the copies.

Its own file, so that its commits never wait for those of the log, nor the log for these. It is written by one thread, and
may be thrown away at any time: `position` and `place` say for which log and how far it stands.
"""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from agent_core.contract.ids import BrandId
from agent_core.service.search.passages import Passage
from agent_core.service.search.traits import Traits
from agent_core.service.search.words import VERSION as WORDS
from agent_core.service.search.words import indexed
from agent_core.store.wakes import microseconds

FILE_NAME: Final = "search.sqlite3"
VERSION: Final = f"4.{WORDS}"
"""Of tables, words and passages; another one is built anew."""

VOLUME: Final = 1 << 18
"""Passages of one volume."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS talk (
    id INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE, brand TEXT NOT NULL, channel TEXT NOT NULL,
    customer_name TEXT NOT NULL, state TEXT NOT NULL, workflows TEXT NOT NULL, tools TEXT NOT NULL, outcomes TEXT NOT NULL,
    flags TEXT NOT NULL, language TEXT NOT NULL, replied TEXT NOT NULL, handled TEXT NOT NULL, money INTEGER,
    currency TEXT, score INTEGER, reviewed INTEGER NOT NULL, messages INTEGER NOT NULL, opened_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL, disputes TEXT NOT NULL, findings TEXT NOT NULL, work INTEGER NOT NULL,
    looked INTEGER NOT NULL, lot INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS talk_last ON talk (last_us, id);
CREATE TABLE IF NOT EXISTS brand (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passage (
    id INTEGER PRIMARY KEY, talk INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, at_us INTEGER NOT NULL,
    kind TEXT NOT NULL, by TEXT NOT NULL, operator TEXT, what TEXT NOT NULL, text TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS passage_place ON passage (talk, seq, part);
CREATE TABLE IF NOT EXISTS purge (volume INTEGER PRIMARY KEY) WITHOUT ROWID;
"""

_COLUMNS: Final = (
    "stream", "brand", "channel", "customer_name", "state", "workflows", "tools", "outcomes", "flags", "language", "replied",
    "handled", "money", "currency", "score", "reviewed", "messages", "opened_us", "last_us", "disputes", "findings", "work",
    "looked", "lot",
)  # fmt: skip
_NEWER: Final = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
_TALK: Final = (
    f"INSERT INTO talk ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - columns of ours
    f"ON CONFLICT (stream) DO UPDATE SET {_NEWER} RETURNING id"
)
_PASSAGE: Final = (
    "INSERT INTO passage (id, talk, seq, part, at_us, kind, by, operator, what, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What is to be kept of one conversation.

    Attributes:
        passages: Those that are new; with `anew` all there are, in place of whatever was kept.
    """

    traits: Traits
    passages: Sequence[Passage]
    anew: bool = False


@dataclass(slots=True)
class _Words:
    """What a stretch of the log changes in the volumes: numbers of passages with their texts and what narrows them.

    Attributes:
        newest: The largest number of a passage so far.
    """

    newest: int
    gone: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    new: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])


class IndexFile:
    """The writing side. One thread at a time."""

    def __init__(self, folder: Path) -> None:
        """Opens the file, or begins a new one where there is none, or one of another version or a damaged one.

        Raises:
            OSError, sqlite3.Error: It cannot be written.
        """
        self.path = folder / FILE_NAME
        try:
            self._connection = _opened(self.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._remove()
            self._connection = _opened(self.path)
        if self._about("version") not in (None, VERSION):
            self._begin_anew()
        self._sign()
        self._brands: set[str] = set()
        """Those that are surely on record."""
        self._volumes = {int(name) for (name,) in self._connection.execute(_VOLUMES)}

    @property
    def position(self) -> int:
        """How far in the feed it stands; 0 where nothing was read."""
        return int(self._about("position") or 0)

    @property
    def place(self) -> tuple[str, str]:
        """Generation of the log it is of, and the hash of the event at `position`; empty where nothing was read."""
        return self._about("generation") or "", self._about("hash") or ""

    def forget(self) -> None:
        """Begins anew with nothing."""
        self._begin_anew()
        self._sign()

    def keep(self, talks: Iterable[Talk], position: int, place: tuple[str, str]) -> None:
        """Keeps what a stretch of the log says and how far it goes, in one transaction."""
        connection = self._connection
        before = set(self._volumes), set(self._brands)
        try:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                changed = _Words(newest=self._newest())
                for talk in talks:
                    self._talk(talk, changed)
                # Behind everything else: FTS5 writes out what it holds in memory before any statement that may undo itself.
                self._write(changed)
                for key, value in (("position", str(position)), ("generation", place[0]), ("hash", place[1])):
                    self._set(key, value)
        except BaseException:
            self._volumes, self._brands = before  # what was made in there is gone again
            raise

    def purge(self) -> bool:
        """Takes what was erased out of one volume for good; False when there was none left to do."""
        found = self._connection.execute("SELECT volume FROM purge LIMIT 1").fetchone()
        if found is None:
            return False
        volume = int(found[0])
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if volume in self._volumes:
                merge = f"INSERT INTO words_{volume} (words_{volume}) VALUES ('optimize')"  # noqa: S608 - a number of ours
                self._connection.execute(merge)
            self._connection.execute("DELETE FROM purge WHERE volume = ?", (volume,))
        self._set("scrub", "1")
        return True

    def scrub(self) -> bool:
        """Empties the write-ahead log where something was erased; False: a reader holds it, try again."""
        if self._about("scrub") is None:
            return True
        ((busy, *_),) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            return False
        self._connection.execute("DELETE FROM about WHERE key = 'scrub'")
        return not self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    # -- inside --------------------------------------------------------------------------------------------------

    def _talk(self, talk: Talk, changed: "_Words") -> None:
        """Keeps a conversation and its passages; their words are only noted."""
        ((talk_id,),) = self._connection.execute(_TALK, _row(talk.traits)).fetchall()
        if talk.traits.brand not in self._brands:
            self._connection.execute("INSERT OR IGNORE INTO brand (name) VALUES (?)", (talk.traits.brand,))
            self._brands.add(talk.traits.brand)
        wanted = {(passage.seq, passage.part): passage for passage in talk.passages}
        kept = self._compared(talk_id, wanted, talk.traits, changed) if talk.anew else self._there(talk_id, wanted)
        for place, passage in wanted.items():
            if place not in kept:
                changed.newest += 1
                self._put(changed.newest, talk_id, talk.traits, passage, changed)

    def _there(self, talk_id: int, wanted: Mapping[tuple[int, int], Passage]) -> set[tuple[int, int]]:
        """Places from the first wanted one on where a passage is kept already."""
        if not wanted:
            return set()
        first = min(seq for seq, _ in wanted)
        rows = self._connection.execute("SELECT seq, part FROM passage WHERE talk = ? AND seq >= ?", (talk_id, first))
        return {(seq, part) for seq, part in rows}

    def _compared(
        self, talk_id: int, wanted: Mapping[tuple[int, int], Passage], traits: Traits, changed: "_Words"
    ) -> set[tuple[int, int]]:
        """Forgets what is not wanted any more, and puts in its own place what says something else now; what is kept."""
        rows = self._connection.execute(
            "SELECT p.seq, p.part, p.id, p.text, p.kind, p.by, t.brand, t.channel "
            "FROM passage p JOIN talk t ON t.id = p.talk WHERE p.talk = ?",
            (talk_id,),
        ).fetchall()
        for seq, part, passage_id, text, kind, by, brand, channel in rows:
            kept = wanted.get((seq, part))
            if kept is not None and kept.text == text:
                continue
            changed.gone.append((passage_id, text, scope_of(brand, channel, kind, by)))
            self._connection.execute("DELETE FROM passage WHERE id = ?", (passage_id,))
            self._connection.execute("INSERT OR IGNORE INTO purge (volume) VALUES (?)", (volume_of(passage_id),))
            if kept is not None:
                self._put(passage_id, talk_id, traits, kept, changed)
        return {(row[0], row[1]) for row in rows}

    def _put(self, passage_id: int, talk_id: int, traits: Traits, passage: Passage, changed: "_Words") -> None:
        self._connection.execute(
            _PASSAGE,
            (
                passage_id, talk_id, passage.seq, passage.part, microseconds(passage.at), passage.kind, passage.by,
                passage.operator, passage.what, passage.text,
            ),
        )  # fmt: skip
        changed.new.append((passage_id, passage.text, scope_of(traits.brand, traits.channel, passage.kind, passage.by)))

    def _write(self, changed: "_Words") -> None:
        """Takes words out, as they were put in (a volume of such is merged later), and puts the new ones in."""
        for volume, gone in _by_volume(changed.gone):
            columns = f"words_{volume}, rowid, text, spelt, scope"
            self._connection.executemany(
                f"INSERT INTO words_{volume} ({columns}) VALUES ('delete', ?, ?, ?, ?)",  # noqa: S608 - a number of ours
                ((place_of(passage_id), *indexed(text), scope) for passage_id, text, scope in gone),
            )
        for volume, new in _by_volume(changed.new):
            if volume not in self._volumes:
                self._begin_volume(volume)
            self._connection.executemany(
                f"INSERT INTO words_{volume} (rowid, text, spelt, scope) VALUES (?, ?, ?, ?)",  # noqa: S608 - a number of ours
                ((place_of(passage_id), *indexed(text), scope) for passage_id, text, scope in new),
            )
        if changed.new:
            self._set("newest", str(changed.newest))

    def _newest(self) -> int:
        """The largest number a passage ever had."""
        ((newest,),) = self._connection.execute("SELECT coalesce(max(id), 0) FROM passage").fetchall()
        return max(int(newest), int(self._about("newest") or 0))

    def _begin_volume(self, volume: int) -> None:
        """A full volume is merged into one piece: nothing enters it any more, and one piece is read fastest."""
        self._connection.execute(
            f"CREATE VIRTUAL TABLE words_{volume} USING fts5"
            "(text, spelt, scope, content='', columnsize=0, tokenize='ascii', prefix='1 2 3')"
        )
        if volume - 1 in self._volumes:
            self._connection.execute("INSERT OR IGNORE INTO purge (volume) VALUES (?)", (volume - 1,))
        self._volumes.add(volume)

    def _sign(self) -> None:
        """Says what it is, and a name of its own: a page of another index is never continued with this one."""
        self._set("version", VERSION)
        self._connection.execute("INSERT OR IGNORE INTO about (key, value) VALUES ('made', ?)", (secrets.token_hex(6),))

    def _about(self, key: str) -> str | None:
        found = self._connection.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def _set(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)", (key, value))

    def _begin_anew(self) -> None:
        self._connection.close()
        self._remove()
        self._connection = _opened(self.path)
        self._volumes = set()
        self._brands = set()

    def _remove(self) -> None:
        for name in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
            with suppress(FileNotFoundError):
                name.unlink()


_VOLUMES: Final = "SELECT substr(name, 7) FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE words_%'"


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(_url(path, "rwc"), uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        # The log is durable, this follows it: NORMAL may lose the last transactions with the power, never hold half of one.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "secure_delete=ON",
            "trusted_schema=OFF",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        path.chmod(0o600)
        connection.executescript(_TABLES)
    except BaseException:
        connection.close()
        raise
    return connection


def reading(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = sqlite3.connect(_url(path, "ro"), uri=True, isolation_level=None, check_same_thread=False, timeout=1)
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA query_only=ON")
        cursor.execute("PRAGMA mmap_size=1073741824")
    return connection


def _url(path: Path, mode: str) -> str:
    return f"file:{quote(str(path))}?mode={mode}"


def volume_of(passage_id: int) -> int:
    """The volume that a passage's words stand in."""
    return (passage_id - 1) // VOLUME


def place_of(passage_id: int) -> int:
    """The number of a passage within its volume."""
    return (passage_id - 1) % VOLUME + 1


def _by_volume(words: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, Iterator[tuple[int, str, str]]]]:
    """In the order of their numbers, volume by volume."""
    return groupby(sorted(words), key=lambda each: volume_of(each[0]))


def volumes_in(connection: sqlite3.Connection) -> list[int]:
    """Every volume, the newest first."""
    return sorted((int(name) for (name,) in connection.execute(_VOLUMES)), reverse=True)


def scope_of(brand: BrandId | str, channel: str, kind: str, by: str) -> str:
    """What narrows a search as tokens: names are spelt in hexadecimal, so that each is one."""
    return " ".join(scope_token(*each) for each in (("b", brand), ("c", channel), ("k", kind), ("y", by)))


@lru_cache(maxsize=1_024)
def scope_token(letter: str, name: str) -> str:
    """One of `scope_of`."""
    return f"{letter}{name.encode('utf-8', 'surrogatepass').hex()}"


def listed(names: Sequence[str]) -> str:
    """Names in one column, each between line feeds, so that one of them is found by looking for it there."""
    return "\n" + "".join(f"{name}\n" for name in names) if names else ""


def names_in(column: str) -> tuple[str, ...]:
    """The names of such a column."""
    return tuple(filter(None, column.split("\n")))


def _row(traits: Traits) -> tuple[Any, ...]:
    money = traits.money
    return (
        traits.stream, traits.brand, traits.channel, traits.customer_name, traits.state, listed(traits.workflows),
        listed(traits.tools), listed(traits.outcomes), listed(traits.flags), traits.language, traits.replied,
        traits.handled, None if money is None else money.amount_minor, None if money is None else money.currency,
        traits.score_percent, int(traits.reviewed), traits.messages, microseconds(traits.opened_at),
        microseconds(traits.last_at), listed(traits.disputes), listed(traits.findings), traits.work, traits.looked,
        traits.lot,
    )  # fmt: skip
