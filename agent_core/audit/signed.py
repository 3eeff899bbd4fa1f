"""The signed checkpoints beside the Merkle log: kept as they were handed out, one for each size that was ever signed."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from agent_core.contract.checkpoints import SignedCheckpoint
from agent_core.contract.clock import iso
from agent_core.store.statements import Statement
from agent_core.store.tables import checkpoint

_KEEP = Statement(
    "INSERT INTO checkpoint (size, root, at, note) VALUES (:size, :root, :at, :note) ON CONFLICT (size) DO NOTHING"
)
_NEWEST = Statement(sa.select(checkpoint.c.note).order_by(checkpoint.c.size.desc()).limit(1))
_FIRST_HOLDING = Statement(
    sa.select(checkpoint.c.note).where(checkpoint.c.size >= sa.bindparam("least")).order_by(checkpoint.c.size).limit(1)
)


def keep(connection: Connection, signed: SignedCheckpoint) -> None:
    """Keeps a checkpoint; harmless when done twice."""
    told = signed.checkpoint
    _KEEP.run(connection, {"size": told.size, "root": told.root.hex(), "at": iso(told.at), "note": signed.note})


def newest_note(connection: Connection) -> str | None:
    """The newest checkpoint in the database, as it stands there: nothing is proven by it."""
    row = _NEWEST.first(connection, {})
    return None if row is None else str(row[0])


def note_holding(connection: Connection, index: int) -> str | None:
    """The first checkpoint whose log has the leaf at `index`; none when that event is not signed for yet."""
    row = _FIRST_HOLDING.first(connection, {"least": index + 1})
    return None if row is None else str(row[0])


def notes(connection: Connection) -> Iterator[tuple[int, str, str, str]]:
    """Every row, by size: `(size, root, at, note)`; to be consumed inside the transaction."""
    for row in connection.execute(sa.select(checkpoint).order_by(checkpoint.c.size)):
        yield int(row[0]), str(row[1]), str(row[2]), str(row[3])
