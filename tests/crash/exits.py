"""A process dies by `os._exit` at one point of a story, is started again, and nobody can tell afterwards (R-A2, R-C6).

A point lies before and after every commit, and around everything that reaches the world. Seeds count every point of every
story once; those behind the last are two or three deaths at points that are drawn. Each telling is a child of its own, and
what it leaves in its folder is all that the next one knows. Nothing here knows what a story must come to: the telling in
which nobody dies says that.
"""

import functools
import json
import os
import random
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from agent_core.store.database import Database
from agent_core.store.folder import DATABASE_NAME
from tests.conversation.departures import departures_of
from tests.crash.final import judged
from tests.crash.stories import STORIES, Kept, Story, StoryWorld, Telling, refunds
from tests.stepping.branding import branding
from tests.stepping.core import copy_of_template
from tests.stepping.loop import first
from tests.stepping.outside import Pace
from tests.stepping.play import MEMORY, Play
from tests.stepping.store import SteppedWriter, sqlite

DIED: Final = 9
DOWN: Final = 1.0
"""Seconds of the world's time between a death and the next start."""


@dataclass(frozen=True)
class Told:
    """What one telling came to: its exit code, the points it passed, and its end, or what went wrong."""

    code: int
    points: Sequence[str]
    end: str


class PointedWriter(SteppedWriter):
    """Passes a point after each round of writing."""

    def __init__(self, database: Database, world: StoryWorld) -> None:
        super().__init__(database)
        self._world = world

    def _one_round(self) -> None:
        super()._one_round()
        self._world.passed("written")


def tell(name: str, folder: Path, die_at: int = 0) -> Told:
    """Tells a story in a child, which dies at a point; 0: never."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(STORIES[name], folder, die_at, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        lines = [json.loads(line) for line in pipe]
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    end = next((line["end"] for line in lines if "end" in line), "")
    return Told(code, [line["point"] for line in lines if "point" in line], end)


def _live(story: Story, folder: Path, die_at: int, pipe: int) -> None:
    """The child: never returns."""

    def say(**line: Any) -> None:
        os.write(pipe, f"{json.dumps(line)}\n".encode())

    passed = 0

    def passes(point: str) -> None:
        nonlocal passed
        passed += 1
        say(point=point)
        if passed == die_at:
            os._exit(DIED)

    code = 1
    try:
        with played(story, folder) as play:
            play.world.passed = passes
            telling = Telling(play, folder)
            story.tell(telling)
            play.world.passed = _nowhere
            say(end=end_of(telling, folder, story))
        code = 0
    except BaseException as error:  # noqa: BLE001 - nothing of the child may reach the parent's stack
        where = traceback.extract_tb(error.__traceback__)[-1]
        say(end=f"{type(error).__name__}: {error} at {where.filename}:{where.lineno}")
    finally:
        os._exit(code)


def _nowhere(_point: str) -> None:
    """It is over."""


@contextmanager
def played(
    story: Story, folder: Path, database: Callable[[Path], Database] = sqlite, start: Callable[[Play], object] = Play.start
) -> Generator[Play]:
    """A core in the folder of a story, at the time at which it was left."""
    clock = Kept(folder / "clock.jsonl")
    now = clock.lines[-1] + DOWN if clock.lines else 0.0
    play = Play(folder, first, Pace(), world=partial(StoryWorld, story=story, folder=folder), now=now)
    play.loop.moved = clock.add
    world = play.world
    assert isinstance(world, StoryWorld)
    world.writer = lambda database: PointedWriter(database, world)
    world.database = database
    start(play)
    try:
        yield play
    finally:
        play.close()


def end_of(it: Telling, folder: Path, story: Story) -> str:
    """What a story came to, in a form in which two tellings can be compared; raises when something does not hold."""
    play = it.play
    state = play.state(it.conv)
    asks = [known.ask.code for known in state.asks.values() if not known.resolved]
    sent = [(line["text"], line["by"]) for line in Kept(folder / "channel.jsonl").lines]
    requests = Kept(folder / "requests.jsonl").lines
    paid = refunds(play.shop, it.customer)
    final = play.between(judged(play.core.store, it.conv, requests, sent, paid))
    problems = [f"invalid request: {each}" for each in play.world.model.invalid]
    problems += departures_of(play.log(it.conv))
    problems += [f"{each.get('message')}: {each.get('exception')!r}" for each in play.loop.errors]
    if state.damaged:
        problems.append(f"damaged: {state.damaged}")
    ends = {(story.ends, story.refunds)} | ({("awaiting_human", 0)} if story.may_not_leave else set())
    if (state.control, len(paid)) not in ends:
        problems.append(f"{state.control} has control, {len(paid)} refunds, open asks {asks}, sent {sent}")
    with sqlite3.connect(folder / "data" / DATABASE_NAME) as database:
        found = database.execute("PRAGMA integrity_check").fetchall()
    database.close()
    if found != [("ok",)]:
        problems.append(f"integrity: {found}")
    if problems:
        raise AssertionError("; ".join(problems))
    return json.dumps(asdict(final), sort_keys=True)


# -- the suite ---------------------------------------------------------------------------------------------------------


@functools.cache
def warm(brand: str) -> None:
    """What a process loads the first time it is used is loaded here, so that no child has to."""
    story = next(story for story in STORIES.values() if story.brand == brand)
    branding("quick")
    with new_folder(brand) as folder, played(story, folder) as play:
        story.tell(Telling(play, folder))


@functools.cache
def undisturbed(name: str) -> Told:
    """A story in which nobody dies."""
    with _folder(name) as folder:
        told = tell(name, folder)
    if told.code != 0:
        raise AssertionError(f"{name}: {told.end}")
    return told


@functools.cache
def _places() -> tuple[tuple[str, int], ...]:
    """Every point of every story."""
    return tuple((name, at) for name in STORIES for at in range(1, len(undisturbed(name).points) + 1))


def count() -> int:
    """How many seeds name one death each."""
    return len(_places())


def deaths(seed: int) -> tuple[str, tuple[int, ...]]:
    """Which story a seed tells, and at which points it dies: the second one counts from where the first left off."""
    places = _places()
    if seed <= len(places):
        name, at = places[seed - 1]
        return name, (at,)
    luck = random.Random(f"deaths {seed}")
    name = luck.choice(tuple(STORIES))
    most = len(undisturbed(name).points)
    return name, (luck.randint(1, most), *(luck.randint(1, most // 2) for _ in range(luck.choice((1, 1, 2)))))


def exits(seed: int) -> tuple[list[str], str]:
    """Tells the story of a seed, with its deaths: what is wrong, and where it died."""
    name, plan = deaths(seed)
    whole = undisturbed(name)
    died: list[str] = []
    left = False
    with _folder(name) as folder:
        for at in plan:
            told = tell(name, folder, at)
            if told.code == 0:
                break  # the death before came after the last thing
            left = left or "refund_payment arrived" in told.points
            died.append(f"{at} {told.points[-1] if told.points else ''}")
            if told.code != DIED:
                return [f"{name}, died at {died}: {told.end}"], ""
        told = tell(name, folder)
    history = json.dumps({"story": name, "died": died, "whole": whole.end, "end": told.end})
    unsent = not left and STORIES[name].may_not_leave and told.code == 0 and not json.loads(told.end)["refunds"]
    if unsent:
        return _not_sent(name, died, json.loads(told.end)), history
    if told.code != 0 or told.end != whole.end:
        return [f"{name}, died at {died}: {difference(whole.end, told.end)}"], history
    return [], history


def _not_sent(name: str, died: Sequence[str], end: Any) -> list[str]:
    """A write that a death held back, while nobody could be asked: not done, not sent again, and with a person."""
    settled = [(row[0], row[1]) for row in end["proposals"]]
    asks = [code for _, code, resolved in end["asks"] if not resolved]
    if settled == [("refund_payment", "not_executed")] and end["control"] == "awaiting_human" and asks:
        return []
    return [f"{name}, died at {died}: not sent, and {settled}, open asks {asks}"]


def difference(whole: str, end: str) -> str:
    """How one end differs from the other, in words."""
    try:
        one, other = json.loads(whole), json.loads(end)
    except ValueError:
        return end
    return "; ".join(f"{key}: {one[key]} became {other[key]}" for key in one if one[key] != other[key])


@contextmanager
def _folder(name: str) -> Generator[Path]:
    brand = STORIES[name].brand
    warm(brand)
    with new_folder(brand) as folder:
        yield folder


@contextmanager
def new_folder(brand: str) -> Generator[Path]:
    """A folder in which a core of this brand was set up, gone afterwards."""
    place = MEMORY if MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="countersign-story-", dir=place))
    try:
        yield copy_of_template(folder, brand)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
