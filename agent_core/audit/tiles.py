"""The Merkle log as it is stored: 256 hashes a row, appended to behind the feed, each event exactly once.

A tile of level 0 holds the leaf hashes of 256 events in the order of the feed, with the positions of its first and last
one; a tile of level n holds the roots of 256 complete tiles below it. So an event costs 32 bytes and a bit, and every
node of the tree is at most 255 hashes away from stored ones. The newest leaf tile says how far the log has come: there is
no second place that could disagree with it, so a crash anywhere leaves either all of a step or nothing.

Everything here runs inside a transaction of the caller. It must never change a hash that is stored.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.audit.merkle import HASH_BYTES, Node, Peaks, leaf_hash, peaks_at
from agent_core.store import ReadTx
from agent_core.store.statements import Statement
from agent_core.store.tables import event, merkle_tile

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
"""Hashes in a full tile."""

_NEWEST = Statement(
    sa.select(merkle_tile.c.number, merkle_tile.c.count, merkle_tile.c.first, merkle_tile.c.last, merkle_tile.c.hashes)
    .where(merkle_tile.c.level == sa.bindparam("of"))
    .order_by(merkle_tile.c.number.desc())
    .limit(1)
)
_HASHES = Statement(
    sa.select(merkle_tile.c.hashes).where(
        merkle_tile.c.level == sa.bindparam("of"), merkle_tile.c.number == sa.bindparam("named")
    )
)
_PUT = Statement(
    "INSERT INTO merkle_tile (level, number, count, first, last, hashes) "
    "VALUES (:level, :number, :count, :first, :last, :hashes) "
    "ON CONFLICT (level, number) DO UPDATE SET count = excluded.count, last = excluded.last, hashes = excluded.hashes"
)
_HOLDING = Statement(
    sa.select(merkle_tile.c.number, merkle_tile.c.first, merkle_tile.c.last)
    .where(merkle_tile.c.level == 0, merkle_tile.c.first <= sa.bindparam("of"))
    .order_by(merkle_tile.c.first.desc())
    .limit(1)
)
_BEFORE = Statement(
    sa.select(sa.func.count())
    .select_from(event)
    .where(event.c.position >= sa.bindparam("low"), event.c.position < sa.bindparam("high"))
)


@dataclass(frozen=True, slots=True)
class Stand:
    """How far the Merkle log has come: events in it, and the position of the last one (0: none)."""

    size: int = 0
    position: int = 0


def stand(connection: Connection) -> Stand:
    """How far it has come."""
    row = _NEWEST.first(connection, {"of": 0})
    return Stand() if row is None else Stand(int(row[0]) * WIDTH + int(row[1]), int(row[3]))


def grow(connection: Connection, most: int) -> int:
    """Appends the next events of the feed, at most so many; answers how many those were."""
    rows = ReadTx(connection).hashes(stand(connection).position, most)
    if not rows:
        return 0
    leaves = [leaf_of(hash_) for _, hash_ in rows]
    full = _append(connection, 0, leaves, [position for position, _ in rows])
    level = 1
    while full:
        full = _append(connection, level, full, None)
        level += 1
    return len(rows)


def leaf_of(event_hash: str) -> bytes:
    """The leaf of an event: the hash of its hash's 32 bytes. What is no hash any more has a leaf, too."""
    try:
        data = bytes.fromhex(event_hash)
    except ValueError:
        data = event_hash.encode("utf-8", "surrogatepass")
    return leaf_hash(data)


def _append(connection: Connection, level: int, hashes: list[bytes], positions: list[int] | None) -> list[bytes]:
    """Appends hashes to a level; answers the roots of the tiles that became full by it."""
    row = _NEWEST.first(connection, {"of": level})
    number, count, first, held = (0, 0, 0, b"") if row is None else (int(row[0]), int(row[1]), int(row[2]), bytes(row[4]))
    if count == WIDTH:
        number, count, first, held = number + 1, 0, 0, b""
    full: list[bytes] = []
    done = 0
    while done < len(hashes):
        taken = hashes[done : done + WIDTH - count]
        if positions is not None and not count:
            first = positions[done]
        done += len(taken)
        last = positions[done - 1] if positions is not None else 0
        count, held = count + len(taken), held + b"".join(taken)
        _PUT.run(
            connection,
            {"level": level, "number": number, "count": count, "first": first, "last": last, "hashes": held},
        )
        if count == WIDTH:
            full.append(Peaks().grown_by(split(held)).root)
            number, count, first, held = number + 1, 0, 0, b""
    return full


def split(held: bytes) -> list[bytes]:
    """The hashes in a tile."""
    return [held[at : at + HASH_BYTES] for at in range(0, len(held), HASH_BYTES)]


def nodes(connection: Connection) -> Node:
    """The nodes of the stored log, for proofs and roots; good for as long as the transaction lasts.

    A node of what is not stored is a `ValueError`.
    """
    tiles: dict[tuple[int, int], bytes] = {}

    def tile(level: int, number: int) -> bytes:
        found = tiles.get((level, number))
        if found is None:
            row = _HASHES.first(connection, {"of": level, "named": number})
            found = tiles[level, number] = b"" if row is None else bytes(row[0])
        return found

    def node(level: int, index: int) -> bytes:
        of, above = divmod(level, HEIGHT)
        number, at = divmod(index << above, WIDTH)
        held = tile(of, number)[at * HASH_BYTES : (at + (1 << above)) * HASH_BYTES]
        if len(held) != HASH_BYTES << above:
            raise ValueError(f"node {level}:{index} is not stored")
        return held if not above else Peaks().grown_by(split(held)).root

    return node


def peaks(connection: Connection, size: int | None = None) -> Peaks:
    """The peaks of the first `size` events; of all of them when none is given.

    Raises:
        ValueError: There are not so many.
    """
    return peaks_at(stand(connection).size if size is None else size, nodes(connection))


def index_of(connection: Connection, position: int) -> int | None:
    """Which leaf the event at this position of the feed is, from 0; none when it is not in the Merkle log yet."""
    row = _HOLDING.first(connection, {"of": position})
    if row is None or position > int(row[2]):
        return None
    ((before,),) = _BEFORE.all(connection, {"low": int(row[1]), "high": position})
    return int(row[0]) * WIDTH + int(before)


def forget(connection: Connection) -> None:
    """Drops the stored log, to be built again from the events: the root is the same."""
    connection.execute(sa.delete(merkle_tile))
