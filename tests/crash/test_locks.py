"""Another program has our database open: it holds up nobody, or everybody for a while, and changes nothing (R-A2, R-A9).

Drawn points here; `python -m tests.crash.torture locks` draws many.
"""

import logging
import os
import sqlite3
from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from agent_core.store.folder import DATABASE_NAME
from tests.crash import locks
from tests.crash.disk import EACH
from tests.crash.exits import new_folder, played, warm
from tests.crash.stories import REFUND, STORIES, Telling
from tests.stepping.store import sqlite

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the other program is killed by a signal")


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """What the core logs about a database that is locked is the subject here."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


@pytest.mark.parametrize("kind", locks.KINDS)
@pytest.mark.parametrize("lasts", [3.0, 90.0])
def test_R_A2_R_A9_another_program_comes_in_between_and_the_story_goes_on(kind: locks.Kind, lasts: float) -> None:
    for at in (5, 31):
        done = locks.told(EACH, kind, at, lasts)
        assert done.came
        assert done.problems == []


def test_R_A9_who_wants_something_meanwhile_is_told_that_the_database_is_locked() -> None:
    story = STORIES[EACH]
    warm(story.brand)
    database = partial(sqlite, busy_ms=1)
    with (
        new_folder(story.brand) as folder,
        locks.stranger(folder / "data" / DATABASE_NAME) as other,
        played(story, folder, database) as play,
    ):
        it = Telling(play, folder)
        it.writes(REFUND)
        it.passes()
        assert other.does("BEGIN IMMEDIATE")
        play.loop.call_later(20.0, other.does, "ROLLBACK")
        it.decides("approve")
        assert it.refused == ["store_busy"] * 20
        it.passes()
        (proposal,) = play.state(it.conv).proposals.values()
        assert proposal.outcome == "executed"


def test_a_stranger_holds_a_real_lock_and_its_death_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    ours = sqlite3.connect(path, isolation_level=None, timeout=0)
    ours.execute("PRAGMA journal_mode=WAL")
    ours.execute("CREATE TABLE t (a)")
    with locks.stranger(path) as other:
        assert other.does("BEGIN IMMEDIATE;INSERT INTO t VALUES (1)")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            ours.execute("BEGIN IMMEDIATE")
        assert ours.execute("SELECT count(*) FROM t").fetchone() == (0,)
        other.dies()
        ours.execute("BEGIN IMMEDIATE")
        assert ours.execute("SELECT count(*) FROM t").fetchone() == (0,)
    with locks.stranger(path) as other:
        assert not other.does("BEGIN IMMEDIATE")
        with pytest.raises(AssertionError, match="syntax error"):
            other.does("BEGIN NONSENSE")
    ours.close()
