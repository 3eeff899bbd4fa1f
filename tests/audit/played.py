"""One drawn way to tamper per seed, on a database that a core left behind; for `tests.crash.torture tampering`."""

import json
import sqlite3
import tempfile
from functools import lru_cache
from pathlib import Path

from agent_core.audit.outside import FOLDER
from agent_core.audit.report import Report
from agent_core.audit.verifying import verify_open
from agent_core.contract.checkpoints import SignedCheckpoint, read_checkpoint
from tests.audit.prepared import copied, lived
from tests.audit.tampering import Impossible, Mutation, mutations


def left_behind(folder: Path) -> tuple[Path, SignedCheckpoint]:
    """A database at rest, and the checkpoint that its core kept outside."""
    database = copied(lived(folder), folder / "copy.sqlite3")
    (kept,) = (folder / "config" / FOLDER).glob("core_*.json")
    return database, read_checkpoint(json.loads(kept.read_text(encoding="utf-8"))["last"])


def writable(database: Path) -> sqlite3.Connection:
    """A connection that may write, to be rolled back."""
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute("PRAGMA synchronous=OFF")
    return db


def tampered(db: sqlite3.Connection, mutation: Mutation, outside: SignedCheckpoint) -> Report | None:
    """What verifying finds after a mutation; None when it is impossible. Leaves the database as it was."""
    db.execute("BEGIN")
    try:
        mutation.apply(db)
        return verify_open(db, checkpoints=(outside,) if mutation.outside else ())
    except (Impossible, sqlite3.IntegrityError):
        return None
    finally:
        db.execute("ROLLBACK")


def unnoticed(report: Report) -> bool:
    """Whether nothing is wrong, and somebody has signed for all of it."""
    return report.holds and not report.unsigned


@lru_cache(maxsize=1)
def _day() -> tuple[tempfile.TemporaryDirectory[str], sqlite3.Connection, SignedCheckpoint]:
    folder = tempfile.TemporaryDirectory()
    database, outside = left_behind(Path(folder.name))
    return folder, writable(database), outside


def play(seed: int) -> list[str]:
    """The first possible way that the seed draws; its name, when it was not found."""
    _, db, outside = _day()
    for mutation in mutations(db, seed):
        report = tampered(db, mutation, outside)
        if report is not None:
            return [f"not found: {mutation.name}"] if unnoticed(report) else []
    raise AssertionError("ways never end")
