"""`verify(path)`: a whole database, believed in nothing, read once as a stream.

Finds every row of the log and of what proves it that was changed, removed, inserted, swapped, cut off or written anew, and
names it. What nobody can know from the database alone it says in so many words: whoever holds all of it, and knows how, can
cut off its newest part or write all of it anew with keys of their own; only a checkpoint or a key kept elsewhere shows that.
It must never write, and never repair.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from agent_core.audit.check_bodies import check_bodies
from agent_core.audit.check_events import Leaf, check_events
from agent_core.audit.check_indexes import check_indexes, core_of
from agent_core.audit.check_merkle import Alignment, check_checkpoints, check_tiles, read_checkpoints
from agent_core.audit.check_statements import (
    Witnessed,
    acknowledged_in,
    anchor_in,
    check_statements,
    checkpoint_keys_in,
)
from agent_core.audit.copies import Scratch, as_stored, reading
from agent_core.audit.notes import is_signed_by
from agent_core.audit.report import Report
from agent_core.contract.checkpoints import CheckpointKey, SignedCheckpoint, origin_of
from agent_core.contract.ids import KeyFingerprint

NO_CHECKPOINT: Final = (
    "No checkpoint from outside was given: that the newest events were cut off together with everything about them, or that "
    "the whole database was written anew, cannot be seen from the database alone. Give the newest checkpoint a console or "
    "the configuration folder kept (--checkpoint FILE)."
)
NO_ANCHOR: Final = (
    "The anchor was read from the database itself. Give the fingerprint from the configuration folder or a console "
    "(--anchor) to know that its keys are the right ones."
)
NO_KEY: Final = (
    "The key of the checkpoints was read from the database itself. Give the one a console knows (--key) to know that it is "
    "this core's."
)
TOLD_EVERY: Final = 2_000
"""Events between two words about progress."""

Progress = Callable[[int], None]

INDEXES: Final = (
    "Not compared: counters, held intents, views, wakes and timers. They prove nothing, and are built from the log."
)


def verify(
    path: Path,
    *,
    checkpoints: tuple[SignedCheckpoint, ...] = (),
    key: CheckpointKey | None = None,
    anchor: KeyFingerprint | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verifies a database.

    Args:
        path: The file. A copy, or one that a core uses: nothing is written.
        checkpoints: Kept elsewhere: the log must begin with each of them.
        key: The public key of this core's checkpoints, from elsewhere.
        anchor: The fingerprint trust starts at, from elsewhere.
        progress: Told now and then how many events were read.

    Raises:
        Unusable: `no_database`, `not_a_database`.
    """
    with reading(path) as connection:
        return verify_open(connection, checkpoints=checkpoints, key=key, anchor=anchor, progress=progress)


def verify_open(
    connection: sqlite3.Connection,
    *,
    checkpoints: tuple[SignedCheckpoint, ...] = (),
    key: CheckpointKey | None = None,
    anchor: KeyFingerprint | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verifies a database that somebody opened; see `verify`."""
    given = connection.text_factory
    try:
        report = _read_as(connection, str, checkpoints, key, anchor, progress)
        if report is None:  # some text is no UTF-8: all of it is read again, by the bytes that stand there
            report = _read_as(connection, as_stored, checkpoints, key, anchor, progress)
    finally:
        connection.text_factory = given
    assert report is not None
    report.notes.append(INDEXES)
    return report


def _read_as(
    connection: sqlite3.Connection,
    text: Callable[[bytes], str],
    checkpoints: tuple[SignedCheckpoint, ...],
    key: CheckpointKey | None,
    anchor: KeyFingerprint | None,
    progress: Progress | None,
) -> Report | None:
    """Everything read once, up to where the file itself is damaged; None when a text is none for `str`.

    `str` is SQLite's own reading, many times as fast as any function, and the same wherever the bytes are UTF-8.
    """
    connection.text_factory = text
    report = Report()
    with closing(Scratch()) as scratch:
        try:
            _verify(connection, report, scratch, checkpoints, key, anchor, progress)
        except sqlite3.DatabaseError as error:
            if text is str and isinstance(error, sqlite3.OperationalError):
                return None
            report.wrong("database_damaged", "file")
    return report


def _verify(
    connection: sqlite3.Connection,
    report: Report,
    scratch: Scratch,
    checkpoints: tuple[SignedCheckpoint, ...],
    key: CheckpointKey | None,
    anchor: KeyFingerprint | None,
    progress: Progress | None,
) -> None:
    for (line,) in connection.execute("PRAGMA quick_check(20)"):
        if line != "ok":
            report.wrong("database_damaged", "file", None, str(line)[:80])
    core = core_of(connection)
    newest = connection.execute("SELECT max(size) FROM checkpoint").fetchone()[0]
    alignment = Alignment(connection, report, newest if isinstance(newest, int) else 0)
    read = check_events(connection, report, scratch, _telling(alignment.event, report, progress))
    alignment.finish()
    check_bodies(connection, report, scratch, read)
    check_indexes(connection, report, scratch, read)
    witnessed = check_statements(connection, report, read, anchor=anchor or anchor_in(read), core=core)
    keys = (key,) if key else checkpoint_keys_in(read)
    _check_proofs(connection, report, checkpoints, keys, acknowledged_in(read), core, witnessed)
    if not checkpoints:
        report.notes.append(NO_CHECKPOINT)
    if anchor is None:
        report.notes.append(NO_ANCHOR)
    if key is None:
        report.notes.append(NO_KEY)
    if report.unsigned:
        more = "" if report.events - report.signed <= len(report.unsigned) else " at least"
        report.notes.append(
            f"The newest{more} {len(report.unsigned)} events came after the last signed checkpoint: nobody signed for them."
        )
    if report.erased:
        report.notes.append(f"{report.erased} bodies were erased: what they said cannot be proven any more.")


def _telling(leaf: Leaf, report: Report, progress: Progress | None) -> Leaf:
    """The same, telling on the way how far it is."""
    if progress is None:
        return leaf

    def told(stream: str, seq: int, position: int, hash_: str) -> None:
        leaf(stream, seq, position, hash_)
        if report.events % TOLD_EVERY == 0:
            progress(report.events)

    return told


def _check_proofs(
    connection: sqlite3.Connection,
    report: Report,
    outside: tuple[SignedCheckpoint, ...],
    keys: tuple[CheckpointKey, ...],
    lost: frozenset[str],
    core: str,
    witnessed: list[Witnessed],
) -> None:
    rows = read_checkpoints(connection, report, keys)
    sizes = {int(row.size) for row in rows} | {each.checkpoint.size for each in outside} | {each[0] for each in witnessed}
    held = check_tiles(connection, report, sizes)
    check_checkpoints(report, rows, held, lost)
    for size, root, stream, seq in witnessed:
        if (found := held.roots.get(size)) is None or found.hex() != root:
            report.wrong("witness_differs", stream, seq, f"size {size}")
    for each in outside:
        told = each.checkpoint
        root = held.roots.get(told.size)
        if told.origin != origin_of(core) or not any(is_signed_by(each, key) for key in keys):
            report.wrong("checkpoint_foreign", "the checkpoint from outside", None, f"size {told.size}")
        if root is None:
            report.wrong("checkpoint_ahead", "the checkpoint from outside", None, f"size {told.size}")
        elif root != told.root:
            report.wrong("checkpoint_differs", "the checkpoint from outside", None, f"size {told.size}")
