"""Another program has the database open in the middle of a story: it locks it, reads it for a long time, or dies in a write.

The other program is a real one, with SQLite's own locks; only time is a number here. It comes at one point of the story and
goes some seconds later. Whoever only reads holds up nobody; whoever locks holds everybody up and changes nothing but when;
what it had written and not committed when it was killed was never there. The story must come to the end it always comes to.
"""

import contextvars
import functools
import json
import random
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from agent_core.store.folder import DATABASE_NAME
from tests.crash.disk import said_late, without
from tests.crash.exits import difference, end_of, new_folder, played, undisturbed, warm
from tests.crash.stories import STORIES, Telling
from tests.stepping.store import sqlite

Kind = Literal["locks", "locks and reads", "writes and is killed", "reads"]
_DOES: Final[dict[Kind, str]] = {
    "locks": "BEGIN IMMEDIATE",
    "locks and reads": "BEGIN EXCLUSIVE;SELECT count(*) FROM event",
    "writes and is killed": "BEGIN IMMEDIATE;DELETE FROM wake;DELETE FROM timer;UPDATE event SET data = '{}'",
    "reads": "BEGIN;SELECT count(*) FROM event",
}
KINDS: Final = tuple(_DOES)
_SHORT: Final = tuple(name for name, story in STORIES.items() if not story.days)
_LASTS: Final = (0.4, 3.0, 20.0, 90.0)
"""Seconds of the world's time: shorter than a retry, longer than a lease, longer than a customer's patience."""

_PROGRAM: Final = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)
for line in sys.stdin:
    try:
        for sql in line.strip().split(";"):
            database.execute(sql).fetchall()
        said = "done"
    except sqlite3.OperationalError as error:
        database.rollback()
        said = str(error)
    sys.stdout.write(said + chr(10))
    sys.stdout.flush()
"""


class Stranger:
    """Another program that has the database open."""

    def __init__(self, database: Path) -> None:
        command = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(database)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def does(self, sql: str) -> bool:
        """Executes statements; false when we had locked it just then."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{sql}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline().strip()
        if said not in ("done", "database is locked"):
            raise AssertionError(f"the other program says {said!r}")
        return said == "done"

    def dies(self) -> None:
        """SIGKILL, whatever it was doing."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=300)

    def close(self) -> None:
        """It is over."""
        with self._process:
            self._process.kill()


@contextmanager
def stranger(database: Path) -> Generator[Stranger]:
    """Another program, gone afterwards."""
    made = Stranger(database)
    try:
        yield made
    finally:
        made.close()


@dataclass(frozen=True)
class Told:
    """What a story came to while another program had its database open.

    Attributes:
        came: The point at which the other program came; empty when it never could.
        refused: Codes that people and webhooks were told.
    """

    problems: list[str]
    came: str
    refused: list[str]
    end: str


def told(name: str, kind: Kind, at: int, lasts: float) -> Told:
    """Tells a story into which another program comes at a point, or at the next one at which it can."""
    story = STORIES[name]
    warm(story.brand)
    whole = undisturbed(name)
    came: list[str] = []
    gone: list[float] = []
    with (
        new_folder(story.brand) as folder,
        stranger(folder / "data" / DATABASE_NAME) as other,
        played(story, folder, partial(sqlite, busy_ms=1)) as play,
    ):
        count = 0

        def goes() -> None:
            gone.append(play.loop.time())
            if kind == "writes and is killed":
                other.dies()
            else:
                other.does("ROLLBACK")

        def passes(point: str) -> None:
            nonlocal count
            count += 1
            if count >= at and not came and other.does(_DOES[kind]):
                came.append(f"{count} {point}")
                play.loop.call_later(lasts, goes, context=contextvars.Context())

        play.world.passed = passes
        it = Telling(play, folder)
        story.tell(it)
        play.world.passed = _nowhere
        if came and not gone:
            goes()
            it.passes()
        wrong = {code for code in it.refused if kind == "reads" or code != "store_busy"}
        problems = [f"somebody was told {code}" for code in sorted(wrong)]
        try:
            end = without(end_of(it, folder, story), said_late(it))
        except AssertionError as error:
            return Told([*problems, str(error)], "".join(came), it.refused, "")
        if end != whole.end:
            problems.append(difference(whole.end, end))
        return Told(problems, "".join(came), it.refused, end)


def _nowhere(_point: str) -> None:
    """It is over."""


@functools.cache
def _points(name: str) -> int:
    return len(undisturbed(name).points)


def plan(seed: int) -> tuple[str, Kind, int, float]:
    """Which story a seed tells, and what comes into it, where, and for how long."""
    luck = random.Random(f"locks {seed}")
    name = luck.choice(_SHORT)
    return name, luck.choice(KINDS), luck.randint(1, _points(name)), luck.choice(_LASTS)


def locked(seed: int) -> tuple[list[str], str]:
    """Tells the story of a seed: what is wrong, and what happened."""
    name, kind, at, lasts = plan(seed)
    done = told(name, kind, at, lasts)
    about = f"{name}, {kind} at {at} for {lasts} s"
    history = json.dumps({"story": about, "came": done.came, "refused": done.refused, "end": done.end})
    return [f"{about}: {each}" for each in done.problems], history
