"""Events of some kinds, across all streams, since some time: for what is counted or undone over many conversations.

There is no index by kind: the place where a time begins is found by halving positions, and only what came after is looked
at. It must never be asked in a turn's way; callers remember how far they have read.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.clock import iso
from agent_core.contract.events import Recorded
from agent_core.contract.ids import StreamId
from agent_core.store.reading import record_of
from agent_core.store.tables import event, intent

_AT_ONCE: Final = 500
"""Numbers in one question; a database bounds them."""

_RECORD = sa.select(
    event.c.stream, event.c.brand, event.c.seq, event.c.epoch, event.c.at, event.c.actor, event.c.data, event.c.prev,
    event.c.hash, event.c.position, event.c.version,
)  # fmt: skip


def newest_position(connection: Connection) -> int:
    """Where the feed ends; 0 when nothing ever happened."""
    return int(connection.execute(sa.select(sa.func.max(event.c.position))).scalar() or 0)


def newest_moment(connection: Connection) -> datetime | None:
    """When the newest event was written, by the clock of then; none when nothing ever happened."""
    at = connection.execute(sa.select(event.c.at).order_by(event.c.position.desc()).limit(1)).scalar()
    return None if at is None else datetime.fromisoformat(str(at))


def position_before(connection: Connection, moment: datetime) -> int:
    """A position with nothing of this moment or later at or before it, as far as the clock never ran backwards."""
    low, high, wanted = 0, newest_position(connection), iso(moment)
    while low < high:
        middle = (low + high + 1) // 2
        query = sa.select(event.c.at).where(event.c.position <= middle).order_by(event.c.position.desc()).limit(1)
        at = connection.execute(query).scalar()
        if at is not None and str(at) >= wanted:
            high = middle - 1
        else:
            low = middle
    return low


def picked(connection: Connection, kinds: Sequence[str], after: int) -> tuple[Recorded, ...]:
    """Records of these kinds with a position above `after`, in the order of their commits."""
    query = _RECORD.where(event.c.position > after, event.c.type.in_(list(kinds))).order_by(event.c.position)
    return tuple(record_of(row) for row in connection.execute(query))


def of_stream(connection: Connection, stream: StreamId, kind: str) -> tuple[Recorded, ...]:
    """Records of one kind in one stream, in order."""
    query = _RECORD.where(event.c.stream == stream, event.c.type == kind).order_by(event.c.seq)
    return tuple(record_of(row) for row in connection.execute(query))


def of_kinds(connection: Connection, stream: StreamId, kinds: Sequence[str]) -> tuple[Recorded, ...]:
    """Records of some kinds in one stream, in order."""
    query = _RECORD.where(event.c.stream == stream, event.c.type.in_(list(kinds))).order_by(event.c.seq)
    return tuple(record_of(row) for row in connection.execute(query))


def last_of_each(connection: Connection, stream: StreamId, kind: str, fields: Sequence[str]) -> tuple[Recorded, ...]:
    """The last record of a kind in a stream for each value that these fields of it have; in order.

    Only what is answered is checked: a log in which one thing changed ten thousand times is not validated as often.
    """
    query = sa.select(event.c.seq, event.c.data).where(event.c.stream == stream, event.c.type == kind)
    last: dict[str, int] = {}
    for seq, data in connection.execute(query.order_by(event.c.seq)):
        last[_values(data, fields)] = int(seq)
    wanted = sorted(last.values())
    found: list[Recorded] = []
    for begin in range(0, len(wanted), _AT_ONCE):
        these = _RECORD.where(event.c.stream == stream, event.c.seq.in_(wanted[begin : begin + _AT_ONCE]))
        found += (record_of(row) for row in connection.execute(these.order_by(event.c.seq)))
    return tuple(found)


def _values(data: str, fields: Sequence[str]) -> str:
    """What the fields of an event say. One that cannot be read is kept for `record_of`, which says what is wrong with it."""
    try:
        told = json.loads(data)
    except ValueError:
        return data
    return json.dumps([told.get(field) for field in fields]) if isinstance(told, dict) else data


def with_open_intents(connection: Connection) -> tuple[StreamId, ...]:
    """Conversations in which an action waits for people, or is under way."""
    query = sa.select(intent.c.conversation).where(intent.c.state == "open").distinct().order_by(intent.c.conversation)
    return tuple(StreamId(name) for (name,) in connection.execute(query))
