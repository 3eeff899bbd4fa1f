"""Old rows are looked at while the core runs, and whatever a decision rests on before it acts (R-M9).

The sequencer proves that the Merkle log only grows; nobody asked whether the rows it was made of are still the same. Here
some of its tiles, drawn by chance, are held against the rows they name, a few a minute, so that in time every row comes
round; and the log of a conversation is held against its chain and the Merkle log right before something approved is done
in it. A row that does not fit raises the alarm that stops what is written outside. It must never change a row.
"""

import asyncio
from random import Random, SystemRandom
from typing import Final

import sqlalchemy as sa
import structlog

from agent_core.audit import tiles
from agent_core.audit.sequencer import Sequencer
from agent_core.contract.errors import CountersignError
from agent_core.contract.ids import CORE_STREAM, StreamId
from agent_core.store import Corrupt, ReadTx, Store
from agent_core.store.chain import GENESIS, chain_hash, verify_links
from agent_core.store.tables import event, merkle_tile

log = structlog.get_logger(__name__)

TILES: Final = 8
"""Tiles of 256 events in one round."""
EVERY: Final = 60.0
"""Seconds between two rounds."""

_TILE = sa.select(merkle_tile.c.first, merkle_tile.c.last, merkle_tile.c.hashes).where(
    merkle_tile.c.level == 0, merkle_tile.c.number == sa.bindparam("named")
)
_ROWS = (
    sa.select(
        event.c.stream, event.c.brand, event.c.seq, event.c.epoch, event.c.version, event.c.at, event.c.actor, event.c.data,
        event.c.prev, event.c.hash,
    )
    .where(event.c.position >= sa.bindparam("low"), event.c.position <= sa.bindparam("high"))
    .order_by(event.c.position)
)  # fmt: skip
_OF_STREAM = sa.select(event.c.position, event.c.hash).where(
    event.c.stream == sa.bindparam("of"), event.c.seq > sa.bindparam("after")
)
_PLACES = (
    sa.select(event.c.position)
    .where(event.c.position >= sa.bindparam("low"), event.c.position <= sa.bindparam("high"))
    .order_by(event.c.position)
)
_TILE_OF = (
    sa.select(merkle_tile.c.first, merkle_tile.c.last, merkle_tile.c.hashes)
    .where(merkle_tile.c.level == 0, merkle_tile.c.first <= sa.bindparam("of"))
    .order_by(merkle_tile.c.first.desc())
    .limit(1)
)


class Patrol:
    """Looks at rows of one core's log."""

    def __init__(self, store: Store, audit: Sequencer, *, every: float = EVERY, chance: Random | None = None) -> None:
        self._store = store
        self._audit = audit
        self._every = every
        self._chance = chance or SystemRandom()
        self._core: tuple[int, str] = (0, GENESIS)
        """How far the core's own log was looked at: it is long, and only grows."""

    async def run(self) -> None:
        """Looks round until it is cancelled."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.round()
            except CountersignError as error:
                log.warning("patrol_put_off", code=error.code, detail=error.detail)

    async def round(self, most: int = TILES) -> int:
        """Looks at some tiles; answers how many did not fit."""
        size = (await self._store.read(lambda tx: tiles.stand(tx.connection))).size
        count = -(-size // tiles.WIDTH)
        chosen = self._chance.sample(range(count), min(most, count))
        wrong = 0
        for number in chosen:
            if not await self._store.read(lambda tx, number=number: tile_holds(tx, number)):
                wrong += 1
                await self._audit.doubt(f"tile:{number}")
        return wrong

    async def holds(self, stream: StreamId) -> bool:
        """Whether a conversation's log, and the core's own, are what they were: asked right before something is done there.

        Raises the alarm when not. What an admin has acknowledged holds up nothing any more.
        """
        before = self._core

        def look(tx: ReadTx) -> tuple[bool, bool, tuple[int, str]]:
            reached = before
            try:
                core, reached = True, _grown(tx, *before)
            except Corrupt:
                core = False
            return stream_holds(tx, stream), core, reached

        mine, core, self._core = await self._store.read(look)
        for name, fine in ((stream, mine), (CORE_STREAM, core)):
            if not fine:
                await self._audit.doubt(f"stream:{name}")
        return (mine and core) or not self._audit.stopped()


def tile_holds(tx: ReadTx, number: int) -> bool:
    """Whether the rows of a tile hash to what they say, and what they say is what the tile was made of."""
    tile = tx.connection.execute(_TILE, {"named": number}).first()
    if tile is None:
        return False
    leaves: list[bytes] = []
    for row in tx.connection.execute(_ROWS, {"low": tile.first, "high": tile.last}):
        found = chain_hash(
            str(row.prev), stream=row.stream, brand=row.brand, seq=row.seq, epoch=row.epoch, version=row.version, at=row.at,
            actor=row.actor, event=row.data,
        )  # fmt: skip
        if found != row.hash:
            return False
        leaves.append(tiles.leaf_of(found))
    return leaves == tiles.split(bytes(tile.hashes))


def stream_holds(tx: ReadTx, stream: StreamId) -> bool:
    """Whether a log's chain holds to its head, and each of its events is the one that stands in the Merkle log.

    The newest one does not stand for all: what is appended to a rewritten log holds it, and enters the Merkle log.
    """
    head = tx.head(stream)
    try:
        links = list(tx.links(stream))
        if head is None or verify_links(links) != head.hash or len(links) != head.seq:
            return False
    except (Corrupt, ValueError):
        return False
    return _in_merkle_log(tx, stream)


def _grown(tx: ReadTx, seq: int, hash_: str) -> tuple[int, str]:
    """How far the core's log holds beyond what was looked at.

    Raises:
        Corrupt: It does not.
    """
    links = list(tx.links(CORE_STREAM, seq))
    reached = verify_links(links, prev=hash_, after=seq)
    if not _in_merkle_log(tx, CORE_STREAM, seq):
        raise Corrupt("the core's log is not the one in the Merkle log")
    return seq + len(links), reached


def _in_merkle_log(tx: ReadTx, stream: StreamId, after: int = 0) -> bool:
    """Whether the Merkle log has these very events, as far as the sequencer has come."""
    leaves: dict[int, bytes] = {}
    last = 0
    rows = tx.connection.execute(_OF_STREAM, {"of": stream, "after": after})
    found = [(int(position), str(hash_)) for position, hash_ in rows]
    for position, hash_ in sorted(found):
        if position > last:
            tile = tx.connection.execute(_TILE_OF, {"of": position}).first()
            if tile is None or position > tile.last:
                return True  # the sequencer has not come to it yet, nor to what follows
            places = tx.connection.execute(_PLACES, {"low": tile.first, "high": tile.last}).scalars()
            leaves = dict(zip(places, tiles.split(bytes(tile.hashes)), strict=False))
            last = int(tile.last)
        if leaves.get(position) != tiles.leaf_of(hash_):
            return False
    return True
