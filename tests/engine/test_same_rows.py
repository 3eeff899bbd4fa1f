"""The same turn leaves the same rows, byte for byte, whatever a process remembers of the turns before (R-H3, R-N5).

Much of a turn is made once and kept: patterns, schemas, texts of a release, answers of policy. Nothing of that may show in
what is written, hashed and read by a model.
"""

import itertools
import random
import secrets
import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent_core.contract import bodies
from agent_core.contract.clock import system_clock
from agent_core.engine import runner
from agent_core.store.folder import DATABASE_NAME
from tests.bench.turns import Core, Learned, learn

_TABLES = ("stream", "event", "body", "unique_key", "run_head", "intent", "tally", "wake", "timer")


_TURNS = 2


def _forget_all() -> None:
    """Empties every cache of the process that functions of ours keep."""
    for name, module in list(sys.modules.items()):
        if name.startswith("agent_core."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _rows(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "data" / DATABASE_NAME)
    try:
        return [repr(row) for table in _TABLES for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]  # noqa: S608 - our own names
    finally:
        connection.close()


def _played(folder: Path, learned: Learned, at: datetime, patched: pytest.MonkeyPatch) -> list[str]:
    """The rows of some turns in a new core, at one moment and with the same random numbers."""
    drawn = random.Random(7)
    patched.setattr(secrets, "token_bytes", lambda size=32: drawn.randbytes(size or 32))
    patched.setattr(secrets, "token_hex", lambda size=32: drawn.randbytes(size or 32).hex())
    patched.setattr(bodies, "_PLACES", itertools.count())
    patched.setattr(runner, "time", SimpleNamespace(monotonic=lambda: 0.0))
    core = Core(folder, learned, clock=lambda: at)
    try:
        for _ in range(_TURNS):
            core.one()
    finally:
        core.close()
    return _rows(folder)


def test_R_H3_what_is_remembered_of_other_turns_changes_no_row(tmp_path: Path) -> None:
    at = system_clock().replace(hour=12)
    with pytest.MonkeyPatch.context() as patched:
        learned = learn(tmp_path / "learned")
        _forget_all()
        cold = _played(tmp_path / "cold", learned, at, patched)
    with pytest.MonkeyPatch.context() as patched:
        warm = _played(tmp_path / "warm", learned, at, patched)
    assert len(cold) > 200
    assert cold == warm
