"""Thirty cores are killed while conversations run, and whoever looks from outside cannot tell (R-A2, R-A9, R-C6).

`python -m tests.crash.torture kills` kills a thousand of them under a thousand conversations, ten times over.
"""

import asyncio
import json
import logging
import os
import sqlite3
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.crash.autopsy import look
from tests.crash.kills import by_conversation, killed
from tests.stepping.core import copy_of_template

pytestmark = pytest.mark.skipif(os.name != "posix", reason="cores are forked, and reached by a socket of the file system")


@pytest.fixture(autouse=True)
def _expected() -> Generator[None]:
    """What a core logs that starts where another was killed is the subject here."""
    logging.getLogger("agent_core").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("agent_core").setLevel(logging.NOTSET)


def test_R_A2_R_C6_thirty_kills_lose_nothing_and_do_nothing_twice() -> None:
    batch = killed(1, conversations=12, kills=30, customers=60)
    assert batch.problems == []
    assert batch.kills == 30
    seen = Counter(json.loads(line)["what"] for line in batch.history.splitlines())
    assert seen["crash"] == 30
    assert batch.messages >= 12
    assert batch.decisions >= 3
    assert batch.effects >= 1


def test_a_history_is_shared_out_by_conversation_and_what_nobody_began_stays_over() -> None:
    lines = [
        {"what": "commit", "conv": "c_1", "events": [{"type": "effect_started", "idempotency_key": "k1"}]},
        {"what": "effect", "key": "k1"},
        {"what": "send", "delivery": "k2"},
        {"what": "tool_called", "key": None},
        {"what": "op", "conv": "c_2"},
    ]
    assert by_conversation(lines) == [lines[:2], lines[2:4], lines[4:]]


def test_R_A2_an_autopsy_finds_a_log_that_was_written_to(tmp_path: Path) -> None:
    folder = copy_of_template(tmp_path)
    assert asyncio.run(look(folder)) == []
    with sqlite3.connect(folder / "data" / "countersign.sqlite3") as database:
        database.execute("UPDATE event SET data = replace(data, 'northwind', 'southwind') WHERE stream LIKE 'brand%'")
    database.close()
    assert any("chain of brand:northwind" in problem for problem in asyncio.run(look(folder)))
