"""A disk that fails at one statement or for a while changes nothing but when (R-A2, R-A9).

Drawn statements here; `python -m tests.crash.torture database` lets every one fail, in every way.
"""

import logging
import random
import sqlite3
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.crash import disk
from tests.crash.disk import KINDS, Faults, FaultyConnection
from tests.crash.exits import new_folder, played, warm
from tests.crash.stories import REFUND, STORIES, Telling
from tests.stepping.store import sqlite

SEED: Final = 20261121
DRAWN: Final = 6


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """What the core logs about a disk that fails is the subject here."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


def test_R_A2_R_C6_a_statement_that_fails_leaves_nothing_half_written() -> None:
    luck, most = random.Random(SEED), disk.count()
    plans = {seed: disk.plan(seed)[1].kind for seed in luck.sample(range(1, most + 1), DRAWN)}
    assert len(set(plans.values())) > 2
    for seed in plans:
        assert disk.fails(seed)[0] == []


@pytest.mark.parametrize("kind", KINDS)
def test_R_A9_a_disk_that_fails_for_a_while_holds_everything_up_and_callers_are_told(kind: disk.Kind) -> None:
    done = disk.told(disk.EACH, Faults(kind, 2, 30))
    assert done.problems == []
    assert sum(done.hit.values()) == 30
    assert set(done.refused) == {"store_busy" if kind == "busy" else "disk_full"}


def test_a_faulty_connection_fails_where_it_should_and_only_there(tmp_path: Path) -> None:
    faults = Faults("io_rolled_back", 3)
    connection = disk.connect(faults, tmp_path / "x.sqlite", isolation_level=None)
    assert isinstance(connection, FaultyConnection)
    connection.execute("CREATE TABLE t (a)")
    faults.working = True
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.OperationalError) as failed:
        connection.execute("INSERT INTO t VALUES (2)")
    assert failed.value.sqlite_errorcode == sqlite3.SQLITE_IOERR
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    connection.close()
    assert faults.hit == {"INSERT": 1}


def test_R_A9_a_log_that_cannot_be_read_while_a_call_is_judged_is_no_verdict_about_it() -> None:
    """It was: `disk_full` stood in the log as the reason why a customer's refund was forbidden."""
    for first in range(2, 10):
        assert disk.told(disk.EACH, Faults("io", first, about="FROM event ")).problems == []


@pytest.mark.parametrize("kind", ["full", "late"])
def test_R_M9_what_was_signed_and_could_not_be_written_is_given_again_as_it_is(kind: disk.Kind) -> None:
    """Its challenge was used up by then: who had been told to try again was told to open the card again."""
    story, faults = STORIES["an answer is lost, and a person finds out"], Faults(kind, 1, 3)
    warm(story.brand)
    database = partial(sqlite, connect=partial(disk.connect, faults))
    with new_folder(story.brand) as folder, played(story, folder, database) as play:
        it = Telling(play, folder)
        it.writes(REFUND)
        it.passes()
        it.decides("approve")
        it.passes(60)
        faults.working = True
        it.found_out()
        faults.working = False
        assert set(it.refused) == {"disk_full"}
        assert len([line for line in it.notebook.lines if line.get("asked") == "step-3"]) == 1
        it.passes()
        (proposal,) = play.state(it.conv).proposals.values()
        assert (proposal.outcome, proposal.by) == ("executed", "person")
