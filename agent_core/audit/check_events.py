"""One pass over all events in the order of the feed: chains, columns, leaves; and what later passes compare with.

Each stream's chain is followed by itself, so a row that was changed, removed, inserted or moved is named by its stream and
number, whatever else was done to the database. Memory grows with the number of streams, not of events.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic_core import from_json

from agent_core.audit.copies import Scratch
from agent_core.audit.report import Report
from agent_core.contract.errors import CountersignError
from agent_core.contract.ids import CORE_STREAM
from agent_core.contract.versions import LOG_VERSION
from agent_core.store.chain import GENESIS, chain_hash

_EVENTS: Final = (
    "SELECT position, stream, seq, epoch, version, at, brand, type, run, actor, data, prev, hash "
    "FROM event ORDER BY position"
)
_REFERENCE: Final = frozenset({"id", "digest", "size", "kind"})
_SIGNED: Final = frozenset(
    {
        "countersigned",
        "operator_enrolled",
        "agent_resumed",
        "audit_acknowledged",
        "quarantine_lifted",
        "level_signed",
        "level_changed",
    }
)
"""Events whose statement takes a key, so that it is never used twice."""

Leaf = Callable[[str, int, int, str], None]
"""Told of every event in the order of the feed: stream, seq, position, hash."""


@dataclass(slots=True)
class Tail:
    """Where a stream stands after the events that were read."""

    brand: str | None
    began: str
    seq: int = 0
    epoch: int = 0
    hash: str = GENESIS
    runs: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class Erased:
    """What was erased at one moment."""

    kinds: set[str] = field(default_factory=set[str])
    bodies: int = 0


@dataclass(slots=True)
class Read:
    """What later passes need of the events.

    Attributes:
        core: Rows of the core's own stream: `(seq, epoch, version, at, actor, data, prev, hash, position)`.
        signed: Events that carry a statement: `(stream, seq, at, event)`.
        paused: Whether the agent is stopped, by scope, as the log says.
        erasures: What the log says was erased, by stream and moment: the kinds of bodies, and how many.
    """

    tails: dict[str, Tail] = field(default_factory=dict[str, Tail])
    core: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    signed: list[tuple[str, int, str, dict[str, Any]]] = field(default_factory=list[tuple[str, int, str, dict[str, Any]]])
    paused: dict[str, bool] = field(default_factory=dict[str, bool])
    erasures: dict[tuple[str, str], Erased] = field(default_factory=dict[tuple[str, str], "Erased"])


def check_events(connection: sqlite3.Connection, report: Report, scratch: Scratch, leaf: Leaf) -> Read:
    """Reads and checks every event."""
    read = Read()
    for row in connection.execute(_EVENTS):
        report.events += 1
        position, stream, seq, epoch, version, at, brand, kind, run, actor, data, prev, hash_ = row
        leaf(stream, seq, position, str(hash_))
        tail = read.tails.get(stream)
        if tail is None:
            tail = read.tails[stream] = Tail(brand, at)
        _chain(report, tail, row)
        tail.hash, tail.epoch = hash_, epoch
        if version != LOG_VERSION and not _is_older(version):
            report.wrong("column_differs", stream, seq, "version")
        event = _event(report, stream, seq, data)
        if event is None:
            continue
        if event.get("type") != kind:
            report.wrong("column_differs", stream, seq, "type")
        if event.get("run") != run:
            report.wrong("column_differs", stream, seq, "run")
        if isinstance(run, str):
            tail.runs[run] = seq
        _references(scratch, event, data, stream, seq, at)
        _keys(scratch, read, event, stream, seq)
        if event.get("type") == "bodies_erased":
            _erasure(read, event, stream, at)
        if stream == CORE_STREAM:
            read.core.append((seq, epoch, version, at, actor, data, prev, hash_, position))
        if event.get("envelope") is not None and event.get("statement") is not None:
            read.signed.append((stream, seq, at, event))
    return read


def _chain(report: Report, tail: Tail, row: tuple[Any, ...]) -> None:
    """Whether an event continues its stream. What follows a fault is judged by what the row itself says."""
    _, stream, seq, epoch, version, at, brand, _, _, actor, data, prev, hash_ = row
    expected = tail.seq + 1
    if seq != expected:
        report.wrong("event_missing" if isinstance(seq, int) and seq > expected else "event_doubled", stream, seq)
    elif prev != tail.hash:
        report.wrong("link_broken", stream, seq)
    if brand != tail.brand:
        report.wrong("column_differs", stream, seq, "brand")
    if isinstance(seq, int):
        tail.seq = max(tail.seq, seq)
    try:
        found = chain_hash(
            prev, stream=stream, brand=brand, seq=seq, epoch=epoch, version=version, at=at, actor=actor, event=data
        )
    except (ValueError, TypeError, AttributeError, CountersignError):  # not even the kind of value that is hashed
        found = None
    if found != hash_:
        report.wrong("event_changed", stream, seq)


def _is_older(version: Any) -> bool:
    return isinstance(version, int) and 1 <= version < LOG_VERSION


def _event(report: Report, stream: str, seq: int, data: Any) -> dict[str, Any] | None:
    try:
        value: Any = _parsed(data)
    except (ValueError, TypeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        report.wrong("event_unreadable", stream, seq)
        return None
    found: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - any JSON object
    return found


def _parsed(data: Any) -> Any:
    """The JSON value; what the fast reader refuses or might read in another way is left to the one that decides."""
    if type(data) is str:
        try:
            return from_json(data, cache_strings="keys")
        except (ValueError, TypeError):  # no JSON, too deep, or half a pair of surrogates
            pass
    return json.loads(data)


def references(value: Any) -> list[dict[str, Any]]:
    """Every reference to a body in a JSON value."""
    found: list[dict[str, Any]] = []
    queue: list[Any] = [value]
    for item in queue:  # grows while it is walked
        if type(item) is dict:
            if len(item) == len(_REFERENCE) and item.keys() == _REFERENCE:  # pyright: ignore[reportUnknownArgumentType] - any JSON object
                found.append(item)  # pyright: ignore[reportUnknownArgumentType] - any JSON object
                continue
            below: Iterable[Any] = item.values()  # pyright: ignore[reportUnknownVariableType] - any JSON value
        elif type(item) is list:
            below = item  # pyright: ignore[reportUnknownVariableType] - any JSON value
        else:
            continue
        for each in below:
            kind = type(each)
            if kind is dict or kind is list:
                queue.append(each)
    return found


def _references(scratch: Scratch, event: dict[str, Any], data: Any, stream: str, seq: int, at: str) -> None:
    if type(data) is str and '"digest"' not in data and "\\" not in data:
        return  # a key that is not there, and could not be spelt in another way
    for each in references(event):
        scratch.name(str(each["id"]), str(each["digest"]), str(each["kind"]), each["size"], stream, seq, at)


def _erasure(read: Read, event: dict[str, Any], stream: str, at: str) -> None:
    known = read.erasures.setdefault((stream, at), Erased())
    kinds, bodies = event.get("kinds"), event.get("bodies")
    if isinstance(kinds, list) and isinstance(bodies, int):
        known.kinds.update(str(each) for each in kinds)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any JSON list
        known.bodies += bodies


def _keys(scratch: Scratch, read: Read, event: dict[str, Any], stream: str, seq: int) -> None:
    """What an event must have taken, and what it says about stops."""
    match event.get("type"):
        case "effect_started":
            scratch.take(f"{stream}:{event.get('effect')}:start", stream, seq)
        case "effect_finished":
            scratch.take(f"{stream}:{event.get('effect')}:finish", stream, seq)
        case "agent_paused" | "agent_resumed":
            workflow = event.get("workflow")
            scope = "global" if stream == CORE_STREAM else stream
            if isinstance(workflow, str):
                scope = f"workflow:{stream.removeprefix('brand:')}/{workflow}"
            read.paused[scope] = event.get("type") == "agent_paused"
        case _:
            pass
    if event.get("type") in _SIGNED:
        scratch.take(f"statement:{event.get('statement')}", stream, seq)
