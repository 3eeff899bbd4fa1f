"""The Merkle log against the events, and the checkpoints against the Merkle log.

Events and leaves are laid side by side; where they differ, the shortest way to go on says whether a row was rewritten,
inserted or removed, so one removed event is one finding and not a million. Tiles are recomputed from their leaves. A
checkpoint holds when the root of that many leaves is the one it was signed for.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from agent_core.audit.merkle import HASH_BYTES, Peaks
from agent_core.audit.notes import is_signed_by
from agent_core.audit.report import MOST_KEPT, Report
from agent_core.audit.tiles import HEIGHT, WIDTH, leaf_of, split
from agent_core.contract.checkpoints import CheckpointKey, SignedCheckpoint, read_checkpoint
from agent_core.contract.clock import iso
from agent_core.contract.errors import CountersignError

_LEAVES: Final = "SELECT number, count, first, last, hashes FROM merkle_tile WHERE level = 0 ORDER BY number"
_UPPER: Final = "SELECT level, number, count, first, last, hashes FROM merkle_tile WHERE level > 0 ORDER BY level, number"
_CHECKPOINTS: Final = "SELECT size, root, at, note FROM checkpoint ORDER BY size"
_AHEAD: Final = 64
"""How far is looked ahead for where events and leaves meet again."""


class _Event(NamedTuple):
    stream: str
    seq: int
    position: int
    leaf: bytes


class _Leaf(NamedTuple):
    """A stored leaf; `bound` says which position its tile claims for it: as its `first` or `last`, or none."""

    hash: bytes
    index: int
    first: int | None
    last: int | None


class Alignment:
    """Lays the events beside the leaves while both are read."""

    def __init__(self, connection: sqlite3.Connection, report: Report, signed: int) -> None:
        """Begins.

        Args:
            connection: The database.
            report: Where findings go.
            signed: Events that the newest checkpoint is about; later ones are listed as not signed for.
        """
        self._report = report
        self._signed = signed
        self._leaves = _leaves(connection)
        self._waiting: deque[_Event] = deque()
        self._expected: deque[_Leaf] = deque()

    def event(self, stream: str, seq: int, position: int, hash_: str) -> None:
        """The next event of the feed."""
        told = _Event(stream, seq, position, leaf_of(hash_))
        if self._report.events > self._signed and len(self._report.unsigned) < MOST_KEPT:
            self._report.unsigned.append((stream, seq))
        if not self._waiting:
            leaf = self._next()
            if leaf is not None and leaf.hash == told.leaf:
                self._expected.popleft()
                self._positions(told, leaf)
                return
        self._waiting.append(told)
        if len(self._waiting) >= _AHEAD:
            self._resolve()

    def finish(self) -> None:
        """No more events."""
        while self._waiting:
            if self._next() is None:
                break
            self._resolve()
        left = 0
        while self._next() is not None:
            self._expected.popleft()
            left += 1
        if left:
            self._report.wrong("log_cut", "event", None, f"{left} events")
        behind = [(each.stream, each.seq) for each in self._waiting]
        if behind:
            self._report.notes.append(
                f"{len(behind)} newest events are not in the Merkle log yet (from {behind[0][0]} event {behind[0][1]} on): "
                "the core did not come to it, or somebody added them."
            )

    def _next(self) -> _Leaf | None:
        if not self._expected:
            leaf = next(self._leaves, None)
            if leaf is None:
                return None
            self._expected.append(leaf)
        return self._expected[0]

    def _fill(self) -> None:
        while len(self._expected) < _AHEAD:
            leaf = next(self._leaves, None)
            if leaf is None:
                return
            self._expected.append(leaf)

    def _resolve(self) -> None:
        """Finds the shortest way to where both meet again, and names what lies before."""
        self._fill()
        at = {leaf.hash: place for place, leaf in reversed(list(enumerate(self._expected)))}
        ways = [(i + at[told.leaf], i, at[told.leaf]) for i, told in enumerate(self._waiting) if told.leaf in at]
        if ways:
            _, extra, gone = min(ways)
        elif len(self._expected) < _AHEAD:  # the log ends here: what is left of both does not meet any more
            extra = gone = min(len(self._waiting), len(self._expected))
            if not gone:
                return
        else:
            extra = gone = 1
        for place in range(max(extra, gone)):
            told = self._waiting.popleft() if place < extra else None
            leaf = self._expected.popleft() if place < gone else None
            if told is not None:
                self._report.wrong("event_forged" if leaf is not None else "event_inserted", told.stream, told.seq)
            elif leaf is not None:
                self._report.wrong("event_removed", "event", None, f"number {leaf.index + 1} of the log")
        while self._waiting and self._next() is not None and self._expected[0].hash == self._waiting[0].leaf:
            self._positions(self._waiting.popleft(), self._expected.popleft())

    def _positions(self, told: _Event, leaf: _Leaf) -> None:
        if leaf.first not in (None, told.position) or leaf.last not in (None, told.position):
            self._report.wrong("column_differs", told.stream, told.seq, "position")


def _leaves(connection: sqlite3.Connection) -> Iterator[_Leaf]:
    index = 0
    for _, _, first, last, hashes in connection.cursor().execute(_LEAVES):
        found = split(hashes) if isinstance(hashes, bytes) else []
        for place, each in enumerate(found):
            yield _Leaf(each, index, first if place == 0 else None, last if place == len(found) - 1 else None)
            index += 1


@dataclass(slots=True)
class Held:
    """What the Merkle log in the database says.

    Attributes:
        peaks: After its last leaf.
        roots: The root after as many leaves as each wanted size says.
    """

    peaks: Peaks
    roots: dict[int, bytes]


def check_tiles(connection: sqlite3.Connection, report: Report, sizes: set[int]) -> Held:
    """Recomputes the Merkle log from its leaves; answers the roots after so many leaves."""
    roots: dict[int, bytes] = {}
    wanted = deque(sorted(sizes))
    peaks = Peaks()
    full: list[bytes] = []
    ended = False
    for expected, (number, count, first, last, hashes) in enumerate(connection.execute(_LEAVES)):
        found = split(hashes) if isinstance(hashes, bytes) else []
        sound = number == expected and count == len(found) and 0 < count <= WIDTH and len(hashes) == count * HASH_BYTES
        if not sound or ended or not isinstance(first, int) or not isinstance(last, int) or not 0 < first <= last:
            report.wrong("tile_changed", "merkle_tile", None, f"level 0 number {number}")
        found = [each for each in found if len(each) == HASH_BYTES]
        while wanted and wanted[0] <= peaks.size + len(found):
            size = wanted.popleft()
            roots[size] = peaks.grown_by(found[: size - peaks.size]).root
        if len(found) == WIDTH:
            tile = Peaks().grown_by(found)
            full.append(tile.root)
            peaks = peaks.grown_by(found) if ended else peaks.grown_by_complete(tile.root, HEIGHT)
        else:
            peaks = peaks.grown_by(found)
            ended = True
    _check_upper(connection, report, full)
    report.size, report.root = peaks.size, peaks.root.hex()
    return Held(peaks, roots)


def _check_upper(connection: sqlite3.Connection, report: Report, full: list[bytes]) -> None:
    expected: dict[tuple[int, int], list[bytes]] = {}
    level = 1
    while full:
        above: list[bytes] = []
        for number in range((len(full) + WIDTH - 1) // WIDTH):
            held = full[number * WIDTH : (number + 1) * WIDTH]
            expected[level, number] = held
            if len(held) == WIDTH:
                above.append(Peaks().grown_by(held).root)
        full, level = above, level + 1
    for at, number, count, first, last, hashes in connection.execute(_UPPER):
        held = expected.pop((at, number), None)
        if held is None or (count, first, last, hashes) != (len(held), 0, 0, b"".join(held)):
            report.wrong("tile_changed", "merkle_tile", None, f"level {at} number {number}")
    for at, number in expected:
        report.wrong("tile_changed", "merkle_tile", None, f"level {at} number {number}")


@dataclass(frozen=True, slots=True)
class Row:
    """A checkpoint of the database, as far as it can be read."""

    size: Any
    signed: SignedCheckpoint | None


def read_checkpoints(connection: sqlite3.Connection, report: Report, keys: tuple[CheckpointKey, ...]) -> list[Row]:
    """The checkpoints in the database whose signature and columns hold; the others are findings."""
    rows: list[Row] = []
    for size, root, at, note in connection.execute(_CHECKPOINTS):
        report.checkpoints += 1
        try:
            signed = read_checkpoint(str(note))
        except CountersignError:
            report.wrong("checkpoint_changed", "checkpoint", None, f"size {size}")
            continue
        told = signed.checkpoint
        if (size, root, at) != (told.size, told.root.hex(), iso(told.at)):
            report.wrong("checkpoint_changed", "checkpoint", None, f"size {size}")
        elif not any(is_signed_by(signed, key) for key in keys):
            report.wrong("checkpoint_foreign", "checkpoint", None, f"size {size}")
        else:
            rows.append(Row(size, signed))
    return rows


def check_checkpoints(report: Report, rows: list[Row], held: Held, lost: frozenset[str]) -> None:
    """Each checkpoint against the Merkle log, and each against the one before it.

    Args:
        report: Where findings go.
        rows: What `read_checkpoints` answered.
        held: The Merkle log.
        lost: Digests of checkpoints that an acknowledged alarm says were lost.
    """
    before: str | None = None
    for row in rows:
        if row.signed is None:
            continue
        told = row.signed.checkpoint
        root = held.roots.get(told.size)
        if root is None:
            report.wrong("checkpoint_ahead", "checkpoint", None, f"size {told.size}")
        elif root != told.root:
            report.wrong("checkpoint_differs", "checkpoint", None, f"size {told.size}")
        else:
            report.signed = max(report.signed, told.size)
        if told.previous != before and told.previous not in lost:
            report.wrong("checkpoint_missing", "checkpoint", None, f"before size {told.size}")
        before = row.signed.digest
