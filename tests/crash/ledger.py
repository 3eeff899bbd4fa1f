"""The history of a batch of kills: what the world saw and what the core had made durable by then, in one order."""

import json
import sqlite3
from bisect import bisect_right
from pathlib import Path
from typing import Any, Final

from agent_core.contract.clock import system_clock
from agent_core.contract.events import Recorded
from agent_core.store.reading import record_of
from tests.crash.history import START

_READ: Final = (
    "type", "idempotency_key", "deadline", "statement", "decision", "operator", "nonce", "effect", "kind", "purpose", "turn",
    "run", "reply", "made_by", "author", "to", "outcome", "tool_use_id", "proposal", "ask",
    "workflow", "successor",
)  # fmt: skip
_READ_OF: Final = {"proposal": ("id", "idempotency_key", "nonce", "required_people"), "ask": ("id", "proposal")}
_LOG: Final = (
    "SELECT stream, brand, seq, epoch, at, actor, data, prev, hash, position, version FROM event "
    "WHERE stream = ? ORDER BY seq"
)


def slim(event: dict[str, Any]) -> dict[str, Any]:
    """An event with what the checker reads, and no more: a thousand conversations have a hundred thousand of them."""
    kept = {name: event[name] for name in _READ if name in event and not isinstance(event[name], dict | list)}
    for name, parts in _READ_OF.items():
        if isinstance(event.get(name), dict):
            kept[name] = {part: event[name][part] for part in parts}
    if "calls" in event:
        kept["calls"] = [{"tool_use_id": call["tool_use_id"]} for call in event["calls"]]
    return kept


class Ledger:
    """What everybody saw, in one order. What the core had made durable by then is read from its database first."""

    def __init__(self, database: Path) -> None:
        self.lines: list[dict[str, Any]] = []
        self.fresh: list[tuple[str, dict[str, Any]]] = []
        """Events that nobody has looked at yet, with their stream."""
        self._database = database
        self._connection: sqlite3.Connection | None = None
        self._position = 0
        self._places: list[tuple[int, int]] = []
        """Place in the log of each commit, and the number of its line."""

    def by(self, place: int) -> int:
        """The number of the first line after everything up to a place in the log."""
        self.catch_up()
        known = bisect_right(self._places, (place, len(self.lines)))
        return self._places[known - 1][1] + 1 if known else 0

    def note(self, what: str, **more: Any) -> None:
        """Writes a line down."""
        self.catch_up()
        self._line(what, **more)

    def catch_up(self) -> None:
        """Reads what is new in the log."""
        if self._connection is None:
            return
        query = "SELECT position, stream, data FROM event WHERE position > ? ORDER BY position"
        for position, stream, data in self._connection.execute(query, (self._position,)).fetchall():
            event = slim(json.loads(data))
            self._line("commit", conv=stream, events=[event])
            self._places.append((position, len(self.lines) - 1))
            self.fresh.append((stream, event))
            self._position = position

    def open(self) -> None:
        """Begins to read the log. Whoever is killed must be the last one who has it open, or nothing is recovered."""
        self.close()
        self._connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, isolation_level=None)
        self.catch_up()

    def close(self) -> None:
        """Reads to the end, and lets go."""
        self.catch_up()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def rows(self, query: str, *values: int) -> list[Any]:
        """Asks the database something else."""
        assert self._connection is not None
        return self._connection.execute(query, values).fetchall()

    def records(self, conv: str) -> list[Recorded]:
        """A conversation's log."""
        assert self._connection is not None
        return [record_of(row) for row in self._connection.execute(_LOG, (conv,)).fetchall()]

    def _line(self, what: str, **more: Any) -> None:
        at = round((system_clock() - START).total_seconds() * 1000)
        self.lines.append({"n": len(self.lines), "t": at, "what": what, **more})
