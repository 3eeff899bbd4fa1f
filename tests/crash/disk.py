"""The n-th statement of a story fails, for n = 1, 2, 3 …: nothing is half-written, callers get a sentence, and it goes on.

A statement of any connection fails as SQLite's own would: an I/O error, with and without the rollback that SQLite may do by
itself, a full disk, a lock, and the worst of them, a COMMIT that happened although it says that it did not. Behind those
come faults that last. The story must come to the end it comes to when nothing fails. Nothing here knows what that is. But
time passes while nothing can be written: who waits longer than the brand lets them wait is told once that it takes longer.
"""

import functools
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

from agent_core.contract.errors import Unavailable
from agent_core.contract.events import ReplyDrafted, TurnOpened
from tests.crash.exits import difference, end_of, new_folder, played, undisturbed, warm
from tests.crash.stories import STORIES, Telling
from tests.stepping.play import Play
from tests.stepping.store import sqlite

Kind = Literal["io", "io_rolled_back", "full", "busy", "late"]
KINDS: Final[tuple[Kind, ...]] = ("io", "io_rolled_back", "full", "busy", "late")
EACH: Final = "a refund beside a question is approved"
"""The story of which every statement fails once."""

_CODES: Final[dict[Kind, tuple[int, str]]] = {
    "io": (sqlite3.SQLITE_IOERR, "disk I/O error"),
    "io_rolled_back": (sqlite3.SQLITE_IOERR, "disk I/O error"),
    "full": (sqlite3.SQLITE_FULL, "database or disk is full"),
    "busy": (sqlite3.SQLITE_BUSY, "database is locked"),
    "late": (sqlite3.SQLITE_IOERR, "disk I/O error"),
}
_SHORT: Final = tuple(name for name, story in STORIES.items() if not story.days)
"""Those whose core looks again after seconds, as a real one does."""
_TELLS: Final = {"disk_full", "store_busy"}


@dataclass
class Faults:
    """Which statements fail, and how."""

    kind: Kind = "io"
    first: int = 0
    lasts: int = 1
    about: str = ""
    """Only statements with this in them."""
    working: bool = False
    seen: int = 0
    hit: Counter[str] = field(default_factory=Counter[str])

    def comes(self, sql: str) -> bool:
        """Whether this statement fails; counts those that could."""
        word = sql.lstrip().split(maxsplit=1)[0].upper()
        if not self.working or self.about not in sql or not _may_fail(self.kind, word):
            return False
        self.seen += 1
        if not self.first <= self.seen < self.first + self.lasts:
            return False
        self.hit[word] += 1
        return True

    def error(self) -> sqlite3.OperationalError:
        """As SQLite's driver raises it."""
        code, words = _CODES[self.kind]
        error = sqlite3.OperationalError(words)
        error.sqlite_errorcode = code
        error.sqlite_errorname = words
        return error


def _may_fail(kind: Kind, word: str) -> bool:
    if word in ("PRAGMA", "ROLLBACK"):
        return False
    if kind == "full":
        return word in ("INSERT", "UPDATE", "DELETE", "COMMIT")
    if kind == "busy":
        return word in ("BEGIN", "COMMIT")
    if kind == "late":
        return word == "COMMIT"
    return True


class FaultyCursor(sqlite3.Cursor):
    """Fails before it does anything."""

    def execute(self, sql: str, parameters: Any = (), /) -> "FaultyCursor":
        self.connection.judge(sql)
        super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, rows: Iterable[Any], /) -> "FaultyCursor":
        self.connection.judge(sql)
        super().executemany(sql, rows)
        return self

    @property
    def connection(self) -> "FaultyConnection":
        found = super().connection
        assert isinstance(found, FaultyConnection)
        return found


class FaultyConnection(sqlite3.Connection):
    """A connection of which some statements fail."""

    faults = Faults()

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or FaultyCursor)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        if self.in_transaction:
            if self.faults.kind == "late" and self.faults.comes("COMMIT"):
                super().commit()
                raise self.faults.error()
            self.judge("COMMIT")
        super().commit()

    def judge(self, sql: str) -> None:
        """Raises if this statement is to fail."""
        if self.faults.comes(sql):
            if self.faults.kind == "io_rolled_back" and self.in_transaction:
                self.rollback()
            raise self.faults.error()


def connect(faults: Faults, *given: Any, **named: Any) -> sqlite3.Connection:
    """`sqlite3.connect`, to a connection that fails."""
    made = sqlite3.connect(*given, factory=FaultyConnection, **named)
    assert isinstance(made, FaultyConnection)
    made.faults = faults
    return made


@dataclass(frozen=True)
class Told:
    """What a story came to whose disk failed."""

    problems: list[str]
    refused: list[str]
    seen: int
    hit: Counter[str]
    end: str


def told(name: str, faults: Faults) -> Told:
    """Tells a story while the disk fails."""
    story = STORIES[name]
    warm(story.brand)
    whole = undisturbed(name)
    faults.working = True
    refused: list[str] = []

    def start(play: Play) -> None:
        for _ in range(300):
            try:
                play.start()
            except Unavailable as unavailable:
                refused.append(unavailable.code)
            else:
                return

    with (
        new_folder(story.brand) as folder,
        played(story, folder, partial(sqlite, connect=partial(connect, faults)), start) as play,
    ):
        it = Telling(play, folder)
        story.tell(it)
        faults.working = False
        refused += it.refused
        problems = [f"{each!r} is no sentence about the disk" for each in refused if each not in _TELLS]
        problems += [f"{worker.owner} ended" for worker in play.core.workers if worker.task is None or worker.task.done()]
        try:
            end = without(end_of(it, folder, story), said_late(it))
        except AssertionError as wrong:
            return Told([*problems, str(wrong)], refused, faults.seen, faults.hit, "")
    if end != whole.end:
        problems.append(difference(whole.end, end))
    return Told(problems, refused, faults.seen, faults.hit, end)


def said_late(it: Telling) -> list[str]:
    """What was said at the deadline of a turn because there was no answer yet: once in a turn, and never before it is due.

    Raises:
        AssertionError: Somebody was told to wait who had not waited.
    """
    brand = it.play.world.brand.release.brand
    opened, found = dict[int, datetime](), dict[int, str]()
    for record in it.play.log(it.conv):
        if isinstance(record.event, TurnOpened):
            opened[record.event.turn] = record.at
        elif isinstance(record.event, ReplyDrafted) and record.event.partial:
            turn = record.event.turn
            assert turn not in found, f"turn {turn} was told twice to wait"
            waited = (record.at - opened[turn]).total_seconds()
            assert waited >= brand.timing.reply_deadline_s, f"turn {turn} was told to wait after {waited} s"
            found[turn] = it.play.between(it.play.core.store.body(record.event.text)).text
    return list(found.values())


def without(end: str, said: Sequence[str]) -> str:
    """What a story came to besides what was said because of the delay; an answer that came in parts stays as it is."""
    came = json.loads(end)
    events = dict(came["events"])
    for text in said:
        if [text, "system"] in came["texts"]:
            came["texts"].remove([text, "system"])
            for name in ("reply_drafted", "reply_sent"):
                events[name] -= 1
    return json.dumps(came | {"events": [list(each) for each in events.items()]}, sort_keys=True)


@functools.cache
def _statements(kind: Kind) -> int:
    """How many statements of the story may fail so."""
    return told(EACH, Faults(kind, first=1 << 40)).seen


def count() -> int:
    """How many seeds name one failing statement each."""
    return sum(_statements(kind) for kind in KINDS)


def plan(seed: int) -> tuple[str, Faults]:
    """Which story a seed tells, and what fails in it."""
    left = seed
    for kind in KINDS:
        if left <= _statements(kind):
            return EACH, Faults(kind, left)
        left -= _statements(kind)
    luck = random.Random(f"disk {seed}")
    kind = luck.choice(KINDS)
    return luck.choice(_SHORT), Faults(kind, luck.randint(1, _statements(kind)), luck.choice((2, 5, 20, 100)))


def fails(seed: int) -> tuple[list[str], str]:
    """Tells the story of a seed while its disk fails: what is wrong, and what happened."""
    name, faults = plan(seed)
    about = f"{name}, {faults.kind} at {faults.first} for {faults.lasts}"
    done = told(name, faults)
    history = json.dumps({"story": about, "hit": dict(done.hit), "refused": done.refused, "end": done.end})
    return [f"{about} ({dict(done.hit)}): {each}" for each in done.problems], history
